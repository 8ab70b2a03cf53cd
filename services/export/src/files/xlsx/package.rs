//! The parts of a workbook beside its sheets: what it is called, what belongs to what.

use std::fmt::Write as _;

use acuse_domain::time::Timestamp;

use super::style::{MAIN, XML};
use super::text::escape;

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Characters of a sheet's name at most.
const NAME: usize = 31;

/// One sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Its name, which no other sheet has.
    pub(super) name: String,
    /// Its last cell, for example "S1048576".
    pub(super) last_cell: String,
    /// Its last column, for example "S".
    pub(super) last_column: String,
}

/// The name of the sheet with that number, from 1: what spreadsheets forbid in one is left out.
pub(in super::super) fn sheet_name(name: &str, number: usize) -> String {
    let number = match number {
        1 => String::new(),
        number => format!(" ({number})"),
    };
    let allowed = name
        .chars()
        .filter(|letter| !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\'));
    let allowed: String = allowed.filter(|letter| !letter.is_control()).collect();
    let mut kept = String::new();
    let mut units = number.len();
    for letter in allowed.trim_matches(['\'', ' ']).chars() {
        units += letter.len_utf16();
        if units > NAME {
            break;
        }
        kept.push(letter);
    }
    format!("{}{number}", kept.trim_end_matches(['\'', ' ']))
}

/// The parts that stand before the sheets, by name.
pub(super) fn before(title: &str, created: Timestamp) -> [(&'static str, String); 3] {
    let relationships = relationships(&[
        (
            format!("{OFFICE}/relationships/officeDocument"),
            "xl/workbook.xml",
        ),
        (
            format!("{PACKAGE}/relationships/metadata/core-properties"),
            "docProps/core.xml",
        ),
        (
            format!("{OFFICE}/relationships/extended-properties"),
            "docProps/app.xml",
        ),
    ]);
    let application = format!(
        "{XML}<Properties xmlns=\"{OFFICE}/extended-properties\"><Application>Acuse</Application></Properties>"
    );
    let created = created.to_string();
    let core = format!(
        "{XML}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{}</dc:title><dc:creator>Acuse</dc:creator>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{created}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{created}</dcterms:modified></cp:coreProperties>",
        escaped(title),
    );
    [
        ("_rels/.rels", relationships),
        ("docProps/app.xml", application),
        ("docProps/core.xml", core),
    ]
}

/// The parts that stand after the sheets, by name.
pub(super) fn after(sheets: &[Sheet]) -> [(&'static str, String); 3] {
    let mut targets = Vec::new();
    let mut types = String::new();
    let mut list = String::new();
    let mut names = String::new();
    for (index, sheet) in sheets.iter().enumerate() {
        let number = index + 1;
        targets.push(format!("worksheets/sheet{number}.xml"));
        let _ = write!(
            types,
            "<Override PartName=\"/xl/worksheets/sheet{number}.xml\" ContentType=\"{TYPE}.worksheet+xml\"/>"
        );
        let name = escaped(&sheet.name).replace('"', "&quot;");
        let _ = write!(
            list,
            "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"
        );
        let _ = write!(names, "{}", defined_names(index, sheet));
    }
    let workbook = format!(
        "{XML}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}/relationships\"><bookViews><workbookView xWindow=\"0\" yWindow=\"0\" \
         windowWidth=\"28800\" windowHeight=\"15000\"/></bookViews><sheets>{list}</sheets><definedNames>{names}</definedNames>\
         </workbook>"
    );
    let sheet_type = format!("{OFFICE}/relationships/worksheet");
    let mut related: Vec<(String, &str)> = targets
        .iter()
        .map(|target| (sheet_type.clone(), target.as_str()))
        .collect();
    related.push((format!("{OFFICE}/relationships/styles"), "styles.xml"));
    let content = format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{TYPE}.sheet.main+xml\"/>{types}\
         <Override PartName=\"/xl/styles.xml\" ContentType=\"{TYPE}.styles+xml\"/>\
         <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
         <Override PartName=\"/docProps/app.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/></Types>"
    );
    [
        ("xl/workbook.xml", workbook),
        ("xl/_rels/workbook.xml.rels", relationships(&related)),
        ("[Content_Types].xml", content),
    ]
}

/// What the filter covers, and that the header is printed on every page.
fn defined_names(index: usize, sheet: &Sheet) -> String {
    let name = escaped(&format!("'{}'", sheet.name.replace('\'', "''")));
    let last = sheet
        .last_cell
        .trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let column = &sheet.last_column;
    format!(
        "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"{index}\" hidden=\"1\">{name}!$A$1:${column}${last}</definedName>\
         <definedName name=\"_xlnm.Print_Titles\" localSheetId=\"{index}\">{name}!$1:$1</definedName>"
    )
}

fn relationships(related: &[(String, &str)]) -> String {
    let mut list = String::new();
    for (index, (kind, target)) in related.iter().enumerate() {
        let _ = write!(
            list,
            "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>",
            index + 1
        );
    }
    format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">{list}</Relationships>")
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    escape(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_a_name_that_spreadsheets_take() {
        assert_eq!(sheet_name("Gestión de HSM", 1), "Gestión de HSM");
        assert_eq!(sheet_name("Gestión de HSM", 2), "Gestión de HSM (2)");
        assert_eq!(sheet_name("'a/b:[c]*?\\'", 1), "abc");
        let long = "ñ".repeat(40);
        assert_eq!(sheet_name(&long, 1).chars().count(), 31);
        assert_eq!(sheet_name(&long, 12), format!("{} (12)", "ñ".repeat(26)));
    }
}
