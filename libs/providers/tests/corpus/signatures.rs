//! Signatures that were seen in the wild, whose secret and digests the notes beside the corpus tell.

use acuse_corpus::{Corpus, Entry};
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, MetaSecrets, Secrets, Unverified, verify};

/// What the secret stands behind in the notes, and then the files, each with its digest.
const MARKER: &str = "Verified here, secret `";

#[test]
fn bodies_that_meta_signed_fit() {
    let Some(corpus) = Corpus::find() else {
        return;
    };
    let notes = corpus.notes().unwrap();
    let (_, rest) = notes.split_once(MARKER).unwrap();
    let (secret, rest) = rest.split_once("`: ").unwrap();
    let line = rest.lines().next().unwrap();
    let vectors: Vec<(&str, &str)> = line
        .split("; ")
        .filter_map(|vector| vector.split_once(" \u{2192} "))
        .map(|(file, digest)| (file.trim_matches('`'), &digest[..40]))
        .collect();
    assert_eq!(vectors.len(), 2, "{line}");
    let entries = corpus.entries("meta_messenger");
    for (file, digest) in vectors {
        let named = |entry: &&Entry<'_>| entry.file.ends_with(file);
        let entry = entries.iter().find(named).unwrap();
        let body = corpus.body(entry).unwrap();
        // The files end with a newline that was not signed.
        let body = body.strip_suffix(b"\n").unwrap_or(&body);
        let signature = format!("sha1={digest}");
        assert_eq!(check(secret, body, &signature), Ok(()), "{file}");
        assert_eq!(check("another", body, &signature), Err(Unverified::Invalid));
        assert_eq!(check(secret, b"{}", &signature), Err(Unverified::Invalid));
    }
}

fn check(secret: &str, body: &[u8], signature: &str) -> Result<(), Unverified> {
    let secrets = Secrets::Meta(MetaSecrets {
        app_secrets: vec![secret.to_owned()],
        verify_token: String::new(),
    });
    let headers = [("x-hub-signature".to_owned(), signature.to_owned())];
    let delivery = Delivery {
        headers: &headers,
        ..Delivery::of(body, Timestamp::from_seconds(1_750_000_000))
    };
    verify(Format::MetaMessenger, &secrets, &delivery)
}
