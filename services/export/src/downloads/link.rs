//! Addresses of files: what they lead to, until when, and our signature under both.

use std::net::SocketAddr;
use std::sync::OnceLock;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use acuse_rpc::Secret;
use acuse_rpc::config::PublicUrl;
use acuse_store::export::Lease;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use ring::hmac;
use uuid::Uuid;

use super::PREFIX;

/// Sets this use of the secret apart from any other.
const PURPOSE: &[u8] = b"acuse 2026-11 download addresses v1\0";

/// Bytes of what an address says: workspace, job, fence, and until when.
const SAID: usize = 4 + 16 + 8 + 8;

/// Bytes of a signature.
const SIGNATURE: usize = 32;

/// Gives addresses, and reads them.
pub(crate) struct Links {
    key: hmac::Key,
    /// What addresses begin with: as configured, else as the service listens.
    base: OnceLock<String>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Links {
    /// Addresses under the secret that was configured; without one, under a secret that this process makes up and nobody else
    /// knows, which is said in the log.
    ///
    /// # Errors
    ///
    /// Fails where one has to be made up and the operating system gives no randomness.
    pub(crate) fn configured(
        secret: Option<&Secret>,
        public_url: Option<&PublicUrl>,
    ) -> Result<Self, rand::rand_core::OsError> {
        let base = OnceLock::new();
        if let Some(url) = public_url {
            let _ = base.set(url.to_string());
        }
        let key = match secret {
            Some(secret) => hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()),
            None => {
                tracing::warn!(
                    "ACUSE_DOWNLOAD_SECRET is not set: addresses of files are refused by other replicas, and after a restart"
                );
                let mut bytes = [0; SIGNATURE];
                OsRng.try_fill_bytes(&mut bytes)?;
                hmac::Key::new(hmac::HMAC_SHA256, &bytes)
            }
        };
        Ok(Self { key, base })
    }

    /// Says where the service listens, for where nothing else is configured. An address that is every address of a machine says
    /// nothing of how it is called.
    pub(crate) fn listens(&self, address: SocketAddr, tls: bool) {
        if !address.ip().is_unspecified() {
            let scheme = if tls { "https" } else { "http" };
            let _ = self.base.set(format!("{scheme}://{address}"));
        }
    }

    /// The address of what a claim wrote, good until `until`; `None` where nobody knows how the service is called.
    pub(crate) fn url(&self, lease: Lease, until: Timestamp) -> Option<String> {
        let base = self.base.get()?;
        Some(format!("{base}{PREFIX}/{}", self.token(lease, until)))
    }

    fn token(&self, lease: Lease, until: Timestamp) -> String {
        let mut bytes = Vec::with_capacity(SAID + SIGNATURE);
        bytes.extend(lease.workspace.0.to_be_bytes());
        bytes.extend(lease.job.as_bytes());
        bytes.extend(lease.fence.to_be_bytes());
        bytes.extend(until.micros().to_be_bytes());
        bytes.extend(hmac::sign(&self.key, &signed(&bytes)).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The claim whose file an address leads to at `now`; `None` for one that is not ours, or whose time is over.
    pub(super) fn read(&self, token: &str, now: Timestamp) -> Option<Lease> {
        // Base64 has four characters for three bytes.
        if token.len() != (SAID + SIGNATURE).div_ceil(3) * 4 - 1 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, signature) = bytes.split_at_checked(SAID)?;
        // In constant time.
        hmac::verify(&self.key, &signed(said), signature).ok()?;
        let (workspace, rest) = said.split_first_chunk::<4>()?;
        let (job, rest) = rest.split_first_chunk::<16>()?;
        let (fence, until) = rest.split_first_chunk::<8>()?;
        let until = Timestamp::from_micros(i64::from_be_bytes(until.try_into().ok()?));
        (until > now).then_some(Lease {
            workspace: WorkspaceId(i32::from_be_bytes(*workspace)),
            job: Uuid::from_bytes(*job),
            fence: u64::from_be_bytes(*fence),
        })
    }
}

fn signed(said: &[u8]) -> Vec<u8> {
    [PURPOSE, said].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn links(secret: &str) -> Links {
        Links::configured(Some(&Secret::new(secret)), None).unwrap()
    }

    fn lease() -> Lease {
        Lease {
            workspace: WorkspaceId(-7),
            job: Uuid::from_u128(9),
            fence: u64::MAX,
        }
    }

    #[test]
    fn an_address_leads_to_its_file_until_its_time_is_over() {
        let (links, second) = (links("a secret"), std::time::Duration::from_secs(1));
        let token = links.token(lease(), NOW + second);
        assert_eq!(links.read(&token, NOW), Some(lease()));
        assert_eq!(links.read(&token, NOW + second), None);
    }

    #[test]
    fn an_address_that_is_not_ours_leads_nowhere() {
        let ours = links("a secret");
        let token = ours.token(lease(), NOW + std::time::Duration::from_secs(60));
        for index in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(ours.read(&altered, NOW), None, "{altered}");
            assert_eq!(ours.read(&token[..index], NOW), None);
        }
        assert_eq!(links("another").read(&token, NOW), None);
        assert_eq!(ours.read(&format!("{token}="), NOW), None);
        let made_up = || Links::configured(None, None).unwrap();
        assert_eq!(made_up().read(&token, NOW), None);
    }

    #[test]
    fn an_address_begins_as_the_service_is_called() {
        let begin = |links: &Links| {
            let url = links.url(lease(), NOW)?;
            Some(url.split_once("/downloads/").unwrap().0.to_owned())
        };
        let listening = links("a secret");
        listening.listens("0.0.0.0:7004".parse().unwrap(), false);
        assert_eq!(begin(&listening), None);
        listening.listens("127.0.0.1:7004".parse().unwrap(), true);
        assert_eq!(begin(&listening).as_deref(), Some("https://127.0.0.1:7004"));
        let url: PublicUrl = "https://files.example.com/acuse/".parse().unwrap();
        let told = Links::configured(Some(&Secret::new("x")), Some(&url)).unwrap();
        told.listens("127.0.0.1:7004".parse().unwrap(), true);
        assert_eq!(
            begin(&told).as_deref(),
            Some("https://files.example.com/acuse")
        );
    }
}
