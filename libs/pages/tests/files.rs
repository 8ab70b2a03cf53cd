//! Files, as a program that is not ours reads them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Command;

use acuse_pages::{
    Align, Bars, Chart, Column, Document, Donut, Front, Funnel, HeatMap, Instant, Lines, Numbers,
    Paper, Records, Row, Series, Share, Step, Tile, Unit,
};
use tempfile::TempDir;

fn front() -> Front {
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    Front {
        title: "Reporte de gestión de HSM".to_owned(),
        owner: "acme".to_owned(),
        facts: vec![
            fact("Período", "1/10/2022 – 7/10/2022"),
            fact("Filtros", "ninguno"),
        ],
        count: Some("Registros".to_owned()),
        language: "es".to_owned(),
        numbers: Numbers {
            decimal: ',',
            group: '.',
            percent: "\u{a0}%",
        },
        made_at: Instant {
            year: 2022,
            month: 10,
            day: 8,
            hour: 9,
            minute: 10,
            second: 11,
        },
    }
}

fn column(label: &str, align: Align) -> Column {
    Column {
        label: label.to_owned(),
        align,
    }
}

fn records(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let columns = vec![
        column("ID mensaje", Align::Start),
        column("Contenido", Align::Start),
        column("Cuenta", Align::End),
    ];
    let mut records = Records::new(front(), columns);
    let mut bytes = Vec::new();
    for row in rows {
        records.add(row);
        bytes.extend(records.take());
    }
    bytes.extend(records.finish("No hay registros."));
    bytes
}

/// What a program says of a file, which has to find nothing wrong with it.
fn asked(file: &[u8], program: &str, options: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, file).unwrap();
    let last: &[&Path] = match program {
        "pdftotext" => &[&path, Path::new("-")],
        _ => &[&path],
    };
    let answer = Command::new(program).args(options).args(last).output();
    let answer = answer.unwrap_or_else(|error| panic!("{program} (poppler-utils): {error}"));
    let complaints = String::from_utf8_lossy(&answer.stderr);
    assert!(
        answer.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    String::from_utf8(answer.stdout).unwrap()
}

fn text(file: &[u8]) -> String {
    asked(file, "pdftotext", &["-layout", "-enc", "UTF-8"])
}

fn row(nth: usize, content: &str) -> Vec<String> {
    vec![format!("M{nth:05}"), content.to_owned(), nth.to_string()]
}

#[test]
fn records_come_out_as_they_went_in_on_numbered_pages() {
    let file = records((0..1_234).map(|nth| row(nth, &format!("contenido {nth} á é ñ"))));
    let text = text(&file);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    let found = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .first()
            .is_some_and(|id| id.starts_with('M'))
            .then(|| words.join(" "))
    });
    let expected = (0..1_234).map(|nth| format!("M{nth:05} contenido {nth} á é ñ {nth}"));
    assert!(found.eq(expected));
    for (nth, page) in pages.iter().enumerate() {
        let number = format!("{}/{}", nth + 1, pages.len());
        let last = page.trim_end().lines().next_back().unwrap_or_default();
        assert_eq!(letters(last), number, "{page}");
        assert!(page.contains("Reporte de gestión de HSM") && page.contains("acme"));
        assert!(page.contains("ID mensaje") && page.contains("Cuenta"));
    }
    assert!(pages.len() > 20);
    for fact in [
        "Período",
        "1/10/2022 – 7/10/2022",
        "ninguno",
        "Registros",
        "1.234",
    ] {
        assert!(pages[0].contains(fact), "{fact}");
    }
    let info = asked(&file, "pdfinfo", &[]);
    assert!(
        info.contains("Title:           Reporte de gestión de HSM"),
        "{info}"
    );
    assert!(
        info.contains(&format!("Pages:           {}", pages.len())),
        "{info}"
    );
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let make = || records((0..700).map(|nth| row(nth, "مرحبا 👍 漢字")));
    assert!(make() == make());
}

#[test]
fn whatever_people_write_can_be_read_again() {
    let odd = [
        "=SUM(A1:A9)",
        "+51977452931",
        "😀👩\u{200d}💻❤\u{fe0f}🇲🇽 feliz",
        "漢字テスト ไทย",
        "Καλημέρα Привет Việt",
        "fi ffi €…—",
        "a\0b\u{7}c\u{1b}[1m",
    ];
    let file = records(
        odd.iter()
            .enumerate()
            .map(|(nth, content)| row(nth, content)),
    );
    let text = text(&file);
    for content in odd.iter().take(6) {
        assert!(text.contains(content), "{content}: {text}");
    }
    assert!(text.contains("a\u{fffd}b\u{fffd}c\u{fffd}[1m"), "{text}");
    let fonts = asked(&file, "pdffonts", &[]);
    for font in fonts.lines().skip(2) {
        let words: Vec<&str> = font.split_whitespace().collect();
        // Embedded, in part, and with what its glyphs stand for.
        assert_eq!(words[4..7], ["yes", "yes", "yes"], "{font}");
    }
}

