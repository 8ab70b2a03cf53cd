//! What stands around the rows of a sheet, and what its columns are called.

use super::package::Sheet;
use super::style::{MAIN, XML};

/// How the column of that index, from 0, is called.
pub(super) fn letters(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.insert(0, b'A' + u8::try_from(index % 26).unwrap_or(0));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    String::from_utf8(letters).unwrap_or_default()
}

/// What stands before the rows of a sheet: the header stays in sight, and a page is as wide as the table.
pub(super) fn beginning(widths: &[usize], first: bool) -> String {
    let selected = if first { " tabSelected=\"1\"" } else { "" };
    let columns: String = widths
        .iter()
        .enumerate()
        .map(|(index, width)| {
            let number = index + 1;
            format!("<col min=\"{number}\" max=\"{number}\" width=\"{width}.7109375\" customWidth=\"1\"/>")
        })
        .collect();
    format!(
        "{XML}<worksheet xmlns=\"{MAIN}\"><sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr>\
         <sheetViews><sheetView{selected} workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" \
         state=\"frozen\"/><selection pane=\"bottomLeft\" activeCell=\"A2\" sqref=\"A2\"/></sheetView></sheetViews>\
         <sheetFormatPr defaultRowHeight=\"15\"/><cols>{columns}</cols><sheetData>"
    )
}

/// What stands after them. Numbers that are text are meant to be.
pub(super) fn end(sheet: &Sheet) -> String {
    let last = &sheet.last_cell;
    format!(
        "</sheetData><autoFilter ref=\"A1:{last}\"/>\
         <pageMargins left=\"0.4\" right=\"0.4\" top=\"0.6\" bottom=\"0.6\" header=\"0.3\" footer=\"0.3\"/>\
         <pageSetup paperSize=\"9\" orientation=\"landscape\" fitToHeight=\"0\"/>\
         <headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>\
         <ignoredErrors><ignoredError sqref=\"A1:{last}\" numberStoredAsText=\"1\"/></ignoredErrors></worksheet>"
    )
}
