//! Where each service listens.

/// Declares the option that says where a service listens, with its variable and what it is if nothing is said.
macro_rules! services {
    ($($(#[$doc:meta])* $kind:ident($field:ident) = $name:literal, $option:literal, $variable:literal, $usual:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, clap::Args)]
        #[command(next_help_heading = "Connection")]
        pub(crate) struct $kind {
            #[arg(
                long, env = $variable, value_name = "HOST:PORT", default_value = $usual,
                help = concat!("Where ", $name, " listens")
            )]
            $field: String,
        }

        impl Service for $kind {
            fn place(&self) -> Place<'_> {
                Place { name: $name, option: $option, variable: $variable, address: &self.$field }
            }
        }
    )+};
}

services! {
    /// Option of commands that call message-state.
    MessageState(message_state) = "message-state", "--message-state", "ACUSE_MESSAGE_STATE", "127.0.0.1:7002";
    /// Option of commands that call ingestion.
    Ingestion(ingestion) = "ingestion", "--ingestion", "ACUSE_INGESTION", "127.0.0.1:7001";
    /// Option of commands that call reporting.
    Reporting(reporting) = "reporting", "--reporting", "ACUSE_REPORTING", "127.0.0.1:7003";
    /// Option of commands that call export.
    Export(export) = "export", "--export", "ACUSE_EXPORT", "127.0.0.1:7004";
}

/// A service that commands call.
pub(crate) trait Service {
    /// Where it is, and what says so.
    fn place(&self) -> Place<'_>;
}

/// Where a service is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// The option that says where.
    pub(crate) option: &'static str,
    /// The variable that does.
    pub(crate) variable: &'static str,
    /// The address, as it was given.
    pub(crate) address: &'a str,
}
