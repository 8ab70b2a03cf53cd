use std::{collections::HashMap, net::SocketAddr, path::PathBuf};

use super::{Faults, Limits, PeerConfig, ServerConfig, Settings};
use crate::{Secret, auth::KeySource};

const LISTEN: &str = "127.0.0.1:7410";

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let pairs: HashMap<String, String> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::new(move |name| pairs.get(name).cloned())
}

fn server(mut settings: Settings) -> Result<ServerConfig, Faults> {
    let config = ServerConfig::read(&mut settings, LISTEN.parse().unwrap());
    settings.finish(|| config)
}

/// A file that goes away with the test.
struct File(PathBuf);

impl File {
    fn with(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("acuse-{}", uuid::Uuid::now_v7()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = server(settings(&[("ACUSE_JWKS", "/keys"), ("ACUSE_ISSUER", "us")])).unwrap();
    assert_eq!(config.listen, LISTEN.parse::<SocketAddr>().unwrap());
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.limits.message_bytes, 16 << 20);
    assert_eq!(config.auth.audience, "acuse");
    assert!(matches!(config.auth.keys, KeySource::File(path) if path.as_os_str() == "/keys"));
    assert!(config.tls.is_none() && !config.auth.allow_development_hs256);
}

#[test]
fn keys_come_from_a_file_or_a_url_or_both() {
    const URL: (&str, &str) = ("ACUSE_JWKS_URL", "https://id.example/keys");
    const FILE: (&str, &str) = ("ACUSE_JWKS", "/keys");
    let read = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = [("ACUSE_ISSUER", "us")]
            .iter()
            .chain(pairs)
            .copied()
            .collect();
        let config = server(settings(&pairs)).map(|config| config.auth.keys);
        config.map_err(|faults| faults.to_string())
    };
    assert!(matches!(read(&[FILE]), Ok(KeySource::File(_))));
    assert!(matches!(
        read(&[URL]),
        Ok(KeySource::Url { file: None, .. })
    ));
    assert!(matches!(
        read(&[URL, FILE]),
        Ok(KeySource::Url { file: Some(_), .. })
    ));
    let ca = File::with("no certificate");
    let ca = ("ACUSE_JWKS_CA", ca.path());
    for (pairs, name) in [
        (vec![], "ACUSE_JWKS: "),
        (
            vec![("ACUSE_JWKS_URL", "http://id.example/keys")],
            "ACUSE_JWKS_URL: is http://",
        ),
        (vec![URL, ca], "ACUSE_JWKS_CA: "),
        (vec![FILE, ca], "ACUSE_JWKS_CA: "),
    ] {
        let faults = read(&pairs).unwrap_err();
        assert!(
            faults.contains("has a fault") && faults.contains(name),
            "{faults}"
        );
    }
}

#[test]
fn the_share_of_one_caller_is_less_than_the_whole() {
    let streams = |calls| {
        let pairs = [
            ("ACUSE_JWKS", "/keys"),
            ("ACUSE_ISSUER", "us"),
            ("ACUSE_MAX_CONCURRENT_CALLS", calls),
        ];
        server(settings(&pairs)).unwrap().limits.streams_per_caller
    };
    assert_eq!(["1024", "50", "1"].map(streams), [64, 13, 1]);
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = server(settings(&[
        ("ACUSE_LISTEN", "somewhere"),
        ("ACUSE_ALLOW_PLAINTEXT", "perhaps"),
        ("ACUSE_TLS_CERT", "/no/such/file"),
        ("ACUSE_MAX_CONCURRENT_CALLS", "0"),
        ("ACUSE_MAX_STREAMS_PER_CALLER", "1025"),
        ("ACUSE_MAX_MESSAGE_BYTES", "many"),
        ("ACUSE_DRAIN_SECONDS", "-1"),
    ]))
    .unwrap_err();
    let names: Vec<_> = faults.0.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "ACUSE_LISTEN",
            "ACUSE_ALLOW_PLAINTEXT",
            "ACUSE_TLS_CERT",
            "ACUSE_JWKS",
            "ACUSE_ISSUER",
            "ACUSE_MAX_CONCURRENT_CALLS",
            "ACUSE_MAX_STREAMS_PER_CALLER",
            "ACUSE_MAX_MESSAGE_BYTES",
            "ACUSE_DRAIN_SECONDS",
        ]
    );
    assert!(
        faults
            .to_string()
            .starts_with("the configuration has 9 faults:\n  ACUSE_LISTEN: ")
    );
}

#[test]
fn plaintext_elsewhere_than_on_loopback_is_asked_for() {
    let with = |more: &[(&str, &str)]| {
        let mut pairs = vec![("ACUSE_JWKS", "/keys"), ("ACUSE_ISSUER", "us")];
        pairs.extend_from_slice(more);
        server(settings(&pairs))
    };
    assert!(with(&[("ACUSE_LISTEN", "localhost:1")]).is_ok());
    assert!(with(&[("ACUSE_LISTEN", "[::1]:1")]).is_ok());
    assert!(with(&[("ACUSE_LISTEN", "0.0.0.0:1")]).is_err());
    assert!(
        with(&[
            ("ACUSE_LISTEN", "0.0.0.0:1"),
            ("ACUSE_ALLOW_PLAINTEXT", "true")
        ])
        .is_ok()
    );
}

