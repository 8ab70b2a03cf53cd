//! Reports of figures: one call and one answer each.

use std::future::Future;

use acuse_domain::error::Result;
use acuse_proto::reporting as wire;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_rpc::client::{Call, Channel};
use acuse_rpc::sized_client;
use acuse_rpc::status::to_error;
use acuse_store::export::Asker;
use tokio::time::timeout;
use tonic::{Request, Response, Status};

use super::{Reporting, SILENCE, caller, silent};

type Client = ReportingServiceClient<Channel>;

/// Declares calls that answer with figures: what `asker` may see of what a request asks.
macro_rules! calls {
    ($($(#[$comment:meta])* $name:ident = $call:ident($request:ident) -> $response:ident;)+) => {
        impl Reporting {
            $(
                $(#[$comment])*
                ///
                /// # Errors
                ///
                /// What reporting answers, UNAVAILABLE where it does not.
                pub(crate) async fn $name(
                    &self,
                    asker: &Asker,
                    message: wire::$request,
                ) -> Result<wire::$response> {
                    let call = async |mut client: Client, request| client.$call(request).await;
                    self.figures(asker, message, call).await
                }
            )+
        }
    };
}

calls! {
    /// Totals and their course.
    consolidated = get_consolidated(GetConsolidatedRequest) -> GetConsolidatedResponse;
    /// Figures by the values of one or two dimensions.
    breakdown = get_breakdown(GetBreakdownRequest) -> GetBreakdownResponse;
    /// A ranking of the values of a dimension.
    ranking = get_ranking(GetRankingRequest) -> GetRankingResponse;
    /// What messages there are, and how far they came.
    overview = get_messages_overview(GetMessagesOverviewRequest) -> GetMessagesOverviewResponse;
    /// How far proactive sends came.
    funnel = get_funnel(GetFunnelRequest) -> GetFunnelResponse;
    /// Values of a dimension.
    values = list_dimension_values(ListDimensionValuesRequest) -> ListDimensionValuesResponse;
    /// When contacts reply.
    reply_activity = get_reply_activity(GetReplyActivityRequest) -> GetReplyActivityResponse;
}

impl Reporting {
    async fn figures<M, A, F>(
        &self,
        asker: &Asker,
        message: M,
        call: impl FnOnce(Client, Request<M>) -> F,
    ) -> Result<A>
    where
        F: Future<Output = std::result::Result<Response<A>, Status>>,
    {
        let client = ReportingServiceClient::new(self.channel.clone());
        let client = sized_client!(self.limits, client);
        let asking = Call::of(&caller(asker)).idempotent().within(SILENCE);
        let answer = call(client, asking.request(message));
        let answer = timeout(SILENCE, answer).await.map_err(silent)?;
        Ok(answer.map_err(to_error)?.into_inner())
    }
}
