//! Heat maps.

use super::{Frame, HeatMap, LABEL, ink};
use crate::colour::{self, HAIR, MUTED};
use crate::document::{Anchor, Document, Style};

const ROW: f32 = 22.0;
const LEGEND: f32 = 26.0;
const SCALE_WIDTH: f32 = 120.0;
const SCALE_STEPS: u8 = 24;

impl HeatMap {
    pub(super) fn height(&self, _width: f32) -> f32 {
        14.0 + self.rows.len() as f32 * ROW + LEGEND
    }

    pub(super) fn draw(&self, document: &mut Document, frame: Frame) {
        let numbers = document.numbers();
        let values = self.values.iter().flatten().copied();
        let most = values.fold(0.0, f64::max);
        let left = frame.x + 66.0;
        let cell = (frame.x + frame.width - left) / self.columns.len().max(1) as f32;
        let top = frame.y + 12.0;
        for (nth, name) in self.columns.iter().enumerate() {
            let x = left + (nth as f32 + 0.5) * cell;
            document.label(name, (x, frame.y + 7.0), Anchor::Middle, cell * 1.4);
        }
        for (row, name) in self.rows.iter().enumerate() {
            let y = top + row as f32 * ROW;
            let at = (left - 6.0, y + ROW / 2.0 + 2.6);
            document.label(name, at, Anchor::End, 60.0);
            let values = self.values.get(row).map_or(&[][..], Vec::as_slice);
            for (column, value) in values.iter().enumerate() {
                let share = if most > 0.0 {
                    (value / most) as f32
                } else {
                    0.0
                };
                let colour = colour::scale(share);
                let x = left + column as f32 * cell;
                let size = (cell - 1.0, ROW - 1.0);
                document.canvas().rect((x, y), size, colour);
                if *value > 0.0 {
                    let at = (x + size.0 / 2.0, y + ROW / 2.0 + 2.0);
                    let style = Style::new(cell).at(Anchor::Middle);
                    let size = if cell < 22.0 { 5.5 } else { 6.5 };
                    let text = numbers.count(*value);
                    document.write(&text, at, ink(size, colour.text_on()), style);
                }
            }
        }
        let y = top + self.rows.len() as f32 * ROW + 8.0;
        Self::draw_scale(document, (left, y), &numbers.count(most));
    }

    /// From none to the most.
    fn draw_scale(document: &mut Document, (x, y): (f32, f32), most: &str) {
        let step = SCALE_WIDTH / f32::from(SCALE_STEPS);
        document.label("0", (x, y + LABEL * 0.85), Anchor::Start, 20.0);
        let left = x + 9.0;
        for nth in 0..SCALE_STEPS {
            let share = f32::from(nth) / f32::from(SCALE_STEPS - 1);
            let at = (left + f32::from(nth) * step, y);
            let size = (step + 0.2, 7.5);
            document.canvas().rect(at, size, colour::scale(share));
        }
        let end = left + SCALE_WIDTH;
        let canvas = document.canvas();
        canvas.rule((left, y + 7.5), (end, y + 7.5), 0.3, HAIR);
        let at = (end + 5.0, y + LABEL * 0.85);
        document.write(most, at, ink(LABEL, MUTED), Style::new(80.0));
    }
}
