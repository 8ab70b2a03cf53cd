//! JSON Lines: an object a row, for other systems.

use std::io::Write as _;

use acuse_domain::calendar::LocalTime;
use acuse_domain::error::{Error, Result};

use super::cell::{Cell, put_date, put_time, put_two};
use super::table::Picked;
use super::words::Words;

/// Rows, as they stand in the file.
///
/// # Errors
///
/// Never; memory takes what is written.
pub(super) fn rows<R>(picked: &Picked<R>, rows: &[R], words: &mut Words) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut room = String::new();
    for row in rows {
        let mut before = b'{';
        for column in &picked.columns {
            // Ids are snake_case: there is nothing in them to escape.
            out.push(before);
            out.push(b'"');
            out.extend_from_slice(column.id.as_bytes());
            out.extend_from_slice(b"\":");
            let cell = (column.cell)(row, words);
            value(&cell, &mut room, &mut out).map_err(Error::internal)?;
            before = b',';
        }
        out.extend_from_slice(b"}\n");
    }
    Ok(out)
}

fn value(cell: &Cell<'_>, room: &mut String, out: &mut Vec<u8>) -> serde_json::Result<()> {
    room.clear();
    match cell {
        Cell::Text(text) | Cell::Code(text) => return serde_json::to_writer(out, text.as_ref()),
        Cell::Word { name, .. } => return serde_json::to_writer(out, name),
        Cell::Stated { name, reason, .. } => {
            return serde_json::to_writer(out, &format_args!("{name}: {reason}"));
        }
        Cell::Flag { is, .. } => return serde_json::to_writer(out, is),
        Cell::Count(count) => return serde_json::to_writer(out, count),
        Cell::Share(number) | Cell::Seconds(number) => return serde_json::to_writer(out, number),
        Cell::Nothing => {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        Cell::Day(day) => put_date(*day, room),
        Cell::DayOf { time, .. } | Cell::Moment(time) => put_rfc_3339(*time, room),
    }
    // Digits and signs alone.
    write!(out, "\"{room}\"").map_err(serde_json::Error::io)
}

/// Adds a time as in RFC 3339, with its offset, and with a fraction of a second where there is one.
fn put_rfc_3339(time: LocalTime, out: &mut String) {
    put_date(time.date(), out);
    out.push('T');
    put_time(time, out);
    let micros = time.time().microsecond;
    if micros > 0 {
        out.push('.');
        for two in [micros / 10_000, micros / 100, micros] {
            put_two(two % 100, out);
        }
    }
    let minutes = time.offset.unsigned_abs() / 60;
    out.push(if time.offset < 0 { '-' } else { '+' });
    put_two(minutes / 60, out);
    out.push(':');
    put_two(minutes % 60, out);
}

#[cfg(test)]
mod tests {
    use acuse_proto::convert::timestamp;
    use acuse_proto::types::MessageState;
    use serde_json::{Value, json};

    use super::super::hsm_management::TABLE;
    use super::super::hsm_management::tests::{delivered, lima};
    use super::*;

    #[test]
    fn a_row_is_an_object_with_typed_values() {
        let mut row = delivered();
        let body = "=1+1\n\"Олá\" 👋 \u{202e}שלום\u{0}";
        row.body = Some(body.into());
        row.replied_at = Some(timestamp(
            "2022-10-02T05:00:00.25Z"
                .parse::<jiff::Timestamp>()
                .unwrap()
                .into(),
        ));
        let file = rows(&TABLE.pick(&[]), &[row.clone(), row.clone()], &mut lima()).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(text.lines().count(), 2);
        let read: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let expected = json!({
            "agent": "Diana Huapaya",
            "campaign": "Campaña chattigo",
            "template_id": "1795801177",
            "template": "chattigo_bienvenida",
            "message_id": "1795830683",
            "content": body,
            "destination": "51977452931",
            "state": "delivered",
            "comment": "Mensaje entregado. A la espera de confirmación de lectura.",
            "dispatch": "succeeded",
            "send": "succeeded",
            "delivery": "succeeded",
            "read": "pending",
            "dispatched_at": "2022-10-01T23:59:58-05:00",
            "sent_at": "2022-10-01T23:59:59-05:00",
            "delivered_at": "2022-10-02T00:00:00-05:00",
            "read_at": null,
            "replied": true,
            "replied_at": "2022-10-02T00:00:00.250000-05:00",
        });
        assert_eq!(read, expected);
        // In the order of the columns.
        assert!(text.starts_with("{\"agent\":\"Diana Huapaya\",\"campaign\":"));
    }

    #[test]
    fn columns_come_as_chosen() {
        let mut row = delivered();
        row.state = MessageState::Unspecified.into();
        let chosen = ["state", "message_id"].map(str::to_owned);
        let file = rows(&TABLE.pick(&chosen), &[row], &mut lima()).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "{\"state\":null,\"message_id\":\"1795830683\"}\n");
    }
}
