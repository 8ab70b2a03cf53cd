//! What one channel account cannot report is left out of rates, and of nothing else.

use acuse_domain::capabilities::Capabilities;
use acuse_domain::kinds::{Channel, Stage, StatusKind};
use acuse_proto::reporting::{
    Availability, Dimension, GetBreakdownRequest, GetConsolidatedRequest, Metrics, Question, Rate,
};
use acuse_rpc::Secret;
use acuse_store::restage;
use acuse_testkit::build::named;

use crate::rig::Rig;
use crate::samples::{NOW, all, any_of, at, filtered, sent};

/// The route whose carrier sends no receipts.
const SILENT: &str = "+56221234567";

/// Two messages over a route that tells everything, two over the silent one: one of them was delivered all the same, as the
/// reply of its recipient's telephone says.
async fn rig() -> Rig {
    let rig = Rig::start().await;
    let when = at("2026-11-14T10:00:00Z");
    let over = |id: &str, account: &'static str| {
        sent(id, when).with(move |registration| {
            registration.channel = Channel::Sms;
            registration.channel_account = named(account);
        })
    };
    let messages = [
        over("m1", "full").from("ventas", "diana").delivered(5),
        over("m2", "full").from("soporte", "eva").failed(),
        over("m3", SILENT).from("ventas", "diana").delivered(9),
        over("m4", SILENT)
            .from("ventas", "diana")
            .then(StatusKind::Sent, 1),
    ];
    rig.apply(all(messages)).await;
    rig.fold().await;
    rig
}

async fn say(rig: &Rig, stages: Option<Capabilities>) {
    let said = restage::say(&rig.store, "acme", Channel::Sms, SILENT, stages, NOW).await;
    said.unwrap().unwrap();
    let step = || restage::step(&rig.store, rig.acme.id, restage::PAGE, NOW);
    while step().await.unwrap().is_some() {}
}

async fn totals(rig: &Rig, token: Secret, question: Question) -> Metrics {
    let request = GetConsolidatedRequest {
        question: Some(question),
        ..GetConsolidatedRequest::default()
    };
    let answer = rig.client(token).get_consolidated(request).await.unwrap();
    answer.into_inner().total.unwrap()
}

fn counts(rate: Option<Rate>) -> (i64, i64, i64, Availability) {
    let rate = rate.unwrap();
    let availability = rate.availability();
    (
        rate.numerator,
        rate.denominator,
        rate.left_out,
        availability,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_receipts_has_no_delivery_rate_and_spoils_none() {
    use Availability::{Available, NotApplicable};

    let rig = rig().await;
    let whole = || Question::default();
    let silent = || {
        filtered([any_of(
            Dimension::ChannelAccount,
            &[&format!("sms:{SILENT}")],
        )])
    };
    let before = totals(&rig, rig.administrator(), whole()).await;
    assert_eq!(counts(before.delivery_rate), (2, 4, 0, Available));
    assert_eq!(before.pending, 1);

    say(&rig, Some(Capabilities::NONE.with(Stage::Send))).await;
    // In the rollups, and out of them.
    for _ in 0..2 {
        let mixed = totals(&rig, rig.administrator(), whole()).await;
        assert_eq!(counts(mixed.delivery_rate), (1, 2, 2, Available));
        assert_eq!(counts(mixed.sent_rate), (4, 4, 0, Available));
        // Whoever was sent something and cannot tell of it more is heard of no more.
        assert_eq!((mixed.messages, mixed.delivered, mixed.pending), (4, 2, 0));
        let alone = totals(&rig, rig.administrator(), silent()).await;
        assert_eq!(counts(alone.delivery_rate), (0, 0, 2, NotApplicable));
        assert_eq!(counts(alone.sent_rate), (2, 2, 0, Available));
        assert_eq!((alone.messages, alone.delivered), (2, 1));
        // Supervisors see the same of what is theirs.
        let ventas = totals(&rig, rig.supervisor(&["ventas"]), whole()).await;
        assert_eq!(counts(ventas.delivery_rate), (1, 1, 2, Available));
        let soporte = totals(&rig, rig.supervisor(&["soporte"]), whole()).await;
        assert_eq!(counts(soporte.delivery_rate), (0, 1, 0, Available));
        rig.fold().await;
    }

    // A gateway that reports nothing but dispatch has no rate at all but that of replies and bounces.
    say(&rig, Some(Capabilities::NONE)).await;
    let alone = totals(&rig, rig.administrator(), silent()).await;
    for rate in [alone.sent_rate, alone.delivery_rate, alone.read_rate] {
        assert_eq!(counts(rate), (0, 0, 2, NotApplicable));
    }
    assert_eq!(counts(alone.bounce_rate), (0, 2, 0, Available));
    assert_eq!(counts(alone.reply_rate), (0, 2, 0, Available));

    say(&rig, None).await;
    assert_eq!(totals(&rig, rig.administrator(), whole()).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_others_add_up_to_a_mixed_total() {
    let rig = rig().await;
    say(&rig, Some(Capabilities::NONE.with(Stage::Send))).await;
    let request = |limit| GetBreakdownRequest {
        question: Some(Question::default()),
        dimensions: vec![Dimension::ChannelAccount.into()],
        limit: Some(limit),
        ..GetBreakdownRequest::default()
    };
    for limit in [1, 10] {
        let answer = rig.breakdown(request(limit)).await.unwrap();
        let rows = answer.rows.iter().filter_map(|row| row.metrics.as_ref());
        let others = answer.others.as_ref();
        let parts: Vec<&Metrics> = rows.chain(others).collect();
        let total = answer.total.unwrap();
        let sum = |of: fn(&Metrics) -> i64| parts.iter().map(|part| of(part)).sum::<i64>();
        let left_out = |metrics: &Metrics| metrics.delivery_rate.unwrap().left_out;
        let base = |metrics: &Metrics| metrics.delivery_rate.unwrap().denominator;
        assert_eq!((sum(left_out), left_out(&total)), (2, 2));
        assert_eq!((sum(base), base(&total)), (2, 2));
        assert_eq!(sum(|metrics| metrics.messages), total.messages);
    }
}
