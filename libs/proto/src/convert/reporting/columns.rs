//! The columns of tables, as saved reports and exports choose them. The tables themselves, and what stands in their cells, are the
//! export service's.

use acuse_domain::error::FieldViolation;

use crate::reporting::RowPreset;
use crate::reporting::saved_report::Report;

/// Columns that may be chosen at most; no table has as many.
const MOST: usize = 100;

/// The longest id of a column, in bytes.
const LONGEST: usize = 64;

/// The ids of the columns of the tables of rows, in their order; none for what is unspecified.
pub fn row_columns(preset: RowPreset) -> &'static [&'static str] {
    match preset {
        RowPreset::Unspecified => &[],
        RowPreset::HsmManagement => HSM,
        RowPreset::Outbound => OUT,
        RowPreset::Inbound => IN,
        RowPreset::Failed => FAIL,
        RowPreset::DetailedSent => SENT,
        RowPreset::DetailedReceived => RECEIVED,
        RowPreset::IndividualSends => SENDS,
    }
}

/// The ids of the columns of an overview of messages, in their order.
pub const OVERVIEW_COLUMNS: &[&str] = &[
    "section",
    "value",
    "start_at",
    "end_at",
    "messages",
    "share",
    "waiting",
    "sent",
    "delivered",
    "read",
    "failed",
    "waiting_share",
    "sent_share",
    "delivered_share",
    "read_share",
    "failed_share",
];

/// The ids of the columns of a funnel, in their order.
pub const FUNNEL_COLUMNS: &[&str] = &[
    "stage",
    "messages",
    "messages_share",
    "tickets",
    "tickets_share",
];

/// The ids of the columns of when contacts reply, in their order.
pub const REPLY_COLUMNS: &[&str] = &[
    "weekday", "hour_0", "hour_1", "hour_2", "hour_3", "hour_4", "hour_5", "hour_6", "hour_7",
    "hour_8", "hour_9", "hour_10", "hour_11", "hour_12", "hour_13", "hour_14", "hour_15",
    "hour_16", "hour_17", "hour_18", "hour_19", "hour_20", "hour_21", "hour_22", "hour_23",
    "replied",
];

/// What is wrong with columns that were chosen, where there are those of `known`, by paths that begin with "columns".
pub fn wrong_columns(asked: &[String], known: &[&str]) -> Vec<FieldViolation> {
    let among = known.join(", ");
    // What is too long has an unknown or a doubled one early on.
    let asked = &asked[..asked.len().min(known.len() + 1)];
    faults(asked, |id| {
        (!known.contains(&id)).then(|| format!("must be one of {among}"))
    })
}

/// What is wrong with columns that are kept with a report, by paths that begin with "columns". Which ones some tables of figures
/// have depends on what is asked: of theirs it is looked at how they are written.
pub(super) fn unfit_columns(report: Option<&Report>, asked: &[String]) -> Vec<FieldViolation> {
    let all = |text: String| vec![FieldViolation::new("columns", text)];
    if asked.is_empty() {
        return Vec::new();
    }
    if asked.len() > MOST {
        let count = asked.len();
        return all(format!("has {count} of them; at most {MOST} are allowed"));
    }
    let known = match report {
        Some(Report::MessagesOverview(_)) => OVERVIEW_COLUMNS,
        Some(Report::ReplyActivity(_)) => REPLY_COLUMNS,
        Some(Report::Funnel(_)) => FUNNEL_COLUMNS,
        Some(Report::Rows(rows)) => row_columns(rows.preset()),
        Some(Report::OutboundMessages(_)) => row_columns(RowPreset::Outbound),
        Some(Report::InboundMessages(_)) => row_columns(RowPreset::Inbound),
        Some(Report::FailedMessages(_)) => row_columns(RowPreset::Failed),
        Some(Report::Consolidated(_) | Report::Breakdown(_) | Report::Ranking(_)) | None => {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            let right = "must be the id of a column, such as delivery_rate";
            return faults(asked, |id| {
                let is_one = (1..=LONGEST).contains(&id.len()) && id.bytes().all(plain);
                (!is_one).then(|| right.to_owned())
            });
        }
    };
    wrong_columns(asked, known)
}

