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
        .map(|violation| {
            let field = &violation.field;
            let place = match option(field) {
                Some(option) => format!("{option} ({field})"),
                None => field.clone(),
            };
            format!("{place} {}", violation.description)
        })
        .collect();
    told.join("; ")
}

/// Fields of what is asked of a report or an export, with the options that say them.
const OPTIONS: [(&str, &str); 21] = [
    ("question.time_zone", "--zone"),
    ("question.period", "--period"),
    ("question.filters", "--filter"),
    ("question.id_filters", "--filter"),
    ("question.counted_in", "--counted-in"),
    ("export.columns", "--columns"),
    ("export.format", "--format"),
    ("export.name", "--name"),
    ("export.language", "--language"),
    ("export.compression", "--gzip"),
    ("export.csv.delimiter", "--delimiter"),
    ("export.csv", "--delimiter and --bom"),
    ("export.saved_report", "--saved"),
    ("saved_report.columns", "--columns"),
    ("schedule.time_of_day", "--at"),
    ("schedule.time_zone", "--zone"),
    ("schedule.preset", "--covering"),
    ("dimensions", "--by"),
    ("minimum_volume", "--min-volume"),
    ("rate_basis", "--wilson"),
    ("bucket", "--bucket"),
];

/// The option that says a field; `None` where there is none that is known here.
fn option(field: &str) -> Option<&'static str> {
    // Places in lists say nothing of the option, and what is below a field is said by its option.
    let mut path = String::with_capacity(field.len());
    let mut within = false;
    for letter in field.chars() {
        match letter {
            '[' => within = true,
            ']' => within = false,
            _ if within => {}
            letter => path.push(letter),
        }
    }
    let path = format!(".{path}.");
    let mut known = OPTIONS.iter();
    let found = known.find(|(field, _)| path.contains(&format!(".{field}.")));
    found.map(|(_, option)| *option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_by_their_options() {
        for (field, expected) in [
            ("export.columns[3]", Some("--columns")),
            ("schedule.export.columns[0]", Some("--columns")),
            ("export.question.time_zone", Some("--zone")),
            ("question.filters[2].any_of.values[0]", Some("--filter")),
            ("schedule.time_zone", Some("--zone")),
            ("export.csv.delimiter", Some("--delimiter")),
            ("saved_report.breakdown.dimensions[0]", Some("--by")),
            ("workspace.time_zone", None),
            ("integration.name", None),
        ] {
            assert_eq!(option(field), expected, "{field}");
        }
    }
}
