//! Signatures: any request, checked with every provider's secrets.
//!
//! An input looks like a request: a URL, headers a line each, an empty line, a body.

use acuse_providers::{
    Delivery, Format, MetaSecrets, Secrets, SharedSecrets, SinchSecrets, TwilioSecrets,
    VonageSecrets, verify,
};

use crate::NOW;

/// Every check of it gives the same answer each time; without a secret nothing fits.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let request = Request::of(bytes);
    let delivery = Delivery {
        headers: &request.headers,
        url: request.url.as_deref(),
        query: &request.query,
        ..Delivery::of(request.body, NOW)
    };
    // Short ones among them, so that an input may hit upon one.
    let known = all(&["", "s", "a secret of the seeds"]);
    let none = all(&[""]);
    for format in Format::ALL.iter().copied() {
        for secrets in &known {
            let answer = verify(format, secrets, &delivery);
            assert_eq!(verify(format, secrets, &delivery), answer);
        }
        for secrets in &none {
            assert!(verify(format, secrets, &delivery).is_err());
        }
    }
}

fn all(secrets: &[&str]) -> [Secrets; 5] {
    let secrets = || secrets.iter().map(|&it| it.to_owned()).collect();
    let shared = || SharedSecrets { secrets: secrets() };
    [
        Secrets::Meta(MetaSecrets {
            app_secrets: secrets(),
            verify_token: String::new(),
        }),
        Secrets::Twilio(TwilioSecrets {
            auth_tokens: secrets(),
        }),
        Secrets::Sinch(SinchSecrets {
            webhook_secrets: secrets(),
            shared: shared(),
        }),
        Secrets::Vonage(VonageSecrets {
            signature_secrets: secrets(),
        }),
        Secrets::Shared(shared()),
    ]
}

struct Request<'a> {
    url: Option<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let end = bytes.windows(2).position(|two| two == b"\n\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 2..]),
            None => (&bytes[..0], bytes),
        };
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let url = lines
            .next()
            .filter(|url| !url.is_empty())
            .map(str::to_owned);
        let query = url.as_deref().and_then(|url| url.split_once('?'));
        let query = query.map(|(_, query)| form_urlencoded::parse(query.as_bytes()));
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            query: query
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect(),
            url,
            body,
        }
    }
}
