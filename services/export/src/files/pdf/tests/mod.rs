//! PDF files, as a program that is not ours reads them.

mod packs;
mod reports;
mod sample;

use std::process::Command;

use acuse_domain::calendar::Zone;
use acuse_domain::glossary::Language;
use tempfile::TempDir;

use super::super::cell::Cell;
use super::super::hsm_management::tests::delivered;
use super::super::received::tests::clicked;
use super::super::sent::tests::replied;
use super::super::table::Table;
use super::super::words::{self, Words};
use super::super::{
    DETAILED_RECEIVED, DETAILED_SENT, FAILED, HSM_MANAGEMENT, INBOUND, INDIVIDUAL_SENDS, OUTBOUND,
};
use super::*;

fn lima() -> Zone {
    "America/Lima".parse().unwrap()
}

/// The text of a file, in the order in which it is drawn.
pub(super) fn text(file: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, file).unwrap();
    let answer = Command::new("pdftotext")
        .arg("-raw")
        .arg(&path)
        .arg("-")
        .output();
    let answer = answer.unwrap_or_else(|error| panic!("pdftotext (poppler-utils): {error}"));
    let complaints = String::from_utf8_lossy(&answer.stderr);
    assert!(
        answer.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    String::from_utf8(answer.stdout).unwrap()
}

/// Without what stands between words, which programs make up as they see fit.
pub(super) fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

fn file<R>(table: &Table<R>, rows: &[R], language: Language) -> Vec<u8> {
    let (picked, mut words) = (table.pick(&[]), Words::new(language, &lima()));
    let about = About::of(words::title(language, table.id), lima());
    let mut pages = Pages::begin(&picked, &about, &words);
    let mut bytes = Vec::new();
    for rows in rows.chunks(300) {
        bytes.extend(pages.rows(&picked, rows, &mut words));
    }
    bytes.extend(pages.end());
    bytes
}

/// The rows of a table in every language are read back as their cells say.
fn held_against_cells<R>(table: &Table<R>, rows: &[R]) {
    for language in Language::ALL {
        let read = letters(&text(&file(table, rows, *language)));
        let mut words = Words::new(*language, &lima());
        let labels: String = table.pick(&[]).labels(&words).concat();
        assert!(read.contains(&letters(&labels)), "{}: {read}", table.id);
        assert!(read.contains(&letters(words::title(*language, table.id))));
        for row in rows {
            let mut cells = String::new();
            for column in table.columns {
                (column.cell)(row, &mut words).put_dated(*language, &mut cells);
            }
            assert!(
                read.contains(&letters(&cells)),
                "{}: {cells}: {read}",
                table.id
            );
        }
    }
}

#[test]
fn every_table_in_every_language_holds_its_rows() {
    held_against_cells(&HSM_MANAGEMENT, &vec![delivered(); 30]);
    for table in [&OUTBOUND, &FAILED, &DETAILED_SENT, &INDIVIDUAL_SENDS] {
        held_against_cells(table, &vec![replied(); 30]);
    }
    for table in [&INBOUND, &DETAILED_RECEIVED] {
        held_against_cells(table, &vec![clicked(); 30]);
    }
}

#[test]
fn the_first_page_says_what_was_asked() {
    let read = text(&file(
        &HSM_MANAGEMENT,
        &vec![delivered(); 1_234],
        Language::Spanish,
    ));
    let first = read.split('\u{c}').next().unwrap();
    for said in [
        "Reporte de gestión de HSM",
        "acme",
        "24/9/2022 – 30/9/2022",
        "America/Lima",
        "1/10/2022 20:00:00",
        "Registros",
        "1.234",
        "ninguno",
    ] {
        assert!(first.contains(said), "{said}: {first}");
    }
    assert_eq!(
        read.matches("Reporte de gestión de HSM").count(),
        read.matches('\u{c}').count()
    );
    let none = text(&file(&HSM_MANAGEMENT, &[], Language::Portuguese));
    assert!(none.contains("Não há registros."), "{none}");
}

#[test]
fn conditions_are_told_in_words() {
    use acuse_proto::reporting::filter::Condition;
    use acuse_proto::reporting::{
        CountedIn, Dimension, Filter, FirstReply, IdFilter, IdKind, Metric, ValueSet,
    };

    let set = |values: &[&str], none| ValueSet {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        none,
    };
    let filter = |dimension: Dimension, condition| Filter {
        dimension: dimension.into(),
        condition: Some(condition),
    };
    let mut about = About::of("Ventas", lima());
    about.question.filters = vec![
        filter(
            Dimension::Channel,
            Condition::AnyOf(set(&["whatsapp", "sms"], false)),
        ),
        filter(Dimension::State, Condition::NoneOf(set(&["read"], false))),
        filter(Dimension::Department, Condition::AnyOf(set(&["d7"], true))),
        filter(
            Dimension::SessionOpen,
            Condition::AnyOf(set(&["yes"], false)),
        ),
    ];
    about.question.id_filters = vec![IdFilter {
        kind: IdKind::Phone.into(),
        any_of: (0..14).map(|nth| format!("+5197745293{nth}")).collect(),
    }];
    about.question.counted_in = vec![CountedIn {
        metric: Metric::Delivered.into(),
        part: None,
    }];
    about.question.first_reply = Some(FirstReply {
        weekdays: vec!["monday".to_owned()],
        hours_of_day: vec![9],
    });
    let mut say = say::Say::new(Language::Spanish, &lima());
    let front = about.front(&mut say, None);
    let (_, told) = front
        .facts
        .iter()
        .find(|(label, _)| label == "Filtros")
        .unwrap();
    for said in [
        "Canal: WhatsApp, SMS",
        "Estado: salvo Leído",
        "Departamento: d7, (sin valor)",
        "Con sesión: Sí",
        "Teléfono: +51977452930, ",
        "… (+2)",
        "Que cuentan en: Entregados",
        "Primera respuesta: Lunes, 9:00",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn odd_texts_are_read_again() {
    let mut row = delivered();
    for odd in [
        "=SUM(A1:A9)",
        "+51 977",
        "línea\r\notra",
        "😀 👩\u{200d}💻",
        "漢字",
        "a\tb",
    ] {
        row.body = Some(odd.into());
        let read = letters(&text(&file(
            &HSM_MANAGEMENT,
            &[row.clone()],
            Language::English,
        )));
        assert!(read.contains(&letters(odd)), "{odd}: {read}");
    }
    row.body = Some(format!("a\0b{}", "x".repeat(40_000)).into());
    let read = text(&file(&HSM_MANAGEMENT, &[row], Language::English));
    assert!(read.contains("a\u{fffd}bx") && read.contains('…'), "{read}");
    assert_eq!(read.matches('\u{c}').count(), 1);
}

#[test]
fn numbers_are_those_of_the_language() {
    let said = |language| {
        let say = say::Say::new(language, &Zone::UTC);
        let cells = [
            Cell::Count(1_234_567),
            Cell::Share(0.98765),
            Cell::Seconds(5_400.0),
            Cell::Nothing,
        ];
        cells.map(|cell| say.cell(&cell).replace('\u{a0}', " "))
    };
    assert_eq!(
        said(Language::Spanish),
        ["1.234.567", "98,8 %", "1,5 h", "-"]
    );
    assert_eq!(said(Language::Portuguese), said(Language::Spanish));
    assert_eq!(
        said(Language::English),
        ["1,234,567", "98.8%", "1.5 h", "-"]
    );
}
