//! What one call to a peer says of itself.

use std::time::Duration;

use acuse_domain::scope::Caller;
use tonic::Request;

/// How a call is made. Travels in the request's extensions to the [`super::Channel`].
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub(super) caller: Option<Caller>,
    pub(super) idempotent: bool,
    pub(super) patience: Patience,
    /// What the call is about.
    pub(super) about: Option<String>,
}

/// How long a call is waited for. The deadline of the call that it is made in goes before all of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Patience {
    /// As long as the channel says.
    #[default]
    Usual,
    /// This long.
    For(Duration),
    /// For ever.
    Endless,
}

impl Call {
    /// A call made for `caller`, by a service that has an identity of its own.
    pub fn of(caller: &Caller) -> Self {
        Self {
            caller: Some(caller.clone()),
            ..Self::default()
        }
    }

    /// A call with the channel's own token, or with none.
    pub fn plain() -> Self {
        Self::default()
    }

    /// The call does no harm when it is made twice, so it is made again when the peer is away. For unary calls and those
    /// with a streamed answer; a request that is itself a stream would be read to its end first.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// The call is about `thing`: where several addresses are configured, all calls about it go to the same one, as long as that
    /// answers.
    #[must_use]
    pub fn about(mut self, thing: impl Into<String>) -> Self {
        self.about = Some(thing.into());
        self
    }

    /// The call is waited for that long, its answer's stream included.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = Patience::For(patience);
        self
    }

    /// The call streams for as long as it likes.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.patience = Patience::Endless;
        self
    }

    /// The request to hand to a generated client.
    pub fn request<M>(self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(self);
        request
    }
}
