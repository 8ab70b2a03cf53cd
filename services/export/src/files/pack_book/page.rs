//! A sheet of a pack: its head, its tables, and where its charts stand.

use acuse_domain::calendar::LocalDay;
use rust_xlsxwriter::{Chart, Format, Worksheet, XlsxError};

use super::look::{Cells, Look};
use crate::files::Picked;
use crate::files::cell::{Cell, NOTHING};
use crate::files::table::{Kind, TableRow};
use crate::files::words::Words;
use crate::pack::Head;

pub(super) type Written<T> = Result<T, XlsxError>;

/// Days from the one that spreadsheets count from to 1970-01-01.
const EPOCH: i32 = 25_569;

/// How wide the first column is, which holds what a row is about, in characters.
const FIRST: f64 = 34.0;

/// How wide the others are.
const OTHER: f64 = 12.5;

/// How tall charts are, in pixels, and in rows of cells.
pub(super) const CHART: (u32, u32) = (300, 15);

/// How wide a sheet's charts are together.
const WIDTH: u32 = 1_180;

/// Text of a cell at most: names and ids are far shorter, and a cell holds as many.
const LONGEST: usize = 32_767;

/// A sheet that is written from top to bottom.
pub(super) struct Page<'a> {
    pub(super) sheet: &'a mut Worksheet,
    pub(super) look: &'a Look,
    pub(super) words: &'a mut Words,
    /// The row that is written next.
    pub(super) row: u32,
    /// The column that it begins with.
    pub(super) left: u16,
    /// How wide its charts are together, in pixels.
    pub(super) width: u32,
}

/// Where a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) header: u32,
    pub(super) first: u32,
    /// Its last row that is neither a total nor of another period.
    pub(super) last: u32,
    columns: Vec<&'static str>,
}

impl Place {
    /// The column of that id.
    pub(super) fn column(&self, id: &str) -> Option<u16> {
        let index = self.columns.iter().position(|known| *known == id)?;
        u16::try_from(index).ok()
    }

    /// How many rows that are.
    pub(super) fn rows(&self) -> u32 {
        (self.last + 1).saturating_sub(self.first)
    }
}

impl<'a> Page<'a> {
    /// Begins a sheet of that name with what stands on top of it.
    pub(super) fn begin(
        sheet: &'a mut Worksheet,
        (look, words): (&'a Look, &'a mut Words),
        name: &str,
        title: &str,
        head: &Head,
    ) -> Written<Self> {
        sheet.set_name(name)?;
        sheet.set_landscape().set_paper_size(9);
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
        let (page, of) = (words.message("pack", "page"), words.message("pack", "of"));
        let footer = format!("&L{}&R{page} &P {of} &N", head.title.replace('&', "&&"));
        // Longer ones are refused; a title of its own is not worth a file.
        if footer.encode_utf16().count() < 255 {
            sheet.set_footer(footer);
        }
        sheet.set_screen_gridlines(false);
        sheet.set_column_width(0, FIRST)?;
        sheet.set_column_range_width(1, 40, OTHER)?;
        sheet.set_row_height(0, 30)?;
        sheet.write_string_with_format(0, 0, clean(title), &look.title)?;
        sheet.write_string_with_format(1, 0, clean(&head.line), &look.line)?;
        Ok(Self {
            sheet,
            look,
            words,
            row: 3,
            left: 0,
            width: WIDTH,
        })
    }

