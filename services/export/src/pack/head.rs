//! What stands above a pack: what it is about, and what is not in it.

use acuse_domain::calendar::Zone;
use acuse_domain::glossary::Language;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::any_time;
use acuse_proto::reporting as wire;

use super::{Pack, begins_late};
use crate::files::{Words, filled, filters};
use crate::names::Names;

/// What a pack is about, in the language of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its title.
    pub(crate) title: String,
    /// In one line: workspace, period and time zone.
    pub(crate) line: String,
    /// What else there is to know, each with its label.
    pub(crate) facts: Vec<(&'static str, String)>,
}

/// What a file is about, as it was asked for, and what its figures rest on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The name of its workspace.
    pub(crate) workspace: &'a str,
    /// Of which messages.
    pub(crate) question: &'a wire::Question,
    /// What its filters ask for, by name.
    pub(crate) names: &'a Names,
    /// What its figures rest on.
    pub(crate) basis: &'a wire::Basis,
}

impl Head {
    /// That of a pack with this title.
    pub(crate) fn of(pack: &Pack, title: &str, words: &mut Words) -> Self {
        let empty = wire::Basis::default();
        let subject = Subject {
            workspace: &pack.workspace,
            question: &pack.question,
            names: &pack.names,
            basis: pack.consolidated.basis.as_ref().unwrap_or(&empty),
        };
        let mut head = Self::about(&subject, title, words);
        let late = begins_late(&pack.consolidated).and_then(|first| first.start_at);
        if let Some(start) = late.and_then(|at| any_time(at).ok()) {
            let mut day = String::new();
            words.day(Some(start)).put_dated(words.language(), &mut day);
            let note = filled(words.message("pack", "begins_late"), &[&day]);
            head.facts.push((words.message("pack", "series"), note));
        }
        for note in left_out(pack, words) {
            head.facts.push((words.message("pack", "left_out"), note));
        }
        head
    }

    /// That of a report with this title.
    pub(crate) fn about(subject: &Subject<'_>, title: &str, words: &mut Words) -> Self {
        let basis = subject.basis;
        let zone = basis.time_zone.parse().unwrap_or(Zone::UTC);
        let language = words.language();
        let period = period(basis.requested.as_ref(), &zone, language);
        let line = format!(
            "{}   ·   {period}   ·   {}",
            subject.workspace, basis.time_zone
        );
        let mut facts = vec![
            (
                words.message("pack", "workspace"),
                subject.workspace.to_owned(),
            ),
            (words.message("pack", "period"), period),
        ];
        if basis.covered != basis.requested {
            let covered = match &basis.covered {
                Some(covered) => self::period(Some(covered), &zone, language),
                None => words.message("pack", "no_data").to_owned(),
            };
            facts.push((words.message("pack", "covered"), covered));
        }
        facts.push((words.message("pack", "time_zone"), basis.time_zone.clone()));
        facts.push((
            words.message("pack", "filters"),
            filters(subject.question, subject.names, words),
        ));
        let mut as_of = String::new();
        let instant = basis.as_of.and_then(|at| any_time(at).ok());
        words.moment(instant).put_dated(language, &mut as_of);
        facts.push((words.message("pack", "as_of"), as_of));
        let pending = grouped(basis.pending, words.language());
        facts.push((words.message("pack", "pending_note"), pending));
        Self {
            title: title.to_owned(),
            line,
            facts,
        }
    }
}

/// An interval in days where it begins and ends with them, else with times.
fn period(interval: Option<&wire::Interval>, zone: &Zone, language: Language) -> String {
    let instant = |at: Option<prost_types::Timestamp>| at.and_then(|at| any_time(at).ok());
    let ends = interval.and_then(|one| instant(one.start_at).zip(instant(one.end_at)));
    let Some((start, end)) = ends else {
        return "-".to_owned();
    };
    let last = Timestamp::from_micros(end.micros() - 1);
    let whole = |at: Timestamp| zone.day_start(zone.day_of(at)) == at;
    let mut words = Words::new(language, zone);
    let mut text = String::new();
    if whole(start) && whole(end) {
        words.day(Some(start)).put_dated(language, &mut text);
        if zone.day_of(start) != zone.day_of(last) {
            text.push_str(" – ");
            words.day(Some(last)).put_dated(language, &mut text);
        }
    } else {
        words.moment(Some(start)).put_dated(language, &mut text);
        text.push_str(" – ");
        words.moment(Some(end)).put_dated(language, &mut text);
    }
    text
}

/// What the figures leave out.
fn left_out(pack: &Pack, words: &Words) -> Vec<String> {
    let mut notes = Vec::new();
    let total = pack.consolidated.total.unwrap_or_default();
    for (rate, key) in [
        (total.sent_rate, "sent_rate"),
        (total.delivery_rate, "delivery_rate"),
        (total.read_rate, "read_rate"),
    ] {
        let messages = rate.map_or(0, |rate| rate.left_out);
        if messages > 0 {
            let count = grouped(messages, words.language());
            let form = words.message("pack", "left_out_of");
            notes.push(filled(form, &[&count, words.message("metric", key)]));
        }
    }
    if pack.lacks_received() {
        notes.push(received_not_applicable(words).1.to_owned());
    }
    notes
}

