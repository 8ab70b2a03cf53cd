//! Rows of CSV: what the header's names stand for, and what the fields below them say.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{
    Unfit,
    columns::Shape,
    item::{Draft, Fault, Item, NOTES},
    value::Reading,
};

/// How much is read ahead of a row's end.
pub(crate) const BUFFER: usize = 64 * 1024;

/// Why a header is none.
#[derive(Debug)]
pub(crate) struct Refused {
    /// What is wrong with it.
    pub(crate) problem: String,
    /// What helps.
    pub(crate) advice: String,
}

/// What stands between the names of a header: what is there most often.
pub(crate) fn guess(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |one: u8| line.iter().filter(|byte| **byte == one).count();
    // Of those that are there as often the last counts.
    let all = [b'|', b'\t', b';', b','];
    all.into_iter()
        .max_by_key(|one| count(*one))
        .unwrap_or(b',')
}

/// Reads records, also such as have other numbers of fields than the header.
pub(crate) fn reader<R: Read>(from: R, delimiter: u8) -> Reader<R> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(BUFFER)
        .from_reader(from)
}

/// Which fields say why a row was rejected.
pub(crate) fn is_note(name: &[u8]) -> bool {
    name.trim_ascii()
        .to_ascii_lowercase()
        .starts_with(NOTES.as_bytes())
}

/// The column of each name of a header; `None` for those that are passed over.
///
/// # Errors
///
/// Why they are not the names of columns.
pub(crate) fn columns(
    names: &ByteRecord,
    shape: &Shape,
    reading: &Reading,
) -> Result<Vec<Option<usize>>, Refused> {
    let kind = shape.kind.word();
    let shown = format!("--columns {kind} shows them");
    let mut columns = Vec::with_capacity(names.len());
    let mut unknown = Vec::new();
    for name in names {
        let text = String::from_utf8_lossy(name);
        let column = shape.find(&text);
        if column.is_some() && columns.contains(&column) {
            return Err(Refused {
                problem: format!("it has the column {} twice", text.trim()),
                advice: shown,
            });
        }
        if column.is_none() && !is_note(name) {
            unknown.push(match shape.nearest(&text) {
                Some(nearest) => format!("{:?} (is {nearest} meant?)", text.trim()),
                None => format!("{:?}", text.trim()),
            });
        }
        columns.push(column);
    }
    let unknown = unknown.join(", ");
    if columns.iter().all(Option::is_none) {
        return Err(Refused {
            problem: format!("its first line names no column of {kind}: {unknown}"),
            advice: shown,
        });
    }
    if !unknown.is_empty() && !reading.ignore_unknown {
        return Err(Refused {
            problem: format!("columns of {kind} are not called so: {unknown}"),
            advice: format!(
                "--ignore-unknown passes over them; --columns {kind} shows those there are"
            ),
        });
    }
    Ok(columns)
}

/// What a record says below a header with these columns.
///
/// # Errors
///
/// Why it is not taken in.
pub(crate) fn of_record(
    record: &ByteRecord,
    columns: &[Option<usize>],
    shape: &Shape,
    reading: &Reading,
) -> Result<Item, Unfit> {
    let (has, wanted) = (record.len(), columns.len());
    if has != wanted {
        let mut problem = format!("has {has} fields where the header has {wanted}");
        if record.iter().any(|field| field.contains(&b'\n')) {
            problem.push_str("; is there a quote that nothing closes?");
        }
        return Err(Unfit::unreadable(problem));
    }
    let mut draft = Draft::new(shape, reading);
    let mut faults = Vec::new();
    for (field, column) in record.iter().zip(columns) {
        let Some(column) = *column else {
            continue;
        };
        match std::str::from_utf8(field) {
            Ok(text) => draft.text(column, text),
            Err(_) => faults.push(Fault::new(shape.name(column), "is not UTF-8")),
        }
    }
    match draft.finish() {
        Ok(item) if faults.is_empty() => Ok(item),
        Ok(_) => Err(Unfit::invalid(faults)),
        Err(more) => Err(Unfit::invalid([faults, more].concat())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_guessed_by_the_header() {
        for (head, expected) in [
            ("a,b;c,d\n;;;;", b','),
            ("a;b\n", b';'),
            ("a\tb", b'\t'),
            ("a|b", b'|'),
            ("a", b','),
        ] {
            assert_eq!(guess(head.as_bytes()), expected, "{head:?}");
        }
    }
}
