//! What can be got wrong at OAuth: see [`crate::behaviour`].

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::{Granted, Tokens};
use super::{code, device, metadata, revocation, token};
use crate::error::Error;
use crate::http::{Answer, Request};
use crate::poll::{self, Pace};
use crate::renewal;
use crate::secret::Secret;
use crate::session::Session;
use crate::{chance, http};

/// Whether a server could be told something.
pub(crate) type Told = Result<(), Error>;

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
    /// What is asked of the server in the browser, of all that is to be.
    pub(crate) question: fn(token::Form) -> token::Form,
    /// What is sent to the server in a form, of all that is to be.
    pub(crate) form: fn(token::Form) -> token::Form,
    /// When a token ends, of how long it is said to live and of the token itself.
    pub(crate) end: fn(Option<&Value>, &str) -> Option<Timestamp>,
    /// A page of a device login that may be shown and opened.
    pub(crate) page: fn(&str) -> Result<String, Error>,
    /// The page with the code in it, if there is one.
    pub(crate) complete: fn(Option<String>) -> Option<String>,
    /// What to do there, given the page if it was not shown yet, and the code.
    pub(crate) instructions: fn(Option<&str>, &str) -> String,
    /// Hears whether the server could be told, before what is saved is forgotten.
    pub(crate) told: fn(Told) -> Result<Told, Error>,
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
            question: |fields| fields,
            form: |fields| fields,
            end: token::end,
            page: device::page,
            complete: |page| page,
            instructions: device::instructions,
            told: Ok,
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
    /// How many new tokens a rejected request is worth.
    pub(crate) after_rejection: usize,
    /// Whether a rejected token can be renewed at all.
    pub(crate) worth: fn(&Tokens) -> bool,
    /// What is shown to the server for new tokens.
    pub(crate) shown: fn(&Tokens) -> Option<Secret>,
    /// Shows it.
    pub(crate) exchange: fn(&dyn renewal::Vault, &Secret) -> Result<Granted, Error>,
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
            after_rejection: 1,
            worth: |tokens| tokens.refresh.is_some(),
            shown: |tokens| tokens.refresh.clone(),
            exchange: |vault, refresh| vault.renew(refresh),
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
    /// How often to ask once more when it is known.
    pub(crate) afterwards: usize,
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
            afterwards: 0,
            is_passing: poll::is_passing,
        }
    }
}
