//! Which contact an item is about.

use acuse_domain::contact::ContactRef;
use acuse_domain::time::{days, hours};
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON};

#[tokio::test]
async fn addresses_that_one_item_names_together_are_one_contact_from_then_on() {
    let fixture = Fixture::new().await;
    let mut hidden = build::inbound("i1", NOON + hours(1));
    hidden.contact = ContactRef {
        business_scoped_user_id: Some("PE.1349".to_owned()),
        ..Default::default()
    };
    fixture
        .apply([build::registration("m1", NOON).event(), hidden.event()])
        .await;
    assert_eq!(fixture.sent_as("m1").await.message.first_reply, None);
    let mut both = build::inbound("i2", NOON + days(9));
    both.contact.business_scoped_user_id = Some("PE.1349".to_owned());
    fixture.apply([both.event()]).await;
    let reply = fixture.sent_as("m1").await.message.first_reply.unwrap();
    assert_eq!(reply.at, NOON + hours(1));
    assert_eq!(fixture.verified().await, 3);
}
