//! What channel accounts can report.

use acuse_domain::capabilities::Capabilities;
use acuse_domain::kinds::{self, Stage};
use acuse_proto::convert::{reported_stages, reported_stages_to_wire};
use acuse_proto::message_state::{ReportedStages, SetReportedStagesRequest, StageSet};
use acuse_proto::types::{self, Channel};

fn request(account: ReportedStages) -> SetReportedStagesRequest {
    SetReportedStagesRequest {
        workspace: "acme".to_owned(),
        account: Some(account),
    }
}

#[test]
fn whatever_is_said_comes_back() {
    for bits in 0..16 {
        let stages = Capabilities::from_bits(bits);
        let id = "+56221234567".to_owned();
        let wire = reported_stages_to_wire(kinds::Channel::Sms, id.clone(), stages);
        let said = reported_stages(request(wire)).unwrap();
        assert_eq!(said, (kinds::Channel::Sms, id, Some(stages)));
    }
}

#[test]
fn dispatch_need_not_be_said_and_nothing_is_not_an_empty_set() {
    let said = |reported| {
        let account = ReportedStages {
            channel: Channel::Telegram.into(),
            channel_account_id: "shop_bot".to_owned(),
            reported,
        };
        reported_stages(request(account)).unwrap().2
    };
    assert_eq!(said(None), None);
    assert_eq!(said(Some(StageSet::default())), Some(Capabilities::NONE));
    let read = types::Stage::Read.into();
    let stages = vec![read, read];
    let read = Capabilities::NONE.with(Stage::Read);
    assert_eq!(said(Some(StageSet { stages })), Some(read));
}
