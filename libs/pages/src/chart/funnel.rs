//! Funnels.

use super::{Frame, Funnel, ink};
use crate::colour::{ACCENT, Colour, INK, MUTED};
use crate::document::{Anchor, Document, Style};

const STEP: f32 = 40.0;
const BETWEEN: f32 = 4.0;

impl Funnel {
    pub(super) fn height(&self) -> f32 {
        self.steps.len() as f32 * STEP
    }

    pub(super) fn draw(&self, document: &mut Document, frame: Frame) {
        let numbers = document.numbers();
        let most = self.steps.iter().map(|step| step.value).fold(0.0, f64::max);
        let names = (frame.width * 0.2).clamp(70.0, 130.0);
        let notes = (frame.width * 0.36).clamp(110.0, 230.0);
        let full = frame.width - names - notes;
        let centre = frame.x + names + full / 2.0;
        let wide = |value: f64| {
            let share = if most > 0.0 {
                (value / most).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (share as f32 * full).max(2.0)
        };
        for (nth, step) in self.steps.iter().enumerate() {
            let top = frame.y + nth as f32 * STEP;
            let bottom = top + STEP - BETWEEN;
            let here = wide(step.value);
            // Each step narrows to the next one.
            let next = self
                .steps
                .get(nth + 1)
                .map_or(here, |next| wide(next.value).min(here));
            let (upper, lower) = (here / 2.0, (here + next) / 4.0);
            let colour = step_colour(nth);
            let corners = [
                (centre - upper, top),
                (centre + upper, top),
                (centre + lower, bottom),
                (centre - lower, bottom),
            ];
            document.canvas().polygon(&corners, colour);
            let middle = (top + bottom) / 2.0;
            let name = Style::new(names - 8.0).bold();
            document.write(&step.name, (frame.x, middle + 3.0), ink(9.0, INK), name);
            let count = numbers.count(step.value);
            let end = frame.x + frame.width - notes + 12.0;
            let bold = Style::new(notes * 0.3).bold();
            document.write(&count, (end, middle + 3.0), ink(10.5, ACCENT), bold);
            let note = Style::new(notes * 0.66 - 12.0).at(Anchor::Start);
            let at = (end + notes * 0.3, middle + 3.0);
            document.write(&step.note, at, ink(8.0, MUTED), note);
        }
    }
}

/// From the darkest on, each step somewhat lighter.
fn step_colour(nth: usize) -> Colour {
    let part = (nth as f32 * 0.13).min(0.6);
    let lighter = |value: f32| value + (1.0 - value) * part;
    Colour(lighter(ACCENT.0), lighter(ACCENT.1), lighter(ACCENT.2))
}
