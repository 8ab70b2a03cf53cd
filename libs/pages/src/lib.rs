//! Pages: text, tables and charts in, a PDF file out.
//!
//! Pure: nothing is read but what is given, and the same input makes the same bytes. A file is made page by page: what is finished
//! is taken out with [`Document::take`], so that a file of a thousand pages takes no more memory than one of ten. Only what is
//! used of the fonts is in the file, and whatever text is drawn can be copied out of it as it was given, also where no font has
//! its letters.

mod canvas;
mod chart;
mod colour;
mod document;
mod faces;
mod file;
mod front;
mod glyphs;
mod numbers;
mod outline;
mod records;
mod shape;
mod style;
mod table;
mod widths;
mod wrap;

pub use chart::{Bars, Chart, Donut, Funnel, HeatMap, Lines, Series, Share, Step};
pub use document::{Document, Front, Instant, Paper};
pub use front::Tile;
pub use numbers::{Numbers, Unit};
pub use records::Records;
pub use table::{Align, Column, Row};
