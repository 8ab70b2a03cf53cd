//! What each method is asked by the tests of who may call what.

use std::collections::BTreeMap;

use acuse_domain::scope::Permission;
use acuse_proto::message_state::{
    ApplyEventsRequest, ApplyRetentionRequest, BatchApplyEventsRequest, BatchGetMessagesRequest,
    CreateWorkspaceRequest, DirectoryEntry, DirectoryKind, EnsurePartitionsRequest,
    EraseContactRequest, GetConversationRequest, GetMessageRequest, GetRebuildRequest,
    GetReportedStagesRequest, GetTimelineRequest, GetWorkspaceRequest, ListChangesRequest,
    ListEntriesRequest, ListPartitionsRequest, ListWorkspacesRequest, RebuildRollupsRequest,
    ReportedStages, SetReportedStagesRequest, StageSet, UpdateWorkspaceRequest,
    UpsertEntriesRequest, VerifyRollupsRequest, WatchMessagesRequest, Workspace, WorkspaceEvents,
    directory_entry,
};
use acuse_proto::types::Channel;
use prost::Message as _;

use crate::rig::{ACME, OTHER, by_id, by_sender};
use crate::samples::{named, registration};

/// Whose methods they are.
pub(crate) const PACKAGE: &str = "acuse.message_state.v1";

/// Who gets past the check of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// Whose token has this permission.
    With(Permission),
    /// Whose token has the permission "admin", and operators.
    AdminsAndOperators,
    /// Operators alone.
    Operators,
    /// Services of the installation alone, as operators.
    Peers,
}

/// What a method is asked in these tests.
pub(crate) struct Probe {
    pub(crate) admitted: Admitted,
    /// A sound request about something of acme.
    pub(crate) sound: Vec<u8>,
    /// A request about what is in the workspace other, and one about what is nowhere; `None` where a request names
    /// nothing that could be another's.
    pub(crate) foreign: Option<(Vec<u8>, Vec<u8>)>,
}

fn probe(admitted: Admitted, sound: Vec<u8>) -> Probe {
    Probe {
        admitted,
        sound,
        foreign: None,
    }
}

fn workspace(slug: &str) -> Option<Workspace> {
    Some(Workspace {
        slug: slug.to_owned(),
        report_max_days: Some(31),
        ..Workspace::default()
    })
}

