//! What commands about schedules and notifications have in common.

use acuse_rpc::client::Channel;
use tonic::Status;

use crate::{
    connection::{Access, Export, Server},
    failure::{Failure, Result},
    grpc::refused,
};

/// Where the service is, who asks, and about which workspace.
#[derive(Debug, clap::Args)]
pub(crate) struct Within {
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    export: Export,
    #[command(flatten)]
    access: Access,
}

impl Within {
    /// A client of one of its services, made `of` the way there.
    pub(crate) async fn client<C>(&self, of: impl FnOnce(Channel) -> C) -> Result<C> {
        let channel = self.server().as_exporter(self.workspace.as_deref()).await?;
        Ok(of(channel))
    }

    /// The failure of a call; `what` is what it was to do, as in "list the schedules".
    pub(crate) fn failed(&self, what: &str, status: &Status) -> Failure {
        refused(what, &self.server(), status)
    }

    fn server(&self) -> Server<'_> {
        self.access.to(&self.export)
    }
}
