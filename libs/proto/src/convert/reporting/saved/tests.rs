use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_794_744_000);

fn breakdown(dimensions: &[wire::Dimension]) -> Report {
    Report::Breakdown(wire::GetBreakdownRequest {
        dimensions: dimensions.iter().map(|it| i32::from(*it)).collect(),
        ..wire::GetBreakdownRequest::default()
    })
}

fn saved(name: &str, report: Option<Report>) -> wire::SavedReport {
    wire::SavedReport {
        name: name.to_owned(),
        report,
        ..wire::SavedReport::default()
    }
}

fn fields(faults: Vec<FieldViolation>) -> Vec<String> {
    faults.into_iter().map(|fault| fault.field).collect()
}

#[test]
fn every_report_is_kept_and_read_again_under_the_name_of_its_field() {
    let reports = [
        Report::Consolidated(wire::GetConsolidatedRequest::default()),
        Report::MessagesOverview(wire::GetMessagesOverviewRequest::default()),
        breakdown(&[wire::Dimension::Agent]),
        Report::Ranking(wire::GetRankingRequest::default()),
        Report::ReplyActivity(wire::GetReplyActivityRequest::default()),
        Report::Rows(wire::StreamRowsRequest::default()),
        Report::Funnel(wire::GetFunnelRequest::default()),
        Report::OutboundMessages(wire::ListOutboundMessagesRequest::default()),
        Report::InboundMessages(wire::ListInboundMessagesRequest::default()),
        Report::FailedMessages(wire::ListFailedMessagesRequest::default()),
    ];
    let kinds: Vec<&str> = reports.iter().map(kind_of).collect();
    assert_eq!(kinds, KINDS);
    let set = prost_types::FileDescriptorSet::decode(crate::FILE_DESCRIPTOR_SET).unwrap();
    let messages = set.file.iter().flat_map(|file| &file.message_type);
    let mut of_its_name = messages.filter(|message| message.name() == "SavedReport");
    let fields = &of_its_name.next().unwrap().field;
    let held = fields.iter().filter(|field| field.number() >= 10);
    let names: Vec<&str> = held.map(|field| field.name()).collect();
    assert_eq!(names, KINDS);
    for report in reports {
        let kept = encoded(&report);
        assert_eq!(decoded(kind_of(&report), &kept), Some(report));
    }
    assert_eq!(decoded("funnel of tomorrow", &[]), None);
    assert_eq!(decoded("breakdown", &[0xff]), None);
}

#[test]
fn a_list_is_saved_from_its_beginning() {
    let list = |page_token: &str| {
        Report::FailedMessages(wire::ListFailedMessagesRequest {
            page_token: page_token.to_owned(),
            ..wire::ListFailedMessagesRequest::default()
        })
    };
    assert!(saved_draft(Some(saved("failed", Some(list("")))), NOW).is_ok());
    let faults = saved_draft(Some(saved("failed", Some(list("AAAA")))), NOW).unwrap_err();
    assert_eq!(fields(faults), ["saved_report.failed_messages.page_token"]);
}

#[test]
fn faults_are_those_of_the_reports_own_call() {
    let wrong = wire::SavedReport {
        id: "mine".to_owned(),
        ..saved("\n", Some(breakdown(&[])))
    };
    let faults = saved_draft(Some(wrong), NOW).unwrap_err();
    let expected = [
        "saved_report.id",
        "saved_report.name",
        "saved_report.breakdown.dimensions",
    ];
    assert_eq!(fields(faults), expected);
    let nothing = saved_draft(Some(saved("a", None)), NOW).unwrap_err();
    assert_eq!(fields(nothing), ["saved_report.report"]);
    assert_eq!(
        fields(saved_draft(None, NOW).unwrap_err()),
        ["saved_report"]
    );
    for (name, is_sound) in [
        ("", false),
        ("  ", false),
        ("a\0b", false),
        (&"x".repeat(201), false),
        (&"x".repeat(200), true),
        ("Reporte 🎄 ñandú", true),
    ] {
        let draft = saved_draft(
            Some(saved(name, Some(breakdown(&[wire::Dimension::Agent])))),
            NOW,
        );
        assert_eq!(draft.is_ok(), is_sound, "{name:?}");
    }
}

