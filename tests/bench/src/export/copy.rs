//! What one would do with SQL alone: `COPY` of a query that joins the table's columns together, to a file.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    time::Instant,
};

use anyhow::Result;
use futures::{StreamExt as _, pin_mut};
use jiff::Timestamp;
use tokio_postgres::Client;

use super::Made;

/// The dimensions of the directory that are joined.
const AGENT: i32 = 3;
const TEMPLATE: i32 = 6;
const CAMPAIGN: i32 = 8;
const ERROR_CODE: i32 = 10;

/// The nineteen columns of HSM management, in words, from Acuse's own tables: nobody would have them in fewer.
pub(super) fn statement((start, end): &(Timestamp, Timestamp), zone: &str) -> String {
    let stage = |stage: i32, done: &str, failed: &str| {
        format!(
            "CASE WHEN message.reached >= {stage} THEN '{done}' \
             WHEN message.failed_stage = {stage} THEN '{failed}' \
             WHEN message.failed_stage < {stage} OR message.reportable & (1 << ({stage} - 1)) = 0 THEN 'N/A' \
             ELSE 'Pendiente' END"
        )
    };
    let day = |column: &str| {
        format!("coalesce(to_char(message.{column} AT TIME ZONE '{zone}', 'FMDD/FMMM/YYYY'), '-')")
    };
    let name =
        |table: &str| format!("coalesce({table}.label -> 'name' ->> 1, {table}.external_id, '-')");
    let joined = |table: &str, dimension: i32| {
        format!(
            " LEFT JOIN message_state.directory AS {table} ON {table}.workspace_id = message.workspace_id \
             AND {table}.dimension = {dimension} AND {table}.name_id = message.{table}_id"
        )
    };
    let columns = [
        name("agent"),
        name("campaign"),
        "coalesce(template.external_id, '-')".to_owned(),
        name("template"),
        "coalesce(content.sender_message_id, content.provider_message_id, message.message_id::text)"
            .to_owned(),
        "coalesce(content.content ->> 'body', '-')".to_owned(),
        "coalesce(content.destination, '-')".to_owned(),
        "CASE message.state WHEN 1 THEN 'En bandeja de salida' WHEN 2 THEN 'Salió' WHEN 3 THEN 'Enviado' \
         WHEN 4 THEN 'Entregado' WHEN 5 THEN 'Leído' WHEN 6 THEN 'Salida fallida' \
         ELSE 'Envío o entrega fallida' END"
            .to_owned(),
        "CASE message.state WHEN 1 THEN 'El mensaje será enviado pronto.' \
         WHEN 2 THEN 'Enviamos el mensaje. A la espera de confirmación por parte de Meta.' \
         WHEN 3 THEN 'Mensaje enviado a su destino. A la espera de confirmación de entrega.' \
         WHEN 4 THEN 'Mensaje entregado. A la espera de confirmación de lectura.' \
         WHEN 5 THEN 'Mensaje leído.' ELSE coalesce(code.external_id, '-') END"
            .to_owned(),
        stage(1, "Exitosa", "Fallida"),
        stage(2, "Exitoso", "Fallido"),
        stage(3, "Exitosa", "Fallida"),
        stage(4, "Exitosa", "Fallida"),
        day("dispatched_at"),
        day("sent_at"),
        day("delivered_at"),
        day("read_at"),
        "CASE WHEN message.replied_at IS NULL THEN 'No' ELSE 'Sí' END".to_owned(),
        day("replied_at"),
    ];
    format!(
        "COPY (SELECT {} FROM message_state.messages AS message \
         JOIN message_state.contents AS content USING (workspace_id, message_id){}{}{} \
         LEFT JOIN message_state.directory AS code ON code.workspace_id = message.workspace_id \
         AND code.dimension = {} AND code.name_id = message.error_code_id \
         WHERE message.kind = 3 AND message.attached AND message.origin >= '{start}' AND message.origin < '{end}') \
         TO STDOUT WITH (FORMAT csv)",
        columns.join(", "),
        joined("agent", AGENT),
        joined("campaign", CAMPAIGN),
        joined("template", TEMPLATE),
        ERROR_CODE,
    )
}

/// Runs it into a file.
pub(super) async fn to_file(client: &Client, statement: &str, path: &Path) -> Result<Made> {
    let begun = Instant::now();
    let rows = client.copy_out(statement).await?;
    pin_mut!(rows);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut count, mut bytes) = (0, 0);
    // A message a row.
    while let Some(row) = rows.next().await {
        let row = row?;
        count += 1;
        bytes += row.len();
        file.write_all(&row)?;
    }
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(Made {
        rows: count,
        bytes: i64::try_from(bytes)?,
        seconds: begun.elapsed().as_secs_f64(),
    })
}
