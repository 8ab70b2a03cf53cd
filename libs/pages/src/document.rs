//! A document: pages with what stands on each of them, one after the other.

use pdf_writer::{Finish as _, Name, Rect, Ref};

use crate::canvas::{Canvas, Ink, Point};
use crate::colour::{ACCENT, HAIR, INK, MUTED};
use crate::faces::Weight;
use crate::file::File;
use crate::glyphs::{Glyphs, write_resources};
use crate::numbers::Numbers;
use crate::outline::{self, Entry};
use crate::shape::{self, Shaped};
use crate::style::one;
pub(crate) use crate::style::{Anchor, Style};
use crate::wrap;

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// A4, standing.
    A4Portrait,
    /// A4, lying.
    A4Landscape,
    /// A3, lying.
    A3Landscape,
}

impl Paper {
    /// Width and height in points.
    pub(crate) fn size(self) -> Point {
        match self {
            Self::A4Portrait => (595.0, 842.0),
            Self::A4Landscape => (842.0, 595.0),
            Self::A3Landscape => (1_191.0, 842.0),
        }
    }
}

/// A moment, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
    /// The hour.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// The second.
    pub second: u8,
}

/// What a document says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// What it is, which stands on every page.
    pub title: String,
    /// Whose it is, which stands on every page.
    pub owner: String,
    /// What is to be known of all of it, each with its label: on the first page.
    pub facts: Vec<(String, String)>,
    /// What the number of records is called, which stands after these where a document is a table of them.
    pub count: Option<String>,
    /// The language that it is in, as in BCP 47.
    pub language: String,
    /// How that language writes numbers.
    pub numbers: Numbers,
    /// When it was made.
    pub made_at: Instant,
}

/// From the edge of the paper to what is printed.
pub(crate) const MARGIN: f32 = 36.0;
/// Where pages begin below their header.
const TOP: f32 = 50.0;
/// What the footer takes.
const BOTTOM: f32 = 40.0;

/// What the number of pages is called in pages, which is known at the end.
const TOTAL: Name<'_> = Name(b"N");

/// What the number of records is called there.
pub(crate) const COUNT: Name<'_> = Name(b"C");

/// What stands in margins, and labels.
pub(crate) const SMALL: Ink = Ink {
    size: 7.5,
    colour: MUTED,
};

/// What is to be known of all of a document.
pub(crate) const FACT: Ink = Ink {
    size: 9.5,
    colour: INK,
};

/// A document under way.
pub struct Document {
    file: File,
    pub(crate) glyphs: Glyphs,
    front: Front,
    paper: Paper,
    canvas: Option<Canvas>,
    pages: Vec<Ref>,
    entries: Vec<Entry>,
    /// Down to where the present page is full.
    pub(crate) y: f32,
    /// Records on all pages.
    pub(crate) records: usize,
    /// Of the page tree, and of what pages share.
    tree: Ref,
    resources: Ref,
    /// Of the numbers of pages and records.
    total: Ref,
    count: Ref,
}

impl Document {
    /// Begins with its first page, on which stands what it says of itself.
    #[must_use]
    pub fn new(front: Front, paper: Paper) -> Self {
        let mut file = File::new();
        let [tree, resources, total, count] = [(); 4].map(|()| file.reserve());
        let mut document = Self {
            file,
            glyphs: Glyphs::default(),
            front,
            paper,
            canvas: None,
            pages: Vec::new(),
            entries: Vec::new(),
            y: 0.0,
            records: 0,
            tree,
            resources,
            total,
            count,
        };
        document.draw_front();
        document
    }

    /// The bytes of all pages that are full.
    pub fn take(&mut self) -> Vec<u8> {
        self.file.take()
    }

    /// Begins a page.
    pub fn new_page(&mut self) {
        self.begin_page();
        let (width, _) = self.paper.size();
        let title = self.front.title.clone();
        let owner = self.front.owner.clone();
        let room = (width - 2.0 * MARGIN) / SMALL.size;
        let title = one(&title, Weight::Bold, room * 0.6);
        let owner = one(&owner, Weight::Regular, room * 0.38);
        self.draw(&title, (MARGIN, 32.0), SMALL);
        self.draw(
            &owner,
            (width - MARGIN - owner.width * SMALL.size, 32.0),
            SMALL,
        );
        self.canvas()
            .rule((MARGIN, 38.0), (width - MARGIN, 38.0), 0.5, HAIR);
        self.y = TOP;
    }

    /// Begins a part of the document on a page of its own, which the reader can turn to.
    pub fn section(&mut self, heading: &str) {
        self.new_page();
        self.entries.push(Entry {
            title: heading.to_owned(),
            page: self.pages.len(),
        });
        let ink = Ink {
            size: 16.0,
            colour: ACCENT,
        };
        self.y += 14.0;
        self.paragraph(heading, Weight::Bold, ink, 2);
        self.y += 6.0;
    }

    /// A heading within a part.
    pub fn heading(&mut self, text: &str) {
        self.need(40.0);
        let ink = Ink {
            size: 10.5,
            colour: INK,
        };
        self.y += 8.0;
        self.paragraph(text, Weight::Bold, ink, 2);
    }

    /// A remark.
    pub fn note(&mut self, text: &str) {
        let ink = Ink {
            size: 8.5,
            colour: MUTED,
        };
        self.paragraph(text, Weight::Regular, ink, 6);
        self.y += 4.0;
    }