/// Every method's probe, by its path. `other_id` is a message of the workspace other.
pub(crate) fn probes(other_id: &str) -> BTreeMap<String, Probe> {
    let message = |key| GetMessageRequest { key: Some(key) }.encode_to_vec();
    let conversation = |key| {
        let request = GetConversationRequest {
            key: Some(key),
            ..GetConversationRequest::default()
        };
        request.encode_to_vec()
    };
    let timeline = |key| {
        let request = GetTimelineRequest {
            key: Some(key),
            ..GetTimelineRequest::default()
        };
        request.encode_to_vec()
    };
    let get = |slug: &str| {
        let slug = slug.to_owned();
        GetWorkspaceRequest { slug }.encode_to_vec()
    };
    let update = |slug: &str| {
        let request = UpdateWorkspaceRequest {
            workspace: workspace(slug),
            update_mask: None,
        };
        request.encode_to_vec()
    };
    let set_stages = |slug: &str| {
        let request = SetReportedStagesRequest {
            workspace: slug.to_owned(),
            account: Some(ReportedStages {
                channel: Channel::Whatsapp.into(),
                channel_account_id: "104996122399160".to_owned(),
                reported: Some(StageSet::default()),
            }),
        };
        request.encode_to_vec()
    };
    let get_stages = |slug: &str| {
        let workspace = slug.to_owned();
        GetReportedStagesRequest { workspace }.encode_to_vec()
    };
    let events = vec![registration("mine")];
    let entries = vec![DirectoryEntry {
        entry: Some(directory_entry::Entry::Team(named("t1"))),
        membership: None,
    }];
    let kind = DirectoryKind::Team.into();
    let nowhere_id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let report = Admitted::With(Permission::Report);
    let all = [
        (
            "MessageStateService/ApplyEvents",
            probe(
                Admitted::With(Permission::Ingest),
                ApplyEventsRequest { events }.encode_to_vec(),
            ),
        ),
        (
            "MessageStateService/BatchApplyEvents",
            probe(
                Admitted::Peers,
                BatchApplyEventsRequest {
                    parts: vec![WorkspaceEvents {
                        workspace: ACME.to_owned(),
                        events: vec![registration("mine")],
                    }],
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MessageStateService/GetMessage",
            Probe {
                foreign: Some((message(by_id(other_id)), message(by_id(nowhere_id)))),
                ..probe(report, message(by_sender("mine")))
            },
        ),
        (
            "MessageStateService/GetConversation",
            Probe {
                foreign: Some((
                    conversation(by_id(other_id)),
                    conversation(by_id(nowhere_id)),
                )),
                ..probe(report, conversation(by_sender("mine")))
            },
        ),
        (
            "MessageStateService/BatchGetMessages",
            probe(
                report,
                BatchGetMessagesRequest {
                    keys: vec![by_sender("mine")],
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MessageStateService/ListChanges",
            probe(report, ListChangesRequest::default().encode_to_vec()),
        ),
        (
            "MessageStateService/WatchMessages",
            probe(report, WatchMessagesRequest::default().encode_to_vec()),
        ),
        (
            "MessageStateService/GetTimeline",
            Probe {
                foreign: Some((timeline(by_id(other_id)), timeline(by_id(nowhere_id)))),
                ..probe(report, timeline(by_sender("mine")))
            },
        ),
        (
            "WorkspaceService/CreateWorkspace",
            probe(
                Admitted::Operators,
                CreateWorkspaceRequest {
                    workspace: workspace("another"),
                }
                .encode_to_vec(),
            ),
        ),
        (
            "WorkspaceService/GetWorkspace",
            Probe {
                foreign: Some((get(OTHER), get("nowhere"))),
                ..probe(Admitted::AdminsAndOperators, get(ACME))
            },
        ),
        (
            "WorkspaceService/ListWorkspaces",
            probe(
                Admitted::Operators,
                ListWorkspacesRequest::default().encode_to_vec(),
            ),
        ),
        (
            "WorkspaceService/UpdateWorkspace",
            Probe {
                foreign: Some((update(OTHER), update("nowhere"))),
                ..probe(Admitted::AdminsAndOperators, update(ACME))
            },
        ),
        (
            "WorkspaceService/SetReportedStages",
            Probe {
                foreign: Some((set_stages(OTHER), set_stages("nowhere"))),
                ..probe(Admitted::AdminsAndOperators, set_stages(ACME))
            },
        ),
        (
            "WorkspaceService/GetReportedStages",
            Probe {
                foreign: Some((get_stages(OTHER), get_stages("nowhere"))),
                ..probe(Admitted::AdminsAndOperators, get_stages(ACME))
            },
        ),
        (
            "DirectoryService/UpsertEntries",
            probe(
                Admitted::With(Permission::Admin),
                UpsertEntriesRequest { entries }.encode_to_vec(),
            ),
        ),
        (
            "DirectoryService/ListEntries",
            probe(
                report,
                ListEntriesRequest {
                    kind,
                    ..ListEntriesRequest::default()
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/RebuildRollups",
            probe(
                Admitted::Operators,
                RebuildRollupsRequest {
                    workspace: ACME.to_owned(),
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/GetRebuild",
            probe(
                Admitted::Operators,
                GetRebuildRequest {
                    workspace: ACME.to_owned(),
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/ListPartitions",
            probe(
                Admitted::Operators,
                ListPartitionsRequest {}.encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/EnsurePartitions",
            probe(
                Admitted::Operators,
                EnsurePartitionsRequest::default().encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/ApplyRetention",
            probe(
                Admitted::Operators,
                ApplyRetentionRequest {}.encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/EraseContact",
            probe(
                Admitted::Operators,
                EraseContactRequest {
                    workspace: ACME.to_owned(),
                    contact: "+51977452931".to_owned(),
                    all_matching: false,
                }
                .encode_to_vec(),
            ),
        ),
        (
            "MaintenanceService/VerifyRollups",
            probe(
                Admitted::Operators,
                VerifyRollupsRequest::default().encode_to_vec(),
            ),
        ),
    ];
    let path = |method| format!("/{PACKAGE}.{method}");
    all.into_iter()
        .map(|(method, probe)| (path(method), probe))
        .collect()
}
