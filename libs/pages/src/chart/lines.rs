//! Lines in the course of time.

use super::axis::Plot;
use super::{Frame, Lines, greatest};
use crate::canvas::Point;
use crate::colour::{self, PAPER};
use crate::document::Document;

/// Times up to which each is marked.
const MARKED: usize = 45;

impl Lines {
    pub(super) fn draw(&self, document: &mut Document, mut frame: Frame) {
        if self.series.len() > 1 {
            let names: Vec<&str> = self.series.iter().map(|one| one.name.as_str()).collect();
            document.legend(&names, (frame.x, frame.y), frame.width);
            frame.y += 16.0;
            frame.height -= 16.0;
        }
        let most = greatest(&self.series);
        let plot = Plot::draw(document, frame, (most, self.unit), &self.categories);
        for (kind, series) in self.series.iter().enumerate() {
            let of = self.categories.len();
            let points = series
                .values
                .iter()
                .enumerate()
                .map(|(nth, value)| value.map(|value| (plot.middle(nth, of), plot.y(value))));
            let points: Vec<Option<Point>> = points.collect();
            let colour = colour::series(kind);
            for part in points.split(Option::is_none) {
                let part: Vec<Point> = part.iter().flatten().copied().collect();
                let canvas = document.canvas();
                if part.len() > 1 {
                    // The second and the fourth line are dashed: so they are told apart where colours are not.
                    if kind % 2 == 1 {
                        canvas.dashes(&part, 1.4, colour);
                    } else {
                        canvas.path(&part, 1.6, colour);
                    }
                }
                if of <= MARKED || part.len() == 1 {
                    for point in part {
                        canvas.disc(point, 2.6, PAPER);
                        canvas.disc(point, 1.9, colour);
                    }
                }
            }
        }
    }
}