#[test]
fn what_is_read_from_right_to_left_stands_so() {
    let file = records([row(0, "مرحبا بك 12345"), row(1, "שלום 123 עולם")]);
    // Without the marks by which the program says which way it reads.
    let text: String = text(&file)
        .chars()
        .filter(|letter| !('\u{202a}'..='\u{202e}').contains(letter))
        .collect();
    for word in ["مرحبا", "بك", "12345", "שלום", "123", "עולם"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn long_texts_and_wide_tables_stay_on_their_pages() {
    let long = records([
        row(0, &"x".repeat(40_000)),
        row(1, &"palabra ".repeat(5_000)),
        row(2, &"\n".repeat(40_000)),
    ]);
    let shown = text(&long);
    assert!(shown.contains('…') && shown.contains("M00002"), "{shown}");
    assert_eq!(shown.matches('\u{c}').count(), 1);

    let columns: Vec<Column> = (0..60)
        .map(|nth| column(&format!("Columna {nth}"), Align::Start))
        .collect();
    let mut wide = Records::new(front(), columns);
    for nth in 0..50 {
        wide.add((0..60).map(|column| format!("c{nth}x{column}")).collect());
    }
    let wide = wide.finish("-");
    // What stands beside the paper is not read by the program.
    let letters: String = asked(&wide, "pdftotext", &["-raw"])
        .split_whitespace()
        .collect();
    for column in [0, 30, 59] {
        assert!(letters.contains(&format!("c49x{column}")), "{column}");
    }
}

#[test]
fn nothing_is_said_in_words() {
    let text = text(&records([]));
    assert!(
        text.contains("No hay registros.") && letters(&text).contains("1/1"),
        "{text}"
    );
}

#[test]
fn charts_say_what_they_show() {
    let text = letters(&text(&pack()));
    for said in [
        "1.234",
        "Entregados Fallidos",
        "1.250",
        "20 %",
        "100 %",
        "no aplica",
        "SMS 5 38,5 %",
        "97,2 % de todos",
        "lunes 1 2 3",
        "23",
        "Total 13",
    ] {
        assert!(text.contains(&letters(said)), "{said}: {text}");
    }
    // An absent rate is no bar of 0.
    assert!(!text.contains("0,0%"), "{text}");
}

/// Without what stands between words, which programs make up as they see fit.
fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn charts_of_nothing_are_no_fault() {
    let mut document = Document::new(front(), Paper::A4Landscape);
    document.charts(&[]);
    document.tiles(&[]);
    document.charts(&[
        Chart::Bars(bars(Vec::new(), Vec::new(), false)),
        Chart::Bars(bars(vec!["a".to_owned()], vec![None], true)),
        Chart::Lines(Lines {
            title: "Tasas".to_owned(),
            unit: Unit::Share,
            categories: Vec::new(),
            series: Vec::new(),
        }),
    ]);
    document.charts(&[
        Chart::Donut(donut(&[("a", 0.0)])),
        Chart::Funnel(Funnel {
            title: String::new(),
            steps: Vec::new(),
        }),
    ]);
    document.charts(&[Chart::HeatMap(HeatMap {
        title: String::new(),
        rows: Vec::new(),
        columns: Vec::new(),
        values: Vec::new(),
    })]);
    document.table(&[], &[]);
    let text = text(&document.finish());
    assert!(text.contains("sin datos"), "{text}");
}

fn bars(categories: Vec<String>, values: Vec<Option<f64>>, lying: bool) -> Bars {
    let series = |name: &str, values: Vec<Option<f64>>| Series {
        name: name.to_owned(),
        told: vec!["no aplica".to_owned(); values.iter().filter(|_| lying).count()],
        values,
    };
    let halves = values
        .iter()
        .map(|value| value.map(|value| value / 4.0))
        .collect();
    Bars {
        title: "Por día".to_owned(),
        unit: if lying { Unit::Share } else { Unit::Count },
        categories,
        series: vec![series("Entregados", values), series("Fallidos", halves)],
        lying,
    }
}

fn donut(shares: &[(&str, f64)]) -> Donut {
    let shares = shares.iter();
    Donut {
        title: "Por canal".to_owned(),
        shares: shares
            .map(|(name, value)| Share {
                name: (*name).to_owned(),
                value: *value,
            })
            .collect(),
        whole: "mensajes".to_owned(),
        nothing: "sin datos".to_owned(),
    }
}

fn pack() -> Vec<u8> {
    let named = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let mut document = Document::new(front(), Paper::A4Landscape);
    document.tiles(&[Tile {
        label: "Mensajes".to_owned(),
        value: "1.234".to_owned(),
        note: String::new(),
    }]);
    document.charts(&[
        Chart::Bars(bars(
            named(&["1/10", "2/10"]),
            vec![Some(1_234.0), None],
            false,
        )),
        Chart::Lines(Lines {
            title: "Tasa de entrega".to_owned(),
            unit: Unit::Share,
            categories: named(&["1/10", "2/10"]),
            series: vec![Series {
                name: "Tasa de entrega".to_owned(),
                values: vec![Some(0.95), None],
                told: Vec::new(),
            }],
        }),
    ]);
    document.section("Canales");
    document.charts(&[
        Chart::Donut(donut(&[("WhatsApp", 8.0), ("SMS", 5.0)])),
        Chart::Bars(bars(
            named(&["WhatsApp", "Instagram"]),
            vec![Some(0.95), None],
            true,
        )),
    ]);
    let total = Row {
        cells: named(&["Total", "13"]),
        total: true,
    };
    let columns = [
        column("Canal", Align::Start),
        column("Mensajes", Align::End),
    ];
    document.table(&columns, &[total]);
    document.section("Embudo");
    let step = |name: &str, value: f64, note: &str| Step {
        name: name.to_owned(),
        value,
        note: note.to_owned(),
    };
    let steps = vec![
        step("Todos", 100.0, ""),
        step("Leídos", 97.0, "97,2 % de todos"),
    ];
    let title = "Envíos".to_owned();
    document.charts(&[Chart::Funnel(Funnel { title, steps })]);
    document.section("Respuestas");
    document.charts(&[Chart::HeatMap(HeatMap {
        title: "Por hora".to_owned(),
        rows: named(&["lunes", "martes"]),
        columns: (0..24).map(|hour| hour.to_string()).collect(),
        values: vec![(0..24).map(f64::from).collect(), vec![0.0; 24]],
    })]);
    document.finish()
}
