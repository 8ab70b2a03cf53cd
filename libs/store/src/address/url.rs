//! What a database's URL says of TLS, in the words of libpq.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::AddressError;

/// How far a connection is secured; in the URL it is `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Without TLS.
    Disable,
    /// With TLS where the server offers it, else without.
    Prefer,
    /// With TLS, whoever is at the other end.
    Require,
    /// With TLS, to somebody whose certificate is from a known authority.
    VerifyCa,
    /// With TLS, to the host whose name is in the URL.
    VerifyFull,
}

/// A URL and what it says of TLS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The URL without that.
    pub(super) rest: String,
    /// `sslmode`.
    pub(super) mode: Option<Mode>,
    /// `sslrootcert`.
    pub(super) authorities: Option<Root>,
}

/// Where the authorities' certificates are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// Where the machine keeps those that it trusts.
    Machine,
    /// In a file.
    File(String),
}

/// What libpq knows beside these and there is nothing here for: to read over it would leave a connection less secure than its
/// URL says, or fail in words that name no parameter.
const UNSUPPORTED: [&str; 14] = [
    "gssdelegation",
    "gssencmode",
    "requirepeer",
    "requiressl",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslpassword",
];

/// Takes a URL apart. What else it says is left to whoever connects.
pub(super) fn take_apart(url: &str) -> Result<Said, AddressError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(AddressError::NoUrl);
    }
    // Where user and password end. What they hold is theirs, also a question mark.
    let login = url.find('@').map_or(0, |at| at + 1);
    // A path that goes before it would have all of it taken for user and password, what it says of TLS as well.
    let authority = url.find("://").map_or(0, |mark| mark + 3);
    let path = url
        .get(authority..login)
        .and_then(|text| Some(text.split_once('/')?.1));
    if path.is_some_and(|path| path.contains('?')) {
        return Err(AddressError::At);
    }
    let Some(mark) = url[login..].find('?').map(|mark| login + mark) else {
        return Ok(Said {
            rest: url.to_owned(),
            mode: None,
            authorities: None,
        });
    };
    let (before, query) = (&url[..mark], &url[mark + 1..]);
    let (mut mode, mut authorities, mut others) = (None, None, Vec::new());
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let name = decode(name)?;
        match &*name {
            "sslmode" => mode = Some(Mode::parse(&decode(value)?)?),
            "sslrootcert" => {
                authorities = Some(match &*decode(value)? {
                    "system" => Root::Machine,
                    path => Root::File(path.to_owned()),
                });
            }
            name => {
                if let Some(known) = UNSUPPORTED.iter().find(|known| **known == name) {
                    return Err(AddressError::Unsupported(known));
                }
                others.push(parameter);
            }
        }
    }
    let rest = match others.as_slice() {
        [] => before.to_owned(),
        others => format!("{before}?{}", others.join("&")),
    };
    Ok(Said {
        rest,
        mode,
        authorities,
    })
}

impl Mode {
    fn parse(text: &str) -> Result<Self, AddressError> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            // libpq would try without TLS first.
            "allow" => Err(AddressError::Allow),
            _ => Err(AddressError::NoMode),
        }
    }

    /// What holds where the URL says this, or nothing, and these authorities are given, by it or beside it.
    pub(super) fn settle(said: Option<Self>, given: Option<&Given>) -> Result<Self, AddressError> {
        match (said, given) {
            (None, None) => Ok(Self::Prefer),
            // Who says whom to trust wants that to be looked at.
            (None, Some(_)) => Ok(Self::VerifyFull),
            (Some(mode), None) => match mode {
                Self::VerifyCa => Err(AddressError::NoAuthority),
                mode => Ok(mode),
            },
            (Some(mode), Some(given)) => match (mode, given) {
                (Self::Disable | Self::Prefer, _) => Err(AddressError::Unchecked),
                (Self::VerifyFull, _) => Ok(mode),
                // Anybody has a certificate that the machine trusts, for some name.
                (_, Given::Machine) => Err(AddressError::AnyCertificate),
                // As libpq has it.
                (Self::Require | Self::VerifyCa, Given::Own) => Ok(Self::VerifyCa),
            },
        }
    }
}

