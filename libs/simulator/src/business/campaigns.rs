//! Campaigns: a month has several, each with a template, a channel account and somebody who answers for it.

use acuse_proto::types::NamedRef;
use jiff::civil::Date;

use super::{Agent, Business, Department, Purpose, Sender, Template, people::named};
use crate::dice::Dice;

/// Campaigns of one month.
const A_MONTH: u64 = 6;

/// A campaign and what it fixes for each of its messages.
#[derive(Debug, Clone)]
pub(crate) struct Campaign<'a> {
    pub(crate) named: NamedRef,
    pub(crate) template: &'a Template,
    pub(crate) sender: &'a Sender,
    pub(crate) department: &'a Department,
    pub(crate) agent: &'a Agent,
    pub(crate) account: &'a NamedRef,
}

impl Business {
    /// One of the campaigns that run on a day; the same throw names the same one all month.
    pub(crate) fn campaign(&self, day: Date, dice: &mut Dice) -> Campaign<'_> {
        let month = i64::from(day.year()) * 12 + i64::from(day.month());
        let number = dice.below(A_MONTH);
        let mut dice = Dice::of(self.seed, &[month.unsigned_abs(), number]);
        let template = self.templates.any(Purpose::Campaign, &mut dice);
        let department = self.staff.department(template.duty);
        let (year, month) = (day.year(), day.month());
        Campaign {
            named: named(
                &format!("camp-{year}{month:02}-{}", number + 1),
                &format!("{} {month:02}/{year} n.º {}", template.theme, number + 1),
            ),
            template,
            // The bulk goes by WhatsApp; some campaigns by SMS, whose texts need no approval.
            sender: if dice.chance(0.85) {
                self.senders.whatsapp(&mut dice)
            } else {
                self.senders.sms(&mut dice)
            },
            department,
            agent: dice.pick(&department.agents),
            account: dice.pick(&self.staff.accounts),
        }
    }
}
