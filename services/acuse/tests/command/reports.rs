//! Reports and a message of an installation, as people ask for them.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{ingest::rig::Installation, rig::answer};

/// Every report, as its arguments.
const REPORTS: [&str; 7] = [
    "consolidated --times",
    "overview",
    "breakdown --by template",
    "breakdown --by department type",
    "ranking --by department --metric read_rate --wilson",
    "funnel",
    "replies",
];

/// What a contact who chose their name so could do to a terminal, and to a spreadsheet.
const NAME: &str = "=Ventas\u{1b}[2J, 名前";

/// Four messages: of the three templates one was read, one failed, and of one nothing more was heard; a session
/// message was delivered.
async fn installation(at: Timestamp) -> Installation {
    let acuse = Installation::start().await;
    let mut registrations = "sender_message_id,channel,channel_account_id,contact_phone,source,type,template_name,\
         template_language,department_id,department_name,content_type,content_body,opened_ticket,ticket_id,\
         queued_at,dispatched_at\r\n"
        .to_owned();
    for (number, source, kind, template, department, opened) in [
        (1, "user", "template", "bienvenida,es", "ventas", true),
        (2, "broadcast", "template", "bienvenida,es", "ventas", false),
        (3, "broadcast", "template", "oferta,es", "soporte", true),
        (4, "user", "session", ",", "soporte", false),
    ] {
        let name = if department == "ventas" {
            NAME
        } else {
            "Soporte"
        };
        let row = format!(
            "m-{number},whatsapp,1001,+5197745000{number},{source},{kind},{template},{department},\"{name}\",text,\
             \"uno\ndos\",{opened},T-{number},{at},{at}\r\n"
        );
        registrations.push_str(&row);
    }
    let statuses = format!(
        "sender_message_id,reported_by,kind,happened_at,failure_code,failure_title,failure_stage\r\n\
         m-1,meta_whatsapp,read,{at},,,\r\n\
         m-2,meta_whatsapp,failed,{at},131026,Message undeliverable,send\r\n\
         m-3,meta_whatsapp,sent,{at},,,\r\n\
         m-4,meta_whatsapp,delivered,{at},,,\r\n"
    );
    for (kind, text) in [("registrations", registrations), ("statuses", statuses)] {
        let file = acuse.write(&format!("{kind}.csv"), text);
        let (code, told, beside) = acuse.ingest(&["--kind", kind, &file]);
        assert_eq!(
            (code, &told[0]["applied"]),
            (Some(0), &Value::from(4)),
            "{beside}"
        );
    }
    acuse
}

impl Installation {
    fn report(&self, report: &str, options: &[&str]) -> String {
        let words: Vec<&str> = report.split(' ').collect();
        let output =
            self.acuse(&[&["report"], &words[..], &["--workspace", "acme"], options].concat());
        assert!(output.status.success(), "{report} {options:?}: {output:?}");
        answer(&output).to_owned()
    }

    fn csv(&self, report: &str, options: &[&str]) -> Vec<Vec<String>> {
        let text = self.report(report, &[options, &["--csv"]].concat());
        assert!(text.ends_with("\r\n"), "{text}");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        // Rows of other lengths are an error.
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    }
}

