//! What a server's refusal means to the person at the terminal.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{connection::Server, failure::Failure};

/// The failure of a call; `what` is what it was to do, as in "list the workspaces".
pub(crate) fn refused(what: &str, server: &Server<'_>, status: &Status) -> Failure {
    let reason = reason(status);
    let place = server.place();
    let told = |text: &str| Failure::new(format!("cannot {what}: {text}"));
    match status.code() {
        Code::Unavailable if reason == "PEER_UNREACHABLE" => {
            told(&format!("nothing answers at {}", place.address)).advise(format!(
                "is {} running there? {} or {} says where it is, --wait 30s waits for it",
                place.name, place.option, place.variable,
            ))
        }
        Code::Unavailable | Code::ResourceExhausted => {
            told(status.message()).advise("try again in a moment")
        }
        Code::Unauthenticated => told(status.message()).advise(match reason.as_str() {
            "TOKEN_EXPIRED" => "the token has expired: `acuse token` makes another",
            "TOKEN_MISSING" => "give one with --token or ACUSE_TOKEN",
            _ => {
                "the server does not trust the token: its ACUSE_JWKS must hold the key, and its ACUSE_ISSUER and ACUSE_AUDIENCE must be \
                 --issuer and --audience"
            }
        }),
        Code::PermissionDenied => told(status.message())
            .advise("`acuse token` makes a token with another --role or other --scopes"),
        Code::NotFound if reason == "WORKSPACE_NOT_FOUND" => {
            told("there is no such workspace").advise("`acuse workspace list` shows those there are")
        }
        Code::InvalidArgument => told(&violations(status)),
        Code::DeadlineExceeded => told("the server took too long"),
        _ => told(status.message()),
    }
}

/// The stable reason of a refusal; empty where the server gave none.
pub(crate) fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// Everything that is wrong with a request; its message where no field is to blame.
fn violations(status: &Status) -> String {
    let violations = status
        .get_details_bad_request()
        .map(|request| request.field_violations)
        .unwrap_or_default();
    if violations.is_empty() {
        return status.message().to_owned();
    }
    let told: Vec<_> = violations
        .iter()
        .map(|violation| format!("{} {}", violation.field, violation.description))
        .collect();
    told.join("; ")
}