#[test]
fn what_a_report_asks_is_of_some_length() {
    let filters = |count: usize| {
        let values = (0..count).map(|number| format!("{number:0>100}")).collect();
        let set = wire::ValueSet {
            values,
            none: false,
        };
        let filter = wire::Filter {
            dimension: wire::Dimension::Agent.into(),
            condition: Some(wire::filter::Condition::AnyOf(set)),
        };
        let report = Report::Consolidated(wire::GetConsolidatedRequest {
            question: Some(wire::Question {
                filters: vec![filter],
                ..wire::Question::default()
            }),
            ..wire::GetConsolidatedRequest::default()
        });
        saved_draft(Some(saved("a", Some(report))), NOW)
    };
    assert!(filters(300).is_ok());
    let faults = filters(330).unwrap_err();
    assert_eq!(fields(faults), ["saved_report.consolidated"]);
}

#[test]
fn a_mask_says_what_changes() {
    let paths = |paths: &[&str]| Some(paths.iter().map(|path| (*path).to_owned()).collect());
    let report = Some(breakdown(&[wire::Dimension::Agent]));
    let full = || saved("new", report.clone());
    let changed = |mask, wire| {
        let change = saved_change(wire, mask, NOW).unwrap();
        (
            change.name.is_some(),
            change.shared,
            change.report.is_some(),
        )
    };
    assert_eq!(changed(None, full()), (true, None, true));
    assert_eq!(changed(paths(&[]), saved("new", None)), (true, None, false));
    assert_eq!(changed(paths(&["*"]), full()), (true, Some(false), true));
    assert_eq!(
        changed(paths(&["shared"]), full()),
        (false, Some(false), false)
    );
    assert_eq!(changed(paths(&["breakdown"]), full()), (false, None, true));
    let refused = |mask, wire| fields(saved_change(wire, mask, NOW).unwrap_err());
    assert_eq!(refused(None, saved("", None)), ["update_mask"]);
    let wrong = paths(&["owner", "name", "ranking"]);
    let expected = [
        "update_mask.paths[0]",
        "update_mask.paths[2]",
        "saved_report.name",
    ];
    assert_eq!(refused(wrong, saved("", report.clone())), expected);
    let expected = ["saved_report.report", "saved_report.name"];
    assert_eq!(refused(paths(&["*"]), saved("", None)), expected);
}

#[test]
fn columns_are_kept_and_changed_by_their_own_name() {
    let list = Report::FailedMessages(wire::ListFailedMessagesRequest::default());
    let chosen = |columns: &[&str]| wire::SavedReport {
        columns: columns.iter().map(|id| (*id).to_owned()).collect(),
        ..saved("failed", Some(list.clone()))
    };
    let draft = saved_draft(Some(chosen(&["error", "user"])), NOW).unwrap();
    assert_eq!(draft.columns, ["error", "user"]);
    let faults = saved_draft(Some(chosen(&["error", "error", "x"])), NOW).unwrap_err();
    let expected = ["saved_report.columns[1]", "saved_report.columns[2]"];
    assert_eq!(fields(faults), expected);
    let change = |columns: &[&str], mask: Option<&[&str]>| {
        let mask = mask.map(|paths| paths.iter().map(|path| (*path).to_owned()).collect());
        saved_change(chosen(columns), mask, NOW).unwrap().columns
    };
    let one = Some(vec!["user".to_owned()]);
    assert_eq!(change(&["user"], None), one);
    assert_eq!(change(&["user"], Some(&["columns"])), one);
    assert_eq!(change(&[], Some(&["columns"])), Some(Vec::new()));
    assert_eq!(
        (change(&[], None), change(&["user"], Some(&["name"]))),
        (None, None)
    );
    assert_eq!(change(&[], Some(&["*"])), Some(Vec::new()));
}