fn rows(rows: &[Vec<String>], count: usize) -> Vec<Vec<&str>> {
    rows.iter()
        .skip(1)
        .map(|row| row.iter().take(count).map(String::as_str).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_has_three_forms() {
    // Well within the last 7 days, whenever this runs.
    let at = Timestamp::now() - 48.hours();
    let acuse = installation(at).await;
    for report in REPORTS {
        let shown = acuse.report(report, &[]);
        assert!(
            shown.starts_with("20") && shown.contains("pending"),
            "{shown}"
        );
        assert!(
            !shown.contains('\u{1b}') && !shown.contains("left out, the terminal"),
            "{shown}"
        );
        let told: Value = serde_json::from_str(&acuse.report(report, &["--json"])).unwrap();
        assert!(told["basis"]["timeZone"].is_string(), "{report}: {told}");
        let csv = acuse.csv(report, &[]);
        assert!(csv.len() > 1, "{report}");
    }
    figures(&acuse, at.to_zoned(TimeZone::UTC).date());
    questions(&acuse);
    lists(&acuse);
    message(&acuse);
}

/// The messages themselves.
fn lists(acuse: &Installation) {
    for (list, options, contacts) in [
        ("list outbound", vec![], vec!["1", "2", "3", "4"]),
        (
            "list outbound",
            vec!["--counted-in", "tickets"],
            vec!["1", "3"],
        ),
        ("list failed", vec![], vec!["2"]),
        ("list inbound", vec![], vec![]),
    ] {
        let told = acuse.csv(list, &options);
        let place = told[0]
            .iter()
            .position(|name| name == "contact_id")
            .unwrap();
        let mut found: Vec<String> = told[1..].iter().map(|row| row[place].clone()).collect();
        found.sort();
        let contacts = contacts.iter().map(|last| format!("+5197745000{last}"));
        assert_eq!(found, contacts.collect::<Vec<_>>(), "{list} {options:?}");
    }
    let failed = acuse.report("list failed", &[]);
    assert!(
        failed.contains("131026") && failed.contains("bienvenida"),
        "{failed}"
    );
    let told: Value =
        serde_json::from_str(&acuse.report("list outbound", &["--limit", "2", "--json"])).unwrap();
    assert_eq!(told["messages"].as_array().unwrap().len(), 2);
    assert_eq!(told["info"]["totalSize"], "4");
    let shown = acuse.report("list inbound", &[]);
    assert!(shown.contains("no such message"), "{shown}");
}

/// What the tables hold.
fn figures(acuse: &Installation, day: Date) {
    let funnel = acuse.csv("funnel", &[]);
    let expected = [
        ["all", "3", "", "", "", "", "2"],
        ["sent", "2", "2", "3", "0.6666666666666666", "0", "2"],
        ["bounced", "1", "1", "3", "0.3333333333333333", "0", "0"],
        ["delivered", "1", "1", "2", "0.5", "0", "1"],
        ["read", "1", "1", "1", "1", "0", "1"],
        ["replied", "0", "0", "1", "0", "0", "0"],
    ];
    assert_eq!(rows(&funnel, 7), expected);
    let shown = acuse.report("funnel", &[]);
    assert!(
        shown.contains(" delivered          1   ████            50.0%   of sent"),
        "{shown}"
    );

    let by_two = acuse.csv("breakdown --by department type", &[]);
    assert_eq!(
        by_two[0][..5],
        [
            "department",
            "department_name",
            "type",
            "type_name",
            "messages"
        ]
    );
    // A spreadsheet would run the name.
    let ventas = format!("'{NAME}");
    let expected = [
        ["ventas", &ventas, "template", "", "2"],
        ["soporte", "Soporte", "session", "", "1"],
        ["soporte", "Soporte", "template", "", "1"],
    ];
    assert_eq!(rows(&by_two, 5), expected);
    let shown = acuse.report("breakdown --by department type", &["--limit", "1"]);
    assert!(
        shown.contains(" =Ventas␛[2J, 名前 (ventas)   template "),
        "{shown}"
    );
    assert!(shown.contains(" (2 others) "), "{shown}");
    let others = acuse.csv("breakdown --by department type", &["--limit", "1"]);
    assert_eq!(rows(&others, 5)[1], ["(others)", "", "(others)", "", "2"]);

    let days = |first: i32, last: i32| {
        let [first, last] = [first, last].map(|days| (day + days.days()).to_string());
        format!("--period={first}..{last}")
    };
    let shown = acuse.report("consolidated", &[&days(-4, 2)]);
    let line = |name: &str| {
        let begin = format!(" {name:13}   ");
        let line = shown
            .lines()
            .find(|line| line.starts_with(&begin) && line.contains("min"));
        line.unwrap_or_else(|| panic!("{name}: {shown}"))[begin.len()..].to_owned()
    };
    assert!(line("delivered").starts_with("▁▁▁▁█▁▁   min"), "{shown}");
    assert!(
        line("delivery rate").starts_with("    █     min 66.7%"),
        "{shown}"
    );
    let overview = acuse.report("overview", &[&days(-4, 2)]);
    let sent = " sent        ▁▁▁▁█▁▁   min 0   max 1";
    assert!(overview.lines().any(|line| line == sent), "{overview}");
    let one = acuse.report("consolidated", &[&days(0, 0)]);
    assert!(!one.contains("min "), "{one}");
}

/// What can be asked of all of them.
fn questions(acuse: &Installation) {
    let all = |options: &[&str]| acuse.csv("funnel", options)[1][1].clone();
    assert_eq!(all(&[]), "3");
    assert_eq!(all(&["--individual"]), "1");
    assert_eq!(all(&["--counted-in", "failed"]), "1");
    assert_eq!(all(&["--counted-in", "read_rate:denominator"]), "1");
    assert_eq!(
        all(&["--counted-in", "sent", "--counted-in", "failed"]),
        "0"
    );
    assert_eq!(all(&["--filter", "template=oferta/es"]), "1");
    for report in REPORTS {
        let told = acuse.report(report, &["--counted-in", "failed", "--counted-in", "sent"]);
        assert!(told.contains("no data"), "{report}: {told}");
    }
    let twice = acuse.acuse(&[
        "report",
        "breakdown",
        "--workspace",
        "acme",
        "--by",
        "day",
        "day",
    ]);
    assert_eq!(twice.status.code(), Some(2));
}

/// What is shown of one of them.
fn message(acuse: &Installation) {
    let output = acuse.acuse(&["message", "m-2", "--workspace", "acme"]);
    assert!(output.status.success(), "{output:?}");
    let shown = answer(&output);
    let facts: BTreeMap<&str, &str> = shown
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_at_checked(17))
        .map(|(name, value)| (name.trim(), value))
        .collect();
    assert_eq!(facts["type"], "template");
    assert_eq!(facts["department"], "=Ventas␛[2J, 名前 (ventas)");
    assert_eq!(facts["ticket"], "T-2");
    assert!(
        facts["failure"].ends_with("131026 - Message undeliverable  (META WHATSAPP at send)"),
        "{shown}"
    );
    assert!(
        shown.contains("\n                   invalid recipient: "),
        "{shown}"
    );
    assert!(
        shown.contains("\n  text             uno\n                   dos\n"),
        "{shown}"
    );
    assert!(
        shown.contains(" failed: 131026 - Message undeliverable "),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'), "{shown}");
}
