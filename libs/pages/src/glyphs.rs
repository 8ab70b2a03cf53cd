//! The glyphs that a file uses, and the parts of faces that it holds for them.
//!
//! A file's character is a pair of a glyph and the letters that it stands for there, so that the same glyph may stand for
//! different letters, as a box does for all that no face has.

use std::collections::HashMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::writers::Resources;
use pdf_writer::{Finish as _, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use crate::faces::{self, FACES, FaceId};
use crate::file::File;
use crate::shape::{Glyph, Stands};

/// Characters of one face, at most: their numbers have two bytes.
const MOST: usize = 65_000;

const IDENTITY: Name<'_> = Name(b"Identity-H");

const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// What is used of one face.
#[derive(Default)]
struct Used {
    numbers: HashMap<(u16, Stands), u16>,
    /// By number less one: the number 0 is a box that stands for nothing.
    characters: Vec<(u16, Stands)>,
}

/// What is used of all faces.
#[derive(Default)]
pub(crate) struct Glyphs {
    faces: [Used; FACES],
}

impl Glyphs {
    /// The character of a glyph in its face's font.
    pub(crate) fn character(&mut self, glyph: &Glyph) -> u16 {
        let Some(used) = self.faces.get_mut(usize::from(glyph.face)) else {
            return 0;
        };
        let key = (glyph.id, glyph.stands.clone());
        if let Some(number) = used.numbers.get(&key) {
            return *number;
        }
        if used.characters.len() >= MOST {
            return 0;
        }
        used.characters.push(key.clone());
        let number = u16::try_from(used.characters.len()).unwrap_or(0);
        used.numbers.insert(key, number);
        number
    }

    /// Writes what is used of every face, and names it in `resources`.
    pub(crate) fn write(&self, file: &mut File, resources: &mut Resources<'_>) {
        let mut fonts = resources.fonts();
        for (id, used) in (0..).zip(&self.faces) {
            if !used.characters.is_empty() {
                let font = write_face(file, id, used);
                fonts.pair(Name(name(id).as_bytes()), font);
            }
        }
    }
}

/// What a face is called in pages.
pub(crate) fn name(id: FaceId) -> String {
    format!("F{id}")
}

fn write_face(file: &mut File, id: FaceId, used: &Used) -> Ref {
    let face = faces::face(id);
    let mut kept = GlyphRemapper::new();
    let glyphs: Vec<u16> = used
        .characters
        .iter()
        .map(|(glyph, _)| kept.remap(*glyph))
        .collect();
    // A face that cannot be cut is embedded whole, with its own numbers.
    let (data, glyphs) = match subsetter::subset(face.data, 0, &kept) {
        Ok(data) => (data, glyphs),
        Err(_) => {
            let own = used.characters.iter().map(|(glyph, _)| *glyph).collect();
            (face.data.to_vec(), own)
        }
    };
    let [font, descendant, descriptor, program, unicode, map] = [(); 6].map(|()| file.reserve());
    // What a part of a font is called begins with six letters.
    let base = format!("ACUSE{}+{}", char::from(b'A' + id), face.name);
    let base = Name(base.as_bytes());
    file.object(font, |object| {
        let mut writer = object.start::<pdf_writer::writers::Type0Font<'_>>();
        writer.base_font(base).encoding_predefined(IDENTITY);
        writer.descendant_font(descendant).to_unicode(unicode);
    });
    file.object(descendant, |object| {
        let mut writer = object.start::<pdf_writer::writers::CidFont<'_>>();
        writer.subtype(CidFontType::Type2).base_font(base);
        writer.system_info(SYSTEM).font_descriptor(descriptor);
        writer.default_width(face.advance(0) * 1_000.0);
        writer.cid_to_gid_map_stream(map);
        let advances = used.characters.iter();
        let advances = advances.map(|(glyph, _)| face.advance(*glyph) * 1_000.0);
        writer.widths().consecutive(1, advances);
    });
    file.object(descriptor, |object| {
        let mut writer = object.start::<pdf_writer::writers::FontDescriptor<'_>>();
        writer.name(base).flags(FontFlags::SYMBOLIC);
        writer.bbox(Rect::new(-1_000.0, -500.0, 2_500.0, 1_200.0));
        writer.italic_angle(0.0).ascent(1_069.0).descent(-293.0);
        writer.cap_height(714.0).stem_v(80.0).font_file2(program);
    });
    let length = i32::try_from(data.len()).unwrap_or(i32::MAX);
    file.stream(program, &data, |stream| {
        stream.pair(Name(b"Length1"), length);
    });
    file.stream(unicode, &unicode_map(used), |_| {});
    let mut numbers = vec![0, 0];
    numbers.extend(glyphs.iter().flat_map(|glyph| glyph.to_be_bytes()));
    file.stream(map, &numbers, |_| {});
    font
}

/// What characters stand for.
fn unicode_map(used: &Used) -> Vec<u8> {
    let mut map = UnicodeCmap::<u16>::new(Name(b"Acuse"), SYSTEM);
    for (number, (_, stands)) in (1_u16..).zip(&used.characters) {
        match stands {
            Stands::Letter(letter) => map.pair(number, *letter),
            Stands::Letters(letters) => map.pair_with_multiple(number, letters.chars()),
            Stands::Nothing => {}
        }
    }
    map.finish().into_vec()
}

/// The resources that all pages share.
pub(crate) fn write_resources(file: &mut File, id: Ref, glyphs: &Glyphs, late: &[(Name<'_>, Ref)]) {
    let mut chunk = pdf_writer::Chunk::new();
    let mut resources = chunk.indirect(id).start::<Resources<'_>>();
    glyphs.write(file, &mut resources);
    resources.x_objects().pairs(late.iter().copied());
    resources.finish();
    file.add(id, &chunk);
}