/// The faults of ids, and of those that come a second time.
fn faults(asked: &[String], wrong: impl Fn(&str) -> Option<String>) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    for (index, id) in asked.iter().enumerate() {
        let before = || asked[..index].iter().position(|other| other == id);
        let second = || before().map(|first| format!("is a second {id}, after columns[{first}]"));
        if let Some(fault) = wrong(id).or_else(second) {
            found.push(FieldViolation::new(format!("columns[{index}]"), fault));
        }
    }
    found
}

const HSM: &[&str] = &[
    "agent",
    "campaign",
    "template_id",
    "template",
    "message_id",
    "content",
    "destination",
    "state",
    "comment",
    "dispatch",
    "send",
    "delivery",
    "read",
    "dispatched_at",
    "sent_at",
    "delivered_at",
    "read_at",
    "replied",
    "replied_at",
];

const OUT: &[&str] = &[
    "timestamp",
    "source",
    "user",
    "contact_id",
    "contact_name",
    "delivered_at",
    "read_at",
    "channel",
    "type",
    "subtype",
    "content",
];

const IN: &[&str] = &[
    "timestamp",
    "contact_id",
    "contact_name",
    "channel",
    "content",
];

const FAIL: &[&str] = &[
    "timestamp",
    "source",
    "user",
    "contact_id",
    "contact_name",
    "channel",
    "type",
    "subtype",
    "content",
    "error",
];

const SENT: &[&str] = &[
    "sent_at",
    "state",
    "phone",
    "channel_account_phone",
    "account",
    "campaign",
    "user",
    "content_type",
    "content",
    "session_open",
    "correlation_id",
    "conversation_id",
    "conversation_type",
    "conversation_expires_at",
];

const RECEIVED: &[&str] = &[
    "received_at",
    "phone",
    "channel_account_phone",
    "campaign",
    "user",
    "content_type",
    "content",
];

const SENDS: &[&str] = &[
    "template",
    "template_category",
    "sent_at",
    "department",
    "user_email",
    "user",
    "message_id",
    "phone",
    "state",
    "ticket_internal_id",
    "ticket_id",
    "channel_account_phone",
    "channel_account",
    "reply",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporting as wire;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn told(found: Vec<FieldViolation>) -> Vec<(String, String)> {
        let told = found.into_iter().map(|one| (one.field, one.description));
        told.collect()
    }

    #[test]
    fn columns_are_known_and_come_once() {
        let told = |asked: &[&str]| told(wrong_columns(&ids(asked), &["agent", "state"]));
        assert_eq!(told(&["state", "agent"]), []);
        assert_eq!(told(&[]), []);
        let unknown = "must be one of agent, state".to_owned();
        let second = "is a second state, after columns[0]".to_owned();
        assert_eq!(
            told(&["state", "color", "state"]),
            [
                ("columns[1]".to_owned(), unknown),
                ("columns[2]".to_owned(), second),
            ]
        );
        assert_eq!(told(&["x"; 1_000]).len(), 3);
    }

    #[test]
    fn what_is_kept_fits_the_report() {
        let list = Report::FailedMessages(wire::ListFailedMessagesRequest::default());
        let figures = Report::Consolidated(wire::GetConsolidatedRequest::default());
        let funnel = Report::Funnel(wire::GetFunnelRequest::default());
        let fields = |report: &Report, asked: &[&str]| -> Vec<String> {
            let found = unfit_columns(Some(report), &ids(asked)).into_iter();
            found.map(|one| one.field).collect()
        };
        assert!(fields(&list, &["error", "timestamp"]).is_empty());
        assert_eq!(fields(&list, &["error", "delivered_at"]), ["columns[1]"]);
        assert!(fields(&figures, &["messages", "time_to_reply_p90"]).is_empty());
        let odd = fields(&figures, &["messages", "", "Messages", "messages"]);
        assert_eq!(odd, ["columns[1]", "columns[2]", "columns[3]"]);
        assert_eq!(fields(&figures, &["messages"; 101]), ["columns"]);
        assert!(fields(&funnel, &["messages", "stage"]).is_empty());
        assert_eq!(fields(&funnel, &["messages", "delivered"]), ["columns[1]"]);
        assert!(fields(&funnel, &[]).is_empty());
        let odd = unfit_columns(None, &ids(&["ok", "no way"]));
        assert_eq!(odd.len(), 1);
    }
}
