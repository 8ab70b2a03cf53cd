//! The URL that a provider called, as the provider knows it: some sign it, and some show their secret in it.

use acuse_providers::Format;
use acuse_rpc::config::PublicUrl;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

/// The parameter that shows a secret; it is looked at and goes no further.
const SECRET: &str = "secret";

/// Parameters that are looked at.
const MOST: usize = 1_000;

/// Where the beginning of URLs comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside {
    /// What is configured; it goes before all others.
    pub(crate) configured: Option<PublicUrl>,
    /// Whether `X-Forwarded-Proto` and `X-Forwarded-Host` are a proxy's, and no caller's.
    pub(crate) trusts_forwarded: bool,
    /// Whether the service itself speaks TLS.
    pub(crate) tls: bool,
}

impl Outside {
    /// The URL of a request; `None` where nothing says which host was called.
    pub(crate) fn url(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        if let Some(base) = &self.configured {
            return Some(format!("{base}{path}"));
        }
        let forwarded = |name| {
            let value = self.trusts_forwarded.then(|| first(headers, name))?;
            value.filter(|value| !value.is_empty())
        };
        let own = if self.tls { "https" } else { "http" };
        let scheme = forwarded("x-forwarded-proto").unwrap_or(own);
        // Over HTTP/2 the host is part of the address.
        let host = forwarded("x-forwarded-host")
            .or_else(|| uri.authority().map(|authority| authority.as_str()))
            .or_else(|| first(headers, HOST.as_str()))?;
        Some(format!("{scheme}://{host}{path}"))
    }
}

/// The first of the values of a header, which may be a list.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').next().map(str::trim)
}

/// The decoded parameters of a query.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .take(MOST)
        .collect()
}

/// Longest value of a parameter that is kept, in bytes.
const MAX_KEPT: usize = 128;

/// The parameters that are kept of a webhook of that format, as a query: those that its reading hangs on, whatever else the URL
/// shows. The first of each name counts; one that is too long to be any is left out. `None` where there are none.
pub(crate) fn kept_query(format: Format, parameters: &[(String, String)]) -> Option<String> {
    let names = format.parameters().iter().filter(|name| **name != SECRET);
    let mut kept = names
        .filter_map(|wanted| {
            let mut of_name = parameters.iter().filter(|(name, _)| name == wanted);
            of_name.find(|(_, value)| value.len() <= MAX_KEPT)
        })
        .peekable();
    kept.peek()?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    Some(query.extend_pairs(kept).finish())
}

/// The query of a URL; `None` where it has none.
pub(crate) fn query_of(url: &str) -> Option<&str> {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map(|(_, query)| query)
}

/// A query as the body that it stands for: without the secret that may be in it, which is kept nowhere.
pub(crate) fn body_of(query: &str) -> Vec<u8> {
    let is_secret = |pair: &&str| {
        let mut names = form_urlencoded::parse(pair.as_bytes()).map(|(name, _)| name);
        names.any(|name| name == SECRET)
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_secret(pair)).collect();
    kept.join("&").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = axum::http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn what_is_configured_goes_before_what_a_request_says() {
        let uri: Uri = "/webhooks/twilio/1?a=%20b&c".parse().unwrap();
        let said = headers(&[
            ("host", "inside:7001"),
            ("x-forwarded-host", "outside.example, inside"),
            ("x-forwarded-proto", "https"),
        ]);
        let path = "/webhooks/twilio/1?a=%20b&c";
        let mut outside = Outside::default();
        let url = |outside: &Outside| outside.url(&uri, &said).unwrap();
        assert_eq!(url(&outside), format!("http://inside:7001{path}"));
        outside.tls = true;
        assert_eq!(url(&outside), format!("https://inside:7001{path}"));
        outside.tls = false;
        outside.trusts_forwarded = true;
        assert_eq!(url(&outside), format!("https://outside.example{path}"));
        outside.configured = Some("https://hooks.example.com/a/".parse().unwrap());
        assert_eq!(url(&outside), format!("https://hooks.example.com/a{path}"));

        let absolute: Uri = "http://host.example/x".parse().unwrap();
        let none = Outside::default();
        let told = none.url(&absolute, &HeaderMap::new());
        assert_eq!(told.as_deref(), Some("http://host.example/x"));
        assert_eq!(none.url(&uri, &HeaderMap::new()), None);
    }

    #[test]
    fn of_a_query_is_kept_what_a_reading_hangs_on_and_nothing_else() {
        let kept = |format, query: &str| kept_query(format, &parameters(query));
        let infobip = |query: &str| kept(Format::Infobip, query);
        let told = infobip("secret=hunter2&channel=sms&token=hunter2&s%65cret=hunter2");
        assert_eq!(told.as_deref(), Some("channel=sms"));
        let odd = infobip("channel=a%00%26+b&channel=c");
        assert_eq!(odd.as_deref(), Some("channel=a%00%26+b"));
        let long = format!("channel={}&channel=sms", "x".repeat(300));
        assert_eq!(infobip(&long).as_deref(), Some("channel=sms"));
        assert_eq!(infobip("secret=hunter2"), None);
        assert_eq!(infobip(&format!("channel={}", "x".repeat(300))), None);
        assert_eq!(kept(Format::Twilio, "channel=sms"), None);
        for format in Format::ALL {
            assert!(!format.parameters().contains(&SECRET), "{format:?}");
        }
    }

    #[test]
    fn a_query_becomes_a_body_without_its_secret() {
        let body = |query: &str| String::from_utf8(body_of(query)).unwrap();
        assert_eq!(body("a=1&secret=hunter2&b=%20+"), "a=1&b=%20+");
        assert_eq!(body("s%65cret=hunter2&secret&a=secret"), "a=secret");
        assert_eq!(body(""), "");
        assert_eq!(query_of("https://x/y?a=b?c#d?e"), Some("a=b?c"));
        assert_eq!(query_of("https://x/y#?a"), None);
    }
}
