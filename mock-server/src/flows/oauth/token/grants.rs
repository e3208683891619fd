//! The three grants.

use std::sync::Arc;

use crate::approvals::Poll;
use crate::clients::Client;
use crate::codes::NoCode;
use crate::flows::oauth::oauth_error::OAuthError;
use crate::issuing::{Decided, Issue, Issuing};
use crate::keyring::AccountId;
use crate::parameters::Parameters;
use crate::state::State;
use crate::tokens::{Grant, covers};

/// What a grant is decided by.
pub(super) struct Grants<'a> {
    pub(super) issuing: &'a Issuing,
    pub(super) form: &'a Parameters<'a>,
    pub(super) client: &'a Client,
    pub(super) now_ms: u64,
}

type Given = Result<(Decided, AccountId), OAuthError>;

impl Grants<'_> {
    /// RFC 6749 section 4.1.3 and RFC 7636 section 4.6. A code that comes twice ends what it gave,
    /// RFC 6749 section 4.1.2.
    pub(super) fn authorization_code(&self, state: &mut State) -> Given {
        let code = self.form.required("code")?;
        let verifier = self.form.required("code_verifier")?;
        let redirect_uri = self.form.optional("redirect_uri")?;
        let now_ms = self.now_ms;
        let found = match state.authorization_codes.find(&code, now_ms) {
            Ok(found) => found.stands_for.clone(),
            Err(why) => {
                if let NoCode::Used(Some(family)) = why {
                    state.tokens.end(family);
                }
                return Err(OAuthError::invalid_grant(why.phrase()));
            }
        };
        if found.grant.client != self.client.id {
            return Err(OAuthError::invalid_grant("the code is another client's"));
        }
        if redirect_uri.is_some_and(|uri| uri != found.redirect_uri) {
            let why = "the redirect URI is not the authorization request's";
            return Err(OAuthError::invalid_grant(why));
        }
        if !found.challenge.was_made_of(&verifier) {
            let why = "the code_verifier is not that of the code_challenge";
            return Err(OAuthError::invalid_grant(why));
        }
        let issue = Issue { nonce: found.nonce.as_deref(), ..Issue::of(&found.grant) };
        let decided = self.issuing.decide(state, &issue, now_ms);
        if let Ok(found) = state.authorization_codes.find(&code, now_ms) {
            found.spend(Some(decided.family));
        }
        Ok((decided, found.grant.account))
    }

    /// RFC 6749 section 6, with rotation as the profile has it.
    pub(super) fn refresh_token(&self, state: &mut State) -> Given {
        let token = self.form.required("refresh_token")?;
        let asked = self.form.optional("scope")?;
        let now_ms = self.now_ms;
        // Before the token is used: a request that is refused for its scope costs nothing.
        if let (Some(asked), Some(living)) = (asked, state.tokens.living(&token, now_ms))
            && !living.grant.covers(asked)
        {
            let why = "the scope is more than what was granted";
            return Err(OAuthError::new("invalid_scope", why));
        }
        let refreshed = state
            .tokens
            .refresh(&token, &self.client.id, now_ms)
            .map_err(OAuthError::invalid_grant)?;
        let scope = match asked {
            Some(asked) if covers(&refreshed.grant.scope, asked) => asked.into(),
            _ => Arc::clone(&refreshed.grant.scope),
        };
        let issue = Issue {
            family: Some(refreshed.family),
            refresh: refreshed.rotates,
            scope: &scope,
            ..Issue::of(&refreshed.grant)
        };
        let decided = self.issuing.decide(state, &issue, now_ms);
        Ok((decided, refreshed.grant.account))
    }

    /// RFC 8628 section 3.4 and 3.5.
    pub(super) fn device_code(&self, state: &mut State, held_pending: bool) -> Given {
        let code = self.form.required("device_code")?;
        let now_ms = self.now_ms;
        let approval = state
            .devices
            .of_tool(&code)
            .ok_or_else(|| OAuthError::invalid_grant("the device code is unknown"))?;
        if *approval.client != *self.client.id {
            let why = "the device code is another client's";
            return Err(OAuthError::invalid_grant(why));
        }
        let scope = approval.scope.as_str().into();
        let account = match approval.paced_poll(now_ms, held_pending) {
            Poll::Approved(account) => account,
            Poll::Pending => {
                let why = "nobody has decided yet";
                return Err(OAuthError::new("authorization_pending", why));
            }
            Poll::SlowDown => {
                let why = "wait for the interval, and five seconds more from now on";
                return Err(OAuthError::new("slow_down", why));
            }
            Poll::Denied => {
                let why = "the person has denied access";
                return Err(OAuthError::new("access_denied", why));
            }
            Poll::Expired => {
                let why = "the device code has expired";
                return Err(OAuthError::new("expired_token", why));
            }
            Poll::Spent => return Err(OAuthError::invalid_grant("the device code was used")),
        };
        let grant = Grant { client: Arc::clone(&self.client.id), account, scope };
        let decided = self.issuing.decide(state, &Issue::of(&grant), now_ms);
        Ok((decided, account))
    }
}