    /// Text of at most so many lines from side to side.
    pub(crate) fn paragraph(&mut self, text: &str, weight: Weight, ink: Ink, most: usize) {
        let (left, right) = self.sides();
        let leading = ink.size * 1.35;
        for line in wrap::lines(text, weight, (right - left) / ink.size, most) {
            self.need(leading);
            self.y += leading;
            let x = if line.leftward {
                right - line.width * ink.size
            } else {
                left
            };
            let y = self.y - leading * 0.28;
            self.draw(&line, (x, y), ink);
        }
    }

    /// What it says of itself.
    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    /// How numbers are written.
    pub(crate) fn numbers(&self) -> Numbers {
        self.front.numbers
    }

    /// Where lines begin and end.
    pub(crate) fn sides(&self) -> Point {
        (MARGIN, self.paper.size().0 - MARGIN)
    }

    /// Down to where something may be drawn.
    pub(crate) fn floor(&self) -> f32 {
        self.paper.size().1 - BOTTOM
    }

    /// Begins another page unless this one has so much room left.
    pub(crate) fn need(&mut self, height: f32) {
        if self.y + height > self.floor() && self.y > TOP {
            self.new_page();
        }
    }

    /// The page under way.
    pub(crate) fn canvas(&mut self) -> &mut Canvas {
        let height = self.paper.size().1;
        self.canvas.get_or_insert_with(|| Canvas::new(height))
    }

    /// Draws a line of text.
    pub(crate) fn draw(&mut self, line: &Shaped, at: Point, ink: Ink) {
        let height = self.paper.size().1;
        let canvas = self.canvas.get_or_insert_with(|| Canvas::new(height));
        canvas.text(&mut self.glyphs, line, at, ink);
    }

    /// Draws text of at most so many points: what does not fit is cut.
    pub(crate) fn write(&mut self, text: &str, at: Point, ink: Ink, style: Style) {
        let line = one(text, style.weight, style.room / ink.size);
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        };
        let x = at.0 - line.width * ink.size * shift;
        self.draw(&line, (x, at.1), ink);
    }

    pub(crate) fn begin_page(&mut self) {
        self.end_page();
        let page = self.file.reserve();
        self.pages.push(page);
        let (width, height) = self.paper.size();
        let y = height - 22.0;
        let number = shape::line(&format!("{} / ", self.pages.len()), Weight::Regular, None);
        let x = width / 2.0 - number.width * SMALL.size;
        self.draw(&number, (x, y), SMALL);
        self.canvas().place(TOTAL, (width / 2.0, y));
    }

    fn end_page(&mut self) {
        let (Some(canvas), Some(page)) = (self.canvas.take(), self.pages.last().copied()) else {
            return;
        };
        let content = self.file.reserve();
        self.file.stream(content, &canvas.finish(), |_| {});
        let (width, height) = self.paper.size();
        let (tree, resources) = (self.tree, self.resources);
        self.file.object(page, |object| {
            let mut writer = object.start::<pdf_writer::writers::Page<'_>>();
            writer.parent(tree).contents(content);
            writer.media_box(Rect::new(0.0, 0.0, width, height));
            writer.pair(Name(b"Resources"), resources);
        });
    }

    /// Ends the document, and gives what was not taken yet.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.end_page();
        let pages = self.pages.len().to_string();
        self.write_late(self.total, &pages, SMALL);
        let records = self.front.numbers.count(self.records as f64);
        self.write_late(self.count, &records, FACT);
        let late = [(TOTAL, self.total), (COUNT, self.count)];
        write_resources(&mut self.file, self.resources, &self.glyphs, &late);
        let pages = self.pages.clone();
        self.file.object(self.tree, |object| {
            let mut writer = object.start::<pdf_writer::writers::Pages<'_>>();
            writer.count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
            writer.kids(pages);
        });
        let outline = outline::write(&mut self.file, &self.entries, &self.pages);
        let [catalog, info] = [(); 2].map(|()| self.file.reserve());
        let (tree, front) = (self.tree, self.front);
        self.file.object(catalog, |object| {
            let mut writer = object.start::<pdf_writer::writers::Catalog<'_>>();
            writer.pages(tree);
            writer.lang(pdf_writer::TextStr(&front.language));
            writer.viewer_preferences().display_doc_title(true);
            if let Some(outline) = outline {
                writer.outlines(outline);
                writer.page_mode(pdf_writer::types::PageMode::UseOutlines);
            }
        });
        self.file.object(info, |object| {
            let at = front.made_at;
            let made = pdf_writer::Date::new(at.year).month(at.month).day(at.day);
            let made = made.hour(at.hour).minute(at.minute).second(at.second);
            let mut writer = object.start::<pdf_writer::writers::DocumentInfo<'_>>();
            writer.title(pdf_writer::TextStr(&front.title));
            writer.author(pdf_writer::TextStr(&front.owner));
            writer.creator(pdf_writer::TextStr("Acuse"));
            writer.creation_date(made.utc_offset_hour(0));
            writer.finish();
        });
        self.file.finish(catalog, info)
    }

    /// Writes what pages refer to and is known at the end.
    fn write_late(&mut self, id: Ref, text: &str, ink: Ink) {
        let line = shape::line(text, Weight::Regular, None);
        let mut canvas = Canvas::new(0.0);
        canvas.text(&mut self.glyphs, &line, (0.0, 0.0), ink);
        let resources = self.resources;
        let wide = line.width * ink.size;
        self.file.stream(id, &canvas.finish(), |stream| {
            stream.pair(Name(b"Type"), Name(b"XObject"));
            stream.pair(Name(b"Subtype"), Name(b"Form"));
            stream.pair(Name(b"BBox"), Rect::new(0.0, -3.0, wide, ink.size));
            stream.pair(Name(b"Resources"), resources);
        });
    }
}
