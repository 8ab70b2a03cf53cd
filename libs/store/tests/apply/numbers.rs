//! The phone numbers of channel accounts: as their providers tell them, until somebody states one.

use acuse_domain::event::Event;
use acuse_domain::kinds::{Channel, StatusKind};
use acuse_domain::names::{Label, Mention, channel_account};
use acuse_domain::time::Timestamp;
use acuse_store::directory::{self, Upserted};
use acuse_testkit::build::{self, CHANNEL_ACCOUNT, IntoEvent};

use crate::fixture::{Fixture, NOON, minutes};

/// A status of a message, with the number that its sender is told to have.
fn told(id: &str, number: &str) -> Event {
    let mut status = build::status(id, StatusKind::Sent, NOON + minutes(1));
    status.sender_phone = Some(number.to_owned());
    status.event()
}

fn stated(phone: &str, at: Timestamp) -> Mention {
    let mention = channel_account(Channel::WhatsApp, CHANNEL_ACCOUNT, None, at);
    Mention {
        label: Label {
            phone: Some(phone.to_owned()),
            ..mention.label
        },
        ..mention
    }
}

impl Fixture {
    /// The number that the channel account of a message is shown with.
    async fn number(&self, id: &str) -> Option<String> {
        let (_, details) = self.known_as(id).await.into_details(false);
        details.channel_account_phone
    }

    async fn state(&self, mention: Mention) -> Vec<Upserted> {
        let stored = directory::upsert(&self.database, self.workspace.id, &[mention]).await;
        stored.unwrap()
    }
}

#[tokio::test]
async fn a_number_is_learned_from_what_happens() {
    let fixture = Fixture::new().await;
    let status = build::status("m", StatusKind::Delivered, NOON + minutes(2));
    fixture.apply([status.event()]).await;
    assert_eq!(fixture.number("m").await, None);
    fixture.apply([told("m", "no number")]).await;
    assert_eq!(fixture.number("m").await, None);
    // A repetition of what is known by now tells it too.
    fixture.apply([told("m", "15550783881")]).await;
    let number = Some("+15550783881".to_owned());
    assert_eq!(fixture.number("m").await, number);
    // However it is written, and whatever else is told: the least stays.
    let other = [told("n", "+1 555-078-3881"), told("o", "15550783882")];
    fixture.apply(other).await;
    assert_eq!(fixture.number("o").await, number);
    let mut inbound = build::inbound("i", NOON);
    inbound.channel_account_phone = Some("15550783880".to_owned());
    fixture.apply([inbound.event()]).await;
    let number = fixture.number("m").await;
    assert_eq!(number.as_deref(), Some("+15550783880"));
    assert_eq!(fixture.verified().await, 4);
}

#[tokio::test]
async fn what_is_stated_goes_before_what_is_told() {
    let fixture = Fixture::new().await;
    fixture.apply([told("m", "15550783881")]).await;
    // Also where both say the same, so that nothing that is told later takes its place.
    let same = stated("+15550783881", NOON - minutes(9));
    assert_eq!(fixture.state(same.clone()).await, [Upserted::Updated]);
    assert_eq!(fixture.state(same).await, [Upserted::Unchanged]);
    fixture.apply([told("m", "15550000000")]).await;
    let number = async || fixture.number("m").await;
    assert_eq!(number().await.as_deref(), Some("+15550783881"));
    let other = stated("+51 900 000 001", NOON);
    assert_eq!(fixture.state(other).await, [Upserted::Updated]);
    fixture.apply([told("n", "15550000001")]).await;
    assert_eq!(number().await.as_deref(), Some("+51 900 000 001"));
}
