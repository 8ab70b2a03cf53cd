//! Workbooks of rows (Office Open XML), made as rows come.
//!
//! A workbook is a ZIP file of XML parts. A sheet's rows are compressed and handed on as they come, so that whatever the size
//! there is neither a file beside the one that is made nor anything in memory but some rows. What is known at the end alone,
//! how many rows and sheets there are, stands in parts behind the sheets.

mod layout;
mod package;
mod style;
mod text;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use acuse_domain::calendar::LocalDay;
use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

pub(super) use self::package::sheet_name;

use self::layout::{beginning, end, letters};
use self::package::Sheet;
use self::style::Style;
use super::cell::{Cell, NOTHING};
use super::table::Picked;
use super::words::Words;

/// Records of a workbook at most.
pub(crate) const MOST_ROWS: u64 = 1_800_000;

/// Rows of a sheet at most, its header included.
const SHEET_ROWS: u32 = 1_048_576;

/// Bytes of a sheet at most. From 4 GiB on its size takes another form, which spreadsheets do not read of a part that was
/// compressed as it came.
const SHEET_BYTES: u64 = 4_000_000_000;

/// The widest column, in characters; longer text is wrapped.
const WIDEST: usize = 48;

/// The narrowest column.
const NARROWEST: usize = 9;

/// What a header takes beside its label: the button of the filter.
const BUTTON: usize = 4;

/// How much work is put into compression, from 1 to 9. At 6 files are a seventh smaller and take twice as long.
const LEVEL: i64 = 2;

/// Days from the one that spreadsheets count from to 1970-01-01.
const EPOCH: i32 = 25_569;

/// Adds rows of a table; what was made of the file meanwhile.
///
/// # Errors
///
/// Never; memory takes what is written.
pub(super) fn rows<R>(
    book: &mut Workbook,
    picked: &Picked<R>,
    rows: &[R],
    words: &mut Words,
) -> Result<Vec<u8>> {
    for row in rows {
        book.begin_row()?;
        for column in &picked.columns {
            book.cell(&(column.cell)(row, words));
        }
        book.end_row();
    }
    book.take()
}

/// What a workbook is called, and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its title, as a property of the document.
    pub(crate) title: String,
    /// What its sheets are called.
    pub(crate) sheet: String,
    /// When it was asked for.
    pub(crate) created: Timestamp,
    /// The labels of its columns.
    pub(crate) labels: Vec<String>,
}

/// A workbook that is being made.
#[derive(Debug)]
pub(crate) struct Workbook {
    head: Head,
    zip: ZipWriter<StreamWriter<Sink>>,
    /// What is made and not yet taken.
    made: Sink,
    /// Rows, as XML, that are not yet compressed.
    rows: Vec<u8>,
    /// How columns are called: "A", "B".
    letters: Vec<String>,
    /// How wide they have to be, by what is known of them.
    widths: Vec<usize>,
    sheets: Vec<Sheet>,
    /// The row that is being written, from 1, and its number as text.
    row: u32,
    number: String,
    /// The column of its next cell.
    column: usize,
    /// Bytes of the present sheet that are compressed.
    size: u64,
    sheet_rows: u32,
}

