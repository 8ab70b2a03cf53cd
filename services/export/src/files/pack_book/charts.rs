//! Charts, native ones: they follow the cells that they are about.

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartDataLabelPosition, ChartFont, ChartFormat, ChartLegendPosition,
    ChartLine, ChartPoint, ChartSolidFill, ChartType, Color,
};

use super::look::{ACCENT, FAINT, INK, RULE};

/// Cells of a sheet: its name, the first row and column, the last ones.
pub(super) type Cells<'a> = (&'a str, u32, u16, u32, u16);

/// A chart with a title.
pub(super) fn titled(kind: ChartType, title: &str) -> Chart {
    let mut chart = Chart::new(kind);
    let font = font(12, INK);
    chart.title().set_name(title).set_font(&font);
    chart
        .chart_area()
        .set_format(ChartFormat::new().set_border(ChartLine::new().set_color(RULE)));
    chart
}

/// Axes that say no more than is needed.
pub(super) fn axes(chart: &mut Chart) {
    let font = font(9, FAINT);
    let hidden = ChartLine::new().set_color(RULE).clone();
    chart
        .x_axis()
        .set_font(&font)
        .set_format(ChartFormat::new().set_line(&hidden));
    let grid = ChartLine::new().set_color(RULE).set_width(0.5).clone();
    chart
        .y_axis()
        .set_font(&font)
        .set_major_gridlines_line(&grid)
        .set_num_format("#,##0")
        .set_format(ChartFormat::new().set_no_line());
}

/// Slices of a whole, in these colours.
pub(super) fn doughnut(
    title: &str,
    (labels, values): (Cells<'_>, Cells<'_>),
    colors: &[Color],
) -> Chart {
    let mut chart = titled(ChartType::Doughnut, title);
    chart.set_hole_size(58);
    let points: Vec<ChartPoint> = colors.iter().map(|color| point(*color)).collect();
    let mut label = ChartDataLabel::new();
    label
        .show_percentage()
        .set_num_format("0%")
        .set_font(&font(9, Color::White));
    chart
        .add_series()
        .set_categories(labels)
        .set_values(values)
        .set_points(&points)
        .set_data_label(&label);
    chart
        .legend()
        .set_position(ChartLegendPosition::Right)
        .set_font(&font(9, INK));
    chart
}

/// Bars from the left, the first on top; each as its point looks, where there are some.
pub(super) fn bars(
    title: &str,
    (labels, values): (Cells<'_>, Cells<'_>),
    points: &[ChartPoint],
    format: &str,
) -> Chart {
    let mut chart = titled(ChartType::Bar, title);
    axes(&mut chart);
    let mut label = ChartDataLabel::new();
    label
        .show_value()
        .set_num_format(format)
        .set_position(ChartDataLabelPosition::OutsideEnd)
        .set_font(&font(9, INK));
    chart
        .add_series()
        .set_categories(labels)
        .set_values(values)
        .set_gap(if points.is_empty() { 40 } else { 15 })
        .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(ACCENT)))
        .set_points(points)
        .set_data_label(&label);
    // The first category would stand at the bottom.
    chart
        .y_axis()
        .set_reverse()
        .set_font(&font(9, INK))
        .set_major_gridlines(false);
    chart
        .x_axis()
        .set_num_format(format)
        .set_min(0)
        .set_hidden(true)
        .set_major_gridlines(false);
    chart.legend().set_hidden();
    chart
}

/// Columns from the bottom.
pub(super) fn columns(title: &str, labels: Cells<'_>, values: Cells<'_>, color: Color) -> Chart {
    let mut chart = titled(ChartType::Column, title);
    axes(&mut chart);
    chart
        .add_series()
        .set_categories(labels)
        .set_values(values)
        .set_gap(40)
        .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(color)));
    chart.legend().set_hidden();
    chart
}

/// The look of one slice or bar.
pub(super) fn point(color: Color) -> ChartPoint {
    ChartPoint::new().set_format(
        ChartFormat::new()
            .set_solid_fill(ChartSolidFill::new().set_color(color))
            .set_border(ChartLine::new().set_color(Color::White)),
    )
}

/// A font of charts.
pub(super) fn font(size: u8, color: Color) -> ChartFont {
    ChartFont::new().set_size(size).set_color(color).clone()
}
