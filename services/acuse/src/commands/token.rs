//! `acuse token`: a token for a caller.

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::auth::Claims;

use crate::{
    connection::Signing,
    failure::{Failure, Result},
    output::say,
    values::Length,
};

const EXAMPLES: &str = "\
Examples:
  acuse token --key keys/caller.pem --role operator
  acuse token --key keys/caller.pem --workspace acme --role analyst --expires-in 8h
  acuse token --key keys/caller.pem --workspace acme --role supervisor --departments dep-1,dep-2 --subject ana
  export ACUSE_TOKEN=$(acuse token --key keys/caller.pem --workspace acme --role service --scopes ingest)

Roles: operator (the installation, no workspace), administrator, analyst (see all of the workspace), supervisor (sees --departments),
agent (sees their own messages: --subject is the agent's id), service (a system of the business).";

/// Signs a token and prints it, alone, on standard output. Who has it is that caller until it expires.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What the caller is
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Role,
    /// Slug of the workspace; for every role but operator
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// Who the caller is
    #[arg(long, value_name = "NAME", default_value = "acuse-token")]
    subject: String,
    /// Departments that a supervisor sees, by their ids
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    departments: Vec<String>,
    /// Accounts that the caller is limited to, by their ids; not limited if left out
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    accounts: Vec<String>,
    /// What the caller may do: ingest, report, export, admin; if left out, what is usual for the role
    #[arg(long, value_name = "SCOPE,...", value_delimiter = ',', value_parser = permission)]
    scopes: Vec<Permission>,
    /// How long the token is good for
    #[arg(long, value_name = "TIME", default_value = "1h")]
    expires_in: Length,
    #[command(flatten)]
    signing: Signing,
}

/// Prints the token.
pub(crate) fn run(args: &Args) -> Result<()> {
    let token = args.signing.mint(claims(args)?, args.expires_in.0)?;
    say(token.expose())
}

fn claims(args: &Args) -> Result<Claims> {
    match (args.role, &args.workspace) {
        (Role::Operator, Some(_)) => {
            return Err(Failure::usage("an operator belongs to no workspace")
                .advise("leave --workspace out"));
        }
        (Role::Operator, None) | (_, Some(_)) => {}
        (role, None) => {
            let text = format!("the role {} needs a workspace", role.as_str());
            return Err(Failure::usage(text).advise("name it with --workspace"));
        }
    }
    match (args.role, args.departments.is_empty()) {
        (Role::Supervisor, true) => {
            return Err(
                Failure::usage("a supervisor without departments sees nothing")
                    .advise("name them with --departments"),
            );
        }
        (Role::Supervisor, false) | (_, true) => {}
        (role, false) => {
            let text = format!(
                "--departments limits supervisors; the role is {}",
                role.as_str()
            );
            return Err(Failure::usage(text));
        }
    }
    let scopes = if args.scopes.is_empty() {
        usual(args.role)
    } else {
        &args.scopes
    };
    let claims = Claims::of(&args.subject, args.role, args.workspace.as_deref());
    let limit = |ids: &[String]| (!ids.is_empty()).then(|| ids.iter().cloned().collect());
    Ok(Claims {
        departments: limit(&args.departments),
        accounts: limit(&args.accounts),
        ..claims.allowing(scopes.iter().copied())
    })
}

/// What a role is for.
fn usual(role: Role) -> &'static [Permission] {
    match role {
        Role::Operator => &[],
        Role::Administrator => &[Permission::Report, Permission::Export, Permission::Admin],
        Role::Analyst | Role::Supervisor | Role::Agent => &[Permission::Report, Permission::Export],
        Role::Service => &[Permission::Ingest],
    }
}

fn role(text: &str) -> std::result::Result<Role, &'static str> {
    Role::parse(text)
        .ok_or("there are operator, administrator, analyst, supervisor, agent and service")
}

fn permission(text: &str) -> std::result::Result<Permission, &'static str> {
    Permission::parse(text).ok_or("there are ingest, report, export and admin")
}
