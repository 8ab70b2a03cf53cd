//! Bars, standing or lying.

use super::axis::Plot;
use super::{Bars, Frame, LABEL, Series, greatest, ink};
use crate::colour::{self, HAIR, INK, MUTED};
use crate::document::{Anchor, Document, Style};
use crate::faces::Weight;
use crate::shape;

/// From one lying bar of a category to the next.
const BAR: f32 = 9.0;
/// Between categories.
const BETWEEN: f32 = 6.0;
const LEGEND: f32 = 16.0;
/// Bars that stand, with the labels below them.
const STANDING: f32 = 175.0;

impl Bars {
    pub(super) fn height(&self) -> f32 {
        let legend = if self.series.len() > 1 { LEGEND } else { 0.0 };
        if self.lying {
            legend + self.categories.len() as f32 * self.pitch() + 2.0
        } else {
            legend + STANDING
        }
    }

    /// From one category to the next where bars lie.
    fn pitch(&self) -> f32 {
        self.series.len().max(1) as f32 * BAR + BETWEEN
    }

    pub(super) fn draw(&self, document: &mut Document, mut frame: Frame) {
        frame.height = frame.height.min(self.height());
        if self.series.len() > 1 {
            let names: Vec<&str> = self.series.iter().map(|one| one.name.as_str()).collect();
            document.legend(&names, (frame.x, frame.y), frame.width);
            frame.y += LEGEND;
            frame.height -= LEGEND;
        }
        if self.lying {
            self.draw_lying(document, frame);
        } else {
            self.draw_standing(document, frame);
        }
    }

    fn draw_standing(&self, document: &mut Document, frame: Frame) {
        let most = greatest(&self.series);
        let plot = Plot::draw(document, frame, (most, self.unit), &self.categories);
        let slot = plot.slot(self.categories.len());
        let group = (slot * 0.72).min(34.0 * self.series.len() as f32);
        let wide = group / self.series.len().max(1) as f32;
        for nth in 0..self.categories.len() {
            let left = plot.middle(nth, self.categories.len()) - group / 2.0;
            for (kind, series) in self.series.iter().enumerate() {
                let Some(value) = series.values.get(nth).copied().flatten() else {
                    continue;
                };
                let (x, y) = (left + kind as f32 * wide, plot.y(value));
                let size = ((wide * 0.94).max(0.6), plot.bottom - y);
                if size.1 > 0.0 {
                    document.canvas().rect((x, y), size, colour::series(kind));
                }
            }
        }
    }

    fn draw_lying(&self, document: &mut Document, frame: Frame) {
        let numbers = document.numbers();
        let most = greatest(&self.series);
        let most = if most > 0.0 { most } else { 1.0 };
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            let widths = texts.map(|text| shape::width(&text, Weight::Regular));
            widths.fold(0.0, f32::max)
        };
        let names = widest(&mut self.categories.iter().cloned()) * 8.0;
        let names = names.min(frame.width * 0.34) + 8.0;
        let told = |series: &Series, nth: usize| match series.told.get(nth) {
            Some(told) => told.clone(),
            None => series
                .values
                .get(nth)
                .copied()
                .flatten()
                .map_or_else(String::new, |value| numbers.shown(value, self.unit)),
        };
        let of = 0..self.categories.len();
        let all = self
            .series
            .iter()
            .flat_map(|series| of.clone().map(move |nth| (series, nth)));
        let room = widest(&mut all.map(|(series, nth)| told(series, nth))) * LABEL + 6.0;
        let left = frame.x + names;
        let full = (frame.width - names - room).max(10.0);
        let canvas = document.canvas();
        let bottom = frame.y + self.categories.len() as f32 * self.pitch();
        canvas.rule((left, frame.y), (left, bottom), 0.6, HAIR);
        for (nth, name) in self.categories.iter().enumerate() {
            let top = frame.y + nth as f32 * self.pitch() + BETWEEN / 2.0;
            let middle = top + (self.pitch() - BETWEEN) / 2.0;
            let at = (left - 6.0, middle + 2.8);
            // A little more than the widest name takes, which rounding would cut otherwise.
            let style = Style::new(names - 7.0).at(Anchor::End);
            document.write(name, at, ink(8.0, INK), style);
            for (kind, series) in self.series.iter().enumerate() {
                let value = series.values.get(nth).copied().flatten();
                let y = top + kind as f32 * BAR;
                let long = (value.unwrap_or(0.0) / most).clamp(0.0, 1.0) as f32 * full;
                if long > 0.0 {
                    let size = (long.max(0.5), BAR - 1.2);
                    document
                        .canvas()
                        .rect((left, y), size, colour::series(kind));
                }
                let at = (left + long + 4.0, y + BAR * 0.72);
                document.write(&told(series, nth), at, ink(LABEL, MUTED), Style::new(room));
            }
        }
    }
}
