//! What is drawn on one page. Places are in points from its upper left corner.

use std::f32::consts::{FRAC_PI_2, TAU};

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Name, Settings, Str};

use crate::colour::Colour;
use crate::faces;
use crate::glyphs::{self, Glyphs};
use crate::shape::Shaped;

/// A place.
pub(crate) type Point = (f32, f32);

/// A page's content under way.
pub(crate) struct Canvas {
    content: Content,
    height: f32,
}

/// What text looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink {
    pub(crate) size: f32,
    pub(crate) colour: Colour,
}

impl Canvas {
    /// Of a page so high.
    pub(crate) fn new(height: f32) -> Self {
        Self {
            content: Content::with_settings(Settings { pretty: false }),
            height,
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.content.finish().into_vec()
    }

    fn up(&self, y: f32) -> f32 {
        short(self.height - y)
    }

    /// A line of text that begins at `x` and stands on `y`.
    pub(crate) fn text(&mut self, glyphs: &mut Glyphs, line: &Shaped, (x, y): Point, ink: Ink) {
        if line.glyphs.is_empty() {
            return;
        }
        self.fill(ink.colour);
        let base = self.up(y);
        self.content.begin_text();
        let (mut pen, mut face) = (x, None);
        let mut rest = line.glyphs.as_slice();
        while let Some(first) = rest.first() {
            if face != Some(first.face) {
                face = Some(first.face);
                let name = glyphs::name(first.face);
                self.content
                    .set_font(Name(name.as_bytes()), short(ink.size));
            }
            // Glyphs go together as long as each stands where the one before it ends.
            let own = faces::face(first.face);
            let mut bytes = Vec::new();
            let (mut count, mut wide) = (0, 0.0);
            for glyph in rest {
                let moved = glyph.dx != 0.0 || glyph.dy != 0.0;
                if glyph.face != first.face || (count > 0 && moved) {
                    break;
                }
                bytes.extend(glyphs.character(glyph).to_be_bytes());
                count += 1;
                wide += glyph.advance * ink.size;
                if moved || (own.advance(glyph.id) - glyph.advance).abs() > 1e-4 {
                    break;
                }
            }
            let (left, raised) = (pen + first.dx * ink.size, base + first.dy * ink.size);
            self.content
                .set_text_matrix([1.0, 0.0, 0.0, 1.0, short(left), short(raised)]);
            self.content.show(Str(&bytes));
            pen += wide;
            rest = rest.get(count..).unwrap_or_default();
        }
        self.content.end_text();
    }

    /// What is named so in the resources, from a place on.
    pub(crate) fn place(&mut self, name: Name<'_>, (x, y): Point) {
        let matrix = [1.0, 0.0, 0.0, 1.0, short(x), self.up(y)];
        self.content.save_state().transform(matrix);
        self.content.x_object(name).restore_state();
    }

    fn fill(&mut self, Colour(red, green, blue): Colour) {
        self.content
            .set_fill_rgb(fine(red), fine(green), fine(blue));
    }

    fn stroke(&mut self, Colour(red, green, blue): Colour, width: f32) {
        self.content
            .set_stroke_rgb(fine(red), fine(green), fine(blue))
            .set_line_width(short(width));
    }

    /// A filled rectangle.
    pub(crate) fn rect(&mut self, (x, y): Point, (width, height): Point, colour: Colour) {
        self.fill(colour);
        let bottom = self.up(y + height);
        self.content
            .rect(short(x), bottom, short(width), short(height))
            .fill_nonzero();
    }

    /// A straight line.
    pub(crate) fn rule(&mut self, from: Point, to: Point, width: f32, colour: Colour) {
        self.path(&[from, to], width, colour);
    }

    /// A line through points.
    pub(crate) fn path(&mut self, points: &[Point], width: f32, colour: Colour) {
        self.stroke(colour, width);
        self.content
            .set_line_cap(LineCapStyle::RoundCap)
            .set_line_join(LineJoinStyle::RoundJoin);
        self.through(points);
        self.content.stroke();
    }

    /// A line of dashes.
    pub(crate) fn dashes(&mut self, points: &[Point], width: f32, colour: Colour) {
        self.content.set_dash_pattern([4.0, 2.5], 0.0);
        self.path(points, width, colour);
        self.content.set_dash_pattern([], 0.0);
    }

    /// A filled polygon.
    pub(crate) fn polygon(&mut self, points: &[Point], colour: Colour) {
        self.fill(colour);
        self.through(points);
        self.content.close_path().fill_nonzero();
    }

    fn through(&mut self, points: &[Point]) {
        for (nth, (x, y)) in points.iter().enumerate() {
            let (x, y) = (short(*x), self.up(*y));
            if nth == 0 {
                self.content.move_to(x, y);
            } else {
                self.content.line_to(x, y);
            }
        }
    }

    /// A filled disc.
    pub(crate) fn disc(&mut self, centre: Point, radius: f32, colour: Colour) {
        self.ring(centre, (0.0, radius), (0.0, 1.0), colour);
    }

    /// A part of a ring, from one share of the whole turn to another, clockwise from the top.
    pub(crate) fn ring(
        &mut self,
        centre: Point,
        (inner, outer): (f32, f32),
        (from, to): (f32, f32),
        colour: Colour,
    ) {
        let (from, to) = (from * TAU - FRAC_PI_2, to * TAU - FRAC_PI_2);
        self.fill(colour);
        let (x, y) = around(centre, outer, from);
        self.content.move_to(short(x), short(self.height - y));
        self.arc(centre, outer, from, to);
        let (x, y) = around(centre, inner, to);
        self.content.line_to(short(x), short(self.height - y));
        if inner > 0.0 {
            self.arc(centre, inner, to, from);
        }
        self.content.close_path().fill_nonzero();
    }

    /// An arc in pieces of at most a quarter turn.
    fn arc(&mut self, centre: Point, radius: f32, from: f32, to: f32) {
        let pieces = ((to - from).abs() / FRAC_PI_2).ceil().max(1.0);
        let step = (to - from) / pieces;
        let pull = 4.0 / 3.0 * (step / 4.0).tan() * radius;
        for piece in 0..pieces as u32 {
            let begin = from + step * piece as f32;
            let end = begin + step;
            let (start, stop) = (around(centre, radius, begin), around(centre, radius, end));
            let one = (start.0 - pull * begin.sin(), start.1 + pull * begin.cos());
            let two = (stop.0 + pull * end.sin(), stop.1 - pull * end.cos());
            let up = |y: f32| short(self.height - y);
            let (y1, y2, y3) = (up(one.1), up(two.1), up(stop.1));
            self.content
                .cubic_to(short(one.0), y1, short(two.0), y2, short(stop.0), y3);
        }
    }
}

fn around((x, y): Point, radius: f32, angle: f32) -> Point {
    (x + radius * angle.cos(), y + radius * angle.sin())
}

/// A length with no more digits than can be seen.
fn short(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

fn fine(value: f32) -> f32 {
    (value * 1_000.0).round() / 1_000.0
}