/// That what was received has no meaning with the filters, with its label.
pub(crate) fn received_not_applicable(words: &Words) -> (&'static str, &'static str) {
    (
        words.message("pack", "left_out"),
        words.message("pack", "received_not_applicable"),
    )
}

/// A count with its thousands apart, as the language writes them.
pub(crate) fn grouped(count: i64, language: Language) -> String {
    let separator = match language {
        Language::English => ',',
        Language::Spanish | Language::Portuguese => '.',
    };
    let digits = count.unsigned_abs().to_string();
    let mut grouped = if count < 0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use acuse_proto::convert::timestamp;
    use acuse_proto::reporting::{Dimension, Filter, IdFilter, IdKind, ValueSet};

    use super::*;

    fn interval(start: &str, end: &str) -> Option<wire::Interval> {
        let at = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            Some(timestamp(at.into()))
        };
        Some(wire::Interval {
            start_at: at(start),
            end_at: at(end),
        })
    }

    fn pack() -> Pack {
        let set = |values: &[&str], none| ValueSet {
            values: values.iter().map(|id| (*id).to_owned()).collect(),
            none,
        };
        let rate = wire::Rate {
            left_out: 1_234,
            ..wire::Rate::default()
        };
        Pack {
            workspace: "Farmacias del Valle".to_owned(),
            names: Names::of(Dimension::Campaign, "c1", "Otoño"),
            question: wire::Question {
                filters: vec![
                    Filter {
                        dimension: Dimension::Channel.into(),
                        condition: Some(wire::filter::Condition::AnyOf(set(
                            &["sms", "whatsapp"],
                            false,
                        ))),
                    },
                    Filter {
                        dimension: Dimension::Campaign.into(),
                        condition: Some(wire::filter::Condition::NoneOf(set(&["c1"], true))),
                    },
                ],
                id_filters: vec![IdFilter {
                    kind: IdKind::Ticket.into(),
                    any_of: vec!["7".to_owned()],
                }],
                ..wire::Question::default()
            },
            consolidated: wire::GetConsolidatedResponse {
                basis: Some(wire::Basis {
                    requested: interval("2022-09-25T05:00:00Z", "2022-10-02T05:00:00Z"),
                    covered: interval("2022-09-30T05:00:00Z", "2022-10-02T05:00:00Z"),
                    time_zone: "America/Lima".to_owned(),
                    pending: 12,
                    ..wire::Basis::default()
                }),
                total: Some(wire::Metrics {
                    received: Some(0),
                    read_rate: Some(rate),
                    ..wire::Metrics::default()
                }),
                ..wire::GetConsolidatedResponse::default()
            },
            ..Pack::default()
        }
    }

    #[test]
    fn it_tells_what_a_pack_is_about_and_what_is_not_in_it() {
        let mut words = Words::new(Language::Spanish, &"America/Lima".parse().unwrap());
        let head = Head::of(&pack(), "Informe", &mut words);
        assert_eq!(
            head.line,
            "Farmacias del Valle   ·   25/9/2022 – 1/10/2022   ·   America/Lima"
        );
        let told: Vec<String> = head
            .facts
            .iter()
            .map(|(label, text)| format!("{label}: {text}"))
            .collect();
        assert_eq!(
            told,
            [
                "Espacio de trabajo: Farmacias del Valle",
                "Período: 25/9/2022 – 1/10/2022",
                "Cubre: 30/9/2022 – 1/10/2022",
                "Zona horaria: America/Lima",
                "Filtros: Canal: SMS, WhatsApp; Campaña: salvo Otoño, (sin valor); Ticket: 7",
                "Datos al: -",
                "Mensajes que aún pueden cambiar: 12",
                "No incluidos: 1.234 mensajes de canales que no informan su etapa: Tasa de lectura",
            ]
        );
    }

    #[test]
    fn a_period_that_cuts_days_has_times() {
        let zone = "America/Lima".parse().unwrap();
        let spanish = |one: Option<wire::Interval>| period(one.as_ref(), &zone, Language::Spanish);
        let one = interval("2022-10-01T05:00:00Z", "2022-10-02T05:00:00Z");
        assert_eq!(spanish(one), "1/10/2022");
        assert_eq!(period(one.as_ref(), &zone, Language::English), "2022-10-01");
        let cut = interval("2022-10-01T05:00:00Z", "2022-10-01T17:30:00Z");
        assert_eq!(spanish(cut), "1/10/2022 00:00:00 – 1/10/2022 12:30:00");
        assert_eq!(spanish(None), "-");
    }

    #[test]
    fn thousands_stand_apart() {
        let told = [0, 999, 1_000, -1_234_567].map(|count| grouped(count, Language::English));
        assert_eq!(told, ["0", "999", "1,000", "-1,234,567"]);
        assert_eq!(grouped(1_000, Language::Portuguese), "1.000");
    }
}
