//! Tables: rows below each other, their header on every page.

use crate::canvas::Ink;
use crate::colour::{ACCENT, HAIR, HEAD, INK, ZEBRA};
use crate::document::{Document, MARGIN, Paper};
use crate::faces::Weight;
use crate::shape::Shaped;
use crate::widths::{self, Needs};
use crate::wrap;

/// To which side cells of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Start,
    /// Numbers.
    End,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its label.
    pub label: String,
    /// How its cells are set.
    pub align: Align,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A text for every column.
    pub cells: Vec<String>,
    /// Whether it sums up the others.
    pub total: bool,
}

/// Lines of a cell, at most: longer text ends with an ellipsis.
const MOST_LINES: usize = 6;

/// Lines of a label, at most.
const MOST_LABEL_LINES: usize = 4;

/// How a table is set.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) size: f32,
    /// In points, without what is left free beside cells.
    widths: Vec<f32>,
    aligns: Vec<Align>,
    /// Labels in lines.
    head: Vec<Vec<Shaped>>,
}

/// What is left free beside a cell's text on either side, in ems.
const BESIDE: f32 = 0.45;

/// From line to line, in ems.
const LEADING: f32 = 1.28;

/// What is left free above and below the text of a row, in ems.
const ABOVE: f32 = 0.36;

impl Layout {
    /// Of columns with those needs, on so many points.
    pub(crate) fn new(columns: &[Column], needs: &[Needs], size: f32, room: f32) -> Self {
        let inside = room / size - 2.0 * BESIDE * columns.len() as f32;
        let widths: Vec<f32> = widths::share(needs, inside.max(1.0))
            .into_iter()
            .map(|width| width * size)
            .collect();
        let head = columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| {
                wrap::lines(
                    &column.label,
                    Weight::Bold,
                    width / size + 0.02,
                    MOST_LABEL_LINES,
                )
            })
            .collect();
        Self {
            size,
            widths,
            aligns: columns.iter().map(|column| column.align).collect(),
            head,
        }
    }

    /// How many points all columns need so that no word is broken.
    pub(crate) fn least(needs: &[Needs], size: f32) -> f32 {
        let inside: f32 = needs.iter().map(|needs| needs.least).sum();
        (inside + 2.0 * BESIDE * needs.len() as f32) * size
    }

    /// The lines of a row.
    fn lines(&self, cells: &[String], weight: Weight) -> Vec<Vec<Shaped>> {
        let widths = self.widths.iter();
        let cells = cells
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""));
        cells
            .zip(widths)
            .map(|(cell, width)| wrap::lines(cell, weight, width / self.size + 0.02, MOST_LINES))
            .collect()
    }

    /// How many lines a row has.
    pub(crate) fn depth(&self, cells: &[String]) -> usize {
        depth(&self.lines(cells, Weight::Regular))
    }

    /// How high a row is.
    fn height_of(&self, row: &Row) -> f32 {
        let weight = if row.total {
            Weight::Bold
        } else {
            Weight::Regular
        };
        self.height(depth(&self.lines(&row.cells, weight)))
    }

    fn height(&self, lines: usize) -> f32 {
        self.size * (LEADING * lines as f32 + 2.0 * ABOVE)
    }
}

fn depth(lines: &[Vec<Shaped>]) -> usize {
    lines.iter().map(Vec::len).max().unwrap_or(1).max(1)
}

impl Paper {
    /// The paper on which a table can be read.
    #[must_use]
    pub fn for_table(columns: &[Column], rows: &[Row]) -> Self {
        let needs = all_needs(columns, rows);
        let room = Self::A4Landscape.size().0 - 2.0 * MARGIN;
        if Layout::least(&needs, EASY) <= room {
            Self::A4Landscape
        } else {
            Self::A3Landscape
        }
    }
}

/// The least size of letters that is read without effort.
const EASY: f32 = 7.0;

/// Sizes of letters, the one that is taken first where all columns fit.
const SIZES: [f32; 6] = [9.0, 8.5, 8.0, 7.5, 7.0, 6.5];

