//! What an answer says of a file.

use std::fmt::Write as _;
use std::ops::Range;

use acuse_store::export::File;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hexadecimal::hexadecimal;

/// The digest of the whole file, whatever part of it is sent: RFC 9530.
const REPR_DIGEST: &str = "repr-digest";

/// What the bytes of a file are known by: they are what they are, so that nothing is weak about it.
pub(super) fn etag(file: &File) -> String {
    format!("\"{}\"", hexadecimal(&file.sha256))
}

/// Says of an answer that it is for who asked alone: no cache keeps it, no page that it is shown in hears its address.
pub(super) fn private(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Describes a file, and the bytes of it that are sent.
pub(super) fn describe(
    headers: &mut HeaderMap,
    status: StatusCode,
    file: &File,
    range: Option<Range<u64>>,
) {
    private(headers);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let mut text = |name, value: String| {
        // A value that is none is one of ours that went wrong; the bytes matter more.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text(ETAG, etag(file));
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        text(CONTENT_RANGE, format!("bytes */{}", file.size));
    }
    let Some(range) = range else { return };
    text(CONTENT_TYPE, file.media_type.clone());
    text(CONTENT_LENGTH, (range.end - range.start).to_string());
    text(CONTENT_DISPOSITION, disposition(&file.name));
    if status == StatusCode::PARTIAL_CONTENT {
        let (last, size) = (range.end.saturating_sub(1), file.size);
        text(
            CONTENT_RANGE,
            format!("bytes {}-{last}/{size}", range.start),
        );
    }
    let digest = format!("sha-256=:{}:", STANDARD.encode(&file.sha256));
    if let Ok(digest) = HeaderValue::try_from(digest) {
        headers.insert(REPR_DIGEST, digest);
    }
}

/// The name to store a file under: as RFC 6266 and RFC 8187 write it, and before that in ASCII for who knows no better.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!#$&+^`|".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Text takes whatever is written.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_name_is_told_to_old_and_new() {
        assert_eq!(
            disposition("gestión \"HSM\"; a/b\r\n.csv"),
            "attachment; filename=\"gesti_n _HSM_; a_b__.csv\"; \
             filename*=UTF-8''gesti%C3%B3n%20%22HSM%22%3B%20a%2Fb%0D%0A.csv"
        );
    }

    #[test]
    fn a_part_is_described_as_one() {
        let file = File {
            key: String::new(),
            name: "a.csv".to_owned(),
            media_type: "text/csv; charset=utf-8".to_owned(),
            size: 100,
            rows: 1,
            sha256: vec![0xab; 32],
            expires_at: Timestamp::from_seconds(0),
        };
        let told = |status, range| {
            let mut headers = HeaderMap::new();
            describe(&mut headers, status, &file, range);
            move |name: &str| {
                headers
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            }
        };
        let part = told(StatusCode::PARTIAL_CONTENT, Some(10..20));
        assert_eq!(part("content-range").as_deref(), Some("bytes 10-19/100"));
        assert_eq!(part("content-length").as_deref(), Some("10"));
        assert_eq!(part("cache-control").as_deref(), Some("private, no-store"));
        assert_eq!(part("etag"), Some(format!("\"{}\"", "ab".repeat(32))));
        let whole = told(StatusCode::OK, Some(0..100));
        assert_eq!(
            (whole("content-range"), whole("content-length").as_deref()),
            (None, Some("100"))
        );
        assert!(whole("repr-digest").unwrap().starts_with("sha-256=:q6ur"));
        let beyond = told(StatusCode::RANGE_NOT_SATISFIABLE, None);
        assert_eq!(beyond("content-range").as_deref(), Some("bytes */100"));
        assert_eq!(beyond("content-type"), None);
    }
}
