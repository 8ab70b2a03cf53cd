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
use super::pack_book;
use super::pdf::{self, About, Pages};
use super::table::Picked;
use super::words::{self, Words};
use super::xlsx::{self, Workbook};
use crate::pack::Pack;

/// A format, with how a file of it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values.
    Csv(Csv),
    /// An object a row.
    JsonLines,
    /// A workbook.
    Xlsx,
    /// Pages.
    Pdf,
}

impl Format {
    /// Records of a file at most, where there is such a limit.
    pub(crate) fn most_rows(self) -> Option<u64> {
        match self {
            Self::Csv(_) | Self::JsonLines => None,
            Self::Xlsx => Some(xlsx::MOST_ROWS),
            Self::Pdf => Some(pdf::MOST_ROWS),
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
            Format::Pdf => "application/pdf",
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
            (Format::Pdf, _) => "pdf",
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
    book: Option<Workbook>,
    /// Boxed, because a writer is moved from task to task.
    pages: Option<Box<Pages>>,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

impl Writer {
    /// A file that nothing is in yet.
    pub(crate) fn new(layout: Layout) -> Self {
        let compressing = || GzEncoder::new(Vec::new(), Compression::default());
        Self {
            format: layout.format,
            book: None,
            pages: None,
            gzip: layout.gzip.then(compressing),
        }
    }

    /// Begins a table: what stands before its rows. A file has one at least.
    ///
    /// # Errors
    ///
    /// INTERNAL where it cannot be written.
    pub(crate) fn begin<R>(
        &mut self,
        picked: &Picked<R>,
        about: &About,
        words: &Words,
    ) -> Result<Vec<u8>> {
        let bytes = match &mut self.format {
            Format::Csv(csv) => csv.begin(picked, words)?,
            Format::JsonLines => Vec::new(),
            Format::Xlsx => {
                self.book = Some(Workbook::begin(xlsx::Head {
                    title: about.title.clone(),
                    sheet: words::title(words.language(), picked.table).to_owned(),
                    created: about.created,
                    labels: picked
                        .labels(words)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                })?);
                Vec::new()
            }
            Format::Pdf => {
                self.pages = Some(Box::new(Pages::begin(picked, about, words)));
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
            Format::Pdf => match &mut self.pages {
                Some(pages) => pages.rows(picked, rows, words),
                None => Vec::new(),
            },
        };
        self.compressed(bytes)
    }

    /// Adds a report pack: what stands in the file before its end.
    ///
    /// # Errors
    ///
    /// INTERNAL where it cannot be written, or the format has none.
    pub(crate) fn pack(
        &mut self,
        pack: &Pack,
        about: &About,
        words: &mut Words,
    ) -> Result<Vec<u8>> {
        match self.format {
            Format::Xlsx => {
                let name = Name {
                    title: about.title.clone(),
                    created: about.created,
                };
                pack_book::written(pack, &name, words)
            }
            Format::Pdf => Ok(pdf::pack(pack, about, words.language())),
            Format::Csv(_) | Format::JsonLines => {
                Err(Error::internal("the format holds no report pack"))
            }
        }
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
            Format::Pdf => self.pages.map(|pages| pages.end()).unwrap_or_default(),
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

    use acuse_domain::calendar::Zone;

    use super::super::hsm_management::TABLE;
    use super::super::hsm_management::tests::{delivered, lima};
    use super::*;

    fn file(layout: Layout) -> Vec<u8> {
        let (picked, mut words) = (TABLE.pick(&[]), lima());
        let rows = vec![delivered(); 2_000];
        let mut writer = Writer::new(layout);
        let about = About::of("Ventas", Zone::UTC);
        let mut file = writer.begin(&picked, &about, &words).unwrap();
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
