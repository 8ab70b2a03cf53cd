//! What cells say, in the words of a language and by the clock of a zone.

use std::collections::BTreeSet;

use acuse_domain::dispatch::DispatchFailureReason;
use acuse_domain::glossary::{Language, dispatch_reason, stage_value, state_name};
use acuse_domain::kinds::{MessageState, Stage, StageStatus};
use acuse_tests::reference::report::Said;
use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::columns::{Cell, Table};

/// Labels and words are looked up where people edit them.
const MESSAGES: [(Language, &str); 3] = [
    (
        Language::Spanish,
        include_str!("../../../../services/export/src/files/messages/es.toml"),
    ),
    (
        Language::English,
        include_str!("../../../../services/export/src/files/messages/en.toml"),
    ),
    (
        Language::Portuguese,
        include_str!("../../../../services/export/src/files/messages/pt.toml"),
    ),
];

/// The words of a language and the clock of a zone.
pub(super) struct Words {
    language: Language,
    messages: toml::Table,
    zone: TimeZone,
}

impl Words {
    pub(super) fn of(language: Language, zone: &str) -> Self {
        let (_, messages) = MESSAGES.iter().find(|(of, _)| *of == language).unwrap();
        Self {
            language,
            messages: messages.parse().unwrap(),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    fn word(&self, section: &str, name: &str) -> String {
        let word = self.messages[section].get(name);
        word.and_then(toml::Value::as_str).unwrap().to_owned()
    }

    /// In Spanish the labels are given; in the others they are told apart from one another.
    pub(super) fn check_header(&self, header: &StringRecord, table: &Table) {
        let labels: Vec<&str> = header.iter().collect();
        if self.language == Language::Spanish {
            let given: Vec<&str> = table.columns.iter().map(|(_, label, _)| *label).collect();
            assert_eq!(labels, given);
        }
        assert_eq!(labels.len(), table.columns.len());
        let distinct: BTreeSet<&str> = labels.into_iter().collect();
        assert_eq!(distinct.len(), table.columns.len());
    }

    /// Whether a cell of a CSV file shows what it should.
    pub(super) fn is_shown(&self, should: &Cell, is: &str) -> bool {
        match should {
            Cell::Said(said) => self.shows(said, is),
            Cell::Day(Said::At(at)) => is == self.clock(*at, "%-d/%-m/%Y"),
            Cell::Day(_) => is == "-",
            Cell::Stage(stage, said) => is == self.stage(stage, said),
            Cell::StateAndReason(state, code, title) => {
                let state_word = self.state(state);
                match self.reason(state, code, title) {
                    Some(reason) => is == format!("{state_word}: {reason}"),
                    None => is == state_word,
                }
            }
            Cell::Reason(state, code, title) => {
                is == self
                    .reason(state, code, title)
                    .map_or_else(|| "-".to_owned(), |it| shielded(&it))
            }
            Cell::Comment(state, code, title) => self.comments(state, code, title, is),
        }
    }

    fn shows(&self, said: &Said, is: &str) -> bool {
        match said {
            Said::Nothing => is == "-",
            Said::Text(text) => is == shielded(text),
            Said::OneOf(texts) => texts.iter().any(|text| match text.as_str() {
                "" => is == "-",
                text => is == shielded(text),
            }),
            Said::Word("state", _) => is == self.state(said),
            Said::Word(section, name) => is == self.word(section, name),
            Said::Flag(true) => is == self.word("word", "yes"),
            Said::Flag(false) => is == self.word("word", "no"),
            Said::At(at) => is == self.clock(*at, "%Y-%m-%d %H:%M:%S"),
        }
    }

    /// Whether a value of a JSON line tells what it should.
    pub(super) fn is_told(&self, should: &Cell, is: &Value) -> bool {
        match should {
            Cell::Said(said) | Cell::Day(said) | Cell::Stage(_, said) => tells(said, is),
            Cell::StateAndReason(state, code, title) => {
                let Said::Word(_, name) = state else {
                    return is.is_null();
                };
                match self.reason(state, code, title) {
                    Some(reason) => *is == format!("{name}: {reason}"),
                    None => is == name.as_str(),
                }
            }
            Cell::Reason(state, code, title) => {
                *is == self
                    .reason(state, code, title)
                    .map_or(Value::Null, Value::from)
            }
            Cell::Comment(state, code, title) => {
                self.comments(state, code, title, is.as_str().unwrap_or("-"))
            }
        }
    }

    fn clock(&self, at: i64, format: &str) -> String {
        let at = Timestamp::from_microsecond(at).unwrap();
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    fn state(&self, said: &Said) -> &'static str {
        let Said::Word(_, name) = said else {
            return "-";
        };
        state_name(self.language, MessageState::parse(name).unwrap())
    }

    fn stage(&self, stage: &str, said: &Said) -> &'static str {
        let Said::Word(_, name) = said else {
            return "-";
        };
        let status = StageStatus::parse(name).unwrap();
        stage_value(self.language, Stage::parse(stage).unwrap(), status)
    }

    /// Why a message failed: the reason for which it could not leave, else the provider's code and title.
    fn reason(&self, state: &Said, code: &Said, title: &Said) -> Option<String> {
        let Said::Word(_, state) = state else {
            return None;
        };
        let text = |said: &Said| match said {
            Said::Text(text) => text.clone(),
            _ => String::new(),
        };
        let (code, title) = (text(code), text(title));
        let reason = DispatchFailureReason::parse(&code).filter(|_| state == "dispatch_failed");
        match (state.as_str(), reason, code.as_str(), title.as_str()) {
            ("dispatch_failed", Some(reason), ..) => {
                Some(dispatch_reason(self.language, reason).to_owned())
            }
            ("failed" | "dispatch_failed", None, "", "") => None,
            ("failed" | "dispatch_failed", None, one, "")
            | ("failed" | "dispatch_failed", None, "", one) => Some(one.to_owned()),
            ("failed" | "dispatch_failed", None, code, title) => Some(format!("{code} - {title}")),
            _ => None,
        }
    }

    /// Whether a comment is that of a state: in Spanish as it was asked for, else at least there.
    fn comments(&self, state: &Said, code: &Said, title: &Said, is: &str) -> bool {
        let Said::Word(_, name) = state else {
            return is == "-";
        };
        if name == "failed" || name == "dispatch_failed" {
            let reason = self.reason(state, code, title);
            return match reason {
                Some(reason) => is == reason || is == shielded(&reason),
                None => is == "-",
            };
        }
        if self.language != Language::Spanish {
            return is.ends_with('.');
        }
        match name.as_str() {
            "queued" => is == "El mensaje será enviado pronto.",
            // By whom hangs on the provider.
            "dispatched" => {
                is.starts_with("Enviamos el mensaje. A la espera de confirmación por parte de")
            }
            "sent" => is == "Mensaje enviado a su destino. A la espera de confirmación de entrega.",
            "delivered" => is == "Mensaje entregado. A la espera de confirmación de lectura.",
            _ => is == "Mensaje leído.",
        }
    }
}

/// Whether a value of a JSON line tells what is said.
fn tells(said: &Said, is: &Value) -> bool {
    match said {
        Said::Nothing => is.is_null(),
        Said::Text(text) => is == text,
        Said::OneOf(texts) => texts.iter().any(|text| match text.as_str() {
            "" => is.is_null(),
            text => is == text,
        }),
        Said::Word(_, name) => is == name,
        Said::Flag(flag) => is == flag,
        Said::At(at) => {
            let told: Option<Timestamp> = is.as_str().and_then(|text| text.parse().ok());
            told.is_some_and(|told| told.as_microsecond() == *at)
        }
    }
}

/// Text that no spreadsheet runs.
pub(super) fn shielded(text: &str) -> String {
    let is_number = |text: &str| {
        text.chars()
            .all(|it| it.is_ascii_digit() || ".,".contains(it))
    };
    let runs = match text.chars().next() {
        Some('=' | '@' | '\t' | '\r' | '\n') => true,
        Some('+' | '-') => !is_number(&text[1..]),
        _ => false,
    };
    if runs {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
