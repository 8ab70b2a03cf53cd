//! Report packs.

use super::sample::pack;
use super::*;
use crate::files::pdf::pack::written;

fn made(language: Language) -> Vec<u8> {
    written(&pack(), &About::of("Informe", lima()), language)
}

#[test]
fn every_report_begins_on_a_page_of_its_own() {
    let read = text(&made(Language::Spanish));
    let pages: Vec<&str> = read.trim_end_matches('\u{c}').split('\u{c}').collect();
    let mut nth = 0;
    for said in [
        "24/9/2022 – 30/9/2022",
        "Resumen",
        "Evolución",
        "Recibidos por canal",
        "Embudo de envíos proactivos",
        "Por canal",
        "Por departamento y fuente",
        "Ranking: Agente por tasa de respuesta",
        "Respuestas",
    ] {
        let found = pages[nth..].iter().position(|page| page.contains(said));
        nth += found.unwrap_or_else(|| panic!("{said}: {read}")) + 1;
    }
    // The overview takes four.
    assert_eq!((nth, pages.len()), (12, 12));
}

#[test]
fn figures_are_those_of_the_reports() {
    let read = letters(&text(&made(Language::Spanish)));
    for said in [
        // Totals, and what changed.
        "Mensajes9.614+13,8%",
        "−1,2pp",
        // A day, and all of them.
        "26/92.6202.5672.3871.45633453",
        "Total9.614",
        // The funnel.
        "Enviados9.42198,0%190100,0%",
        "Rebotados1932,0%21,1%",
        // A breakdown, with what no channel reports.
        "WhatsApp6.1005.9785.559",
        "N/A",
        "(sinvalor)",
        "Otros(4)120",
        // A ranking.
        "1DianaHuapaya40,0%36,0%900312,3%▲2",
        "2JoséÑandú20,0%18,0%450--nuevo",
        "Ventas,Soportetécnico",
        "Conalmenos20mensajes",
    ] {
        let said = letters(said);
        assert!(read.contains(&said), "{said}: {read}");
    }
}

#[test]
fn nobody_is_new_since_a_period_that_is_not_covered_whole() {
    let mut pack = pack();
    for ranking in &mut pack.rankings {
        ranking.answer.previous_covered = None;
    }
    let read = letters(&text(&written(
        &pack,
        &About::of("Informe", lima()),
        Language::Spanish,
    )));
    assert!(
        read.contains(&letters("2JoséÑandú20,0%18,0%450---")),
        "{read}"
    );
    assert!(!read.contains("nuevo"), "{read}");
}

#[test]
fn what_has_no_meaning_with_the_filters_is_said_on_the_first_page() {
    let note = "Recibidos: no aplica con estos filtros";
    let mut pack = pack();
    let mut said = |received| {
        let total = pack.consolidated.total.get_or_insert_default();
        total.received = received;
        pack.consolidated.basis.get_or_insert_default();
        let about = About::of("Informe", lima());
        text(&written(&pack, &about, Language::Spanish)).contains(note)
    };
    assert_eq!([said(Some(3)), said(None)], [false, true]);
}

#[test]
fn it_is_in_every_language_and_the_same_each_time() {
    for (language, said) in [
        (Language::Spanish, "Tasa de entrega"),
        (Language::English, "Delivery rate"),
        (Language::Portuguese, "Taxa de entrega"),
    ] {
        let file = made(language);
        assert!(file == made(language));
        let read = text(&file);
        assert!(letters(&read).contains(&letters(said)), "{said}: {read}");
        // Nothing lacks its text.
        assert!(!read.contains("%s"), "{read}");
    }
}

#[test]
fn a_pack_of_nothing_says_so() {
    let nothing = crate::pack::Pack {
        breakdowns: vec![crate::pack::Breakdown::default()],
        rankings: vec![crate::pack::Ranking::default()],
        ..crate::pack::Pack::default()
    };
    let read = text(&written(
        &nothing,
        &About::of("Informe", lima()),
        Language::Spanish,
    ));
    assert!(read.contains("No hay datos"), "{read}");
    assert_eq!(read.matches('\u{c}').count(), 1, "one page: {read}");
}
