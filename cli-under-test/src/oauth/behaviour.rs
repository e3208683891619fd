//! What can be got wrong at OAuth: see [`crate::behaviour`].

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Granted, Tokens};
use super::{code, metadata, revocation, token};
use crate::error::Error;
use crate::http::{Answer, Request};
use crate::poll::{self, Pace};
use crate::renewal;
use crate::secret::Secret;
use crate::session::Session;
use crate::{chance, http};

/// The authorization server.
#[derive(Clone, Debug)]
pub(crate) struct OAuth {
    /// Makes the state of an authorization request.
    pub(crate) state: fn() -> Result<Secret, Error>,
    /// Makes the secret that proves who asked.
    pub(crate) verifier: fn() -> Result<Secret, Error>,
    /// What is told of that secret beforehand.
    pub(crate) challenge: fn(&Secret) -> String,
    /// How it is told.
    pub(crate) challenge_method: &'static str,
    /// Exchanges a code.
    pub(crate) exchange: fn(&Session, &Request) -> Result<Answer, Error>,
    /// Whether a server's description, by the name in it, is that of the server asked.
    pub(crate) describes: fn(&str, &str) -> bool,
    /// Whether tokens of this type can be used.
    pub(crate) usable_type: fn(&str) -> bool,
    /// Asks the server to forget a token.
    pub(crate) revoke: fn(&Session, &str, &str, &Secret) -> Result<(), Error>,
}

impl Default for OAuth {
    fn default() -> Self {
        Self {
            state: chance::unguessable,
            verifier: chance::unguessable,
            challenge: code::s256,
            challenge_method: "S256",
            exchange: http::send,
            describes: metadata::is_same_server,
            usable_type: token::is_bearer,
            revoke: revocation::revoke,
        }
    }
}

/// A session that renews itself.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    /// How long before its end a token is replaced.
    pub(crate) margin: Duration,
    /// Whether it is time.
    pub(crate) due: fn(&Tokens, Timestamp, Duration) -> bool,
    /// Whether a rejected token is worth a new one.
    pub(crate) after_rejection: bool,
    /// Whether another command has been faster, given the tokens before and after the wait.
    pub(crate) overtaken: fn(&Tokens, &Tokens) -> bool,
    /// The tokens to keep, of the old ones and the new.
    pub(crate) kept: fn(&Tokens, Granted) -> Granted,
    /// Hears that renewing failed.
    pub(crate) failed: fn(&Session, &dyn renewal::Vault, &Error),
    /// Hears that tokens were replaced, before they are used.
    pub(crate) keep: fn(&dyn renewal::Vault, &Granted) -> Result<(), Error>,
}

impl Default for Renewal {
    fn default() -> Self {
        Self {
            margin: Duration::from_mins(1),
            due: renewal::is_due,
            after_rejection: true,
            overtaken: renewal::overtaken,
            kept: renewal::kept,
            failed: |_, _, _| {},
            keep: |vault, granted| vault.save(granted),
        }
    }
}

/// Asking until the user has approved.
#[derive(Clone, Debug)]
pub(crate) struct Polling {
    /// Lets time pass.
    pub(crate) pause: fn(Duration),
    /// The present moment.
    pub(crate) now: fn() -> Instant,
    /// The pace after being told that it is too fast.
    pub(crate) slowed: fn(Pace) -> Result<Pace, Error>,
    /// The pace after not getting through.
    pub(crate) backed_off: fn(Pace) -> Pace,
    /// Whether asking again could help.
    pub(crate) is_passing: fn(&Error) -> bool,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            pause: std::thread::sleep,
            now: poll::now,
            slowed: |pace| Ok(pace.slowed()),
            backed_off: Pace::backed_off,
            is_passing: poll::is_passing,
        }
    }
}
