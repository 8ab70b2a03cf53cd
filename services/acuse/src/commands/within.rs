//! What commands about a workspace's webhooks have in common.

use acuse_rpc::client::Channel;

use crate::{
    connection::{Access, Ingestion, Server},
    failure::Result,
};

/// Where the service is, who asks, and about which workspace.
#[derive(Debug, clap::Args)]
pub(crate) struct Within {
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    ingestion: Ingestion,
    #[command(flatten)]
    access: Access,
}

impl Within {
    /// The service as who asks reaches it.
    pub(crate) fn server(&self) -> Server<'_> {
        self.access.to(&self.ingestion)
    }

    /// A client of one of its services, made `of` the way there.
    pub(crate) async fn client<C>(&self, of: impl FnOnce(Channel) -> C) -> Result<C> {
        let server = self.server();
        let channel = server.as_administrator(self.workspace.as_deref()).await?;
        Ok(of(channel))
    }
}
