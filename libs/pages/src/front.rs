//! The first page's beginning: what a document is, what is to be known of all of it, and its chief figures.

use crate::canvas::Ink;
use crate::colour::{ACCENT, HAIR, HEAD, MUTED};
use crate::document::{COUNT, Document, FACT, SMALL, Style};
use crate::faces::Weight;
use crate::wrap;

/// A figure that is to be seen first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// What is said of it; nothing where it is empty.
    pub note: String,
}

const TILE: f32 = 56.0;
const BETWEEN: f32 = 8.0;

impl Document {
    /// What the document says of itself, at the beginning of its first page.
    pub(crate) fn draw_front(&mut self) {
        self.begin_page();
        let (left, right) = self.sides();
        self.canvas()
            .rect((left, 34.0), (right - left, 3.0), ACCENT);
        self.y = 42.0;
        let title = self.front().title.clone();
        let owner = self.front().owner.clone();
        let ink = |size, colour| Ink { size, colour };
        self.paragraph(&title, Weight::Bold, ink(20.0, ACCENT), 2);
        self.paragraph(&owner, Weight::Regular, ink(11.0, MUTED), 1);
        self.y += 6.0;
        self.draw_facts();
        self.y += 6.0;
        let y = self.y;
        self.canvas().rule((left, y), (right, y), 0.5, HAIR);
        self.y += 12.0;
    }

    /// Facts side by side, and below each other those that need more room.
    fn draw_facts(&mut self) {
        let (left, right) = self.sides();
        let across = ((right - left) / 165.0).floor().max(1.0);
        let wide = (right - left) / across;
        let count = self.front().count.clone();
        let facts = self.front().facts.iter().cloned().map(Some);
        let facts: Vec<_> = facts.chain(count.is_some().then_some(None)).collect();
        let (mut place, mut top, mut lowest) = (0.0, self.y, self.y);
        for fact in facts {
            // What stands in the place of a fact that is not known yet takes the room of any number.
            let known = fact.is_some();
            let (label, value) = fact.unwrap_or((count.clone().unwrap_or_default(), String::new()));
            let long = wrap::natural_width(&value, Weight::Regular, 400) * FACT.size + 12.0;
            let takes = (long / wide).ceil().clamp(1.0, across);
            if place > 0.0 && place + takes > across {
                (place, top) = (0.0, lowest);
            }
            let room = (takes * wide - 12.0).max(wide - 12.0);
            let x = left + place * wide;
            self.write(&label, (x, top + 11.0), SMALL, Style::new(room));
            let mut y = top + 11.0;
            for line in wrap::lines(&value, Weight::Regular, room / FACT.size, 5) {
                y += FACT.size * 1.3;
                self.draw(&line, (x, y), FACT);
            }
            if !known {
                self.canvas().place(COUNT, (x, y));
            }
            lowest = lowest.max(y + 5.0);
            place += takes;
        }
        self.y = lowest;
    }

    /// Figures beside each other.
    pub fn tiles(&mut self, tiles: &[Tile]) {
        if tiles.is_empty() {
            return;
        }
        self.need(TILE + 12.0);
        let (left, right) = self.sides();
        let count = tiles.len() as f32;
        let wide = (right - left - BETWEEN * (count - 1.0)) / count;
        let top = self.y;
        for (nth, tile) in tiles.iter().enumerate() {
            let x = left + nth as f32 * (wide + BETWEEN);
            let canvas = self.canvas();
            canvas.rect((x, top), (wide, TILE), HEAD);
            canvas.rect((x, top), (2.5, TILE), ACCENT);
            let inside = x + 10.0;
            let style = Style::new(wide - 14.0);
            let ink = |size, colour| Ink { size, colour };
            self.write(&tile.label, (inside, top + 14.0), ink(8.0, MUTED), style);
            let value = (inside, top + 34.0);
            self.write(&tile.value, value, ink(17.0, ACCENT), style.bold());
            self.write(&tile.note, (inside, top + 48.0), ink(7.5, MUTED), style);
        }
        self.y = top + TILE + 14.0;
    }
}
