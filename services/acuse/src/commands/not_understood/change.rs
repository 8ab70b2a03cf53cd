//! Reading them again, and deleting them.

use acuse_proto::ingestion::not_understood_service_client::NotUnderstoodServiceClient;
use acuse_proto::ingestion::{
    DeleteNotUnderstoodRequest, NotUnderstoodFilter, ReplayNotUnderstoodRequest,
    ReplayNotUnderstoodResponse, replay_not_understood_request::Which,
};
use acuse_rpc::client::Call;
use uuid::Uuid;

use super::filter::Filter;
use crate::commands::within::Within;
use crate::{
    failure::{Failure, Result},
    grpc::refused,
    output::{number, say},
};

/// Asked for at once.
const PAGE: i32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// The payload's id; conditions, or --all, mean several
    #[arg(conflicts_with_all = ["all", "integration", "provider", "reason", "from", "before"])]
    id: Option<Uuid>,
    /// All of the workspace
    #[arg(long, conflicts_with_all = ["integration", "provider", "reason", "from", "before"])]
    all: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The payload's id
    id: Uuid,
    #[command(flatten)]
    within: Within,
}

impl Replay {
    fn which(&self) -> Result<Which> {
        match (self.id, self.filter.on_the_wire()) {
            (Some(id), _) => Ok(Which::Id(id.to_string())),
            (None, Some(filter)) => Ok(Which::Filter(filter)),
            (None, None) if self.all => Ok(Which::Filter(NotUnderstoodFilter::default())),
            (None, None) => Err(Failure::usage("nothing says which payloads are meant")
                .advise("give an id, conditions as --reason, or --all")),
        }
    }
}

/// Reads those that are meant again, page by page; fails where something is still not understood.
pub(super) async fn replay(args: Replay) -> Result<()> {
    let which = args.which()?;
    let mut client = args.within.client(NotUnderstoodServiceClient::new).await?;
    let mut sum = ReplayNotUnderstoodResponse::default();
    loop {
        let request = ReplayNotUnderstoodRequest {
            which: Some(which.clone()),
            page_size: PAGE,
            page_token: std::mem::take(&mut sum.next_page_token),
        };
        let page = client
            .replay_not_understood(Call::plain().idempotent().request(request))
            .await
            .map_err(|status| {
                let failure = refused("read the payloads again", &args.within.server(), &status);
                match sum.read {
                    0 => failure,
                    read => failure.advise(format!(
                        "{} were read before that, and what was understood of them is taken in: to ask again does no harm",
                        number(read)
                    )),
                }
            })?
            .into_inner();
        sum.read += page.read;
        sum.understood += page.understood;
        sum.kept += page.kept;
        sum.items_applied += page.items_applied;
        sum.failures.extend(page.failures);
        sum.next_page_token = page.next_page_token;
        if sum.next_page_token.is_empty() {
            break;
        }
    }
    say(&format!(
        "{} payloads read: {} understood as a whole and gone, {} kept; {} items taken in that had not been before",
        number(sum.read),
        number(sum.understood),
        number(sum.kept),
        number(sum.items_applied),
    ))?;
    for failure in &sum.failures {
        say(&format!(
            "{} could not be taken in: {}",
            failure.id, failure.reason
        ))?;
    }
    let failed = u32::try_from(sum.failures.len()).unwrap_or(u32::MAX);
    let unread = match failed {
        0 => String::new(),
        failed => format!("{} payloads could not be taken in", number(failed)),
    };
    let still = match sum.kept.saturating_sub(failed) {
        0 => String::new(),
        kept => format!(
            "something in {} payloads is still not understood",
            number(kept)
        ),
    };
    let problems: Vec<String> = [still, unread]
        .into_iter()
        .filter(|problem| !problem.is_empty())
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::no(problems.join(", and "))),
    }
}

/// Deletes one.
pub(super) async fn delete(args: Delete) -> Result<()> {
    let mut client = args.within.client(NotUnderstoodServiceClient::new).await?;
    let id = args.id.to_string();
    let request = DeleteNotUnderstoodRequest { id: id.clone() };
    client
        .delete_not_understood(Call::plain().request(request))
        .await
        .map_err(|status| refused("delete the payload", &args.within.server(), &status))?;
    say(&format!("deleted {id}"))
}
