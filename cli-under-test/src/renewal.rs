//! Sessions that renew themselves: early, once, and whatever other commands are doing.
//!
//! A refresh token may be good for one use alone, and using it twice may end the session. So who
//! renews holds a lock, looks again at what is saved once it is his turn, and saves what he got
//! before anybody uses it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::credential::{Credential, Origin};
use crate::error::Error;
use crate::http::{self, Answer, Request};
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens};
use crate::secret::Secret;
use crate::session::Session;

/// Where a session is kept, and who renews it.
pub(crate) trait Vault {
    /// Waits for one's turn.
    fn lock(&self) -> Result<Lock, Error>;
    /// The tokens that are saved now.
    fn load(&self) -> Result<Option<Tokens>, Error>;
    /// Saves tokens in their place.
    fn save(&self, granted: &Granted) -> Result<(), Error>;
    /// Exchanges a refresh token for new tokens.
    fn renew(&self, refresh: &Secret) -> Result<Granted, Error>;
}

/// What requests may be made with.
pub(crate) enum Access<'a> {
    /// A credential that is as it is.
    Key(Credential),
    /// A session.
    Session(Box<dyn Vault + 'a>),
}

impl Access<'_> {
    /// Sends a request with the credential, and judges the answer's status.
    pub(crate) fn ask(&self, session: &Session, request: &Request) -> Result<Answer, Error> {
        match self {
            Self::Key(credential) => authorized(session, request, credential.clone()),
            Self::Session(vault) => ask(session, vault.as_ref(), request),
        }
    }

    /// The credential itself, renewed if it is time.
    pub(crate) fn credential(&self, session: &Session) -> Result<Credential, Error> {
        match self {
            Self::Key(credential) => Ok(credential.clone()),
            Self::Session(vault) => Ok(of_session(&fresh(session, vault.as_ref())?.0)),
        }
    }
}

/// Sends a request in the name of a session. A token that the server rejects before its time is
/// renewed, once; if that does not help, nothing will.
fn ask(session: &Session, vault: &dyn Vault, request: &Request) -> Result<Answer, Error> {
    let behaviour = &session.behaviour.renewal;
    let (mut tokens, just_renewed) = fresh(session, vault)?;
    let mut answer = authorized(session, request, of_session(&tokens));
    for _ in usize::from(just_renewed)..behaviour.after_rejection {
        let rejected = matches!(answer, Err(Error::Unauthorized { .. }));
        if !rejected || !(behaviour.worth)(&tokens) {
            break;
        }
        tokens = renewed(session, vault, &tokens)?;
        answer = authorized(session, request, of_session(&tokens));
    }
    answer
}

/// The tokens of a session, renewed if it is time, and whether they were.
fn fresh(session: &Session, vault: &dyn Vault) -> Result<(Tokens, bool), Error> {
    let behaviour = &session.behaviour.renewal;
    let tokens = vault.load()?.ok_or_else(|| session.signed_out())?;
    let now = Timestamp::now();
    if !(behaviour.due)(&tokens, now, behaviour.margin) {
        return Ok((tokens, false));
    }
    match renewed(session, vault, &tokens) {
        Ok(tokens) => Ok((tokens, true)),
        // It was early: what is saved is still good, and the next command tries again.
        Err(error) if !is_final(&error) && tokens.expires_at.is_some_and(|end| end > now) => {
            Ok((tokens, true))
        }
        Err(error) => Err(error),
    }
}

/// New tokens in place of `stale`: one's own, or those of whoever was faster.
fn renewed(session: &Session, vault: &dyn Vault, stale: &Tokens) -> Result<Tokens, Error> {
    let behaviour = &session.behaviour.renewal;
    let _turn = vault.lock()?;
    let current = vault.load()?.ok_or_else(|| session.signed_out())?;
    if (behaviour.overtaken)(stale, &current) {
        return Ok(current);
    }
    let Some(shown) = (behaviour.shown)(&current) else {
        return Ok(current);
    };
    match (behaviour.exchange)(vault, &shown) {
        Ok(granted) => {
            let granted = (behaviour.kept)(&current, granted);
            (behaviour.keep)(vault, &granted)?;
            Ok(granted.tokens)
        }
        Err(Error::Grant { error, host, .. }) if error == "invalid_grant" => {
            // Somebody who does not wait for turns may have been faster all the same.
            match vault.load()? {
                Some(others) if others.refresh != current.refresh => Ok(others),
                _ => {
                    let error = Error::SessionEnded { host };
                    (behaviour.failed)(session, vault, &error);
                    Err(error)
                }
            }
        }
        Err(error) => {
            (behaviour.failed)(session, vault, &error);
            Err(error.doing("renew the saved session"))
        }
    }
}

/// Whether it is time for new tokens. Without a known end, the server will say; without a refresh
/// token, there is nothing to be done.
pub(crate) fn is_due(tokens: &Tokens, now: Timestamp, margin: Duration) -> bool {
    let margin = SignedDuration::try_from(margin).unwrap_or_default();
    tokens.refresh.is_some()
        && tokens.expires_at.is_some_and(|end| end.duration_since(now) <= margin)
}

/// Whether somebody has replaced the tokens in the meantime.
pub(crate) fn overtaken(stale: &Tokens, current: &Tokens) -> bool {
    stale.access != current.access
}

/// A server that sends no new refresh token means the old one to be kept (RFC 6749, section 6).
pub(crate) fn kept(current: &Tokens, mut granted: Granted) -> Granted {
    if granted.tokens.refresh.is_none() {
        granted.tokens.refresh.clone_from(&current.refresh);
    }
    granted
}

fn is_final(error: &Error) -> bool {
    matches!(error.root(), Error::SessionEnded { .. } | Error::Store(_))
}

fn of_session(tokens: &Tokens) -> Credential {
    Credential { secret: tokens.access.clone(), origin: Origin::Session }
}

fn authorized(
    session: &Session,
    request: &Request,
    credential: Credential,
) -> Result<Answer, Error> {
    let origin = credential.origin;
    let request = request.clone().authorized("Bearer", credential);
    http::exchange(session, &request, Some(origin))
}

#[cfg(test)]
mod tests;
