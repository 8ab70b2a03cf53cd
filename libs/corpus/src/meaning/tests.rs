use super::*;

fn only(words: &str) -> Item<'_> {
    match Meaning::of(words) {
        Meaning::Items(mut items) if items.len() == 1 => items.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn statuses() {
    let Item::Status(status) = only(
        "outbound wamid.1 failed at epoch '1700000000' to 569 opaque='a b' conversation=c1 origin=service (expires) \
         pricing=PMP/service/- billable=False errors: code 131049 title 'Withheld by…' details \"It's so\"",
    ) else {
        panic!("it is a status");
    };
    assert_eq!((status.id, status.kind), ("wamid.1", "failed"));
    assert_eq!(
        (status.time, status.to),
        (Some(Time(1_700_000_000)), Some("569"))
    );
    assert_eq!(status.opaque.as_deref(), Some("a b"));
    assert!(status.expires && status.is_known());
    let price = status.price;
    assert_eq!(
        (price.model, price.category, price.kind, price.billable),
        (Some("PMP"), Some("service"), None, Some(false))
    );
    let failure = status.failure.unwrap();
    assert_eq!(failure.code, Some("131049"));
    assert!(crate::matches(&failure.title.unwrap(), "Withheld by Meta"));
    assert_eq!(failure.details.as_deref(), Some("It's so"));
    let Item::Status(bare) = only("outbound x in_orbit (no timestamp) (no recipient_id)") else {
        panic!("it is a status");
    };
    assert_eq!(
        (bare.time, bare.to, bare.failure.is_none()),
        (None, None, true)
    );
    assert!(!bare.is_known());
}

#[test]
fn messages() {
    let Item::Inbound(message) = only(
        "inbound (no id) type voice from (no from) user CL.1 at epoch '<NOW>' media None audio/ogg; codecs=opus \
         with context {\"from\": \"569\", \"id\": \"wamid.2\"}",
    ) else {
        panic!("it is a message");
    };
    assert_eq!(
        (message.id, message.from, message.user),
        (None, None, Some("CL.1"))
    );
    assert_eq!(
        (message.time, message.content_type()),
        (None, Some("audio"))
    );
    let media = message.media.unwrap();
    assert_eq!(
        (media.id, media.kind),
        (None, Some("audio/ogg; codecs=opus"))
    );
    assert_eq!(message.quoted.as_deref(), Some("wamid.2"));
    assert_eq!(message.counts(), Some(true));
    let Item::Inbound(reaction) =
        only("inbound r type reaction from 569 at epoch '1' emoji '👍' on (no target)")
    else {
        panic!("it is a message");
    };
    assert_eq!(reaction.reaction.unwrap().target, None);
    assert!(!reaction.time.unwrap().is_plausible(1_800_000_000));
}

#[test]
fn all_else() {
    assert_eq!(
        Meaning::of("malformed: a list; nothing to ingest"),
        Meaning::Nothing { malformed: true }
    );
    let about = |field, id| Item::Aside { field, id };
    assert_eq!(only("{\"contacts\": []}"), about(None, None));
    let echo =
        |kind: &str| format!("field smb_message_echoes: business-app echo wamid.3 type {kind}");
    let text = format!("{} from 1 to 2 at epoch '3' body 'x'", echo("text"));
    let Item::Echo(sent) = only(&text) else {
        panic!("it is an echo");
    };
    assert_eq!(
        (sent.id, sent.kind, sent.to),
        ("wamid.3", "sent", Some("2"))
    );
    assert_eq!(sent.time, Some(Time(3)));
    let id = Some("wamid.3");
    assert_eq!(only(&echo("revoke")), Item::Revoked { id });
    let edit = echo("edit");
    assert_eq!(only(&edit), about(Some("smb_message_echoes"), id));
    let Meaning::Items(items) = Meaning::of(
        "field (absent): inbound a type text from 1 at epoch '1' body 'x' | value-level errors: code 1 title 'y'",
    ) else {
        panic!("it has items");
    };
    assert!(matches!(
        items[..],
        [Item::Inbound(_), Item::Error { code: "1" }]
    ));
}
