//! Reports of figures.

use acuse_proto::export::ExportFormat;
use acuse_proto::export::export_request::Figures;
use acuse_proto::reporting::{Bucket, GetConsolidatedRequest, ProactiveSends};

use super::sample::pack;
use super::*;
use crate::figures::usual_columns;
use crate::files::figures::{
    breakdown, consolidated, of_breakdown, of_consolidated, of_ranking, ranking,
};
use crate::files::overview::tests::sample;
use crate::files::table::{Table, TableRow};
use crate::files::{FUNNEL, OVERVIEW, REPLY_ACTIVITY, Report, overview_rows, reply_rows};

/// The file, with the columns that it has where none are named.
fn made(report: Report, drawn: &Drawn, asked: Figures) -> String {
    let usual = usual_columns(report, Some(&asked), ExportFormat::Pdf);
    let usual: Vec<String> = usual.into_iter().map(str::to_owned).collect();
    let (picked, rows) = match (drawn.clone(), asked) {
        (Drawn::Consolidated(bucket, answer), Figures::Consolidated(asked)) => {
            (consolidated(&asked), of_consolidated(answer, bucket))
        }
        (Drawn::Breakdown(one), _) => (breakdown(&one.asked), of_breakdown(one.answer)),
        (Drawn::Ranking(one), _) => {
            let metric = one.asked.metric();
            (ranking(&one.asked), of_ranking(one.answer, metric))
        }
        _ => unreachable!(),
    };
    let picked = picked.pick(&usual);
    let about = About::of(report.title(Language::Spanish), lima());
    text(&figures((&picked, &rows), drawn, &about, Language::Spanish))
}

#[test]
fn a_consolidated_report_has_its_course_and_its_rows() {
    let asked = GetConsolidatedRequest {
        bucket: Some(Bucket::Day.into()),
        ..GetConsolidatedRequest::default()
    };
    let drawn = Drawn::Consolidated(Bucket::Day, pack().consolidated);
    let read = letters(&made(
        Report::Consolidated,
        &drawn,
        Figures::Consolidated(asked),
    ));
    for said in [
        "Reporteconsolidado",
        "Entregados·Fallidos",
        "Mensajes9.614",
        "26/9/20222.620",
        "Total9.614",
    ] {
        assert!(read.contains(said), "{said}: {read}");
    }
}

#[test]
fn a_breakdown_has_its_shares_and_its_rows() {
    let one = pack().breakdowns.remove(0);
    let asked = Figures::Breakdown(one.asked.clone());
    let read = letters(&made(Report::Breakdown, &Drawn::Breakdown(one), asked));
    for said in [
        "Porcanal",
        "WhatsApp6.10063,4%",
        "SMS2.020",
        "Otros",
        "Total9.614",
        "N/A",
    ] {
        assert!(read.contains(said), "{said}: {read}");
    }
}

/// The file of a report whose columns are always the same.
fn shaped<R: TableRow>(report: Report, table: &Table<R>, rows: &[R], drawn: &Drawn) -> String {
    let usual = usual_columns(report, None, ExportFormat::Pdf);
    let usual: Vec<String> = usual.into_iter().map(str::to_owned).collect();
    let about = About::of(report.title(Language::Spanish), lima());
    let picked = table.pick(&usual);
    let file = figures((&picked, rows), drawn, &about, Language::Spanish);
    if let Ok(folder) = std::env::var("PACK_FOLDER") {
        std::fs::write(format!("{folder}/{}.pdf", table.id), &file).unwrap();
    }
    letters(&text(&file))
}

#[test]
fn a_funnel_has_its_steps() {
    let answer = pack().funnel;
    let rows = answer.steps.clone();
    let drawn = Drawn::Funnel(ProactiveSends::Individual, answer);
    let read = shaped(Report::Funnel, &FUNNEL, &rows, &drawn);
    for said in [
        "Embudodeenvíosindividuales",
        "Tasadeentrega:93,0%",
        "Enviados9.42198,0%190100,0%",
        "Rebotados1932,0%",
    ] {
        assert!(read.contains(said), "{said}: {read}");
    }
}

#[test]
fn replies_have_their_map_and_their_hours() {
    let answer = pack().replies;
    let rows = reply_rows(&answer);
    let drawn = Drawn::Replies(answer.clone());
    let read = shaped(Report::ReplyActivity, &REPLY_ACTIVITY, &rows, &drawn);
    let total = format!("Total{}", answer.by_hour[0]);
    for said in ["Cuándorespondenloscontactos", "23:00", "Domingo", &total] {
        assert!(read.contains(said), "{said}: {read}");
    }
}

#[test]
fn an_overview_has_charts_of_its_sections_and_tables_of_what_they_leave() {
    let mut overview = sample();
    let many = overview.answer.by_source.as_mut().unwrap();
    let bot = many.values[2].clone();
    many.values.extend(vec![bot; 6]);
    let rows = overview_rows(&overview);
    let drawn = Drawn::Overview(overview);
    let read = shaped(Report::MessagesOverview, &OVERVIEW, &rows, &drawn);
    for said in [
        "Recibidosporcanal",
        "WhatsApp812(73,0%)",
        "FuenteMensajesProporción",
        "Salientesporfuente",
        "Otros307,1%",
        // The widest name of bars is whole.
        "Ahoraentregados2.400(25,0%)",
        "Total9.600100,0%",
        "Estadodelosmensajeseneltiempo",
        "Día",
        "DíaMensajesEnesperaAhoraenviadosAhoraentregadosAhoraleídosAhorafallidos",
        "24/9/20221.800180180450900",
    ] {
        assert!(read.contains(said), "{said}: {read}");
    }
    assert!(!read.contains("CanalMensajesProporción"), "{read}");
    let note = "Recibidos:noaplicaconestosfiltros";
    assert!(!read.contains(note), "{read}");
    let mut filtered = sample();
    filtered.answer.received_by_channel = None;
    let rows = overview_rows(&filtered);
    let drawn = Drawn::Overview(filtered);
    let read = shaped(Report::MessagesOverview, &OVERVIEW, &rows, &drawn);
    assert!(read.contains(note), "{read}");
}

#[test]
fn a_ranking_has_its_places() {
    let one = pack().rankings.remove(0);
    let asked = Figures::Ranking(one.asked.clone());
    let read = letters(&made(Report::Ranking, &Drawn::Ranking(one), asked));
    for said in [
        "Ranking:Agenteportasaderespuesta",
        "1DianaHuapaya",
        "40,0%36,0%",
        "2JoséÑandú",
    ] {
        assert!(read.contains(said), "{said}: {read}");
    }
}
