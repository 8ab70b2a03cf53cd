//! The list of a document's parts, which readers turn to.

use pdf_writer::{Ref, TextStr};

use crate::file::File;

/// A part, and the page that it begins on, from 1.
pub(crate) struct Entry {
    pub(crate) title: String,
    pub(crate) page: usize,
}

/// Writes the list, where there is one.
pub(crate) fn write(file: &mut File, entries: &[Entry], pages: &[Ref]) -> Option<Ref> {
    if entries.is_empty() {
        return None;
    }
    let outline = file.reserve();
    let items: Vec<Ref> = entries.iter().map(|_| file.reserve()).collect();
    let (first, last) = (items.first().copied()?, items.last().copied()?);
    file.object(outline, |object| {
        let mut writer = object.start::<pdf_writer::writers::Outline<'_>>();
        writer.first(first).last(last);
        writer.count(i32::try_from(items.len()).unwrap_or(i32::MAX));
    });
    for (nth, entry) in entries.iter().enumerate() {
        let page = pages.get(entry.page.saturating_sub(1)).copied()?;
        let before = nth.checked_sub(1).and_then(|nth| items.get(nth)).copied();
        let after = items.get(nth + 1).copied();
        let item = items.get(nth).copied()?;
        file.object(item, |object| {
            let mut writer = object.start::<pdf_writer::writers::OutlineItem<'_>>();
            writer.title(TextStr(&entry.title)).parent(outline);
            if let Some(before) = before {
                writer.prev(before);
            }
            if let Some(after) = after {
                writer.next(after);
            }
            writer.dest().page(page).fit();
        });
    }
    Some(outline)
}
