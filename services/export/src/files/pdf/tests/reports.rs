//! Reports of figures.

use acuse_proto::export::ExportFormat;
use acuse_proto::export::export_request::Figures;
use acuse_proto::reporting::{Bucket, GetConsolidatedRequest};

use super::sample::pack;
use super::*;
use crate::figures::usual_columns;
use crate::files::Report;
use crate::files::figures::{
    breakdown, consolidated, of_breakdown, of_consolidated, of_ranking, ranking,
};

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
    let mut words = Words::new(Language::Spanish, &lima());
    let about = About::of(report.title(Language::Spanish), lima());
    text(&figures((&picked, &rows), drawn, &about, &mut words))
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
