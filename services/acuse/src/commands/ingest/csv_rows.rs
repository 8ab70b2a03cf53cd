//! Rows of CSV.

use std::io::{self, Read};

use csv::{ByteRecord, Reader};

use super::{
    row::{Origin, Position, Raw, Row},
    rows::{BUFFER, MAX_ROW, Reading, Shape, columns, guess, of_record, reader},
    source::{Source, unreadable},
};
use crate::failure::{Failure, Result};

/// The first line of a file.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// What stands between fields.
    pub(super) delimiter: u8,
    /// The names as they are.
    pub(super) names: ByteRecord,
    /// The column of each field; `None` for those that are passed over.
    columns: Vec<Option<usize>>,
    /// Whether a byte order mark comes before it.
    pub(super) has_mark: bool,
    /// Where the rows begin.
    pub(super) begins: Position,
    /// The reader ends a row at the first of the two characters that end a line: its count lags behind by one.
    lag: u64,
}

impl Header {
    /// Reads it from what a file begins with.
    pub(super) fn read(
        source: &Source,
        delimiter: Option<u8>,
        shape: &Shape,
        reading: &Reading,
    ) -> Result<Self> {
        source.is_text()?;
        let mark = source.begins();
        let head = &source.head[mark..];
        let delimiter = delimiter.unwrap_or_else(|| guess(head));
        let mut reader = reader(head, delimiter);
        let mut names = ByteRecord::new();
        let is_there = reader.read_byte_record(&mut names);
        if !is_there.is_ok_and(|is_there| is_there) {
            return Err(unreadable(&source.path, "it is empty")
                .advise("the first line names the columns; --columns shows them"));
        }
        let end = reader.position().byte();
        if end as usize == head.len() && !source.is_short() {
            return Err(unreadable(&source.path, "its first line does not end"));
        }
        let columns = columns(&names, shape, reading)
            .map_err(|refused| unreadable(&source.path, &refused.problem).advise(refused.advice))?;
        let is_cut = usize::try_from(end).is_ok_and(|end| head.get(end) == Some(&b'\n'));
        Ok(Self {
            delimiter,
            columns,
            has_mark: mark > 0,
            begins: Position {
                offset: mark as u64 + end,
                line: reader.position().line(),
                ..Position::default()
            },
            lag: u64::from(is_cut),
            names,
        })
    }
}

/// The rows of a file.
pub(super) struct CsvRows {
    reader: Reader<Guard>,
    header: Header,
    shape: Shape,
    reading: Reading,
    /// Where the reader began.
    began: Position,
    rows: u64,
    name: String,
}

impl CsvRows {
    /// Those from a position on.
    pub(super) fn from(
        source: &mut Source,
        header: Header,
        shape: Shape,
        reading: Reading,
        from: &Position,
    ) -> Result<Self> {
        let guard = Guard {
            inner: source.from(from.offset)?,
            read: 0,
            allowed: MAX_ROW + BUFFER as u64,
        };
        Ok(Self {
            reader: reader(guard, header.delimiter),
            header,
            shape,
            reading,
            began: from.clone(),
            rows: from.rows,
            name: crate::input::shown(&source.path),
        })
    }
}

impl Iterator for CsvRows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        let read = self.reader.read_byte_record(&mut record);
        let line = |position: &csv::Position| self.began.line + position.line() - 1;
        let first = record.position().map_or(self.began.line, line) + self.header.lag;
        match read {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                let name = &self.name;
                let text = format!("{name} from line {first} on cannot be read: {error}");
                return Some(Err(Failure::new(text)));
            }
        }
        self.rows += 1;
        let end = self.reader.position().clone();
        let next = Position {
            offset: self.began.offset + end.byte(),
            line: line(&end),
            rows: self.rows,
            name: None,
        };
        let guard = self.reader.get_mut();
        guard.allowed = end.byte() + MAX_ROW + BUFFER as u64;
        Some(Ok(Row {
            says: of_record(&record, &self.header.columns, &self.shape, &self.reading),
            origin: Origin {
                line: first,
                raw: Raw::Csv(record),
            },
            next,
        }))
    }
}

/// Ends a row that never does, before it fills the memory.
struct Guard {
    inner: Box<dyn Read + Send>,
    read: u64,
    allowed: u64,
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.allowed {
            return Err(io::Error::other(
                "a row is longer than 1 MiB; is there a quote that nothing closes?",
            ));
        }
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ingest::{
        described::shape,
        rows::{Fault, Kind},
    };

    /// The rows of a file of statuses from a position on, or from its beginning.
    fn read(bytes: &[u8], from: Option<&Position>) -> Vec<Row> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, bytes).unwrap();
        let mut source = Source::open(&path).unwrap();
        let (shape, reading) = (shape(Kind::Statuses).unwrap(), Reading::default());
        let header = Header::read(&source, None, &shape, &reading).unwrap();
        let from = from.cloned().unwrap_or_else(|| header.begins.clone());
        let rows = CsvRows::from(&mut source, header, shape, reading, &from).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    fn told(rows: &[Row]) -> Vec<(u64, Raw, bool, Position)> {
        let told = rows.iter().map(|row| {
            let (line, raw) = (row.origin.line, row.origin.raw.clone());
            (line, raw, row.says.is_ok(), row.next.clone())
        });
        told.collect()
    }

    #[test]
    fn what_is_read_from_any_row_on_is_the_same() {
        let text = "sender_message_id;kind;happened_at\n\
                    a;sent;2025-09-30T14:05:06Z\n\
                    \"b\n;\"\"b\";read;\"2025-09-30T14:05:07Z\"\n\
                    c;eaten;2025-09-30T14:05:08Z\n\
                    d;sent\n\
                    é;sent;2025-09-30T14:05:09Z";
        let texts = [
            text.to_owned(),
            format!("{text}\n\n"),
            format!("\u{feff}{}", text.replace('\n', "\r\n")),
        ];
        for text in texts {
            let all = read(text.as_bytes(), None);
            let lines: Vec<_> = all.iter().map(|row| row.origin.line).collect();
            assert_eq!(lines, [2, 3, 5, 6, 7], "{text:?}");
            let fit: Vec<_> = all.iter().map(|row| row.says.is_ok()).collect();
            assert_eq!(fit, [true, true, false, false, true], "{text:?}");
            for (at, row) in all.iter().enumerate() {
                let rest = read(text.as_bytes(), Some(&row.next));
                assert_eq!(
                    told(&rest),
                    told(&all[at + 1..]),
                    "after row {at} of {text:?}"
                );
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_the_fields_fault() {
        let rows = read(b"sender_message_id,kind\n\xff,sent\nb,sent\n", None);
        let unfit = rows[0].says.as_ref().unwrap_err();
        assert_eq!(
            unfit.faults,
            [Fault::new("sender_message_id", "is not UTF-8")]
        );
        assert!(rows[1].says.is_ok());
    }
}