/// Whose certificates are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// Those that the machine believes.
    Machine,
    /// Those of authorities that are named.
    Own,
}

fn decode(text: &str) -> Result<Cow<'_, str>, AddressError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_err(|_| AddressError::NoUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rest: &str, mode: Option<Mode>, authorities: Option<Root>) -> Said {
        Said {
            rest: rest.to_owned(),
            mode,
            authorities,
        }
    }

    #[test]
    fn what_is_said_of_tls_is_taken_out_and_nothing_else() {
        let file = |path: &str| Some(Root::File(path.to_owned()));
        for (url, expected) in [
            ("postgres://h/d", said("postgres://h/d", None, None)),
            (
                "postgresql://u:p@h:1/d?sslmode=verify-full",
                said("postgresql://u:p@h:1/d", Some(Mode::VerifyFull), None),
            ),
            (
                "postgres://u@h/d?connect_timeout=3&sslmode=require&options=-c%20a%3Db",
                said(
                    "postgres://u@h/d?connect_timeout=3&options=-c%20a%3Db",
                    Some(Mode::Require),
                    None,
                ),
            ),
            (
                "postgres://u@h/d?sslrootcert=%2Fa%20b%2Fca.pem&%73slmode=verify%2Dca",
                said(
                    "postgres://u@h/d",
                    Some(Mode::VerifyCa),
                    file("/a b/ca.pem"),
                ),
            ),
            (
                "postgres://u@h/d?sslrootcert=system",
                said("postgres://u@h/d", None, Some(Root::Machine)),
            ),
            // A password's own question mark.
            (
                "postgres://u:a?sslmode=x@h/d?sslmode=disable",
                said("postgres://u:a?sslmode=x@h/d", Some(Mode::Disable), None),
            ),
        ] {
            assert_eq!(take_apart(url).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn what_there_is_nothing_for_is_named() {
        for (url, fault) in [
            ("host=h user=u sslmode=require", AddressError::NoUrl),
            (
                "postgres://h/d?sslmode=verify-full&user=u@tenant",
                AddressError::At,
            ),
            ("postgres://h/d?sslmode=allow", AddressError::Allow),
            ("postgres://h/d?sslmode=yes", AddressError::NoMode),
            ("postgres://h/d?sslmode", AddressError::NoMode),
            (
                "postgres://h/d?sslcert=c",
                AddressError::Unsupported("sslcert"),
            ),
            (
                "postgres://h/d?ssl_min_protocol_version=TLSv1.3",
                AddressError::Unsupported("ssl_min_protocol_version"),
            ),
        ] {
            let found = take_apart(url).unwrap_err();
            assert_eq!(found.to_string(), fault.to_string(), "{url}");
        }
    }

    #[test]
    fn nothing_is_weaker_than_it_is_said_to_be() {
        use Given::{Machine, Own};
        use Mode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
        for (mode, given, settled) in [
            (None, None, Some(Prefer)),
            (None, Some(Own), Some(VerifyFull)),
            (None, Some(Machine), Some(VerifyFull)),
            (Some(Disable), None, Some(Disable)),
            (Some(Disable), Some(Own), None),
            (Some(Disable), Some(Machine), None),
            (Some(Prefer), None, Some(Prefer)),
            (Some(Prefer), Some(Own), None),
            (Some(Prefer), Some(Machine), None),
            (Some(Require), None, Some(Require)),
            (Some(Require), Some(Own), Some(VerifyCa)),
            (Some(Require), Some(Machine), None),
            (Some(VerifyCa), None, None),
            (Some(VerifyCa), Some(Own), Some(VerifyCa)),
            (Some(VerifyCa), Some(Machine), None),
            (Some(VerifyFull), None, Some(VerifyFull)),
            (Some(VerifyFull), Some(Own), Some(VerifyFull)),
            (Some(VerifyFull), Some(Machine), Some(VerifyFull)),
        ] {
            let found = Mode::settle(mode, given.as_ref()).ok();
            assert_eq!(found, settled, "{mode:?} {given:?}");
        }
    }
}
