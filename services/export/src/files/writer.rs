//! Writers: files under way, whatever their format.
//!
//! A writer takes the rows of a table some thousand at a time and gives the bytes that they make. One whose format is known
//! only at its end gives nothing before, writes into a temporary file, and gives that. It computes and may wait for a disk:
//! it is called where nothing else waits for it.

use std::io::{Cursor, Read, Write as _};

use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::csv::Csv;
use super::json_lines;
use super::table::Picked;
use super::words::{self, Words};
use super::xlsx::{self, Workbook};

/// A format, with how a file of it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values.
    Csv(Csv),
    /// An object a row.
    JsonLines,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// Records of a file at most, where there is such a limit.
    pub(crate) fn most_rows(self) -> Option<u64> {
        match self {
            Self::Csv(_) | Self::JsonLines => None,
            Self::Xlsx => Some(xlsx::MOST_ROWS),
        }
    }
}

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Its format.
    pub(crate) format: Format,
    /// Whether it is compressed as a whole.
    pub(crate) gzip: bool,
}

impl Layout {
    /// The file's media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self.format {
            _ if self.gzip => "application/gzip",
            Format::Csv(_) => "text/csv; charset=utf-8",
            Format::JsonLines => "application/jsonl",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What the file's name ends with.
    pub(crate) fn extension(self) -> &'static str {
        match (self.format, self.gzip) {
            (Format::Csv(_), false) => "csv",
            (Format::Csv(_), true) => "csv.gz",
            (Format::JsonLines, false) => "jsonl",
            (Format::JsonLines, true) => "jsonl.gz",
            (Format::Xlsx, _) => "xlsx",
        }
    }
}

/// What is left to be written when all rows are there: bytes, or a temporary file from its beginning.
pub(crate) type Rest = Box<dyn Read + Send>;

/// What a file is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its title, for people.
    pub(crate) title: String,
    /// When it was asked for.
    pub(crate) created: Timestamp,
}

/// A file under way.
#[derive(Debug)]
pub(crate) struct Writer {
    format: Format,
    name: Name,
    book: Option<Workbook>,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

impl Writer {
    /// A file that nothing is in yet.
    pub(crate) fn new(layout: Layout, name: Name) -> Self {
        let compressing = || GzEncoder::new(Vec::new(), Compression::default());
        Self {
            format: layout.format,
            name,
            book: None,
            gzip: layout.gzip.then(compressing),
        }
    }

    /// Begins a table: what stands before its rows. A file has one at least.
    ///
    /// # Errors
    ///
    /// INTERNAL where it cannot be written.
    pub(crate) fn begin<R>(&mut self, picked: &Picked<R>, words: &Words) -> Result<Vec<u8>> {
        let bytes = match &mut self.format {
            Format::Csv(csv) => csv.begin(picked, words)?,
            Format::JsonLines => Vec::new(),
            Format::Xlsx => {
                self.book = Some(Workbook::begin(xlsx::Head {
                    title: self.name.title.clone(),
                    sheet: words::title(words.language(), picked.table).to_owned(),
                    created: self.name.created,
                    labels: picked
                        .labels(words)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                })?);
                Vec::new()
            }
        };
        self.compressed(bytes)
    }

    /// Goes on with the table that was begun last.
    ///
    /// # Errors
    ///
    /// INTERNAL where they cannot be written.
    pub(crate) fn rows<R>(
        &mut self,
        picked: &Picked<R>,
        rows: &[R],
        words: &mut Words,
    ) -> Result<Vec<u8>> {
        let bytes = match &mut self.format {
            Format::Csv(csv) => csv.rows(picked, rows, words)?,
            Format::JsonLines => json_lines::rows(picked, rows, words)?,
            Format::Xlsx => match &mut self.book {
                Some(book) => xlsx::rows(book, picked, rows, words)?,
                None => Vec::new(),
            },
        };
        self.compressed(bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// INTERNAL where its end cannot be written.
    pub(crate) fn end(self) -> Result<Rest> {
        let bytes = match self.format {
            Format::Csv(_) | Format::JsonLines => Vec::new(),
            Format::Xlsx => self.book.map_or(Ok(Vec::new()), Workbook::finish)?,
        };
        let bytes = match self.gzip {
            None => bytes,
            Some(mut gzip) => {
                gzip.write_all(&bytes).map_err(Error::internal)?;
                gzip.finish().map_err(Error::internal)?
            }
        };
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn compressed(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        match &mut self.gzip {
            None => Ok(bytes),
            Some(gzip) => {
                gzip.write_all(&bytes).map_err(Error::internal)?;
                Ok(std::mem::take(gzip.get_mut()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::super::hsm_management::TABLE;
    use super::super::hsm_management::tests::{delivered, lima};
    use super::*;

    fn file(layout: Layout) -> Vec<u8> {
        let (picked, mut words) = (TABLE.pick(&[]), lima());
        let rows = vec![delivered(); 2_000];
        let name = Name {
            title: "Ventas".to_owned(),
            created: Timestamp::from_seconds(1_664_672_400),
        };
        let mut writer = Writer::new(layout, name);
        let mut file = writer.begin(&picked, &words).unwrap();
        for rows in rows.chunks(300) {
            file.extend(writer.rows(&picked, rows, &mut words).unwrap());
        }
        writer.end().unwrap().read_to_end(&mut file).unwrap();
        file
    }

    #[test]
    fn a_compressed_file_is_the_plain_one() {
        let csv = Csv {
            delimiter: b',',
            byte_order_mark: true,
        };
        for format in [Format::Csv(csv), Format::JsonLines] {
            let written = |gzip| file(Layout { format, gzip });
            let (plain, compressed) = (written(false), written(true));
            assert!(compressed.len() < plain.len() / 10);
            let mut read = Vec::new();
            let mut decoder = GzDecoder::new(compressed.as_slice());
            decoder.read_to_end(&mut read).unwrap();
            assert!(read == plain);
        }
    }
}
