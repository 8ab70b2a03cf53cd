//! Reports: what files can hold.

use acuse_domain::glossary::Language;
use acuse_proto::export::ExportReport;
use acuse_proto::reporting::RowPreset;

use super::{
    DETAILED_RECEIVED, DETAILED_SENT, FAILED, FUNNEL, HSM_MANAGEMENT, INBOUND, INDIVIDUAL_SENDS,
    OUTBOUND, OVERVIEW, REPLY_ACTIVITY, words,
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// HSM management.
    HsmManagement,
    /// The list of outbound messages.
    Outbound,
    /// The list of inbound messages.
    Inbound,
    /// The list of outbound messages that failed.
    Failed,
    /// Every outbound message in detail.
    DetailedSent,
    /// Every inbound message in detail.
    DetailedReceived,
    /// Template messages that a user sent.
    IndividualSends,
    /// Totals and their course.
    Consolidated,
    /// Figures by the values of dimensions.
    Breakdown,
    /// A ranking of the values of a dimension.
    Ranking,
    /// Several of them with charts.
    Pack,
    /// What messages there are, and how far they came.
    MessagesOverview,
    /// How far proactive sends came.
    Funnel,
    /// When contacts reply.
    ReplyActivity,
}

impl Report {
    /// Every one.
    pub(crate) const ALL: &'static [Self] = &[
        Self::HsmManagement,
        Self::Outbound,
        Self::Inbound,
        Self::Failed,
        Self::DetailedSent,
        Self::DetailedReceived,
        Self::IndividualSends,
        Self::Consolidated,
        Self::Breakdown,
        Self::Ranking,
        Self::Pack,
        Self::MessagesOverview,
        Self::Funnel,
        Self::ReplyActivity,
    ];

    /// The report that the wire writes so; `None` for one that is unspecified or not known.
    pub(crate) fn from_wire(report: i32) -> Option<Self> {
        let all = Self::ALL.iter().copied();
        let mut all = all.filter(|known| i32::from(known.to_wire()) == report);
        all.next()
    }

    /// As the wire writes it.
    pub(crate) fn to_wire(self) -> ExportReport {
        match self {
            Self::HsmManagement => ExportReport::HsmManagement,
            Self::Outbound => ExportReport::Outbound,
            Self::Inbound => ExportReport::Inbound,
            Self::Failed => ExportReport::Failed,
            Self::DetailedSent => ExportReport::DetailedSent,
            Self::DetailedReceived => ExportReport::DetailedReceived,
            Self::IndividualSends => ExportReport::IndividualSends,
            Self::Consolidated => ExportReport::Consolidated,
            Self::Breakdown => ExportReport::Breakdown,
            Self::Ranking => ExportReport::Ranking,
            Self::Pack => ExportReport::Pack,
            Self::MessagesOverview => ExportReport::MessagesOverview,
            Self::Funnel => ExportReport::Funnel,
            Self::ReplyActivity => ExportReport::ReplyActivity,
        }
    }

    /// Which rows it is made of; `None` where it is made of figures.
    pub(crate) fn preset(self) -> Option<RowPreset> {
        let preset = match self {
            Self::HsmManagement => RowPreset::HsmManagement,
            Self::Outbound => RowPreset::Outbound,
            Self::Inbound => RowPreset::Inbound,
            Self::Failed => RowPreset::Failed,
            Self::DetailedSent => RowPreset::DetailedSent,
            Self::DetailedReceived => RowPreset::DetailedReceived,
            Self::IndividualSends => RowPreset::IndividualSends,
            Self::Consolidated
            | Self::Breakdown
            | Self::Ranking
            | Self::Pack
            | Self::MessagesOverview
            | Self::Funnel
            | Self::ReplyActivity => return None,
        };
        Some(preset)
    }

    /// Whether its workbook is one of sheets with a head and charts, and no plain table.
    pub(crate) fn has_drawn_sheets(self) -> bool {
        matches!(
            self,
            Self::Pack | Self::MessagesOverview | Self::Funnel | Self::ReplyActivity
        )
    }

    /// The names of all of them on the wire, for a message.
    pub(crate) fn names() -> String {
        let names = Self::ALL
            .iter()
            .map(|report| report.to_wire().as_str_name());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Its title.
    pub(crate) fn title(self, language: Language) -> &'static str {
        words::title(language, self.id())
    }

    /// What the names of its files begin with where nobody gave the export a name.
    pub(crate) fn stem(self, language: Language) -> &'static str {
        words::stem(language, self.id())
    }

    /// The ids of its columns, in their order; none where these depend on what is asked.
    pub(crate) fn columns(self) -> Vec<&'static str> {
        match self {
            Self::HsmManagement => HSM_MANAGEMENT.ids(),
            Self::Outbound => OUTBOUND.ids(),
            Self::Inbound => INBOUND.ids(),
            Self::Failed => FAILED.ids(),
            Self::DetailedSent => DETAILED_SENT.ids(),
            Self::DetailedReceived => DETAILED_RECEIVED.ids(),
            Self::IndividualSends => INDIVIDUAL_SENDS.ids(),
            Self::MessagesOverview => OVERVIEW.ids(),
            Self::Funnel => FUNNEL.ids(),
            Self::ReplyActivity => REPLY_ACTIVITY.ids(),
            Self::Consolidated | Self::Breakdown | Self::Ranking | Self::Pack => Vec::new(),
        }
    }

    /// Its stable name: the section of the message files.
    fn id(self) -> &'static str {
        match self {
            Self::HsmManagement => HSM_MANAGEMENT.id,
            Self::Outbound => OUTBOUND.id,
            Self::Inbound => INBOUND.id,
            Self::Failed => FAILED.id,
            Self::DetailedSent => DETAILED_SENT.id,
            Self::DetailedReceived => DETAILED_RECEIVED.id,
            Self::IndividualSends => INDIVIDUAL_SENDS.id,
            Self::Consolidated => "consolidated",
            Self::Breakdown => "breakdown",
            Self::Ranking => "ranking",
            Self::Pack => "pack",
            Self::MessagesOverview => OVERVIEW.id,
            Self::Funnel => FUNNEL.id,
            Self::ReplyActivity => REPLY_ACTIVITY.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use acuse_domain::calendar::Zone;
    use acuse_proto::convert::reporting::{
        FUNNEL_COLUMNS, OVERVIEW_COLUMNS, REPLY_COLUMNS, row_columns,
    };

    use super::super::Words;
    use super::*;

    #[test]
    fn columns_are_those_that_can_be_kept_with_a_report() {
        for report in Report::ALL {
            let known = match report {
                Report::MessagesOverview => OVERVIEW_COLUMNS,
                Report::Funnel => FUNNEL_COLUMNS,
                Report::ReplyActivity => REPLY_COLUMNS,
                _ => report.preset().map(row_columns).unwrap_or_default(),
            };
            assert_eq!(report.columns(), known, "{report:?}");
        }
    }

    #[test]
    fn every_report_has_its_texts_in_every_language() {
        for report in Report::ALL {
            assert_eq!(Report::from_wire(report.to_wire().into()), Some(*report));
            for language in Language::ALL {
                assert!(!report.title(*language).is_empty(), "{report:?}");
                let stem = report.stem(*language);
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
                assert!(!stem.is_empty() && stem.bytes().all(plain), "{stem}");
                let words = Words::new(*language, &Zone::UTC);
                let mut labels = BTreeSet::new();
                for id in report.columns() {
                    let plain = |byte: u8| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
                    };
                    assert!(id.bytes().all(plain), "{id}");
                    let label = words.label(report.id(), id);
                    assert!(!label.is_empty(), "{report:?} {id}");
                    assert!(labels.insert(label), "{report:?} {id}: a second {label}");
                }
            }
        }
        assert_eq!(Report::from_wire(0), None);
        assert_eq!(Report::from_wire(-1), None);
    }
}
