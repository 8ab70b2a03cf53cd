//! Tables no wider than the terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, Table};

use super::width;

/// What a column of text keeps at least where it has to give way.
const LEAST: u16 = 16;

/// A table as wide as the terminal that it goes to at most. Columns of `texts` break their lines; where that is not enough, the
/// last columns are left out, the first `kept` never, and their names are told below.
pub(crate) fn fitted(table: Table, texts: &[usize], kept: usize) -> String {
    match width() {
        Some(width) => within(table, texts, kept, width),
        None => table.to_string(),
    }
}

fn within(mut table: Table, texts: &[usize], kept: usize, width: usize) -> String {
    let contents = table.column_max_content_widths();
    if space(&contents) <= width {
        return table.to_string();
    }
    let mut least = contents;
    for &text in texts {
        if let Some(least) = least.get_mut(text) {
            *least = LEAST.min(*least);
        }
    }
    let mut shown = least.len();
    while shown > kept && space(&least[..shown]) > width {
        shown -= 1;
    }
    let names = names(&table).split_off(shown);
    for (index, column) in table.column_iter_mut().enumerate() {
        if index >= shown {
            column.set_constraint(ColumnConstraint::Hidden);
        } else if !texts.contains(&index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        table.to_string()
    } else {
        let names = names.join(", ");
        format!("{table}\n left out, the terminal is too narrow: {names}")
    }
}

/// How wide a table is with columns of these contents: a blank before and after each, and one between two.
fn space(contents: &[u16]) -> usize {
    let cells: usize = contents.iter().map(|&width| usize::from(width) + 2).sum();
    cells + contents.len().saturating_sub(1)
}

fn names(table: &Table) -> Vec<String> {
    let cells = table
        .header()
        .into_iter()
        .flat_map(|header| header.cell_iter());
    cells.map(|cell| cell.content().trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    fn shown(width: usize) -> Vec<String> {
        let mut shown = table(&["template", "messages", "sent", "pending", ""], &[1, 2, 3]);
        shown.add_row(["recordatorio de pago (4711)", "1,000", "97.5%", "3", "████"]);
        shown.add_row(["ofertas", "20", "n/a", "0", ""]);
        let shown = within(shown, &[0], 2, width);
        shown
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let widest = shown(200);
        assert_eq!(widest.len(), 4);
        assert_eq!(widest[1].chars().count(), 65);
        assert_eq!(shown(65), widest);
        assert_ne!(shown(64), widest);
    }

    #[test]
    fn texts_break_their_lines_first() {
        let lines = shown(58);
        assert!(
            lines.iter().all(|line| line.chars().count() <= 58),
            "{lines:#?}"
        );
        assert_eq!(lines.len(), 5);
        assert!(lines[2].starts_with(" recordatorio de ") && lines[2].ends_with("████"));
        assert_eq!(lines[3].trim(), "(4711)");
        assert!(lines[4].starts_with(" ofertas  ") && lines[4].ends_with("0"));
    }

    #[test]
    fn then_the_last_columns_are_left_out_and_named() {
        let lines = shown(48);
        assert!(
            !lines[2].contains('█') && lines[2].ends_with("   3"),
            "{lines:#?}"
        );
        assert_eq!(lines.len(), 5, "a bar is not missed");
        let lines = shown(30);
        assert!(lines[2].ends_with("1,000"), "{lines:#?}");
        assert!(
            lines[..lines.len() - 1]
                .iter()
                .all(|line| line.chars().count() <= 30)
        );
        let last = lines.last().unwrap();
        assert_eq!(last, " left out, the terminal is too narrow: sent, pending");
    }

    #[test]
    fn wide_letters_count_twice() {
        let mut shown = table(&["name", "messages"], &[1]);
        shown.add_row(["お支払いのお知らせ 🎉 キャンペーン", "7"]);
        shown.add_row(["x", "12"]);
        let shown = within(shown, &[0], 2, 40);
        assert!(
            shown.lines().any(|line| line.ends_with("       7 ")),
            "{shown}"
        );
        assert!(
            shown.lines().any(|line| line.ends_with("      12 ")),
            "{shown}"
        );
        assert!(shown.lines().count() > 4, "{shown}");
    }
}
