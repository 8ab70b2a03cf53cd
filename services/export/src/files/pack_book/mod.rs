//! Workbooks of report packs: one sheet a report, with native charts, made to be printed.

mod charts;
mod look;
mod page;
mod reports;
mod summary;

use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::look::Look;
use super::words::Words;
use super::writer::Name;
use crate::pack::{Head, Pack};

/// The file of a pack.
///
/// # Errors
///
/// INTERNAL where it cannot be written.
pub(super) fn written(pack: &Pack, name: &Name, words: &mut Words) -> Result<Vec<u8>> {
    book(pack, name, words).map_err(Error::internal)
}

fn book(pack: &Pack, name: &Name, words: &mut Words) -> std::result::Result<Vec<u8>, XlsxError> {
    let head = Head::of(pack, &name.title, words);
    let look = Look::new();
    let mut names = Names::default();
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(&name.title)
            .set_author("Acuse")
            .set_creation_datetime(&moment(name.created)?),
    );
    let mut add = |words: &mut Words, draw: &mut Draw<'_>| {
        let sheet = book.add_worksheet();
        draw(sheet, &look, words, &mut names)
    };
    add(words, &mut |sheet, look, words, names| {
        summary::summary(pack, &head, sheet, (look, words), names)
    })?;
    add(words, &mut |sheet, look, words, names| {
        reports::funnel(pack, &head, sheet, (look, words), names)
    })?;
    for breakdown in &pack.breakdowns {
        add(words, &mut |sheet, look, words, names| {
            reports::breakdown(breakdown, &head, sheet, (look, words), names)
        })?;
    }
    for ranking in &pack.rankings {
        add(words, &mut |sheet, look, words, names| {
            reports::ranking(ranking, &head, sheet, (look, words), names)
        })?;
    }
    add(words, &mut |sheet, look, words, names| {
        reports::replies(pack, &head, sheet, (look, words), names)
    })?;
    book.save_to_buffer()
}

/// Draws a sheet.
type Draw<'a> = dyn FnMut(
        &mut rust_xlsxwriter::Worksheet,
        &Look,
        &mut Words,
        &mut Names,
    ) -> std::result::Result<(), XlsxError>
    + 'a;

/// The names of sheets, each once.
#[derive(Debug, Default)]
struct Names(Vec<String>);

impl Names {
    /// A name that no sheet has yet.
    fn take(&mut self, wanted: &str) -> String {
        let free = (1..)
            .map(|number| super::xlsx::sheet_name(wanted, number))
            .find(|name| {
                let same = |known: &String| known.to_lowercase() == name.to_lowercase();
                !self.0.iter().any(same)
            });
        let name = free.unwrap_or_default();
        self.0.push(name.clone());
        name
    }
}

fn moment(at: Timestamp) -> std::result::Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(at.micros() / 1_000_000)
}

#[cfg(test)]
mod tests;