#[test]
fn variables_win_over_the_file_and_unknown_keys_are_faults() {
    let file = File::with(
        "jwks = '/from/file'\nissuer = 'file'\nmax_message_bytes = 2048\nallow_plaintext = true\n",
    );
    let over = [("ACUSE_CONFIG", file.path()), ("ACUSE_ISSUER", "variable")];
    let config = server(settings(&over)).unwrap();
    assert_eq!(config.auth.issuer, "variable");
    assert_eq!(config.limits.message_bytes, 2048);
    assert!(config.allow_plaintext);

    let file = File::with("jwks = '/x'\nissuer = 'x'\nlisten_on = 'y'\n[table]\n");
    let faults = server(settings(&[("ACUSE_CONFIG", file.path())])).unwrap_err();
    assert!(
        faults.0.iter().any(|fault| fault.name == "ACUSE_TABLE"),
        "{faults}"
    );

    let file = File::with("jwks = '/x'\nissuer = 'x'\nlisten_on = 'y'\n");
    let faults = server(settings(&[("ACUSE_CONFIG", file.path())])).unwrap_err();
    assert_eq!(faults.0[0].name, "ACUSE_LISTEN_ON");
    let mut shared = settings(&[("ACUSE_CONFIG", file.path())]);
    shared.known(&["ACUSE_LISTEN_ON"]);
    assert!(server(shared).is_ok());
}

#[test]
fn no_fault_and_no_debug_print_shows_a_value() {
    let file = File::with("password = 'hunter2'\nbroken = hunter2\n");
    let faults = server(settings(&[
        ("ACUSE_CONFIG", file.path()),
        ("ACUSE_LISTEN", "hunter2"),
        ("ACUSE_MAX_MESSAGE_BYTES", "hunter2"),
        ("ACUSE_ALLOW_PLAINTEXT", "hunter2"),
    ]))
    .unwrap_err();
    assert!(!faults.to_string().contains("hunter2"), "{faults}");
    assert!(faults.to_string().contains("line 2"), "{faults}");

    let mut settings = settings(&[("DATABASE_URL", "postgres://u:hunter2@h/d")]);
    let url: Option<Secret> = settings.required("DATABASE_URL");
    assert!(!format!("{url:?} {settings:?}").contains("hunter2"));
    assert!(url.unwrap().expose().contains("hunter2"));
}

#[test]
fn what_is_told_of_a_process_is_told_where_that_can_be() {
    let read = |pairs: &[(&str, &str)]| {
        let mut settings = settings(pairs);
        let config = super::telemetry(&mut settings, "ingestion");
        settings.finish(|| Some(config))
    };
    let config = read(&[]).unwrap();
    assert!(config.metrics_listen.is_none() && config.otlp_metrics.is_none());
    let told = [
        ("ACUSE_METRICS_LISTEN", "0.0.0.0:9090"),
        ("ACUSE_OTLP_ENDPOINT", "http://collector:4317"),
        ("ACUSE_OTLP_METRICS_SECONDS", "30"),
        ("ACUSE_TRACE_SHARE", "0.25"),
    ];
    let config = read(&told).unwrap();
    assert_eq!(config.metrics_listen, Some(([0, 0, 0, 0], 9090).into()));
    assert_eq!(config.otlp_metrics.unwrap().as_secs(), 30);
    assert_eq!(config.sampled, "0.25".parse().unwrap());

    let faults = read(&[
        ("ACUSE_OTLP_METRICS_SECONDS", "30"),
        ("ACUSE_TRACE_SHARE", "5%"),
        ("ACUSE_METRICS_LISTEN", "9090"),
    ]);
    let faults = faults.unwrap_err().0;
    let names: Vec<_> = faults.iter().map(|fault| fault.name.as_str()).collect();
    let expected = [
        "ACUSE_OTLP_METRICS_SECONDS",
        "ACUSE_TRACE_SHARE",
        "ACUSE_METRICS_LISTEN",
    ];
    assert_eq!(names, expected);
}

#[test]
fn peers_are_lists_of_addresses() {
    let read = |addresses: &str, plaintext: &str| {
        let mut settings = settings(&[
            ("ACUSE_REPORTING_ADDRESSES", addresses),
            ("ACUSE_ALLOW_PLAINTEXT", plaintext),
        ]);
        let peer = PeerConfig::read(&mut settings, "ACUSE_REPORTING");
        settings.finish(|| peer)
    };
    let peer = read("127.0.0.1:1, https://reporting:2", "").unwrap();
    assert_eq!(peer.addresses[0].to_string(), "http://127.0.0.1:1/");
    assert_eq!(peer.addresses[1].to_string(), "https://reporting:2/");
    assert!(
        read("reporting:2", "").is_err(),
        "plaintext over the network"
    );
    assert!(read("reporting:2", "true").is_ok());
    for bad in [
        "",
        "reporting",
        "ftp://reporting:1",
        "http://reporting:1/path",
    ] {
        assert!(read(bad, "true").is_err(), "{bad}");
    }
}
