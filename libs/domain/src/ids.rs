//! Ids: one type each, so that one can't be passed for another.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::time::Timestamp;

/// A workspace's number inside the installation; callers know its slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkspaceId(pub i32);

/// The number that stands for an external id of a workspace's directory (an agent, a template, a campaign …).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct NameId(pub i32);

/// A contact's number inside its workspace.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct ContactId(pub i64);

/// Acuse's own id of a message, outbound or inbound: a UUIDv7 whose time is the first known origin and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageId(pub Uuid);

impl MessageId {
    /// A new id for a message that belongs to `origin`.
    pub fn new(origin: Timestamp) -> Self {
        let micros = origin.micros().max(0).unsigned_abs();
        let time = uuid::Timestamp::from_unix(
            uuid::NoContext,
            micros / 1_000_000,
            u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000,
        );
        Self(Uuid::new_v7(time))
    }

    /// The instant inside the id, in whole milliseconds.
    pub fn time(self) -> Timestamp {
        let (millis, _) = self.0.as_u64_pair();
        Timestamp::from_millis(i64::try_from(millis >> 16).unwrap_or(0))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first 16 bytes of a BLAKE3 hash: what an id, an address or a piece of evidence is compared by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 16]);

impl Serialize for Digest {
    /// As hexadecimal digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = u128::from_str_radix(&text, 16).map_err(D::Error::custom)?;
        Ok(Self(digits.to_be_bytes()))
    }
}

impl Digest {
    /// The digest of parts in order; each part's length goes in too, so that no two lists of parts collide.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(short)
    }

    /// The digest's counterpart: what an inbound message goes by whose id an outbound message would go by under this
    /// one, and the other way round.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        self.0[0] ^= 0x80;
        self
    }

    /// The leading eight bytes as a number; orders digests well enough to break ties.
    pub fn rank(self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