    /// What there is to know of all of it.
    pub(super) fn facts(&mut self, head: &Head) -> Written<()> {
        for (label, text) in &head.facts {
            let row = self.row;
            self.sheet
                .write_string_with_format(row, 0, *label, &self.look.fact)?;
            self.sheet
                .write_string_with_format(row, 1, clean(text), &self.look.known)?;
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }

    /// What the next part is about.
    pub(super) fn section(&mut self, text: &str) -> Written<()> {
        let look = &self.look.section;
        self.sheet
            .write_string_with_format(self.row, 0, clean(text), look)?;
        self.row += 1;
        Ok(())
    }

    /// A line that is beside the point.
    pub(super) fn note(&mut self, text: &str) -> Written<()> {
        let look = &self.look.line;
        self.sheet
            .write_string_with_format(self.row, 0, clean(text), look)?;
        self.row += 1;
        Ok(())
    }

    /// Charts beside each other, and the room that they take. They may be about what stands below.
    pub(super) fn charts(&mut self, row: u32, charts: &mut [Chart]) -> Written<()> {
        let count = u32::try_from(charts.len()).unwrap_or(1).max(1);
        let width = self.width / count - 10;
        for (index, chart) in charts.iter_mut().enumerate() {
            chart.set_width(width).set_height(CHART.0);
            let offset = u32::try_from(index).unwrap_or(0) * (width + 10);
            self.sheet
                .insert_chart_with_offset(row, 0, chart, offset, 0)?;
        }
        Ok(())
    }

    /// Keeps room for charts; the row that it begins with.
    pub(super) fn room(&mut self) -> u32 {
        let row = self.row;
        self.row += CHART.1 + 1;
        row
    }

    /// Headers of a table.
    pub(super) fn headers(&mut self, labels: &[(&str, bool)]) -> Written<()> {
        self.sheet.set_row_height(self.row, 32)?;
        for (column, (label, right)) in (0..).zip(labels) {
            let format = match right {
                true => &self.look.header_right,
                false => &self.look.header,
            };
            self.sheet
                .write_string_with_format(self.row, self.left + column, *label, format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// A table of figures.
    pub(super) fn table<R: TableRow>(&mut self, picked: &Picked<R>, rows: &[R]) -> Written<Place> {
        let labels = picked.labels(self.words);
        self.table_as((picked, labels), rows)
    }

    /// The same with labels of its own.
    pub(super) fn table_as<R: TableRow>(
        &mut self,
        (picked, labels): (&Picked<R>, Vec<&'static str>),
        rows: &[R],
    ) -> Written<Place> {
        let header = self.row;
        let right = |kind| matches!(kind, Kind::Count | Kind::Share | Kind::Seconds);
        let labels: Vec<(&str, bool)> = labels
            .into_iter()
            .zip(&picked.columns)
            .map(|(label, column)| (label, right(column.kind)))
            .collect();
        self.headers(&labels)?;
        let first = self.row;
        let mut last = first;
        for row in rows {
            let cells = self.look.cells(row.is_total());
            for (index, column) in (0..).zip(&picked.columns) {
                let cell = (column.cell)(row, self.words);
                let format = match column.id {
                    "movement" if cell != Cell::Nothing => Some(&cells.movement),
                    _ => None,
                };
                put(self.sheet, (self.row, index), &cell, cells, format)?;
            }
            if !row.is_total() && !row.is_previous() {
                last = self.row;
            }
            self.row += 1;
        }
        self.row += 1;
        Ok(Place {
            header,
            first,
            last,
            columns: picked.ids(),
        })
    }

    /// Writes a cell of a row of its own.
    pub(super) fn put(&mut self, column: u16, cell: &Cell<'_>, total: bool) -> Written<()> {
        let cells = self.look.cells(total);
        put(
            self.sheet,
            (self.row, self.left + column),
            cell,
            cells,
            None,
        )
    }

    /// Writes a number in a format of its own, or that there is none.
    pub(super) fn number(
        &mut self,
        column: u16,
        number: Option<f64>,
        format: impl Fn(&Cells) -> &Format,
    ) -> Written<()> {
        let cells = self.look.cells(false);
        let column = self.left + column;
        match number {
            Some(number) => {
                let format = format(cells);
                self.sheet
                    .write_number_with_format(self.row, column, number, format)?;
            }
            None => put(self.sheet, (self.row, column), &Cell::Nothing, cells, None)?,
        }
        Ok(())
    }
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    cells: &Cells,
    format: Option<&Format>,
) -> Written<()> {
    let (number, usual) = match cell {
        Cell::Day(day) | Cell::DayOf { day, .. } => (serial(*day), &cells.day),
        Cell::Moment(time) => {
            let clock = time.time();
            let seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second;
            let serial = serial(time.date()) + f64::from(seconds) / 86_400.0;
            (serial, &cells.moment)
        }
        // Exact up to 2^53.
        #[allow(clippy::cast_precision_loss)]
        Cell::Count(count) => (*count as f64, &cells.count),
        Cell::Share(share) => (*share, &cells.share),
        Cell::Seconds(seconds) => (*seconds / 86_400.0, &cells.seconds),
        Cell::Nothing => {
            sheet.write_string_with_format(row, column, NOTHING, &cells.nothing)?;
            return Ok(());
        }
        Cell::Word {
            name: "not_applicable",
            word,
        } => {
            sheet.write_string_with_format(row, column, *word, &cells.nothing)?;
            return Ok(());
        }
        Cell::Text(_)
        | Cell::Code(_)
        | Cell::Word { .. }
        | Cell::Stated { .. }
        | Cell::Flag { .. } => {
            let mut text = String::new();
            cell.put(&mut text);
            sheet.write_string_with_format(row, column, clean(&text), &cells.text)?;
            return Ok(());
        }
    };
    sheet.write_number_with_format(row, column, number, format.unwrap_or(usual))?;
    Ok(())
}

fn serial(day: LocalDay) -> f64 {
    f64::from(day.0) + f64::from(EPOCH)
}

/// Text that a cell holds: no control characters, and not too long.
fn clean(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        control if control.is_control() => ' ',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter => letter,
    });
    // Half as many letters as units always fit.
    letters.take(LONGEST / 2).collect()
}
