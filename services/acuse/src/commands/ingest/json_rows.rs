//! Rows of JSON Lines.

use std::io::{BufRead, BufReader, Read, Result as IoResult};

use serde_json::{Map, Value};

use super::{
    described::shape,
    row::{Origin, Position, Raw, Row},
    rows::{self, Item, Kind, MAX_ROW, Reading, Shape, Unfit},
    source::Source,
};
use crate::{
    failure::{Failure, Result},
    input::shown,
};

/// Lines, each at most so long; what is longer is cut.
pub(super) struct Lines {
    from: BufReader<Box<dyn Read + Send>>,
    next: Position,
    longest: u64,
    name: String,
}

/// One line.
pub(super) struct Line {
    /// Its number.
    pub(super) number: u64,
    /// Without its end; as much of it as is taken.
    pub(super) text: Vec<u8>,
    pub(super) is_cut: bool,
    pub(super) next: Position,
}

impl Lines {
    /// Those from a position on.
    pub(super) fn from(source: &mut Source, from: &Position, longest: u64) -> Result<Self> {
        Ok(Self {
            from: BufReader::with_capacity(64 * 1024, source.from(from.offset)?),
            next: from.clone(),
            longest,
            name: shown(&source.path),
        })
    }

    /// The next line; `None` at the end.
    fn line(&mut self) -> IoResult<Option<Line>> {
        let mut text = Vec::new();
        let limit = self.longest + 2;
        let mut bytes = Read::by_ref(&mut self.from)
            .take(limit)
            .read_until(b'\n', &mut text)? as u64;
        if bytes == 0 {
            return Ok(None);
        }
        let mut is_cut = false;
        if text.last() != Some(&b'\n') && bytes == limit {
            is_cut = true;
            bytes += self.skip()?;
        }
        while let Some(b'\n' | b'\r') = text.last() {
            text.pop();
        }
        let number = self.next.line;
        self.next.offset += bytes;
        self.next.line += 1;
        if !text.trim_ascii().is_empty() {
            self.next.rows += 1;
        }
        Ok(Some(Line {
            number,
            text,
            is_cut,
            next: self.next.clone(),
        }))
    }

    /// Reads on to the end of a line; gives how many bytes that were.
    fn skip(&mut self) -> IoResult<u64> {
        let mut skipped = 0;
        loop {
            let there = self.from.fill_buf()?;
            let end = there.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(there.len(), |end| end + 1);
            self.from.consume(length);
            skipped += length as u64;
            if end.is_some() || length == 0 {
                return Ok(skipped);
            }
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Line>;

    /// The next line that is not blank.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.line() {
                Ok(Some(line)) if line.text.trim_ascii().is_empty() => {}
                Ok(line) => return line.map(Ok),
                Err(error) => {
                    let (name, line) = (&self.name, self.next.line);
                    let text = format!("{name} from line {line} on cannot be read: {error}");
                    return Some(Err(Failure::new(text)));
                }
            }
        }
    }
}

/// The object on a line.
pub(super) fn object(line: &Line, longest: u64) -> std::result::Result<Map<String, Value>, Unfit> {
    if line.is_cut {
        let problem = format!("is longer than {longest} bytes; its beginning is shown here");
        return Err(Unfit::unreadable(problem));
    }
    rows::object(&line.text)
}

/// The rows of a file.
pub(super) struct JsonRows {
    lines: Lines,
    shapes: Vec<Shape>,
    /// What all rows are; `None` where each names its own kind.
    kind: Option<Kind>,
    reading: Reading,
}

impl JsonRows {
    /// Those from a position on.
    pub(super) fn from(
        source: &mut Source,
        kind: Option<Kind>,
        reading: Reading,
        from: &Position,
    ) -> Result<Self> {
        let shapes = Kind::ALL.map(shape).into_iter();
        Ok(Self {
            lines: Lines::from(source, from, MAX_ROW)?,
            shapes: shapes.collect::<Result<_>>()?,
            kind,
            reading,
        })
    }

    fn says(&self, line: &Line) -> std::result::Result<Item, Unfit> {
        let object = object(line, MAX_ROW)?;
        rows::of_object(&object, self.kind, &self.shapes, &self.reading)
    }
}

impl Iterator for JsonRows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.lines.next()? {
            Ok(line) => line,
            Err(failure) => return Some(Err(failure)),
        };
        Some(Ok(Row {
            says: self.says(&line),
            origin: Origin {
                line: line.number,
                raw: Raw::Json(line.text),
            },
            next: line.next,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a file from a position on, at most so long.
    fn read(bytes: &[u8], from: &Position) -> Vec<(u64, Vec<u8>, bool, Position)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, bytes).unwrap();
        let mut source = Source::open(&path).unwrap();
        let lines = Lines::from(&mut source, from, 8).unwrap();
        let lines = lines.map(|line| line.unwrap());
        lines
            .map(|line| (line.number, line.text, line.is_cut, line.next))
            .collect()
    }

    #[test]
    fn lines_are_cut_and_read_from_any_of_them_on() {
        let begin = Position {
            line: 1,
            ..Position::default()
        };
        let text = b"{}\r\n\n  \n12345678\n123456789\n1234567890123456789012345\n{}";
        let all = read(text, &begin);
        let told: Vec<_> = all
            .iter()
            .map(|(line, _, is_cut, _)| (*line, *is_cut))
            .collect();
        assert_eq!(
            told,
            [(1, false), (4, false), (5, false), (6, true), (7, false)]
        );
        assert_eq!(all.last().unwrap().3.offset, text.len() as u64);
        assert_eq!(all.last().unwrap().3.rows, 5);
        for (at, (.., next)) in all.iter().enumerate() {
            assert_eq!(read(text, next), all[at + 1..], "after {at}");
        }
    }
}
