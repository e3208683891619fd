//! The three grants.

use std::sync::Arc;

use crate::approvals::Poll;
use crate::clients::Client;
use crate::codes::NoCode;
use crate::flows::oauth::oauth_error::OAuthError;
use crate::issuing::{Decided, Issue, Issuing};
use crate::keyring::AccountId;
use crate::lapse::Lapse;
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
        let lapses = |lapse| state.lapses.has(lapse);
        let verifier = match self.form.required("code_verifier") {
            Err(_) if lapses(Lapse::VerifierOptional) => None,
            verifier => Some(verifier?),
        };
        let any_client = lapses(Lapse::CodeAnyClient);
        let any_redirect = lapses(Lapse::RedirectUnbound);
        let any_verifier = lapses(Lapse::VerifierUnchecked);
        let redirect_uri = self.form.optional("redirect_uri")?;
        let now_ms = self.now_ms;
        let found = match state.authorization_codes.find(&code, now_ms) {
            Ok(found) => found.stands_for.clone(),
            Err(why) => {
                if let NoCode::Used(Some(family)) = why
                    && !state.lapses.has(Lapse::ReplayHarmless)
                {
                    state.tokens.end(family);
                }
                return Err(OAuthError::invalid_grant(why.phrase()));
            }
        };
        if found.grant.client != self.client.id && !any_client {
            return Err(OAuthError::invalid_grant("the code is another client's"));
        }
        if redirect_uri.is_some_and(|uri| uri != found.redirect_uri) && !any_redirect {
            let why = "the redirect URI is not the authorization request's";
            return Err(OAuthError::invalid_grant(why));
        }
        let made = |verifier: &String| found.challenge.was_made_of(verifier);
        if !verifier.as_ref().is_none_or(made) && !any_verifier {
            let why = "the code_verifier is not that of the code_challenge";
            return Err(OAuthError::invalid_grant(why));
        }
        let issue = Issue { nonce: found.nonce.as_deref(), ..Issue::of(&found.grant) };
        let decided = self.issuing.decide(state, &issue, now_ms);
        if state.lapses.has(Lapse::CodeRaces) {
            state.lapses.late_codes.push((code, Some(decided.family)));
        } else if !state.lapses.has(Lapse::CodeTwice)
            && let Ok(found) = state.authorization_codes.find(&code, now_ms)
        {
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
        if let Some(asked) = asked
            && let Some(living) = state.tokens.living(&token, now_ms)
            && !living.grant.covers(asked)
            && !state.lapses.has(Lapse::ScopeWidens)
        {
            let why = "the scope is more than what was granted";
            return Err(OAuthError::new("invalid_scope", why));
        }
        let any_client = state.lapses.has(Lapse::RefreshAnyClient);
        let owner = any_client.then(|| state.tokens.family_of(&token)).flatten();
        let client = owner.map_or_else(|| Arc::clone(&self.client.id), |(_, owner)| owner);
        let survives = state.lapses.has(Lapse::FamilySurvives) && !state.tokens.has_ended(&token);
        let refreshed = state.tokens.refresh(&token, &client, now_ms);
        let refreshed = refreshed.map_err(|why| {
            if survives {
                state.tokens.revive(&token);
            }
            OAuthError::invalid_grant(why)
        })?;
        if state.lapses.has(Lapse::RefreshRaces) {
            state.tokens.note_use(&token, None);
            state.lapses.late_refresh.push(token.clone());
        }
        let scope = match asked {
            Some(asked) if state.lapses.has(Lapse::ScopeWidens) => asked.into(),
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
        if *approval.client != *self.client.id && !state.lapses.has(Lapse::DeviceAnyClient) {
            let why = "the device code is another client's";
            return Err(OAuthError::invalid_grant(why));
        }
        let scope = approval.scope.as_str().into();
        let account = match approval.paced_poll(now_ms, held_pending) {
            Poll::Approved(account) => {
                if state.lapses.has(Lapse::DeviceTwice) {
                    approval.hand_out_again(account);
                }
                account
            }
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
