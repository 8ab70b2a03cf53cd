//! CSV, as in RFC 4180: UTF-8, CRLF, quotes where they are needed.

use std::borrow::Cow;

use acuse_domain::error::{Error, Result};
use csv::{Terminator, Writer, WriterBuilder};

use super::cell::Cell;
use super::table::Picked;
use super::words::Words;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Csv {
    /// What separates values.
    pub(crate) delimiter: u8,
    /// Whether it begins with a byte-order mark.
    pub(crate) byte_order_mark: bool,
}

impl Csv {
    /// The beginning of a file: its header.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(super) fn begin<R>(self, picked: &Picked<R>, words: &Words) -> Result<Vec<u8>> {
        let mark = if self.byte_order_mark {
            BYTE_ORDER_MARK
        } else {
            b""
        };
        let mut writer = self.writer(mark.to_vec());
        let labels = picked.labels(words);
        writer.write_record(labels).map_err(Error::internal)?;
        done(writer)
    }

    /// Rows, as they stand in the file.
    ///
    /// # Errors
    ///
    /// Never; memory takes what is written.
    pub(super) fn rows<R>(
        self,
        picked: &Picked<R>,
        rows: &[R],
        words: &mut Words,
    ) -> Result<Vec<u8>> {
        let mut writer = self.writer(Vec::new());
        let mut room = String::new();
        for row in rows {
            for column in &picked.columns {
                let cell = (column.cell)(row, words);
                let text = shown(&cell, &mut room);
                writer
                    .write_field(text.as_bytes())
                    .map_err(Error::internal)?;
            }
            writer
                .write_record(None::<&[u8]>)
                .map_err(Error::internal)?;
        }
        done(writer)
    }

    fn writer(self, begun: Vec<u8>) -> Writer<Vec<u8>> {
        WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(Terminator::CRLF)
            .from_writer(begun)
    }
}

fn done(writer: Writer<Vec<u8>>) -> Result<Vec<u8>> {
    writer
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))
}

/// The text of a cell: as it came where that is harmless, else made in `room`.
fn shown<'a>(cell: &'a Cell<'_>, room: &'a mut String) -> Cow<'a, str> {
    match cell {
        Cell::Text(text) | Cell::Code(text) => harmless(without_nul(text)),
        Cell::Word { word, .. } | Cell::Flag { word, .. } => Cow::Borrowed(word),
        // It begins with a word of ours.
        Cell::Stated { word, reason, .. } => Cow::Owned(format!("{word}: {}", without_nul(reason))),
        other => {
            room.clear();
            other.put(room);
            Cow::Borrowed(room)
        }
    }
}

/// Some programs take NUL for the end of a file.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Text that no spreadsheet runs: what would be a formula is preceded by an apostrophe. Numbers with a sign and phone numbers
/// are left as they are.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    let runs = match text.chars().next() {
        // The last four are what some keyboards write for the first ones, and some programs take for them.
        Some('=' | '@' | '\t' | '\r' | '\n' | '＝' | '＠' | '＋' | '－') => true,
        Some('+' | '-') => !is_number(&text[1..]),
        _ => false,
    };
    if runs {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

/// Whether it is a number as people write them, or nothing at all.
fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

#[cfg(test)]
mod tests {
    use super::super::hsm_management::TABLE;
    use super::super::hsm_management::tests::{delivered, lima};
    use super::super::hsm_row::HsmRow;
    use super::*;

    fn all() -> Picked<HsmRow> {
        TABLE.pick(&[])
    }

    const PLAIN: Csv = Csv {
        delimiter: b',',
        byte_order_mark: false,
    };

    #[test]
    fn a_finished_row_comes_out_byte_for_byte() {
        let header = PLAIN.begin(&all(), &lima()).unwrap();
        assert_eq!(
            String::from_utf8(header).unwrap(),
            "Nombre del agente,Nombre de campaña,ID del HSM,Nombre del HSM,ID mensaje,Contenido del mensaje,Destino,\
             Estado del mensaje,Comentario,Salida,Envío,Entrega,Lectura,Fecha de salida,Fecha de envío,Fecha de entrega,\
             Fecha de lectura,Respondido,Fecha de respuesta\r\n"
        );
        let row = PLAIN.rows(&all(), &[delivered()], &mut lima()).unwrap();
        assert_eq!(
            String::from_utf8(row).unwrap(),
            "Diana Huapaya,Campaña chattigo,1795801177,chattigo_bienvenida,1795830683,Te damos la bienvenida…,51977452931,\
             Entregado,Mensaje entregado. A la espera de confirmación de lectura.,Exitosa,Exitoso,Exitosa,Pendiente,\
             1/10/2022,1/10/2022,2/10/2022,-,No,-\r\n"
        );
    }

    #[test]
    fn a_file_begins_and_is_cut_as_asked() {
        let csv = Csv {
            delimiter: b';',
            byte_order_mark: true,
        };
        let header = csv.begin(&all(), &lima()).unwrap();
        assert!(header.starts_with("\u{feff}Nombre del agente;".as_bytes()));
        let mut row = delivered();
        row.body = Some("uno;dos, \"tres\"".into());
        let rows = csv.rows(&all(), &[row.clone(), row], &mut lima()).unwrap();
        let rows = String::from_utf8(rows).unwrap();
        assert_eq!(rows.matches(";\"uno;dos, \"\"tres\"\"\";").count(), 2);
        assert!(!rows.contains('\u{feff}'));
    }

    #[test]
    fn whatever_people_write_is_read_back_and_never_run() {
        let kept = [
            "hola",
            "51977452931",
            "+51977452931",
            "-12.5",
            "+1,5",
            "-",
            "a=b",
            "línea\r\notra",
            "uno\ndos",
            "con \"comillas\", coma; y | barra\ty tabulador",
            " =1+1",
            "'",
            "👩‍👩‍👧 🇵🇪",
            "\u{202e}שלום עולם مرحبا",
            "e\u{301}",
            &"ñ".repeat(40_000),
        ];
        let shielded = [
            "=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+51 977", "-2+3", "=",
            "+=1", "＝1", "＠x", "＋1", "－1",
        ];
        let rows: Vec<_> = kept
            .iter()
            .chain(&shielded)
            .map(|text| {
                let mut row = delivered();
                row.body = Some((*text).to_owned().into());
                row
            })
            .collect();
        let file = PLAIN.rows(&all(), &rows, &mut lima()).unwrap();
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(file.as_slice());
        let read: Vec<String> = reader
            .records()
            .map(|record| record.unwrap()[5].to_owned())
            .collect();
        let as_is = kept.iter().map(|text| (*text).to_owned());
        let expected: Vec<String> = as_is
            .chain(shielded.iter().map(|text| format!("'{text}")))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn nul_is_nowhere() {
        let mut row = delivered();
        row.body = Some("a\0b".into());
        row.destination = Some("\0".into());
        let file = PLAIN.rows(&all(), &[row], &mut lima()).unwrap();
        assert!(!file.contains(&0));
        assert!(String::from_utf8(file).unwrap().contains("a\u{fffd}b"));
    }
}
