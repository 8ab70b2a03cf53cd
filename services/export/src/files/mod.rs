//! Files: a table's rows in, bytes out.
//!
//! A table is columns, each with its label and how its cell is taken from a row; what a cell holds is typed, so that every
//! format can write it as it should be.

mod csv;
mod hsm_management;
mod table;

use acuse_domain::calendar::LocalDay;

pub(crate) use csv::Csv;
pub(crate) use hsm_management::{COLUMNS as HSM_MANAGEMENT, REPORT_NAME};
pub(crate) use table::{Labels, Words};

/// What files of a report begin with where nobody gave the export a name.
const STEM: &str = "gestion-hsm";

/// The media type of a CSV file.
pub(crate) const CSV_MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// The name to store a file under, of an export of that name that was asked for on a day: nothing in it is special to a file
/// system or a shell's path.
pub(crate) fn file_name(name: &str, day: LocalDay) -> String {
    let stem = if name == REPORT_NAME { STEM } else { name };
    let plain: String = stem
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            control if control.is_control() => '-',
            letter => letter,
        })
        .collect();
    let plain = plain.trim().trim_start_matches('.');
    format!("{plain}-{day}.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_that_can_be_stored() {
        let day = LocalDay::from_ymd(2022, 10, 1).unwrap();
        assert_eq!(file_name(REPORT_NAME, day), "gestion-hsm-2022-10-01.csv");
        assert_eq!(
            file_name("Ventas: ñandú", day),
            "Ventas- ñandú-2022-10-01.csv"
        );
        assert_eq!(file_name("../../etc\0\n", day), "-..-etc---2022-10-01.csv");
    }
}
