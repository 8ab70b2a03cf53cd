//! The text of a message, and the button that was clicked.

use acuse_domain::inbound::ButtonClick;
use acuse_domain::registration::Content;

use super::faults::{Faults, MAX_SHORT, MAX_TEXT};
use crate::types;

/// The most buttons that a message has.
const MAX_BUTTONS: usize = 32;

/// Content from the wire; absent content is empty.
pub(crate) fn content(faults: &mut Faults, wire: Option<types::Content>) -> Content {
    let Some(wire) = wire else {
        return Content::default();
    };
    faults.within("content", |faults| Content {
        header: faults.text("header", wire.header, MAX_TEXT),
        body: faults.text("body", wire.body, MAX_TEXT),
        footer: faults.text("footer", wire.footer, MAX_TEXT),
        buttons: buttons(faults, wire.buttons),
        media_id: faults.optional_id("media_id", wire.media_id),
        media_type: faults.text("media_type", wire.media_type, MAX_SHORT),
        file_name: faults.text("file_name", wire.file_name, MAX_SHORT),
    })
}

fn buttons(faults: &mut Faults, titles: Vec<String>) -> Vec<String> {
    if titles.len() > MAX_BUTTONS {
        let count = titles.len();
        faults.add(
            "buttons",
            format!("has {count} entries; at most {MAX_BUTTONS} are allowed"),
        );
        return Vec::new();
    }
    titles
        .into_iter()
        .enumerate()
        .filter_map(|(index, title)| faults.id(&format!("buttons[{index}]"), title))
        .collect()
}

/// A click on a button or list entry.
pub(crate) fn button(faults: &mut Faults, wire: types::ButtonReply) -> Option<ButtonClick> {
    let id = faults.optional_id("id", wire.id.clone());
    let title = faults.text("title", wire.title, MAX_SHORT);
    if wire.id.is_none() && title.is_none() {
        faults.add(
            "id",
            "give id, title or both; leave button out where nothing was clicked",
        );
    }
    Some(ButtonClick { id, title })
}

/// Content for the wire; empty content is absent.
pub(crate) fn to_wire(content: Content) -> Option<types::Content> {
    if content.is_empty() {
        return None;
    }
    Some(types::Content {
        header: content.header,
        body: content.body,
        footer: content.footer,
        buttons: content.buttons,
        media_id: content.media_id,
        media_type: content.media_type,
        file_name: content.file_name,
    })
}

impl From<ButtonClick> for types::ButtonReply {
    fn from(click: ButtonClick) -> Self {
        Self {
            id: click.id,
            title: click.title,
        }
    }
}
