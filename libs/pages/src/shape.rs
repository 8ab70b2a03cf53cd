//! Text into glyphs: what stands where on a line.

use harfrust::{Buffer, Direction, ShapeOptions, ShaperFont, shape};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::faces::{self, FaceId, Weight};

/// The text that a glyph stands for, which is what can be copied out of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Stands {
    /// For one letter.
    Letter(char),
    /// For several at once.
    Letters(Box<str>),
    /// For none by itself: a glyph before it stands for the letters that both are made of.
    Nothing,
}

/// A glyph on a line. Lengths are in ems.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) face: FaceId,
    pub(crate) id: u16,
    pub(crate) advance: f32,
    pub(crate) dx: f32,
    pub(crate) dy: f32,
    pub(crate) stands: Stands,
}

/// Glyphs in the order in which they stand on the line, from left to right.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shaped {
    pub(crate) glyphs: Vec<Glyph>,
    /// In ems.
    pub(crate) width: f32,
    /// Whether its paragraph is read from right to left.
    pub(crate) leftward: bool,
}

/// Shapes one line of text, in which control characters have no place: each is shown as a replacement character.
pub(crate) fn line(text: &str, weight: Weight, base: Option<Level>) -> Shaped {
    if let Some(plain) = plain(text, weight) {
        return plain;
    }
    let text = shown(text);
    let info = BidiInfo::new(&text, base);
    let mut shaped = Shaped::default();
    // A separator of paragraphs is a control character, of which none is left: there is one paragraph, or none.
    if let Some(paragraph) = info.paragraphs.first() {
        shaped.leftward = paragraph.level.is_rtl();
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let leftward = levels.get(run.start).is_some_and(Level::is_rtl);
            let part = text.get(run).unwrap_or_default();
            add_run(&mut shaped.glyphs, part, leftward, weight);
        }
    }
    shaped.width = shaped.glyphs.iter().map(|glyph| glyph.advance).sum();
    shaped
}

/// Whether a paragraph is read from right to left.
pub(crate) fn direction(text: &str) -> Option<Level> {
    if text.is_ascii() {
        return None;
    }
    let info = BidiInfo::new(text, None);
    let first = info.paragraphs.first();
    first.map(|paragraph| paragraph.level)
}

/// The width of text in ems.
pub(crate) fn width(text: &str, weight: Weight) -> f32 {
    let face = faces::face(faces::main(weight));
    let mut sum = 0.0;
    for letter in text.chars() {
        let Some((_, advance)) = face.plain(letter) else {
            return line(text, weight, None).width;
        };
        sum += advance;
    }
    sum
}

/// Text of letters that stand for themselves: nearly all of it, and the quick way.
fn plain(text: &str, weight: Weight) -> Option<Shaped> {
    let id = faces::main(weight);
    let face = faces::face(id);
    let mut shaped = Shaped {
        glyphs: Vec::with_capacity(text.len()),
        ..Shaped::default()
    };
    for letter in text.chars() {
        let (glyph, advance) = face.plain(letter)?;
        shaped.width += advance;
        shaped.glyphs.push(Glyph {
            face: id,
            id: glyph,
            advance,
            dx: 0.0,
            dy: 0.0,
            stands: Stands::Letter(letter),
        });
    }
    Some(shaped)
}

fn shown(text: &str) -> String {
    let visible = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(visible).collect()
}

/// A part that is read in one direction: pieces that a face has all of, in the order in which they are seen.
fn add_run(glyphs: &mut Vec<Glyph>, text: &str, leftward: bool, weight: Weight) {
    let mut pieces: Vec<(FaceId, usize, usize)> = Vec::new();
    for (start, cluster) in text.grapheme_indices(true) {
        let face = faces::for_cluster(cluster, weight);
        let end = start + cluster.len();
        match pieces.last_mut() {
            Some(last) if last.0 == face => last.2 = end,
            _ => pieces.push((face, start, end)),
        }
    }
    if leftward {
        pieces.reverse();
    }
    for (face, start, end) in pieces {
        let piece = text.get(start..end).unwrap_or_default();
        add_piece(glyphs, piece, leftward, face);
    }
}

