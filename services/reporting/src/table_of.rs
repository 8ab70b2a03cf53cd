//! Which messages a table or a list is of.

use acuse_domain::error::Result;
use acuse_domain::kinds::{Direction, MessageType, Source};
use acuse_domain::report::{Counted, Dimension, Group};
use acuse_proto::reporting::Metric;
use acuse_store::read::{Order, Pages, Place, Question};

use crate::basis::Basis;
use crate::figures::Figures;
use crate::inquiry::{Inquiry, Wanted};
use crate::table::Table;

/// What kind of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Outbound ones.
    Outbound,
    /// Inbound ones.
    Inbound,
    /// Outbound ones that failed.
    Failed,
    /// Templates.
    Templates,
    /// Templates that a user sent.
    Individual,
}

/// How many messages a table has, and what that rests on.
#[derive(Debug)]
pub(crate) struct Size {
    pub(crate) basis: Basis,
    pub(crate) messages: i64,
}

impl Kind {
    /// Of which direction they are.
    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Inbound => Direction::Inbound,
            Self::Outbound | Self::Failed | Self::Templates | Self::Individual => {
                Direction::Outbound
            }
        }
    }

    /// Leaves messages of this kind alone in an inquiry, as far as dimensions tell.
    pub(crate) fn narrow(self, inquiry: &mut Inquiry) {
        match self {
            Self::Inbound => inquiry.narrow(Dimension::Direction, Direction::Inbound.code()),
            Self::Outbound => inquiry.narrow(Dimension::Direction, Direction::Outbound.code()),
            Self::Failed => {
                inquiry.narrow(Dimension::Direction, Direction::Outbound.code());
                inquiry.note_figure(Metric::Failed);
            }
            Self::Templates => inquiry.narrow(Dimension::Type, MessageType::Template.code()),
            Self::Individual => {
                inquiry.narrow(Dimension::Type, MessageType::Template.code());
                inquiry.narrow(Dimension::Source, Source::User.code());
            }
        }
    }

    /// How many there are of them, as the figures of any report over what is covered say.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn count(self, inquiry: &mut Inquiry) -> Result<Size> {
        let wanted = inquiry.whole_of(|inquiry| Wanted {
            interval: inquiry.covered(inquiry.requested),
            group: Group::All,
            durations: false,
            departments: false,
        })?;
        let told = inquiry.ask(wanted).await?;
        let all = told.tables.first().map(Table::total).unwrap_or_default();
        let figures = match self {
            Self::Failed => all.failed(),
            _ => all,
        };
        let counts = figures.counts();
        let messages = match (self.direction(), inquiry.counts_unattached()) {
            (Direction::Inbound, _) => figures.received,
            (Direction::Outbound, true) => counts.unattached,
            (Direction::Outbound, false) => counts.messages,
        };
        Ok(Size {
            basis: Basis::new(inquiry, told.as_of, &figures),
            messages,
        })
    }

    /// The messages themselves, beginning after a place; `None` where nothing of the interval is covered, or inbound ones
    /// cannot be told.
    pub(crate) fn pages(
        self,
        inquiry: &Inquiry,
        order: Order,
        after: Option<Place>,
    ) -> Option<Pages> {
        let question = self.question(inquiry)?;
        Some(inquiry.scoped.pages(&question, order, after))
    }

    /// The question for the messages themselves.
    pub(crate) fn question(self, inquiry: &Inquiry) -> Option<Question> {
        let covered = inquiry.covered(inquiry.requested)?;
        let direction = self.direction();
        inquiry.asks_for(direction).then(|| {
            let mut counted = inquiry.counted().to_vec();
            counted.extend((self == Self::Failed).then_some(Counted::FAILED));
            inquiry.question_of(covered, Group::All, direction, counted)
        })
    }
}

impl Figures {
    /// Of those that failed what lists tell: they are messages, and nothing is to be heard of them.
    fn failed(&self) -> Self {
        let mut failed = Self::default();
        failed.outbound.counts.messages = self.counts().failed();
        failed
    }
}
