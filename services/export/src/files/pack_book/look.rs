//! How a pack looks: one set of colours and formats for all of its sheets.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// What is meant to be seen first: headers, bars, the heat of a map.
pub(super) const ACCENT: Color = Color::RGB(0x000F_4C5C);
/// What text is written in.
pub(super) const INK: Color = Color::RGB(0x001F_2933);
/// What is beside the point.
pub(super) const FAINT: Color = Color::RGB(0x008A_97A0);
/// What separates rows.
pub(super) const RULE: Color = Color::RGB(0x00D5_DCE0);
/// Behind totals.
pub(super) const SHADE: Color = Color::RGB(0x00EE_F3F5);
/// What went well.
pub(super) const GOOD: Color = Color::RGB(0x002A_9D8F);
/// What failed.
pub(super) const BAD: Color = Color::RGB(0x00C8_553D);
/// What is to be told apart from the rest by a line.
pub(super) const LINE: Color = Color::RGB(0x00E0_9F3E);
/// What has not gone anywhere yet.
pub(super) const WAITING: Color = Color::RGB(0x00B8_C4CA);

/// States, in the order of their courses.
pub(super) const STATES: [Color; 7] = [
    WAITING,
    Color::RGB(0x008A_97A0),
    LINE,
    Color::RGB(0x009B_C1BC),
    GOOD,
    Color::RGB(0x008C_3A2B),
    BAD,
];

/// Slices, one after another.
pub(super) const SLICES: [Color; 8] = [
    ACCENT,
    GOOD,
    LINE,
    BAD,
    Color::RGB(0x005F_7F8C),
    Color::RGB(0x009B_C1BC),
    Color::RGB(0x00F2_CC8F),
    Color::RGB(0x00B8_C4CA),
];

/// The formats of cells.
pub(super) struct Look {
    pub(super) title: Format,
    pub(super) line: Format,
    pub(super) fact: Format,
    pub(super) known: Format,
    pub(super) section: Format,
    pub(super) header: Format,
    pub(super) header_right: Format,
    plain: Cells,
    total: Cells,
}

/// The formats of the cells of a row.
pub(super) struct Cells {
    pub(super) text: Format,
    pub(super) nothing: Format,
    pub(super) day: Format,
    pub(super) moment: Format,
    pub(super) count: Format,
    pub(super) share: Format,
    pub(super) seconds: Format,
    pub(super) change: Format,
    pub(super) points: Format,
    pub(super) relative: Format,
    pub(super) movement: Format,
}

impl Look {
    pub(super) fn new() -> Self {
        let text = || Format::new().set_font_color(INK);
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(ACCENT)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter);
        Self {
            title: text()
                .set_bold()
                .set_font_size(18)
                .set_font_color(ACCENT)
                .set_align(FormatAlign::VerticalCenter),
            line: text().set_font_color(FAINT),
            fact: text().set_bold().set_align(FormatAlign::Top),
            known: text()
                .set_align(FormatAlign::Left)
                .set_align(FormatAlign::Top),
            section: text().set_bold().set_font_size(13).set_font_color(ACCENT),
            header_right: header.clone().set_align(FormatAlign::Right),
            header: header.set_align(FormatAlign::Left).set_indent(1),
            plain: Cells::of(
                &text()
                    .set_border_bottom(FormatBorder::Hair)
                    .set_border_bottom_color(RULE),
            ),
            total: Cells::of(
                &text()
                    .set_bold()
                    .set_background_color(SHADE)
                    .set_border_top(FormatBorder::Thin)
                    .set_border_top_color(ACCENT),
            ),
        }
    }

    /// Those of a row, or of one that sums others up.
    pub(super) fn cells(&self, total: bool) -> &Cells {
        if total { &self.total } else { &self.plain }
    }
}

impl Cells {
    fn of(base: &Format) -> Self {
        let number = |format: &str| {
            base.clone()
                .set_num_format(format)
                .set_align(FormatAlign::Right)
        };
        Self {
            text: number("@").set_align(FormatAlign::Left).set_indent(1),
            nothing: number("@").set_font_color(FAINT),
            day: number("d/m/yyyy")
                .set_align(FormatAlign::Left)
                .set_indent(1),
            moment: number("d/m/yyyy hh:mm")
                .set_align(FormatAlign::Left)
                .set_indent(1),
            count: number("#,##0"),
            share: number("0.0%"),
            seconds: number("[h]:mm:ss"),
            change: number("+#,##0;-#,##0;0"),
            points: number("+0.0\" pp\";-0.0\" pp\";0.0\" pp\""),
            relative: number("+0.0%;-0.0%;0.0%"),
            movement: number("\"▲\" 0;\"▼\" 0;\"=\""),
        }
    }
}
