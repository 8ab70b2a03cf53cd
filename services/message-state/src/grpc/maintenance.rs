//! `MaintenanceService`.

use std::pin::Pin;
use std::sync::Arc;

use acuse_proto::message_state::maintenance_service_server::MaintenanceService;
use acuse_proto::message_state::{RollupDifference, VerifyRollupsRequest, VerifyRollupsResponse};
use acuse_rpc::auth::caller;
use acuse_rpc::context::CallContext;
use acuse_rpc::paging;
use acuse_rpc::status::ResultExt as _;
use acuse_store::verify::{Difference, Verification};
use acuse_store::workspaces::Workspace;
use futures::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::in_call;
use crate::parts::Parts;
use crate::verify_rollups::verify_rollups;

/// Handlers of maintenance.
pub(super) struct Maintenance(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl MaintenanceService for Maintenance {
    type VerifyRollupsStream =
        Pin<Box<dyn Stream<Item = Result<VerifyRollupsResponse, Status>> + Send>>;

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

fn answer(workspace: Workspace, found: Verification) -> VerifyRollupsResponse {
    let wide = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
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
