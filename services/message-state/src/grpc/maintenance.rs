//! `MaintenanceService`.

use std::pin::Pin;
use std::sync::Arc;

use acuse_domain::calendar::LocalDay;
use acuse_domain::error::Error;
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::maintenance_service_server::MaintenanceService;
use acuse_proto::message_state::{
    ApplyRetentionRequest, ApplyRetentionResponse, EnsurePartitionsRequest,
    EnsurePartitionsResponse, EraseContactRequest, EraseContactResponse, GetRebuildRequest,
    GetRebuildResponse, ListPartitionsRequest, ListPartitionsResponse, Partition,
    Rebuild as WireRebuild, RebuildPhase, RebuildRollupsRequest, RebuildRollupsResponse,
    RollupDifference, VerifyRollupsRequest, VerifyRollupsResponse,
};
use acuse_rpc::auth::caller;
use acuse_rpc::context::CallContext;
use acuse_rpc::paging;
use acuse_rpc::server::Drain;
use acuse_rpc::status::ResultExt as _;
use acuse_store::rebuild::{Phase, Rebuild};
use acuse_store::retention::{self, Month};
use acuse_store::verify::{Difference, Verification};
use acuse_store::workspaces::Workspace;
use futures::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::in_call;
use crate::erase_contact::erase_contact;
use crate::get_workspace::get_workspace;
use crate::parts::Parts;
use crate::rebuild_rollups::rebuild_rollups;
use crate::upkeep::MONTHS_AHEAD;
use crate::verify_rollups::verify_rollups;

/// Months that can be made ahead.
const MAX_AHEAD: u32 = 24;

/// The longest address, in bytes.
const MAX_CONTACT: usize = 256;

