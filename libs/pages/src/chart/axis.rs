//! Axes: values upwards, categories along.

use super::{Frame, LABEL};
use crate::colour::{HAIR, MUTED};
use crate::document::{Anchor, Document};
use crate::faces::Weight;
use crate::numbers::{Unit, ticks};
use crate::shape;

/// Where values are drawn, and up to which one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    most: f64,
}

impl Plot {
    /// Draws the axes of that many values, and leaves room for the labels of categories.
    pub(super) fn draw(
        document: &mut Document,
        frame: Frame,
        (most, unit): (f64, Unit),
        categories: &[String],
    ) -> Self {
        let numbers = document.numbers();
        let (step, count) = ticks(most, unit);
        let labels: Vec<String> = (0..=count)
            .map(|nth| numbers.tick(nth as f64 * step, step, unit))
            .collect();
        let widths = labels
            .iter()
            .map(|label| shape::width(label, Weight::Regular));
        let room = widths.fold(0.0, f32::max) * LABEL;
        let plot = Self {
            left: frame.x + room + 6.0,
            right: frame.x + frame.width,
            top: frame.y + 4.0,
            bottom: frame.y + frame.height - 14.0,
            most: step * count as f64,
        };
        for (nth, label) in labels.iter().enumerate() {
            let y = plot.y(nth as f64 * step);
            let (width, colour) = if nth == 0 { (0.8, MUTED) } else { (0.4, HAIR) };
            let canvas = document.canvas();
            canvas.rule((plot.left, y), (plot.right, y), width, colour);
            let at = (plot.left - 5.0, y + LABEL * 0.35);
            document.label(label, at, Anchor::End, room + 1.0);
        }
        plot.draw_categories(document, categories);
        plot
    }

    /// The height of a value.
    pub(super) fn y(&self, value: f64) -> f32 {
        let share = (value / self.most).clamp(0.0, 1.0) as f32;
        self.bottom - share * (self.bottom - self.top)
    }

    /// The width of a category of so many.
    pub(super) fn slot(&self, of: usize) -> f32 {
        (self.right - self.left) / of.max(1) as f32
    }

    /// The middle of the nth category.
    pub(super) fn middle(&self, nth: usize, of: usize) -> f32 {
        self.left + (nth as f32 + 0.5) * self.slot(of)
    }

    /// Names of categories, as many of them as there is room for.
    fn draw_categories(&self, document: &mut Document, categories: &[String]) {
        let widths = categories
            .iter()
            .map(|name| shape::width(name, Weight::Regular));
        let widest = widths.fold(0.0, f32::max) * LABEL;
        let slot = self.slot(categories.len());
        let every = (((widest + 6.0) / slot).ceil() as usize).max(1);
        for (nth, name) in categories.iter().enumerate().step_by(every) {
            // The first and the last are not drawn beyond the sides of the chart.
            let half = shape::width(name, Weight::Regular) * LABEL / 2.0;
            let middle = self.middle(nth, categories.len());
            let x = middle.min(self.right - half).max(self.left + half);
            document.label(name, (x, self.bottom + 10.0), Anchor::Middle, 120.0);
        }
    }
}
