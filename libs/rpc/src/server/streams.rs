//! How many streamed answers one caller may have open. A stream takes its place among the calls under way until its end,
//! and one that nobody reads never ends by itself: without a share of its own, one caller could take all places.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use acuse_domain::{
    error::{Error, ErrorKind},
    scope::Caller,
};
use acuse_telemetry::metrics::catalog::SERVER_SHED;
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// When a caller that was turned away should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Who calls, as far as shares go: the subject in its workspace.
type Who = (Option<String>, String);

/// The streams that are open, by caller.
pub(super) struct Streams {
    /// Paths of the methods that answer with a stream.
    methods: HashSet<String>,
    most: usize,
    open: Mutex<HashMap<Who, usize>>,
}

impl Streams {
    /// None open yet of the methods that `descriptors` (encoded `FileDescriptorSet`s) describe; `most` to a caller.
    ///
    /// # Errors
    ///
    /// [`prost::DecodeError`] where they cannot be read.
    pub(super) fn of(descriptors: &[&[u8]], most: usize) -> Result<Self, prost::DecodeError> {
        let mut methods = HashSet::new();
        for encoded in descriptors {
            for file in FileDescriptorSet::decode(*encoded)?.file {
                for service in &file.service {
                    let streaming = service.method.iter().filter(|one| one.server_streaming());
                    methods.extend(streaming.map(|method| {
                        format!("/{}.{}/{}", file.package(), service.name(), method.name())
                    }));
                }
            }
        }
        Ok(Self {
            methods,
            most,
            open: Mutex::default(),
        })
    }

    /// A place for the answer of the method at `path`; `None` where that is no stream.
    ///
    /// # Errors
    ///
    /// RESOURCE_EXHAUSTED where the caller has as many open as it may.
    pub(super) fn admit(
        self: &Arc<Self>,
        path: &str,
        caller: &Caller,
    ) -> Result<Option<Place>, Error> {
        if !self.methods.contains(path) {
            return Ok(None);
        }
        let workspace = caller.scope.as_ref().map(|scope| scope.workspace.clone());
        let who = (workspace, caller.subject.clone());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(who.clone()).or_default();
        if *count >= self.most {
            SERVER_SHED.one(["streams".into()]);
            return Err(Error::new(
                ErrorKind::ResourceExhausted {
                    retry_after: Some(RETRY_AFTER),
                },
                "TOO_MANY_STREAMS",
                format!(
                    "the caller has {} streamed answers open already; end one first",
                    self.most
                ),
            ));
        }
        *count += 1;
        Ok(Some(Place {
            streams: Arc::clone(self),
            who,
        }))
    }
}

/// A stream's place in its caller's share, given back when it is dropped.
pub(super) struct Place {
    streams: Arc<Streams>,
    who: Who,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .streams
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.who);
            }
        }
    }
}
