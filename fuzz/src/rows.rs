//! Rows of files, as `acuse ingest` reads them: any text, as CSV below a header and as JSON Lines.

use std::sync::LazyLock;

use acuse_proto::message_state::event::Event as Wire;
use jiff::tz::TimeZone;
use prost_reflect::DescriptorPool;
use serde_json::Value;

use self::rows::{Item, Kind, Reading, Shape, Unfit};
use crate::events::check_event;

/// The reader of rows, which knows nothing of the command that it is a part of.
#[allow(dead_code, unused_imports, reason = "some of it is for that command")]
#[path = "../../services/acuse/src/commands/ingest/rows/mod.rs"]
mod rows;

/// What rows of each kind are.
static SHAPES: LazyLock<[Shape; 3]> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(acuse_proto::FILE_DESCRIPTOR_SET).expect("descriptors");
    Kind::ALL.map(|kind| Shape::of(&pool, kind).expect("its columns are fields"))
});

/// A zone whose clocks are set back and forward.
static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/Santiago").expect("a zone"));

/// Each row is taken in or refused with its faults, the same each time; of what is taken in, the API says likewise what is wrong.
/// As what it is read goes by its length, which the mutator changes all the time: to read it as everything takes as much longer.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(file: &[u8]) {
    let reading = if file.len().is_multiple_of(2) {
        Reading::default()
    } else {
        Reading {
            ignore_unknown: true,
            zone: Some(ZONE.clone()),
        }
    };
    let kinds = Kind::ALL.map(Some);
    let kind = kinds.get(file.len() / 2 % (kinds.len() + 1));
    for line in file.split(|byte| *byte == b'\n') {
        check_json(line, kind.copied().flatten(), &reading);
    }
    let shape = &SHAPES[file.len() / 2 % SHAPES.len()];
    check_csv(file, shape, &reading);
    if let Some(table) = as_table(file) {
        check_csv(&table, shape, &reading);
    }
}

/// An object as CSV that says the same: of JSON the mutator keeps the shape.
fn as_table(file: &[u8]) -> Option<Vec<u8>> {
    let Ok(Value::Object(object)) = serde_json::from_slice(file) else {
        return None;
    };
    let text = |value: &Value| {
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| value.to_string())
    };
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(object.keys()).ok()?;
    table.write_record(object.values().map(text)).ok()?;
    table.into_inner().ok()
}

fn check_json(line: &[u8], kind: Option<Kind>, reading: &Reading) {
    let read = || rows::of_object(&rows::object(line)?, kind, SHAPES.as_slice(), reading);
    check_row(read(), read(), line.len());
}

fn check_csv(file: &[u8], shape: &Shape, reading: &Reading) {
    let mut records = rows::reader(file, rows::guess(file)).into_byte_records();
    let Some(Ok(header)) = records.next() else {
        return;
    };
    let columns = match rows::columns(&header, shape, reading) {
        Ok(columns) => columns,
        Err(refused) => {
            assert!(!refused.problem.is_empty() && !refused.advice.is_empty());
            return;
        }
    };
    assert_eq!(columns.len(), header.len());
    for record in records.map_while(Result::ok) {
        let read = || rows::of_record(&record, &columns, shape, reading);
        check_row(read(), read(), record.as_slice().len());
    }
}

fn check_row(read: Result<Item, Unfit>, again: Result<Item, Unfit>, length: usize) {
    assert_eq!(again, read);
    match read {
        Ok(Item::Registration(item)) => check_item(Wire::Registration(*item)),
        Ok(Item::Status(item)) => check_item(Wire::Status(*item)),
        Ok(Item::Inbound(item)) => check_item(Wire::Inbound(*item)),
        Err(unfit) => {
            assert!(!unfit.reason.is_empty() && !unfit.faults.is_empty());
            for fault in &unfit.faults {
                // A fault repeats the value at most, with what stands for characters that cannot be shown.
                let told = fault.problem.len();
                assert!((1..1_000 + 10 * length).contains(&told), "{fault:?}");
            }
        }
    }
}

fn check_item(item: Wire) {
    check_event(acuse_proto::message_state::Event {
        event: Some(item),
        ..Default::default()
    });
}