/// What columns of so many rows need.
pub(crate) fn all_needs(columns: &[Column], rows: &[Row]) -> Vec<Needs> {
    let columns = columns.iter().enumerate();
    let needs = columns.map(|(nth, column)| {
        let cells = rows.iter().filter_map(|row| row.cells.get(nth));
        widths::needs(&column.label, cells.map(String::as_str))
    });
    needs.collect()
}

impl Document {
    /// A table of figures.
    pub fn table(&mut self, columns: &[Column], rows: &[Row]) {
        let needs = all_needs(columns, rows);
        let (left, right) = self.sides();
        let room = right - left;
        let fits = |size: &f32| Layout::least(&needs, *size) <= room;
        let size = SIZES.into_iter().find(fits).unwrap_or(6.0);
        let layout = Layout::new(columns, &needs, size, room);
        self.begin_table(&layout);
        for (nth, row) in rows.iter().enumerate() {
            // The last row stands on no page alone.
            let with = rows.get(nth + 1).filter(|_| nth + 2 == rows.len());
            self.add_row(&layout, row, nth, with);
        }
        self.y += 10.0;
    }

    /// The header of a table, with room for a row below it.
    pub(crate) fn begin_table(&mut self, layout: &Layout) {
        let height = layout.height(depth(&layout.head));
        self.need(height + layout.height(3));
        let (left, right) = self.sides();
        let top = self.y;
        let canvas = self.canvas();
        canvas.rect((left, top), (right - left, height), HEAD);
        canvas.rule((left, top + height), (right, top + height), 0.9, ACCENT);
        let ink = Ink {
            size: layout.size,
            colour: ACCENT,
        };
        // Labels of fewer lines stand at the bottom.
        let whole = depth(&layout.head);
        self.draw_cells(layout, &layout.head, |lines| whole - lines.min(whole), ink);
        self.y = top + height;
    }

    /// A record, which is counted, on the page of the one that follows where that is given.
    pub(crate) fn add_record(&mut self, layout: &Layout, row: &Row, with: Option<&Row>) {
        self.add_row(layout, row, self.records, with);
        self.records += 1;
    }

    /// A row, on another page where this one has no room for it, and for the one that is to stand with it.
    fn add_row(&mut self, layout: &Layout, row: &Row, nth: usize, with: Option<&Row>) {
        let weight = if row.total {
            Weight::Bold
        } else {
            Weight::Regular
        };
        let lines = layout.lines(&row.cells, weight);
        let height = layout.height(depth(&lines));
        let below = with.map_or(0.0, |row| layout.height_of(row));
        if self.y + height + below > self.floor() && (nth > 0 || self.y + height > self.floor()) {
            self.new_page();
            self.begin_table(layout);
        }
        let (left, right) = self.sides();
        let top = self.y;
        let canvas = self.canvas();
        // The line above the row stays free.
        let (at, size) = ((left, top + 0.2), (right - left, height - 0.2));
        if row.total {
            canvas.rect(at, size, HEAD);
        } else if nth % 2 == 1 {
            canvas.rect(at, size, ZEBRA);
        }
        canvas.rule((left, top + height), (right, top + height), 0.4, HAIR);
        let ink = Ink {
            size: layout.size,
            colour: INK,
        };
        self.draw_cells(layout, &lines, |_| 0, ink);
        self.y = top + height;
    }

    fn draw_cells(
        &mut self,
        layout: &Layout,
        cells: &[Vec<Shaped>],
        skipped: impl Fn(usize) -> usize,
        ink: Ink,
    ) {
        let beside = BESIDE * layout.size;
        let leading = LEADING * layout.size;
        let (mut x, _) = self.sides();
        let first = self.y + layout.size * (ABOVE + 0.98);
        for ((lines, width), align) in cells.iter().zip(&layout.widths).zip(&layout.aligns) {
            let mut y = first + leading * skipped(lines.len()) as f32;
            // A short name stays with its column's label, whichever way it is read.
            let widest = lines.iter().map(|line| line.width).fold(0.0, f32::max);
            let long = lines.len() > 1 || widest * layout.size > width * 0.5;
            for line in lines {
                let free = width - line.width * layout.size;
                let end = *align == Align::End || (line.leftward && long);
                let shift = if end { free.max(0.0) } else { 0.0 };
                self.draw(line, (x + beside + shift, y), ink);
                y += leading;
            }
            x += width + 2.0 * beside;
        }
    }
}
