//! The faces that text is set in, and which of them has a letter.

use std::sync::LazyLock;

use harfrust::{Font, GlyphId};

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A face by its number.
pub(crate) type FaceId = u8;

const REGULAR: FaceId = 0;
const BOLD: FaceId = 1;

/// Faces for what the first ones lack, in the order in which they are asked.
const OTHERS: [FaceId; 5] = [2, 3, 4, 5, 6];
const EMOJI: FaceId = 6;

/// How many faces there are.
pub(crate) const FACES: usize = 7;

/// Letters below this are looked up in a table.
const QUICK: usize = 0x2200;

/// A font, and what is asked of it often.
pub(crate) struct Face {
    /// Its PostScript name.
    pub(crate) name: &'static str,
    /// The font's file.
    pub(crate) data: &'static [u8],
    /// Absent only where the embedded file could not be read: then it has no letters.
    pub(crate) font: Option<Font>,
    /// Units of an em.
    pub(crate) units: f32,
    /// Glyph and advance of letters that need no shaping.
    quick: Vec<Option<(u16, f32)>>,
}

impl Face {
    fn of(name: &'static str, data: &'static [u8]) -> Self {
        let font = Font::new(data, 0);
        let units = font
            .as_ref()
            .map_or(1_000.0, |font| f32::from(font.units_per_em()));
        let mut face = Self {
            name,
            data,
            font,
            units,
            quick: Vec::new(),
        };
        face.quick = (0..QUICK).map(|code| face.look_up(code)).collect();
        face
    }

    fn look_up(&self, code: usize) -> Option<(u16, f32)> {
        let letter = char::from_u32(u32::try_from(code).ok()?)?;
        let glyph = self.glyph(letter)?;
        Some((glyph, self.advance(glyph)))
    }

    /// The glyph of a letter.
    pub(crate) fn glyph(&self, letter: char) -> Option<u16> {
        let charmap = self.font.as_ref()?.charmap();
        let glyph = charmap.map_unicode(letter)?;
        u16::try_from(glyph.to_u32())
            .ok()
            .filter(|glyph| *glyph > 0)
    }

    /// The advance of a glyph in ems.
    pub(crate) fn advance(&self, glyph: u16) -> f32 {
        let metrics = self.font.as_ref().map(Font::glyph_metrics);
        metrics.map_or(0.6, |metrics| {
            metrics.h_advance(GlyphId::from(glyph)) / self.units
        })
    }

    /// Glyph and advance of a letter that stands for itself whatever is beside it.
    pub(crate) fn plain(&self, letter: char) -> Option<(u16, f32)> {
        is_plain(letter)
            .then(|| self.quick.get(letter as usize).copied().flatten())
            .flatten()
    }
}

/// Whether a letter looks the same whatever stands beside it, and is written from left to right.
fn is_plain(letter: char) -> bool {
    match u32::from(letter) {
        // A hyphen that shows only at the end of a line.
        0xad => false,
        0x20..0x7f | 0xa0..0x300 | 0x370..0x483 | 0x48a..0x590 => true,
        0x1e00..0x2000 | 0x2010..0x2028 | 0x202f..0x205f | 0x2070..0x20d0 | 0x2100..0x2200 => true,
        _ => false,
    }
}

static LOADED: LazyLock<[Face; FACES]> = LazyLock::new(|| {
    macro_rules! face {
        ($name:literal) => {
            Face::of($name, include_bytes!(concat!("../fonts/", $name, ".ttf")))
        };
    }
    [
        face!("NotoSans-Regular"),
        face!("NotoSans-Bold"),
        face!("NotoSansArabic-Regular"),
        face!("NotoSansHebrew-Regular"),
        face!("NotoSansMath-Regular"),
        face!("NotoSansSymbols2-Regular"),
        face!("NotoEmoji-Regular"),
    ]
});

/// The face of that number.
pub(crate) fn face(id: FaceId) -> &'static Face {
    LOADED.get(usize::from(id)).unwrap_or(&LOADED[0])
}

/// The face that most is set in.
pub(crate) fn main(weight: Weight) -> FaceId {
    match weight {
        Weight::Regular => REGULAR,
        Weight::Bold => BOLD,
    }
}

/// The face for what belongs together: the first that has all of it; where none has, the one that most is set in, which shows
/// a box.
pub(crate) fn for_cluster(cluster: &str, weight: Weight) -> FaceId {
    let first = main(weight);
    let pictured = cluster.contains('\u{fe0f}');
    let before = pictured.then_some(EMOJI).into_iter();
    let mut asked = before.chain([first]).chain(OTHERS);
    asked.find(|id| has(*id, cluster)).unwrap_or(first)
}

/// Whether a face has every visible letter of a cluster.
fn has(id: FaceId, cluster: &str) -> bool {
    let face = face(id);
    cluster
        .chars()
        .filter(|letter| !is_invisible(*letter))
        .all(|letter| face.glyph(letter).is_some())
}

/// Whether a letter only says how others are to be shown.
pub(crate) fn is_invisible(letter: char) -> bool {
    matches!(u32::from(letter),
        0xad | 0x34f | 0x61c | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f
        | 0xfeff | 0xe0000..=0xe0fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_can_be_read() {
        for face in LOADED.iter() {
            assert!(face.font.is_some(), "{}", face.name);
        }
    }

    #[test]
    fn each_script_has_its_face() {
        let named = |text| face(for_cluster(text, Weight::Regular)).name;
        for text in ["a", "ñ", "Ω", "Ж", "ế", "€", "…", "•"] {
            assert_eq!(named(text), "NotoSans-Regular", "{text}");
        }
        assert_eq!(named("س"), "NotoSansArabic-Regular");
        assert_eq!(named("ש"), "NotoSansHebrew-Regular");
        assert_eq!(named("😀"), "NotoEmoji-Regular");
        assert_eq!(named("❤\u{fe0f}"), "NotoEmoji-Regular");
        assert_eq!(named("👩\u{200d}💻"), "NotoEmoji-Regular");
        for text in ["−", "→", "≥", "𝗛"] {
            assert_eq!(named(text), "NotoSansMath-Regular", "{text}");
        }
        for text in ["▲", "✓", "★"] {
            assert_eq!(named(text), "NotoSansSymbols2-Regular", "{text}");
        }
        assert_eq!(face(for_cluster("a", Weight::Bold)).name, "NotoSans-Bold");
    }
}
