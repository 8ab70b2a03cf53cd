//! Text as it stands in the XML of a workbook.

/// Characters of a cell at most, as Excel counts them: in UTF-16.
const MOST: usize = 32_767;

/// What stands at the end of text that was cut.
const CUT: char = '…';

/// Writes text with everything in it that XML, or a cell, cannot hold put in the way that spreadsheets read back: line breaks are
/// line feeds, other control characters `_xHHHH_`. NUL and what is no character becomes U+FFFD.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let (kept, cut) = fitting(text);
    let bytes = kept.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (stands, length): (&[u8], usize) = match bytes[at] {
            b'&' => (b"&amp;", 1),
            b'<' => (b"&lt;", 1),
            b'>' => (b"&gt;", 1),
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => (b"\n", 2),
            b'\r' => (b"\n", 1),
            0 => ("\u{fffd}".as_bytes(), 1),
            b'\t' | b'\n' => {
                at += 1;
                continue;
            }
            b'_' if is_escape(&bytes[at..]) => (b"_x005F_", 1),
            control @ 0x01..=0x1f => {
                out.extend_from_slice(&bytes[from..at]);
                out.extend_from_slice(format!("_x{control:04X}_").as_bytes());
                at += 1;
                from = at;
                continue;
            }
            // U+FFFE and U+FFFF, which XML forbids.
            0xef if bytes[at..].starts_with(b"\xef\xbf\xbe")
                || bytes[at..].starts_with(b"\xef\xbf\xbf") =>
            {
                ("\u{fffd}".as_bytes(), 3)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(stands);
        at += length;
        from = at;
    }
    out.extend_from_slice(&bytes[from..]);
    if cut {
        let mut mark = [0; 4];
        out.extend_from_slice(CUT.encode_utf8(&mut mark).as_bytes());
    }
}

/// Whether spaces at its ends have to be asked to stay.
pub(super) fn has_outer_space(text: &str) -> bool {
    let space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    space(text.as_bytes().first()) || space(text.as_bytes().last())
}

/// As much of a text as a cell holds beside the mark that it was cut, and whether it was.
fn fitting(text: &str) -> (&str, bool) {
    // No text has more units than bytes.
    if text.len() <= MOST || text.encode_utf16().count() <= MOST {
        return (text, false);
    }
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > MOST - CUT.len_utf16() {
            return (&text[..at], true);
        }
    }
    (text, false)
}

/// Whether text begins with what would be read as an escape.
fn is_escape(bytes: &[u8]) -> bool {
    match bytes.get(..7) {
        Some([b'_', b'x', digits @ .., b'_']) => digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        escape(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_xml_cannot_hold_is_put_otherwise() {
        for (text, stands) in [
            ("", ""),
            ("=1+1", "=1+1"),
            ("a<b & c>d", "a&lt;b &amp; c&gt;d"),
            ("uno\r\ndos\rtres\ncuatro\t.", "uno\ndos\ntres\ncuatro\t."),
            ("a\0b", "a\u{fffd}b"),
            ("\u{1}\u{1f}", "_x0001__x001F_"),
            ("_x0041_ _x41_ _xZZZZ_", "_x005F_x0041_ _x41_ _xZZZZ_"),
            ("\u{fffe}\u{ffff}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}"),
            ("👩‍👩‍👧 مرحبا שלום", "👩‍👩‍👧 مرحبا שלום"),
        ] {
            assert_eq!(escaped(text), stands, "{text:?}");
        }
    }

    #[test]
    fn what_no_cell_holds_is_cut_and_says_so() {
        let most = "ñ".repeat(MOST);
        assert_eq!(escaped(&most), most);
        let cut = escaped(&"ñ".repeat(MOST + 1));
        assert!(cut.ends_with("ñ…"));
        assert_eq!(cut.chars().count(), MOST);
        // Two units each: one fits no more in the last place.
        let cut = escaped(&"👍".repeat(MOST));
        assert!(cut.ends_with("👍…"));
        assert_eq!(cut.encode_utf16().count(), MOST);
        assert_eq!(escaped(&"👍".repeat(16_383)).chars().count(), 16_383);
    }
}
