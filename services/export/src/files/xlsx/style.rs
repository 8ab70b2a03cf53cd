//! How cells look: the one sheet of styles of a workbook of rows.

/// The colour of headers, as in everything that Acuse prints.
const HEADER: &str = "FF0F4C5C";

/// What separates rows.
const RULE: &str = "FFD5DCE0";

/// What stands where there is nothing.
const FAINT: &str = "FF8A97A0";

/// How a cell looks: its place in [`sheet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// What stands above a column.
    Header = 1,
    /// Text that stays what it is, also when somebody edits it.
    Text = 2,
    /// Text on several lines.
    Wrapped = 3,
    /// A day.
    Day = 4,
    /// A day and a time.
    Moment = 5,
    /// A count.
    Count = 6,
    /// A number with decimals.
    Number = 7,
    /// A share in percent.
    Share = 8,
    /// Nothing.
    Nothing = 9,
}

impl Style {
    /// As a cell names it.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Header => 1,
            Self::Text => 2,
            Self::Wrapped => 3,
            Self::Day => 4,
            Self::Moment => 5,
            Self::Count => 6,
            Self::Number => 7,
            Self::Share => 8,
            Self::Nothing => 9,
        }
    }
}

/// The part `xl/styles.xml`.
pub(super) fn sheet() -> String {
    let xf = |format: u16, font: u8, fill: u8, border: u8, alignment: &str| {
        format!(
            "<xf numFmtId=\"{format}\" fontId=\"{font}\" fillId=\"{fill}\" borderId=\"{border}\" xfId=\"0\" \
             applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\">\
             <alignment {alignment}/></xf>"
        )
    };
    let cells = [
        xf(0, 0, 0, 0, "vertical=\"top\""),
        xf(49, 1, 2, 0, "vertical=\"center\" wrapText=\"1\""),
        xf(49, 0, 0, 1, "vertical=\"top\""),
        xf(49, 0, 0, 1, "vertical=\"top\" wrapText=\"1\""),
        xf(164, 0, 0, 1, "horizontal=\"right\" vertical=\"top\""),
        xf(165, 0, 0, 1, "horizontal=\"right\" vertical=\"top\""),
        xf(3, 0, 0, 1, "vertical=\"top\""),
        xf(166, 0, 0, 1, "vertical=\"top\""),
        xf(167, 0, 0, 1, "vertical=\"top\""),
        xf(49, 2, 0, 1, "horizontal=\"center\" vertical=\"top\""),
    ];
    let font = |more: &str, colour: &str| {
        format!(
            "<font>{more}<sz val=\"11\"/><color rgb=\"{colour}\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
        )
    };
    let fonts = [
        font("", "FF1F2933"),
        font("<b/>", "FFFFFFFF"),
        font("", FAINT),
    ];
    format!(
        "{XML}<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"4\">\
         <numFmt numFmtId=\"164\" formatCode=\"d/m/yyyy\"/>\
         <numFmt numFmtId=\"165\" formatCode=\"d/m/yyyy\\ hh:mm:ss\"/>\
         <numFmt numFmtId=\"166\" formatCode=\"#,##0.0##\"/>\
         <numFmt numFmtId=\"167\" formatCode=\"0.0%\"/></numFmts>\
         <fonts count=\"3\">{}</fonts>\
         <fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
         <fill><patternFill patternType=\"solid\"><fgColor rgb=\"{HEADER}\"/><bgColor indexed=\"64\"/></patternFill></fill></fills>\
         <borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border>\
         <border><left/><right/><top/><bottom style=\"hair\"><color rgb=\"{RULE}\"/></bottom><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"{}\">{}</cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>",
        fonts.concat(),
        cells.len(),
        cells.concat(),
    )
}

/// What every part begins with.
pub(super) const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// The namespace of spreadsheets.
pub(super) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
