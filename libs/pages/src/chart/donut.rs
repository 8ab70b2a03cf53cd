//! Parts of a whole.

use super::{Donut, Frame, Share, ink};
use crate::colour::{self, HAIR, INK, MUTED, PAPER};
use crate::document::{Anchor, Document, Style};
use crate::faces::Weight;
use crate::shape;

const RADIUS: f32 = 64.0;
const HOLE: f32 = 0.58;
const LINE: f32 = 15.0;
const SIZE: f32 = 8.5;

impl Donut {
    pub(super) fn height(&self) -> f32 {
        (self.shares.len() as f32 * LINE).max(2.0 * RADIUS) + 8.0
    }

    pub(super) fn draw(&self, document: &mut Document, frame: Frame) {
        let numbers = document.numbers();
        let whole: f64 = self.shares.iter().map(|share| share.value.max(0.0)).sum();
        let centre = (
            frame.x + RADIUS,
            frame.y + frame.height.min(self.height()) / 2.0,
        );
        let canvas = document.canvas();
        if whole <= 0.0 {
            canvas.ring(centre, (RADIUS * HOLE, RADIUS), (0.0, 1.0), HAIR);
            let style = Style::new(RADIUS * 1.1).at(Anchor::Middle);
            document.write(
                &self.nothing,
                (centre.0, centre.1 + 3.0),
                ink(8.5, MUTED),
                style,
            );
            return;
        }
        let mut from = 0.0;
        for (nth, share) in self.shares.iter().enumerate() {
            let to = from + share.value.max(0.0) / whole;
            let turn = (from as f32, to as f32);
            if to > from {
                canvas.ring(centre, (RADIUS * HOLE, RADIUS), turn, colour::series(nth));
            }
            from = to;
        }
        self.draw_gaps(document, centre, whole);
        let style = Style::new(RADIUS * HOLE * 1.9).at(Anchor::Middle);
        let total = numbers.count(whole);
        document.write(
            &total,
            (centre.0, centre.1 + 2.0),
            ink(14.0, INK),
            style.bold(),
        );
        document.write(
            &self.whole,
            (centre.0, centre.1 + 13.0),
            ink(7.5, MUTED),
            style,
        );
        self.draw_names(document, frame, whole);
    }

    /// White lines between parts, by which they are told apart without their colours.
    fn draw_gaps(&self, document: &mut Document, centre: (f32, f32), whole: f64) {
        let parts = self.shares.iter().filter(|share| share.value > 0.0);
        if parts.count() < 2 {
            return;
        }
        let mut at = 0.0;
        for share in &self.shares {
            at += share.value.max(0.0) / whole;
            let angle = at as f32 * std::f32::consts::TAU;
            let along = |far: f32| (centre.0 + far * angle.sin(), centre.1 - far * angle.cos());
            let ends = (along(RADIUS * HOLE - 1.0), along(RADIUS + 1.0));
            document.canvas().rule(ends.0, ends.1, 1.2, PAPER);
        }
    }

    fn draw_names(&self, document: &mut Document, frame: Frame, whole: f64) {
        let numbers = document.numbers();
        let told = |share: &Share| {
            let part = numbers.share(share.value / whole);
            (numbers.count(share.value), part)
        };
        let told: Vec<_> = self.shares.iter().map(told).collect();
        let wide = |text: &str, weight| shape::width(text, weight) * SIZE;
        let counts = told.iter().map(|(count, _)| wide(count, Weight::Regular));
        let parts = told.iter().map(|(_, part)| wide(part, Weight::Bold));
        let (counts, parts) = (counts.fold(0.0, f32::max), parts.fold(0.0, f32::max));
        let names = self
            .shares
            .iter()
            .map(|share| wide(&share.name, Weight::Regular));
        let left = frame.x + 2.0 * RADIUS + 20.0;
        let room = frame.x + frame.width - left - 13.0 - counts - parts - 24.0;
        // Figures stand beside names, not at the far side of a wide page.
        let room = names.fold(0.0, f32::max).min(room).max(20.0) + 0.5;
        let counted = left + 13.0 + room + 12.0 + counts;
        let all = self.shares.len() as f32 * LINE;
        let mut y = frame.y + (frame.height.min(self.height()) - all).max(0.0) / 2.0;
        for (nth, (share, (count, part))) in self.shares.iter().zip(&told).enumerate() {
            document.swatch((left, y + 3.0), colour::series(nth));
            let base = y + 10.0;
            let name = Style::new(room);
            document.write(&share.name, (left + 13.0, base), ink(SIZE, INK), name);
            let end = Style::new(200.0).at(Anchor::End);
            document.write(count, (counted, base), ink(SIZE, MUTED), end);
            let at = (counted + 12.0 + parts, base);
            document.write(part, at, ink(SIZE, INK), end.bold());
            y += LINE;
        }
    }
}
