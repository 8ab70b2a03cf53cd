//! Bodies of any format's, or of none: as much of one thing as there is room for.

use crate::LONGEST;

/// Each with what it is.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let list = |element: &str| filled("[", element, ",", "]");
    let text = |piece: &str| filled("[\"", piece, "", "\"]");
    vec![
        ("lists in lists", filled("", "[", "", "")),
        ("objects in objects", filled("", "{\"a\":", "", "")),
        ("numbers", list("0")),
        ("fractions", list("1e9")),
        ("nothing", list("null")),
        ("empty texts", list("\"\"")),
        ("empty lists", list("[]")),
        ("lists of one", list("[0]")),
        ("empty objects", list("{}")),
        ("objects of one", list("{\"\":0}")),
        ("objects of objects", list("{\"\":{\"\":{}}}")),
        (
            "objects of one that never end",
            filled("[", "{\"\":0}", ",", ""),
        ),
        (
            "entries",
            filled("{\"entry\":[", "{\"changes\":{\"value\":{}}}", ",", "]}"),
        ),
        ("members", members()),
        ("a number", filled("[1", "1", "", "]")),
        ("a text", text("x")),
        ("text that is escaped", text("\\u0000")),
        ("halves of characters", text("\\ud83d")),
        ("text of JSON", text("{\\\"\\\":0},")),
        ("a form of one name", filled("", "a=", "&", "")),
        ("a form of names", form()),
        ("a form of one value", filled("a=", "%25", "", "")),
        ("zeros", vec![0; LONGEST]),
    ]
}

/// Repeats a piece, with what stands between, for as long as there is room.
fn filled(before: &str, piece: &str, between: &str, after: &str) -> Vec<u8> {
    let room = LONGEST - before.len() - after.len() + between.len();
    let count = room / (piece.len() + between.len());
    let pieces = vec![piece; count].join(between);
    [before, &pieces, after].concat().into_bytes()
}

fn members() -> Vec<u8> {
    let members: Vec<String> = (0..LONGEST / 12)
        .map(|index| format!("\"{index}\":0"))
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn form() -> Vec<u8> {
    let pairs: Vec<String> = (0..LONGEST / 10)
        .map(|index| format!("{index}=1"))
        .collect();
    pairs.join("&").into_bytes()
}
