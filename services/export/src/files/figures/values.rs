//! Values of dimensions, and figures, as cells.

use acuse_domain::calendar::LocalDay;
use acuse_domain::glossary::stage_name;
use acuse_domain::kinds::{
    Channel, ContentType, ConversationType, Direction, MessageState, MessageType, Source, Stage,
    TemplateCategory,
};
use acuse_domain::taxonomy::FailureCategory;
use acuse_proto::reporting::{Availability, Dimension, DimensionValue, Metric, Rate};

use super::super::cell::Cell;
use super::super::table::Kind;
use super::super::told::{instant, named, state_cell};
use super::super::words::Words;

/// The names of weekdays, from Monday.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A word for what no message says: "others", "total".
pub(crate) fn word<'a>(words: &Words, name: &'static str) -> Cell<'a> {
    Cell::Word {
        name,
        word: words.message("row", name),
    }
}

/// A value as it is shown, "(none)" where messages have none.
pub(crate) fn value<'a>(value: &'a DimensionValue, words: &mut Words) -> Cell<'a> {
    let Some(id) = value.id.as_deref() else {
        return word(words, "none");
    };
    let cell = match value.dimension() {
        Dimension::Channel => words.channel(Channel::parse(id)),
        Dimension::Source => words.source(Source::parse(id)),
        Dimension::Type => words.message_type(MessageType::parse(id)),
        Dimension::ContentType => words.content_type(ContentType::parse(id)),
        Dimension::TemplateCategory => words.template_category(TemplateCategory::parse(id)),
        Dimension::ConversationType => words.conversation_type(ConversationType::parse(id)),
        Dimension::State => state_cell(words, MessageState::parse(id)),
        Dimension::FailureStage => Stage::parse(id).map_or(Cell::Nothing, |stage| Cell::Word {
            name: stage.as_str(),
            word: stage_name(words.language(), stage),
        }),
        Dimension::Direction => term(
            words,
            "direction",
            Direction::parse(id).map(Direction::as_str),
        ),
        Dimension::FailureCategory => {
            let category = FailureCategory::parse(id).map(FailureCategory::as_str);
            term(words, "failure_category", category)
        }
        Dimension::Weekday => {
            let weekday = WEEKDAYS.into_iter().find(|name| *name == id);
            term(words, "weekday", weekday)
        }
        Dimension::SessionOpen | Dimension::Conflict => words.flag(id == "yes"),
        Dimension::Hour => {
            let start = value.interval.as_ref().and_then(|covers| covers.start_at);
            words.moment(instant(start))
        }
        Dimension::Day | Dimension::Week => day(id).map_or(Cell::Nothing, Cell::Day),
        Dimension::HourOfDay => id.parse().map_or(Cell::Nothing, Cell::Count),
        Dimension::Month | Dimension::ErrorCode => Cell::code(Some(id)),
        _ => Cell::text(Some(named(value.name.as_deref(), id))),
    };
    // A word that only a later version knows stands as it is.
    match cell {
        Cell::Nothing => Cell::text(Some(id)),
        cell => cell,
    }
}

/// The id of a value that has a name beside it.
pub(crate) fn id<'a>(value: &'a DimensionValue) -> Cell<'a> {
    Cell::code(value.id.as_deref())
}

/// The id of the column that holds them.
pub(super) fn id_column(dimension: Dimension) -> Option<&'static str> {
    let column = match dimension {
        Dimension::ChannelAccount => "channel_account_id",
        Dimension::Account => "account_id",
        Dimension::Template => "template_id",
        Dimension::Campaign => "campaign_id",
        Dimension::Broadcast => "broadcast_id",
        Dimension::Agent => "agent_id",
        Dimension::Team => "team_id",
        Dimension::Department => "department_id",
        _ => return None,
    };
    Some(column)
}

fn term<'a>(words: &Words, section: &str, name: Option<&'static str>) -> Cell<'a> {
    name.map_or(Cell::Nothing, |name| Cell::Word {
        name,
        word: words.message(section, name),
    })
}

fn day(text: &str) -> Option<LocalDay> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    LocalDay::from_ymd(year, month, parts.next()?.parse().ok()?)
}

/// A rate: nothing where it has no denominator, and "N/A" where no channel reports its stage.
pub(crate) fn rate<'a>(words: &Words, rate: Option<&Rate>) -> Cell<'a> {
    let Some(rate) = rate else {
        return Cell::Nothing;
    };
    match rate.quotient {
        Some(quotient) => Cell::Share(quotient),
        None if rate.availability() == Availability::NotApplicable => word(words, "not_applicable"),
        None => Cell::Nothing,
    }
}

/// What part of a whole some messages are; nothing where there is none.
pub(crate) fn share<'a>(part: i64, all: i64) -> Cell<'a> {
    // Exact up to 2^53 messages.
    #[allow(clippy::cast_precision_loss)]
    let share = (all > 0).then(|| part as f64 / all as f64);
    share.map_or(Cell::Nothing, Cell::Share)
}

/// What a metric's figures are.
pub(crate) fn kind(metric: Metric) -> Kind {
    match i32::from(metric) {
        rate if (i32::from(Metric::SentRate)..=i32::from(Metric::ReplyRate)).contains(&rate) => {
            Kind::Share
        }
        time if time >= i32::from(Metric::TimeToDeliverP50) => Kind::Seconds,
        _ => Kind::Count,
    }
}

/// A figure of a metric.
pub(crate) fn figure<'a>(metric: Metric, figure: Option<f64>) -> Cell<'a> {
    let Some(figure) = figure else {
        return Cell::Nothing;
    };
    match kind(metric) {
        Kind::Share => Cell::Share(figure),
        Kind::Seconds => Cell::Seconds(figure),
        // Counts are exact up to 2^53.
        #[allow(clippy::cast_possible_truncation)]
        _ => Cell::Count(figure.round() as i64),
    }
}

/// The key of a metric in the message files: its name on the wire without what it begins with.
pub(crate) fn metric_key(metric: Metric) -> String {
    key(metric.as_str_name(), "METRIC_")
}

/// The key of a dimension in the message files.
pub(crate) fn dimension_key(dimension: Dimension) -> String {
    key(dimension.as_str_name(), "DIMENSION_")
}

fn key(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}