impl Workbook {
    /// Begins a workbook.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(crate) fn begin(head: Head) -> Result<Self> {
        Self::with_sheets_of(head, SHEET_ROWS)
    }

    fn with_sheets_of(head: Head, sheet_rows: u32) -> Result<Self> {
        let made = Sink::default();
        let mut zip = ZipWriter::new_stream(made.clone());
        for (name, part) in package::before(&head.title, head.created) {
            add(&mut zip, name, &part)?;
        }
        add(&mut zip, "xl/styles.xml", &style::sheet())?;
        let mut book = Self {
            letters: (0..head.labels.len()).map(letters).collect(),
            widths: vec![NARROWEST; head.labels.len()],
            head,
            zip,
            made,
            rows: Vec::new(),
            sheets: Vec::new(),
            row: 0,
            number: String::new(),
            column: 0,
            size: 0,
            sheet_rows,
        };
        book.header();
        Ok(book)
    }

    /// Begins a row, on another sheet where the present one is full.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(crate) fn begin_row(&mut self) -> Result<()> {
        if self.row == self.sheet_rows || self.size + self.rows.len() as u64 > SHEET_BYTES {
            self.end_sheet()?;
            self.header();
        }
        self.open_row();
        Ok(())
    }

    /// Adds the next cell of a row.
    pub(crate) fn cell(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Text(text) | Cell::Code(text) => self.text(text),
            Cell::Word { word, .. } | Cell::Flag { word, .. } => self.string(word, Style::Text),
            Cell::Stated { .. } => {
                let mut text = String::new();
                cell.put(&mut text);
                self.text(&text);
            }
            Cell::Day(day) | Cell::DayOf { day, .. } => self.day(*day),
            Cell::Moment(time) => {
                let clock = time.time();
                let seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second;
                let serial = serial(time.date()) + f64::from(seconds) / 86_400.0;
                self.value(serial, Style::Moment, 19);
            }
            Cell::Count(count) => self.whole(*count),
            Cell::Share(share) => self.value(*share, Style::Share, 8),
            Cell::Seconds(seconds) => self.value(*seconds, Style::Number, 10),
            Cell::Nothing => self.string(NOTHING, Style::Nothing),
        }
    }

    /// Ends a row.
    pub(crate) fn end_row(&mut self) {
        self.rows.extend_from_slice(b"</row>");
    }

    /// What was made of the file since this was last asked.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(crate) fn take(&mut self) -> Result<Vec<u8>> {
        self.compress()?;
        Ok(self.made.take())
    }

    /// The end of the file.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        self.end_sheet()?;
        for (name, part) in package::after(&self.sheets) {
            add(&mut self.zip, name, &part)?;
        }
        self.zip.finish().map_err(Error::internal)?;
        Ok(self.made.take())
    }

    /// The first row of a sheet.
    fn header(&mut self) {
        self.row = 0;
        self.open_row();
        for index in 0..self.head.labels.len() {
            let label = std::mem::take(&mut self.head.labels[index]);
            self.string(&label, Style::Header);
            self.widths[index] = self.widths[index].max(label.chars().count() + BUTTON);
            self.head.labels[index] = label;
        }
        self.end_row();
    }

    fn open_row(&mut self) {
        self.row += 1;
        self.column = 0;
        self.number = self.row.to_string();
        let _ = write!(self.rows, "<row r=\"{}\">", self.number);
    }

    /// Begins a sheet that has not begun, and compresses its rows.
    fn compress(&mut self) -> Result<()> {
        if self.size == 0 {
            let number = self.sheets.len() + 1;
            let name = format!("xl/worksheets/sheet{number}.xml");
            self.zip
                .start_file(name, options())
                .map_err(Error::internal)?;
            let beginning = beginning(&self.widths, number == 1);
            self.put(beginning.as_bytes())?;
        }
        let rows = std::mem::take(&mut self.rows);
        self.put(&rows)?;
        self.rows = rows;
        self.rows.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.size += bytes.len() as u64;
        self.zip.write_all(bytes).map_err(Error::internal)
    }

    fn end_sheet(&mut self) -> Result<()> {
        self.compress()?;
        let last_column = self.letters.last().cloned().unwrap_or_default();
        let sheet = Sheet {
            name: package::sheet_name(&self.head.sheet, self.sheets.len() + 1),
            last_cell: format!("{last_column}{}", self.row),
            last_column,
        };
        let end = end(&sheet);
        self.put(end.as_bytes())?;
        self.sheets.push(sheet);
        self.size = 0;
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let wrapped = text.len() > WIDEST || text.contains(['\n', '\r']);
        let style = if wrapped { Style::Wrapped } else { Style::Text };
        self.string(text, style);
    }

    fn string(&mut self, text: &str, style: Style) {
        self.begin_cell(style);
        self.rows.extend_from_slice(b" t=\"inlineStr\"><is><t");
        if text::has_outer_space(text) {
            self.rows.extend_from_slice(b" xml:space=\"preserve\"");
        }
        self.rows.push(b'>');
        text::escape(text, &mut self.rows);
        self.rows.extend_from_slice(b"</t></is></c>");
        self.end_cell(|| text.chars().take(WIDEST).count());
    }

    fn day(&mut self, day: LocalDay) {
        self.begin_cell(Style::Day);
        self.rows.extend_from_slice(b"><v>");
        let serial = i64::from(day.0) + i64::from(EPOCH);
        self.rows.extend_from_slice(serial.to_string().as_bytes());
        self.rows.extend_from_slice(b"</v></c>");
        self.end_cell(|| 11);
    }

    fn whole(&mut self, count: i64) {
        self.begin_cell(Style::Count);
        let text = count.to_string();
        self.rows.extend_from_slice(b"><v>");
        self.rows.extend_from_slice(text.as_bytes());
        self.rows.extend_from_slice(b"</v></c>");
        self.end_cell(|| text.len() + text.len() / 3);
    }

    fn value(&mut self, value: f64, style: Style, width: usize) {
        if !value.is_finite() {
            return self.string(NOTHING, Style::Nothing);
        }
        self.begin_cell(style);
        let _ = write!(self.rows, "><v>{value}</v></c>");
        self.end_cell(|| width);
    }

    fn begin_cell(&mut self, style: Style) {
        let letters = self.letters.get(self.column);
        let letters = letters.map(String::as_bytes).unwrap_or_default();
        self.rows.extend_from_slice(b"<c r=\"");
        self.rows.extend_from_slice(letters);
        self.rows.extend_from_slice(self.number.as_bytes());
        self.rows.extend_from_slice(b"\" s=\"");
        self.rows.push(b'0' + style.number());
        self.rows.push(b'"');
    }

    /// Widths stand before the rows: what comes before anything is compressed says how wide columns have to be.
    fn end_cell(&mut self, width: impl FnOnce() -> usize) {
        if self.size == 0 && self.sheets.is_empty() && self.row > 1 {
            let known = &mut self.widths[self.column];
            *known = (width() + 1).clamp(*known, WIDEST.max(*known));
        }
        self.column += 1;
    }
}

/// Compressed bytes that wait for being taken.
#[derive(Debug, Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same for every part. None has a time, so that the same rows make the same file.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
}

fn add(zip: &mut ZipWriter<StreamWriter<Sink>>, name: &str, part: &str) -> Result<()> {
    zip.start_file(name, options()).map_err(Error::internal)?;
    zip.write_all(part.as_bytes()).map_err(Error::internal)
}

/// A day as spreadsheets count it.
fn serial(day: LocalDay) -> f64 {
    f64::from(day.0) + f64::from(EPOCH)
}

#[cfg(test)]
mod tests;
