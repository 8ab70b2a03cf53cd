//! How a command fails.

use std::{fmt::Display, process::ExitCode};

/// Why a command did not do what was asked, and what helps.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    text: String,
    advice: Option<String>,
}

/// What commands give.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// It could not be done.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            exit: 3,
            text: text.into(),
            advice: None,
        }
    }

    /// The command line asks for what does not go together.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            exit: 2,
            ..Self::new(text)
        }
    }

    /// It was done, and the answer is no.
    pub(crate) fn no(text: impl Into<String>) -> Self {
        Self {
            exit: 1,
            ..Self::new(text)
        }
    }

    /// Somebody pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self {
            exit: 130,
            ..Self::new("interrupted")
        }
    }

    /// Nobody reads on, as when the output goes to `head`: the rest is not wanted, and nothing failed.
    pub(crate) fn unread() -> Self {
        Self {
            exit: 0,
            ..Self::new("")
        }
    }

    /// The same with what helps.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Tells it on standard error, and gives the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        if !self.text.is_empty() {
            crate::output::note(&format!("error: {self}"));
        }
        ExitCode::from(self.exit)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  {advice}"),
            None => Ok(()),
        }
    }
}
