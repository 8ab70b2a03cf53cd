//! What stands on the first page: what a file is about.

use acuse_domain::calendar::Zone;
use acuse_domain::time::Timestamp;
use acuse_pages::Front;
use acuse_proto::convert::any_time;
use acuse_proto::reporting as wire;
use acuse_proto::reporting::period::Period;

use super::super::filters::filters;
use super::say::Say;
use crate::names::Names;

/// What a file is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    /// Its title.
    pub(crate) title: String,
    /// The workspace, by what people call it.
    pub(crate) workspace: String,
    /// When it was asked for.
    pub(crate) created: Timestamp,
    /// Whose days and times it has.
    pub(crate) zone: Zone,
    /// What reporting was asked, with its interval settled.
    pub(crate) question: wire::Question,
    /// What its filters ask for, by name.
    pub(crate) names: Names,
    /// The interval that the figures cover, where reporting told it.
    pub(crate) covered: Option<wire::Interval>,
    /// The newest event in them; `None` where reporting told none.
    pub(crate) as_of: Option<Timestamp>,
}

impl About {
    /// A file that was asked for in 2022, about everything of a week in Lima.
    #[cfg(test)]
    pub(crate) fn of(title: &str, zone: Zone) -> Self {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let week = wire::Interval {
            start_at: at(1_663_995_600),
            end_at: at(1_664_600_400),
        };
        Self {
            title: title.to_owned(),
            workspace: "acme".to_owned(),
            created: Timestamp::from_seconds(1_664_672_400),
            zone,
            question: wire::Question {
                period: Some(wire::Period {
                    period: Some(Period::Custom(week)),
                }),
                ..wire::Question::default()
            },
            names: Names::default(),
            covered: Some(week),
            as_of: None,
        }
    }

    /// The same, with what its figures or rows rest on.
    pub(crate) fn resting_on(&self, basis: &wire::Basis) -> Self {
        Self {
            covered: basis.covered,
            as_of: basis.as_of.and_then(|at| any_time(at).ok()),
            ..self.clone()
        }
    }

    /// The front of a file; `count` is what its records are called, where it has some.
    pub(super) fn front(&self, say: &mut Say, count: Option<&str>) -> Front {
        let mut facts = Vec::new();
        let mut add = |label: &'static str, value: String| facts.push((label.to_owned(), value));
        if let Some(asked) = self.asked_interval() {
            let asked = say.interval(asked.0, asked.1);
            let covered = self.covered.as_ref().and_then(ends);
            let covered = covered.map(|(start, end)| say.interval(start, end));
            add(say.text("pack.period"), asked.clone());
            if let Some(covered) = covered.filter(|covered| *covered != asked) {
                add(say.text("pack.covered"), covered);
            }
        }
        add(say.text("pack.time_zone"), say.zone().name().to_owned());
        add(say.text("pages.made_at"), say.moment(self.created));
        if let Some(as_of) = self.as_of {
            add(say.text("pack.as_of"), say.moment(as_of));
        }
        let filters = filters(&self.question, &self.names, say.words());
        add(say.text("pack.filters"), filters);
        Front {
            title: self.title.clone(),
            owner: self.workspace.clone(),
            facts,
            count: count.map(str::to_owned),
            language: say.language().to_owned(),
            numbers: say.numbers(),
            made_at: Say::instant(self.created),
        }
    }

    fn asked_interval(&self) -> Option<(Timestamp, Timestamp)> {
        match self.question.period.as_ref()?.period.as_ref()? {
            Period::Custom(interval) => ends(interval),
            Period::Preset(_) => None,
        }
    }
}

fn ends(interval: &wire::Interval) -> Option<(Timestamp, Timestamp)> {
    let at = |at: Option<prost_types::Timestamp>| at.and_then(|at| any_time(at).ok());
    Some((at(interval.start_at)?, at(interval.end_at)?))
}
