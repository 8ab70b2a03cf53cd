//! A webhook that somebody hands over by RPC: to be tested, or to be taken in.

use acuse_domain::error::{Error, Result};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format};

use crate::webhook::{FORM, body_of, kept_query, parameters, query_of};

/// A webhook as the provider sent it. Like the endpoint's its query may hold a secret: nothing of it is logged.
pub(crate) struct Handed {
    /// The body; empty for a GET request.
    pub(crate) body: Vec<u8>,
    /// The HTTP headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The URL that was called, where it is known.
    pub(crate) url: Option<String>,
    /// Its decoded query.
    query: Vec<(String, String)>,
}

impl Handed {
    pub(crate) fn new(body: Vec<u8>, headers: Vec<(String, String)>, url: Option<String>) -> Self {
        let query = url.as_deref().and_then(query_of).unwrap_or_default();
        Self {
            body,
            headers,
            query: parameters(query),
            url,
        }
    }

    /// The same as a webhook of that format: one without a body is a GET request, whose query is read.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT where there is nothing to read.
    pub(crate) fn in_format(mut self, format: Format) -> Result<Self> {
        if !self.body.is_empty() {
            return Ok(self);
        }
        if format.reads_queries()
            && let Some(query) = self.url.as_deref().and_then(query_of)
        {
            self.body = body_of(query);
            self.headers.retain(|(name, _)| name != "content-type");
            let form = ("content-type".to_owned(), FORM.to_owned());
            self.headers.push(form);
            return Ok(self);
        }
        let fault = "has 0 bytes; it can be left out of a GET request alone, of a provider that calls so and with its url";
        Err(Error::invalid_field("payload", fault))
    }

    pub(crate) fn delivery<'a>(
        &'a self,
        received_at: Timestamp,
        channel_account: Option<&'a str>,
    ) -> Delivery<'a> {
        Delivery {
            body: &self.body,
            headers: &self.headers,
            received_at,
            channel_account,
            url: self.url.as_deref(),
            query: &self.query,
        }
    }

    /// The parameters of its URL that are kept, as a query.
    pub(crate) fn kept_query(&self, format: Format) -> Option<String> {
        kept_query(format, &self.query)
    }

    /// Its content type.
    pub(crate) fn content_type(&self) -> Option<String> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(name, _)| name == "content-type")?;
        Some(value.clone())
    }
}
