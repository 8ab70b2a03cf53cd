//! Words: what cells are put into, a language and a zone's clock.

use acuse_domain::calendar::{Clock, DayCutter, Zone};
use acuse_domain::glossary::Language;
use acuse_domain::kinds::{
    Channel, ContentType, ConversationType, MessageType, Source, TemplateCategory,
};
use acuse_domain::time::Timestamp;

use super::cell::Cell;
use super::messages::Messages;

/// A language, and the days and times of a zone. Cells are made one after another with it: it remembers what the last ones
/// needed.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    language: Language,
    days: DayCutter,
    clock: Clock,
    yes: &'static str,
    no: &'static str,
    channels: Terms,
    sources: Terms,
    types: Terms,
    content_types: Terms,
    conversation_types: Terms,
    template_categories: Terms,
}

/// The words for the values of a vocabulary, by their codes.
#[derive(Debug, Clone)]
struct Terms(Vec<Cell<'static>>);

impl Terms {
    fn of<V: Copy>(
        language: Language,
        section: &str,
        all: &[V],
        tell: impl Fn(V) -> (i16, &'static str),
    ) -> Self {
        let mut terms = Vec::new();
        for (code, name) in all.iter().map(|value| tell(*value)) {
            let code = usize::try_from(code).unwrap_or_default();
            terms.resize(terms.len().max(code + 1), Cell::Nothing);
            let word = Messages::of(language).get(&format!("{section}.{name}"));
            terms[code] = Cell::Word { name, word };
        }
        Self(terms)
    }

    fn get(&self, code: Option<i16>) -> Cell<'static> {
        let code = code.and_then(|code| usize::try_from(code).ok());
        let term = code.and_then(|code| self.0.get(code));
        term.cloned().unwrap_or(Cell::Nothing)
    }
}

/// The words of a vocabulary from its section of the message files.
macro_rules! terms {
    ($language:expr, $section:literal, $vocabulary:ident) => {
        Terms::of($language, $section, $vocabulary::ALL, |value| {
            (value.code(), value.as_str())
        })
    };
}

impl Words {
    /// Those of a language, with a zone's clock.
    pub(crate) fn new(language: Language, zone: &Zone) -> Self {
        let messages = Messages::of(language);
        Self {
            language,
            days: DayCutter::new(zone),
            clock: Clock::new(zone),
            yes: messages.get("word.yes"),
            no: messages.get("word.no"),
            channels: terms!(language, "channel", Channel),
            sources: terms!(language, "source", Source),
            types: terms!(language, "type", MessageType),
            content_types: terms!(language, "content_type", ContentType),
            conversation_types: terms!(language, "conversation_type", ConversationType),
            template_categories: terms!(language, "template_category", TemplateCategory),
        }
    }

    /// The language.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// A text of a section of the message files.
    pub(crate) fn message(&self, section: &str, key: &str) -> &'static str {
        Messages::of(self.language).get(&format!("{section}.{key}"))
    }

    /// The label of a table's column: the table's own where it has one, else the one that tables share. Columns of figures are
    /// called as the figures and the dimensions are.
    pub(crate) fn label(&self, table: &str, column: &str) -> &'static str {
        let messages = Messages::of(self.language);
        let own = messages.find(&format!("{table}.columns.{column}"));
        let mut shared = ["columns", "figures", "metric", "dimension"]
            .into_iter()
            .filter_map(|section| messages.find(&format!("{section}.{column}")));
        own.or_else(|| shared.next()).unwrap_or_default()
    }

    /// The day that an instant belongs to, or nothing where it is absent.
    pub(crate) fn day<'a>(&mut self, at: Option<Timestamp>) -> Cell<'a> {
        at.map_or(Cell::Nothing, |at| Cell::DayOf {
            day: self.days.day_of(at),
            time: self.clock.read(at),
        })
    }

    /// Date and time of an instant, or nothing where it is absent.
    pub(crate) fn moment<'a>(&mut self, at: Option<Timestamp>) -> Cell<'a> {
        at.map_or(Cell::Nothing, |at| Cell::Moment(self.clock.read(at)))
    }

    /// Yes or no.
    pub(crate) fn flag<'a>(&self, is: bool) -> Cell<'a> {
        let word = if is { self.yes } else { self.no };
        Cell::Flag { is, word }
    }

    /// The word for a channel.
    pub(crate) fn channel<'a>(&self, channel: Option<Channel>) -> Cell<'a> {
        self.channels.get(channel.map(Channel::code))
    }

    /// The word for who or what sent a message.
    pub(crate) fn source<'a>(&self, source: Option<Source>) -> Cell<'a> {
        self.sources.get(source.map(Source::code))
    }

    /// The word for a message's type.
    pub(crate) fn message_type<'a>(&self, of: Option<MessageType>) -> Cell<'a> {
        self.types.get(of.map(MessageType::code))
    }

    /// The word for what kind of content a message has.
    pub(crate) fn content_type<'a>(&self, content: Option<ContentType>) -> Cell<'a> {
        self.content_types.get(content.map(ContentType::code))
    }

    /// The word for the kind of a conversation.
    pub(crate) fn conversation_type<'a>(&self, of: Option<ConversationType>) -> Cell<'a> {
        self.conversation_types.get(of.map(ConversationType::code))
    }

    /// The word for what a template is for.
    pub(crate) fn template_category<'a>(&self, of: Option<TemplateCategory>) -> Cell<'a> {
        self.template_categories.get(of.map(TemplateCategory::code))
    }
}

/// The title of a table, by its id.
pub(crate) fn title(language: Language, table: &str) -> &'static str {
    Messages::of(language).get(&format!("{table}.title"))
}

/// What names of files of a table begin with, by its id.
pub(crate) fn stem(language: Language, table: &str) -> &'static str {
    Messages::of(language).get(&format!("{table}.file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_word_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(*language, &Zone::UTC);
            for terms in [
                &words.channels,
                &words.sources,
                &words.types,
                &words.content_types,
                &words.conversation_types,
                &words.template_categories,
            ] {
                // No code is 0.
                for term in &terms.0[1..] {
                    let Cell::Word { name, word } = term else {
                        unreachable!("{term:?}")
                    };
                    assert!(!word.is_empty(), "{language:?} {name}");
                }
            }
            assert!(!words.yes.is_empty() && !words.no.is_empty());
        }
    }
}
