//! Workbooks of report packs, and of reports with a shape: one sheet a report, with native charts, made to be printed.

mod charts;
mod funnel;
mod look;
mod overview;
mod page;
mod replies;
mod reports;
mod summary;

use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use self::look::Look;
use self::page::Page;
use super::overview::sections;
use super::pdf::{About, Drawn};
use super::words::Words;
use super::writer::Name;
use crate::pack::{Head, Pack, Subject, received_not_applicable};

/// The file of a pack.
///
/// # Errors
///
/// INTERNAL where it cannot be written.
pub(super) fn written(pack: &Pack, name: &Name, words: &mut Words) -> Result<Vec<u8>> {
    book(pack, name, words).map_err(Error::internal)
}

/// The file of a report that is drawn on a sheet of its own, with its columns of these ids.
///
/// # Errors
///
/// INTERNAL where it cannot be written, or there is no such sheet of the report.
pub(crate) fn sheet(
    drawn: (&Drawn, &[String]),
    about: &About,
    words: &mut Words,
) -> Result<Vec<u8>> {
    alone(drawn, about, words).map_err(Error::internal)
}

fn alone(
    (drawn, columns): (&Drawn, &[String]),
    about: &About,
    words: &mut Words,
) -> std::result::Result<Vec<u8>, XlsxError> {
    let basis = drawn.basis();
    let subject = Subject {
        workspace: &about.workspace,
        question: &about.question,
        names: &about.names,
        basis: &basis,
    };
    let mut head = Head::about(&subject, &about.title, words);
    if drawn.lacks_received() {
        let (label, note) = received_not_applicable(words);
        head.facts.push((label, note.to_owned()));
    }
    let (look, mut names) = (Look::new(), Names::default());
    let mut book = begun(&about.title, about.created)?;
    let sheet = book.add_worksheet();
    match drawn {
        Drawn::Overview(overview) => {
            let (mut page, name) = begin(
                overview::called(words),
                &head,
                sheet,
                (&look, words),
                &mut names,
            )?;
            page.facts(&head)?;
            let bucket = overview.asked.bucket();
            overview::draw(&mut page, &name, sections(overview), (bucket, columns))?;
        }
        Drawn::Funnel(sends, answer) => {
            let (mut page, name) = begin(
                funnel::called(*sends, words),
                &head,
                sheet,
                (&look, words),
                &mut names,
            )?;
            page.facts(&head)?;
            funnel::draw(&mut page, &name, (answer, columns))?;
        }
        Drawn::Replies(answer) => {
            let (mut page, name) = begin(
                replies::called(words),
                &head,
                sheet,
                (&look, words),
                &mut names,
            )?;
            page.facts(&head)?;
            replies::draw(&mut page, &name, (answer, columns))?;
        }
        Drawn::Consolidated(..) | Drawn::Breakdown(_) | Drawn::Ranking(_) => {
            let none = "the report is a plain table".to_owned();
            return Err(XlsxError::ParameterError(none));
        }
    }
    book.save_to_buffer()
}

/// A workbook without sheets.
fn begun(title: &str, created: Timestamp) -> std::result::Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(title)
            .set_author("Acuse")
            .set_creation_datetime(&moment(created)?),
    );
    Ok(book)
}

/// Begins a sheet that is called so, or nearly so where another is already, under its title; gives its name beside it.
fn begin<'a>(
    (wanted, title): (&str, &str),
    head: &Head,
    sheet: &'a mut Worksheet,
    (look, words): (&'a Look, &'a mut Words),
    names: &mut Names,
) -> std::result::Result<(Page<'a>, String), XlsxError> {
    let name = names.take(wanted);
    let page = Page::begin(sheet, (look, words), &name, title, head)?;
    Ok((page, name))
}

fn book(pack: &Pack, name: &Name, words: &mut Words) -> std::result::Result<Vec<u8>, XlsxError> {
    let head = Head::of(pack, &name.title, words);
    let look = Look::new();
    let mut names = Names::default();
    let mut book = begun(&name.title, name.created)?;
    let mut add = |words: &mut Words, draw: &mut Draw<'_>| {
        let sheet = book.add_worksheet();
        draw(sheet, &look, words, &mut names)
    };
    add(words, &mut |sheet, look, words, names| {
        summary::summary(pack, &head, sheet, (look, words), names)
    })?;
    add(words, &mut |sheet, look, words, names| {
        let (mut page, name) = begin(overview::called(words), &head, sheet, (look, words), names)?;
        overview::draw(&mut page, &name, pack.sections(), (pack.bucket, &[]))
    })?;
    add(words, &mut |sheet, look, words, names| {
        let answer = &pack.funnel;
        let (mut page, name) = begin(
            funnel::called(pack.sends, words),
            &head,
            sheet,
            (look, words),
            names,
        )?;
        funnel::draw(&mut page, &name, (answer, &[]))
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
        let (mut page, name) = begin(replies::called(words), &head, sheet, (look, words), names)?;
        replies::draw(&mut page, &name, (&pack.replies, &[]))
    })?;
    book.save_to_buffer()
}

/// Draws a sheet.
type Draw<'a> = dyn FnMut(&mut Worksheet, &Look, &mut Words, &mut Names) -> std::result::Result<(), XlsxError>
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
