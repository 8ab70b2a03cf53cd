//! Charts, drawn as paths: they stay sharp at any size.

mod axis;
mod bars;
mod donut;
mod funnel;
mod heat;
mod lines;

use crate::canvas::{Ink, Point};
use crate::colour::{self, Colour, INK, MUTED};
use crate::document::{Anchor, Document, Style};
use crate::faces::Weight;
use crate::numbers::Unit;
use crate::shape;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Bars of categories.
    Bars(Bars),
    /// Values in the course of time.
    Lines(Lines),
    /// Parts of a whole.
    Donut(Donut),
    /// What is left of a beginning, step by step.
    Funnel(Funnel),
    /// Values by two things at once.
    HeatMap(HeatMap),
}

/// Values of one kind, one for every category. Absent ones are drawn nowhere, never as 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// One for every category.
    pub values: Vec<Option<f64>>,
    /// What lying bars say of each, also where it is absent. Where one is missing it is the value, or nothing.
    pub told: Vec<String>,
}

/// Bars of categories, those of one category beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What they show.
    pub title: String,
    /// What values are.
    pub unit: Unit,
    /// The categories, in their order.
    pub categories: Vec<String>,
    /// Values of them.
    pub series: Vec<Series>,
    /// Whether they lie, so that there is room for long names.
    pub lying: bool,
}

/// Values in the course of time. Where one is absent the line is interrupted.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// What they show.
    pub title: String,
    /// What values are.
    pub unit: Unit,
    /// Times, in their order.
    pub categories: Vec<String>,
    /// Values at them.
    pub series: Vec<Series>,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// What it is of.
    pub name: String,
    /// How much it is, at least 0.
    pub value: f64,
}

/// Parts of a whole, as parts of a ring.
#[derive(Debug, Clone, PartialEq)]
pub struct Donut {
    /// What it shows.
    pub title: String,
    /// The parts, in their order.
    pub shares: Vec<Share>,
    /// What all of them together are, which stands in the middle.
    pub whole: String,
    /// What is said where there is nothing to divide.
    pub nothing: String,
}

/// A step of a funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is.
    pub name: String,
    /// How many came so far.
    pub value: f64,
    /// What is said of it beside that.
    pub note: String,
}

/// What is left of a beginning, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// What it shows.
    pub title: String,
    /// The steps, the first one first.
    pub steps: Vec<Step>,
}

/// Values by two things at once, the darker the more.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// What it shows.
    pub title: String,
    /// What rows are.
    pub rows: Vec<String>,
    /// What columns are.
    pub columns: Vec<String>,
    /// A value for every column, by row.
    pub values: Vec<Vec<f64>>,
}

/// Where a chart is drawn.
#[derive(Debug, Clone, Copy)]
struct Frame {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

const TITLE: f32 = 10.5;
const LABEL: f32 = 7.5;

/// What a title takes, with what is left free below it.
const HEADING: f32 = 22.0;

/// Between two charts beside each other.
const GAP: f32 = 24.0;

impl Document {
    /// Draws charts beside each other.
    pub fn charts(&mut self, charts: &[Chart]) {
        if charts.is_empty() {
            return;
        }
        let (left, right) = self.sides();
        let across = charts.len() as f32;
        let width = (right - left - GAP * (across - 1.0)) / across;
        let tallest = charts.iter().map(|chart| chart.height(width));
        let height = tallest.fold(0.0, f32::max);
        self.need(height + HEADING);
        let y = self.y;
        for (nth, chart) in charts.iter().enumerate() {
            let x = left + nth as f32 * (width + GAP);
            let bold = Style::new(width).bold();
            self.write(chart.title(), (x, y + TITLE), ink(TITLE, INK), bold);
            let y = y + HEADING;
            let frame = Frame {
                x,
                y,
                width,
                height,
            };
            chart.draw(self, frame);
        }
        self.y = y + HEADING + height + 14.0;
    }

    fn label(&mut self, text: &str, at: Point, anchor: Anchor, room: f32) {
        self.write(text, at, ink(LABEL, MUTED), Style::new(room).at(anchor));
    }

    /// What colours mean, in lines of that width; returns where they end.
    fn legend(&mut self, names: &[&str], at: Point, width: f32) -> f32 {
        let (mut x, mut y) = at;
        for (nth, name) in names.iter().enumerate() {
            let wide = shape::width(name, Weight::Regular) * LABEL;
            let wide = wide.min(width - 14.0);
            if x > at.0 && x + wide + 12.0 > at.0 + width {
                (x, y) = (at.0, y + 12.0);
            }
            self.swatch((x, y), colour::series(nth));
            self.label(name, (x + 11.0, y + 6.5), Anchor::Start, wide + 1.0);
            x += wide + 26.0;
        }
        y + 14.0
    }

    fn swatch(&mut self, at: Point, colour: Colour) {
        self.canvas().rect(at, (7.5, 7.5), colour);
    }
}

impl Chart {
    fn title(&self) -> &str {
        match self {
            Self::Bars(bars) => &bars.title,
            Self::Lines(lines) => &lines.title,
            Self::Donut(donut) => &donut.title,
            Self::Funnel(funnel) => &funnel.title,
            Self::HeatMap(map) => &map.title,
        }
    }

    /// Without its title, on such a width.
    fn height(&self, width: f32) -> f32 {
        match self {
            Self::Bars(bars) => bars.height(),
            Self::Lines(_) => 175.0,
            Self::Donut(donut) => donut.height(),
            Self::Funnel(funnel) => funnel.height(),
            Self::HeatMap(map) => map.height(width),
        }
    }

    fn draw(&self, document: &mut Document, frame: Frame) {
        match self {
            Self::Bars(bars) => bars.draw(document, frame),
            Self::Lines(lines) => lines.draw(document, frame),
            Self::Donut(donut) => donut.draw(document, frame),
            Self::Funnel(funnel) => funnel.draw(document, frame),
            Self::HeatMap(map) => map.draw(document, frame),
        }
    }
}

fn ink(size: f32, colour: Colour) -> Ink {
    Ink { size, colour }
}

/// The greatest value of all.
fn greatest(series: &[Series]) -> f64 {
    let values = series.iter().flat_map(|series| &series.values);
    let known = values.flatten().copied().filter(|value| value.is_finite());
    known.fold(0.0, f64::max)
}
