//! A table of any number of records, written as they come.

use std::collections::VecDeque;

use crate::document::{Document, Front, MARGIN, Paper};
use crate::table::{self, Column, Layout, Row};
use crate::widths::Needs;

/// Records that columns are made for: the first ones.
const SAMPLE: usize = 500;

/// Papers and sizes of letters, the one asked for first that all columns can be read on.
const CHOICES: [(Paper, f32); 8] = [
    (Paper::A4Landscape, 8.5),
    (Paper::A4Landscape, 8.0),
    (Paper::A4Landscape, 7.5),
    (Paper::A4Landscape, 7.0),
    (Paper::A3Landscape, 8.5),
    (Paper::A3Landscape, 8.0),
    (Paper::A3Landscape, 7.5),
    (Paper::A3Landscape, 7.0),
];

/// What is chosen where words have to be broken.
const LAST: (Paper, f32) = (Paper::A3Landscape, 6.5);

/// Lines of a row on the average, at most, for a choice to do.
const LINES: f32 = 3.0;

/// A document of one table under way.
pub struct Records {
    front: Front,
    columns: Vec<Column>,
    /// The first records, until there are enough of them.
    waiting: Vec<Row>,
    /// The last records so far, two at most: which is the last of all is known at the end.
    held: VecDeque<Row>,
    begun: Option<(Document, Layout)>,
}

impl Records {
    /// Of columns, of which there is at least one.
    #[must_use]
    pub fn new(front: Front, columns: Vec<Column>) -> Self {
        Self {
            front,
            columns,
            waiting: Vec::new(),
            held: VecDeque::new(),
            begun: None,
        }
    }

    /// Adds a record: a text for every column.
    pub fn add(&mut self, cells: Vec<String>) {
        let row = Row {
            cells,
            total: false,
        };
        match &mut self.begun {
            Some((document, layout)) => {
                self.held.push_back(row);
                if self.held.len() > 2
                    && let Some(first) = self.held.pop_front()
                {
                    document.add_record(layout, &first, None);
                }
            }
            None => {
                self.waiting.push(row);
                if self.waiting.len() >= SAMPLE {
                    self.begin();
                }
            }
        }
    }

    /// The bytes of all pages that are full.
    pub fn take(&mut self) -> Vec<u8> {
        let begun = self.begun.as_mut();
        begun
            .map(|(document, _)| document.take())
            .unwrap_or_default()
    }

    /// Ends the document, and gives what was not taken yet. `none` is said where there were no records.
    #[must_use]
    pub fn finish(mut self, none: &str) -> Vec<u8> {
        if self.begun.is_none() {
            self.begin();
        }
        let Some((mut document, layout)) = self.begun else {
            return Vec::new();
        };
        let last: Vec<Row> = self.held.into();
        for (nth, row) in last.iter().enumerate() {
            document.add_record(&layout, row, last.get(nth + 1));
        }
        if document.records == 0 {
            document.y += 10.0;
            document.note(none);
        }
        document.finish()
    }

    fn begin(&mut self) {
        let rows = std::mem::take(&mut self.waiting);
        let needs = table::all_needs(&self.columns, &rows);
        let (paper, layout) = self.choose(&needs, &rows);
        let mut document = Document::new(self.front.clone(), paper);
        document.begin_table(&layout);
        self.begun = Some((document, layout));
        for row in rows {
            self.add(row.cells);
        }
    }

    fn choose(&self, needs: &[Needs], rows: &[Row]) -> (Paper, Layout) {
        let sample = rows.get(..rows.len().min(100)).unwrap_or_default();
        for (paper, size) in CHOICES {
            let room = paper.size().0 - 2.0 * MARGIN;
            if Layout::least(needs, size) > room {
                continue;
            }
            let layout = Layout::new(&self.columns, needs, size, room);
            let lines: usize = sample.iter().map(|row| layout.depth(&row.cells)).sum();
            if lines as f32 <= LINES * sample.len().max(1) as f32 {
                return (paper, layout);
            }
        }
        let (paper, size) = LAST;
        let room = paper.size().0 - 2.0 * MARGIN;
        (paper, Layout::new(&self.columns, needs, size, room))
    }
}
