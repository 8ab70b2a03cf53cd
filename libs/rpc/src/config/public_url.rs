//! How a service is called from outside.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// How URLs of this installation begin for those who call it: scheme, host, and whatever comes before the service's own paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "not the beginning of a URL, such as https://hooks.example.com";
        let uri: Uri = text.parse().map_err(|_| SHAPE)?;
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = !text.contains(['?', '#', '@']);
        if !scheme || !plain || uri.host().is_none_or(str::is_empty) {
            return Err(SHAPE);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_scheme_host_and_path() {
        let parsed = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        for good in [
            "https://hooks.example.com",
            "http://localhost:7001",
            "https://example.com/acuse",
        ] {
            assert_eq!(parsed(good).as_deref(), Ok(good));
        }
        let slash = parsed("https://hooks.example.com/");
        assert_eq!(slash.as_deref(), Ok("https://hooks.example.com"));
        for bad in [
            "",
            "hooks.example.com",
            "/webhooks",
            "ftp://example.com",
            "https://",
            "https://example.com?a=b",
            "https://example.com#a",
            "https://user:password@example.com",
        ] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }
}
