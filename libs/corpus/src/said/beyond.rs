//! What payloads tell by their provider's documentation, where the index does not go into it.

use super::{Said, SaidKind};

/// Files of which the index says only that they are no delivery statuses, and which tell more: that Sinch handed a message to
/// a channel; a contact's reaction; and a contact's message, without what was taken out of it.
const TELL_MORE: [(&str, SaidKind, Option<&str>); 3] = [
    (
        "sinch/sdk_conv_MessageSubmit.json",
        SaidKind::Status,
        Some("dispatched"),
    ),
    (
        "sinch/sdk_conv_InboundContactMessage.json",
        SaidKind::Inbound,
        None,
    ),
    (
        "sinch/sdk_conv_MessageInboundSmartConversationRedaction.json",
        SaidKind::Inbound,
        None,
    ),
];

/// The index has no sender of the older shape, which names the contact by Sinch's own id alone.
const NAMED_BY_SINCH: (&str, &str) = (
    "sinch/conv_viberbm_inbound_flat_channel.json",
    "01E6K4A8N3NANZ05VM0FS80EHD",
);

/// Providers whose payloads tell beside what the index says that this happened too, with the time of it.
const BESIDE: [(&str, &str); 1] = [("infobip", "sent")];

/// What a file says, with what the index leaves open.
pub(crate) fn amended<'a>(file: &str, mut all: Vec<Said<'a>>) -> Vec<Said<'a>> {
    let more = TELL_MORE.iter().find(|(of, ..)| *of == file);
    for said in &mut all {
        if let (SaidKind::Aside, Some((_, kind, evidence))) = (said.kind, more) {
            *said = Said {
                evidence: *evidence,
                ..Said::of(*kind)
            };
        }
        let (of, id) = NAMED_BY_SINCH;
        if of == file {
            said.from = said.from.or(Some(id));
        }
    }
    all
}

/// Whether payloads of `provider` may tell `evidence` where the index says nothing of it.
pub(crate) fn leaves_out(provider: &str, evidence: &str) -> bool {
    BESIDE.contains(&(provider, evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_index_leaves_open_is_amended() {
        let aside = vec![Said::of(SaidKind::Aside)];
        let [(file, kind, evidence), ..] = TELL_MORE;
        let got = amended(file, aside.clone());
        assert_eq!((got[0].kind, got[0].evidence), (kind, evidence));
        assert_eq!(amended("sinch/another.json", aside.clone()), aside);
        let (file, id) = NAMED_BY_SINCH;
        let written = vec![Said::of(SaidKind::Inbound)];
        assert_eq!(amended(file, written)[0].from, Some(id));
        let told = Said {
            from: Some("another"),
            ..Said::of(SaidKind::Inbound)
        };
        assert_eq!(amended(file, vec![told])[0].from, Some("another"));
        assert!(leaves_out("infobip", "sent") && !leaves_out("infobip", "read"));
        assert!(!leaves_out("sinch", "sent"));
    }
}