/// Handlers of maintenance.
pub(super) struct Maintenance(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl MaintenanceService for Maintenance {
    type VerifyRollupsStream =
        Pin<Box<dyn Stream<Item = Result<VerifyRollupsResponse, Status>> + Send>>;

    type RebuildRollupsStream =
        Pin<Box<dyn Stream<Item = Result<RebuildRollupsResponse, Status>> + Send>>;

    async fn rebuild_rollups(
        &self,
        request: Request<RebuildRollupsRequest>,
    ) -> Result<Response<Self::RebuildRollupsStream>, Status> {
        caller(&request)?.require_operator()?;
        let drain = request.extensions().get::<Drain>().cloned();
        let drain = drain
            .ok_or_else(|| Error::internal("a call outside the server's layers"))
            .or_status()?;
        let slug = request.into_inner().workspace;
        let parts = Arc::clone(&self.0);
        let (workspace, told) = rebuild_rollups(parts, &slug, drain).await.or_status()?;
        let context = CallContext::current();
        let answers = told.then(move |told| {
            let (context, slug) = (context.clone(), workspace.slug.clone());
            async move {
                match told {
                    Ok(found) => Ok(RebuildRollupsResponse {
                        rebuild: found.map(|found| rebuild(slug, found)),
                    }),
                    Err(error) => Err(in_call(context, error).await),
                }
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_rebuild(
        &self,
        request: Request<GetRebuildRequest>,
    ) -> Result<Response<GetRebuildResponse>, Status> {
        caller(&request)?.require_operator()?;
        let slug = request.into_inner().workspace;
        let workspace = get_workspace(&self.0, &slug).await.or_status()?;
        let found = acuse_store::rebuild::find(&self.0.database, workspace.id).await;
        let found = found.map_err(Error::from).or_status()?;
        Ok(Response::new(GetRebuildResponse {
            rebuild: found.map(|found| rebuild(slug, found)),
        }))
    }

    async fn list_partitions(
        &self,
        request: Request<ListPartitionsRequest>,
    ) -> Result<Response<ListPartitionsResponse>, Status> {
        caller(&request)?.require_operator()?;
        let partitions = self.partitions().await.or_status()?;
        Ok(Response::new(ListPartitionsResponse { partitions }))
    }

    async fn ensure_partitions(
        &self,
        request: Request<EnsurePartitionsRequest>,
    ) -> Result<Response<EnsurePartitionsResponse>, Status> {
        caller(&request)?.require_operator()?;
        let ahead = match request.into_inner().months_ahead {
            None => MONTHS_AHEAD,
            Some(asked) => u32::try_from(asked)
                .ok()
                .filter(|ahead| *ahead <= MAX_AHEAD)
                .ok_or_else(|| {
                    let right = format!("must be 0 to {MAX_AHEAD}");
                    Error::invalid_field("months_ahead", right)
                })
                .or_status()?,
        };
        let now = self.0.clock.now();
        let made = retention::make_months(&self.0.database, now, ahead).await;
        made.map_err(Error::from).or_status()?;
        let partitions = self.partitions().await.or_status()?;
        Ok(Response::new(EnsurePartitionsResponse { partitions }))
    }

    async fn apply_retention(
        &self,
        request: Request<ApplyRetentionRequest>,
    ) -> Result<Response<ApplyRetentionResponse>, Status> {
        caller(&request)?.require_operator()?;
        let now = self.0.clock.now();
        let dropped = retention::drop_old(&self.0.database, now).await;
        let dropped = dropped.map_err(Error::from).or_status()?;
        Ok(Response::new(ApplyRetentionResponse {
            messages_dropped: wide(dropped.messages),
            months_dropped: dropped.months.into_iter().map(month).collect(),
            workspaces_left: dropped.left,
            watermarks_dropped: wide(dropped.watermarks),
        }))
    }

    async fn erase_contact(
        &self,
        request: Request<EraseContactRequest>,
    ) -> Result<Response<EraseContactResponse>, Status> {
        caller(&request)?.require_operator()?;
        let EraseContactRequest {
            workspace,
            contact,
            all_matching,
        } = request.into_inner();
        if contact.is_empty() || contact.len() > MAX_CONTACT {
            let right = format!("must be given: 1 to {MAX_CONTACT} bytes");
            return Err(Error::invalid_field("contact", right)).or_status();
        }
        let erased = erase_contact(&self.0, &workspace, contact, all_matching).await;
        let erased = erased.or_status()?;
        Ok(Response::new(EraseContactResponse {
            contacts_erased: wide(erased.contacts),
            messages_erased: wide(erased.messages),
            group_statuses_erased: wide(erased.group_statuses),
        }))
    }

    async fn verify_rollups(
        &self,
        request: Request<VerifyRollupsRequest>,
    ) -> Result<Response<Self::VerifyRollupsStream>, Status> {
        caller(&request)?.require_operator()?;
        let request = request.into_inner();
        let most = paging::size("max_differences", request.max_differences).or_status()?;
        let parts = Arc::clone(&self.0);
        let found = verify_rollups(parts, request.workspace.as_deref(), most)
            .await
            .or_status()?;
        let context = CallContext::current();
        let answers = found.then(move |verified| {
            let context = context.clone();
            async move {
                match verified {
                    Ok((workspace, found)) => Ok(answer(workspace, found)),
                    Err(error) => Err(in_call(context, error).await),
                }
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

impl Maintenance {
    async fn partitions(&self) -> acuse_domain::error::Result<Vec<Partition>> {
        let months = retention::months(&self.0.database).await?;
        let partition = |found: Month| Partition {
            month: month(found.month),
            estimated_messages: found.messages,
            bytes: found.bytes,
        };
        Ok(months.into_iter().map(partition).collect())
    }
}

/// A month by its first day.
fn month(first: LocalDay) -> String {
    let (year, month, _) = first.ymd();
    format!("{year:04}-{month:02}")
}

fn wide(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn rebuild(workspace: String, found: Rebuild) -> WireRebuild {
    let phase = match found.phase {
        Phase::Clearing => RebuildPhase::Clearing,
        Phase::Outbound => RebuildPhase::Outbound,
        Phase::Inbound => RebuildPhase::Inbound,
        Phase::CatchingUp => RebuildPhase::CatchingUp,
        Phase::Tidying => RebuildPhase::Tidying,
    };
    WireRebuild {
        workspace,
        reason: found.reason,
        time_zone: found.zone,
        phase: phase.into(),
        messages_counted: found.messages,
        begun_at: Some(timestamp(found.begun_at)),
        updated_at: Some(timestamp(found.updated_at)),
    }
}

fn answer(workspace: Workspace, found: Verification) -> VerifyRollupsResponse {
    VerifyRollupsResponse {
        workspace: workspace.slug,
        messages_recounted: wide(found.messages),
        rollup_rows_compared: wide(found.rollup_rows),
        verified_at_sequence: found.sequence,
        difference_count: wide(found.difference_count),
        differences: found.differences.into_iter().map(difference).collect(),
    }
}

fn difference(found: Difference) -> RollupDifference {
    RollupDifference {
        rollup: found.rollup.to_owned(),
        key: found.key,
        count: found.count.to_owned(),
        stored: found.stored,
        recounted: found.recounted,
    }
}
