//! Where files are kept, as it is configured.

use std::path::PathBuf;

use acuse_rpc::Secret;
use acuse_rpc::config::Settings;

const FOLDER: &str = "ACUSE_EXPORT_FOLDER";
const BUCKET: &str = "ACUSE_EXPORT_S3_BUCKET";
const ENDPOINT: &str = "ACUSE_EXPORT_S3_ENDPOINT";
const KEY_ID: &str = "ACUSE_EXPORT_S3_ACCESS_KEY_ID";
const SECRET: &str = "ACUSE_EXPORT_S3_SECRET_ACCESS_KEY";
const SECRET_FILE: &str = "ACUSE_EXPORT_S3_SECRET_ACCESS_KEY_FILE";

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In a folder of this machine, or one that all replicas share; made where it is missing.
    Folder(PathBuf),
    /// In a bucket that speaks S3, which has to be there.
    S3(S3Config),
}

/// A bucket that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Config {
    /// Its name.
    pub bucket: String,
    /// Where it is, for example `https://minio.example.com:9000`; AWS if absent.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Whose bucket it is; if absent, who the machine says it is: a web identity of Kubernetes, or the instance's role.
    pub keys: Option<S3Keys>,
    /// Whether the bucket is named by the host, and not by the path.
    pub virtual_hosted: bool,
    /// Whether it may be called without TLS.
    pub allow_plaintext: bool,
    /// Authorities that its certificate may be from, as PEM; those that the machine trusts if absent.
    pub authorities: Option<Vec<u8>>,
}

/// An access key. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Keys {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

impl Storage {
    /// Reads `ACUSE_EXPORT_FOLDER`, or `ACUSE_EXPORT_S3_BUCKET` and, of the bucket, `ACUSE_EXPORT_S3_ENDPOINT`, `_REGION`,
    /// `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY` or the name of the file that holds it, `_SECRET_ACCESS_KEY_FILE`,
    /// `_VIRTUAL_HOSTED`, `_ALLOW_PLAINTEXT` and `_CA`.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let folder: Option<PathBuf> = settings.optional(FOLDER);
        let bucket = bucket(settings);
        match (folder, bucket) {
            (Some(folder), None) => Some(Self::Folder(folder)),
            (None, Some(bucket)) => Some(Self::S3(bucket)),
            (Some(_), Some(_)) => {
                settings.fault(FOLDER, format!("is one too many beside {BUCKET}"));
                None
            }
            (None, None) => {
                settings.fault(FOLDER, format!("is required, or {BUCKET}"));
                None
            }
        }
    }
}

fn bucket(settings: &mut Settings) -> Option<S3Config> {
    let bucket = settings.optional(BUCKET);
    let endpoint: Option<http::Uri> = settings.optional(ENDPOINT);
    let region = settings.usual("ACUSE_EXPORT_S3_REGION", "us-east-1".to_owned());
    let keys = keys(settings);
    let virtual_hosted = settings.flag("ACUSE_EXPORT_S3_VIRTUAL_HOSTED");
    let allow_plaintext = settings.flag("ACUSE_EXPORT_S3_ALLOW_PLAINTEXT");
    let authorities = settings.content("ACUSE_EXPORT_S3_CA");
    match endpoint.as_ref().map(http::Uri::scheme_str) {
        None | Some(Some("https")) => {}
        Some(Some("http")) if allow_plaintext => {}
        Some(Some("http")) => settings.fault(
            ENDPOINT,
            "has no TLS: that needs ACUSE_EXPORT_S3_ALLOW_PLAINTEXT",
        ),
        Some(_) => settings.fault(
            ENDPOINT,
            "is no address such as https://minio.example.com:9000",
        ),
    }
    Some(S3Config {
        bucket: bucket?,
        endpoint: endpoint.map(|uri| uri.to_string().trim_end_matches('/').to_owned()),
        region,
        keys,
        virtual_hosted,
        allow_plaintext,
        authorities,
    })
}

fn keys(settings: &mut Settings) -> Option<S3Keys> {
    let id: Option<String> = settings.optional(KEY_ID);
    let told: Option<Secret> = settings.optional(SECRET);
    let kept = settings.content(SECRET_FILE).map(|content| {
        let text = String::from_utf8_lossy(&content);
        Secret::new(text.trim_end())
    });
    if told.is_some() && kept.is_some() {
        settings.fault(SECRET_FILE, format!("is one too many beside {SECRET}"));
    }
    match (id, told.or(kept)) {
        (Some(id), Some(secret)) => Some(S3Keys { id, secret }),
        (Some(_), None) => {
            settings.fault(SECRET, format!("is required beside {KEY_ID}"));
            None
        }
        (None, Some(_)) => {
            settings.fault(KEY_ID, format!("is required beside {SECRET}"));
            None
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&'static str, &'static str)]) -> Result<Storage, Vec<String>> {
        let variables = variables.to_vec();
        let mut settings = Settings::new(move |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let storage = Storage::read(&mut settings);
        let names = |faults: acuse_rpc::config::Faults| {
            let faults = faults.0.into_iter();
            faults.map(|fault| fault.name).collect()
        };
        settings.finish(|| storage).map_err(names)
    }

    #[test]
    fn files_are_kept_in_one_place() {
        let folder = Storage::Folder("/exports".into());
        assert_eq!(read(&[(FOLDER, "/exports")]), Ok(folder));
        assert_eq!(read(&[]), Err(vec![FOLDER.to_owned()]));
        let both = read(&[(FOLDER, "/exports"), (BUCKET, "exports")]);
        assert_eq!(both, Err(vec![FOLDER.to_owned()]));
        let Ok(Storage::S3(bucket)) = read(&[(BUCKET, "exports")]) else {
            panic!("no bucket");
        };
        assert_eq!((bucket.region.as_str(), bucket.keys), ("us-east-1", None));
    }

    #[test]
    fn a_bucket_is_called_as_it_says_and_nothing_secret_is_printed() {
        let said = [
            (BUCKET, "exports"),
            (ENDPOINT, "http://127.0.0.1:9000/"),
            (KEY_ID, "AKIA"),
            (SECRET, "hunter2"),
        ];
        assert_eq!(read(&said), Err(vec![ENDPOINT.to_owned()]));
        let plain = [&said[..], &[("ACUSE_EXPORT_S3_ALLOW_PLAINTEXT", "true")]].concat();
        let Ok(Storage::S3(bucket)) = read(&plain) else {
            panic!("no bucket");
        };
        assert_eq!(bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        let keys = bucket.keys.as_ref().unwrap();
        assert_eq!(
            (keys.id.as_str(), keys.secret.expose()),
            ("AKIA", "hunter2")
        );
        assert!(!format!("{bucket:?}").contains("hunter2"));
        for (variable, other) in [(KEY_ID, SECRET), (SECRET, KEY_ID)] {
            let half = read(&[(BUCKET, "exports"), (variable, "x")]);
            assert_eq!(half, Err(vec![other.to_owned()]));
        }
        let odd = read(&[(BUCKET, "exports"), (ENDPOINT, "minio")]);
        assert_eq!(odd, Err(vec![ENDPOINT.to_owned()]));
    }
}
