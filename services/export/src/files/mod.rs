//! Files: a table's rows in, bytes out.
//!
//! A table is columns, each with how its cell is taken from a row; what a cell holds is typed, so that every format can write
//! it as it should be. Titles, labels and words are in message files, one a language.

mod cell;
mod csv;
pub(crate) mod figures;
mod filters;
mod funnel;
mod hsm_management;
mod hsm_row;
mod json_lines;
mod messages;
mod overview;
mod pack_book;
mod pdf;
mod received;
mod replies;
mod report;
mod sent;
mod table;
mod told;
mod words;
mod writer;
mod xlsx;

use acuse_domain::calendar::LocalDay;
use acuse_domain::glossary::Language;

pub(crate) use csv::Csv;
pub(crate) use filters::{filled, filters};
pub(crate) use funnel::FUNNEL;
pub(crate) use hsm_management::TABLE as HSM_MANAGEMENT;
pub(crate) use hsm_row::HsmRow;
pub(crate) use overview::{
    Line, OVERVIEW, Section, rows as overview_rows, sections, table as overview_table,
};
pub(crate) use pack_book::sheet as draw_sheet;
pub(crate) use pdf::{About, Drawn, figures as draw_figures, is_readable};
pub(crate) use received::{DETAILED_RECEIVED, INBOUND};
pub(crate) use replies::{REPLY_ACTIVITY, rows as reply_rows};
pub(crate) use report::Report;
pub(crate) use sent::{DETAILED_SENT, FAILED, INDIVIDUAL_SENDS, OUTBOUND};
pub(crate) use table::{Picked, Table, TableRow};
pub(crate) use words::Words;
pub(crate) use writer::{Format, Layout, Rest, Writer};

/// The name to store a file under, of an export of that name that was asked for on a day: nothing in it is special to a file
/// system or a shell's path. One that goes by its report's title gets a shorter one.
pub(crate) fn file_name(
    name: &str,
    (report, language): (Report, Language),
    day: LocalDay,
    extension: &str,
) -> String {
    let stem = if name == report.title(language) {
        report.stem(language)
    } else {
        name
    };
    let plain: String = stem
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            control if control.is_control() => '-',
            letter => letter,
        })
        .collect();
    let plain = plain.trim().trim_start_matches('.');
    format!("{plain}-{day}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_that_can_be_stored() {
        let day = LocalDay::from_ymd(2022, 10, 1).unwrap();
        let of = |name: &str, language| {
            file_name(name, (Report::HsmManagement, language), day, "csv.gz")
        };
        let spanish = |name: &str| of(name, Language::Spanish);
        assert_eq!(
            spanish("Reporte de gestión de HSM"),
            "gestion-hsm-2022-10-01.csv.gz"
        );
        assert_eq!(
            of("HSM management report", Language::English),
            "hsm-management-2022-10-01.csv.gz"
        );
        assert_eq!(spanish("Ventas: ñandú"), "Ventas- ñandú-2022-10-01.csv.gz");
        assert_eq!(spanish("../../etc\0\n"), "-..-etc---2022-10-01.csv.gz");
    }
}