fn add_piece(glyphs: &mut Vec<Glyph>, text: &str, leftward: bool, id: FaceId) {
    let face = faces::face(id);
    let mut buffer = Buffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if leftward {
        Direction::RightToLeft
    } else {
        Direction::LeftToRight
    });
    let shaped = face.font.as_ref().is_some_and(|font| {
        shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new()).is_ok()
    });
    if !shaped {
        glyphs.extend(text.chars().map(|letter| boxed(id, letter)));
        return;
    }
    let infos = buffer.glyph_infos();
    let starts = starts(infos.iter().map(|info| info.cluster as usize), text.len());
    let mut before = None;
    for (info, position) in infos.iter().zip(buffer.glyph_positions()) {
        let start = info.cluster as usize;
        let stands = if before == Some(start) {
            Stands::Nothing
        } else {
            standing(text, start, &starts)
        };
        before = Some(start);
        glyphs.push(Glyph {
            face: id,
            id: u16::try_from(info.glyph_id).unwrap_or(0),
            advance: position.x_advance as f32 / face.units,
            dx: position.x_offset as f32 / face.units,
            dy: position.y_offset as f32 / face.units,
            stands,
        });
    }
}

/// Where clusters begin, in order, and where the last one ends.
fn starts(clusters: impl Iterator<Item = usize>, end: usize) -> Vec<usize> {
    let mut starts: Vec<usize> = clusters.chain([end]).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn standing(text: &str, start: usize, starts: &[usize]) -> Stands {
    let next = starts.partition_point(|other| *other <= start);
    let end = starts.get(next).copied().unwrap_or(text.len());
    let cluster = text.get(start..end).unwrap_or_default();
    let mut letters = cluster.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Stands::Nothing,
        (Some(letter), None) => Stands::Letter(letter),
        (Some(_), Some(_)) => Stands::Letters(cluster.into()),
    }
}

/// What is shown for a letter that no face has.
fn boxed(face: FaceId, letter: char) -> Glyph {
    Glyph {
        face,
        id: 0,
        advance: faces::face(face).advance(0),
        dx: 0.0,
        dy: 0.0,
        stands: Stands::Letter(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(shaped: &Shaped) -> String {
        let mut text = String::new();
        for glyph in &shaped.glyphs {
            match &glyph.stands {
                Stands::Letter(letter) => text.push(*letter),
                Stands::Letters(letters) => text.push_str(letters),
                Stands::Nothing => {}
            }
        }
        text
    }

    fn shaped(text: &str) -> Shaped {
        line(text, Weight::Regular, None)
    }

    #[test]
    fn plain_text_is_what_shaping_makes_of_it() {
        let quick = plain("Añejo 12,5 % Жук Ω", Weight::Regular).unwrap();
        let mut slow = Vec::new();
        add_run(&mut slow, "Añejo 12,5 % Жук Ω", false, Weight::Regular);
        let ids = |glyphs: &[Glyph]| glyphs.iter().map(|glyph| glyph.id).collect::<Vec<_>>();
        assert_eq!(ids(&quick.glyphs), ids(&slow));
        assert!((width("abc", Weight::Regular) - quick_width("abc")).abs() < 1e-5);
    }

    fn quick_width(text: &str) -> f32 {
        plain(text, Weight::Regular).unwrap().width
    }

    #[test]
    fn arabic_is_joined_and_stands_from_right_to_left() {
        let word = shaped("سلام");
        assert!(word.leftward);
        assert_eq!(
            text(&word)
                .chars()
                .rev()
                .collect::<String>()
                .replace("ال", "لا"),
            "سلام"
        );
        let alone: Vec<u16> = "سلام"
            .chars()
            .rev()
            .map(|letter| shaped(&letter.to_string()).glyphs[0].id)
            .collect();
        let joined: Vec<u16> = word.glyphs.iter().map(|glyph| glyph.id).collect();
        assert_ne!(joined, alone);
    }

    #[test]
    fn numbers_amid_hebrew_are_read_from_left_to_right() {
        let mixed = shaped("שלום 123");
        assert_eq!(text(&mixed), "123 םולש");
    }

    #[test]
    fn whatever_no_face_has_is_a_box_that_stands_for_it() {
        let unknown = shaped("漢字");
        assert_eq!(text(&unknown), "漢字");
        assert!(
            unknown
                .glyphs
                .iter()
                .all(|glyph| glyph.id == 0 && glyph.advance > 0.0)
        );
        assert_eq!(text(&shaped("a\0b")), "a\u{fffd}b");
    }

    #[test]
    fn a_sequence_is_one_picture() {
        let family = shaped("👨\u{200d}👩\u{200d}👧");
        let wide = family.glyphs.iter().filter(|glyph| glyph.advance > 0.0);
        assert_eq!(wide.count(), 1);
    }
}
