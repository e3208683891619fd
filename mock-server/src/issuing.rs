//! How tokens come to be: what they look like, how long they live, and what is written in them.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::profile::{AccessTokenFormat, AccessTokensProfile};
use crate::secret::{Hash, Secret, hash, random_alphanumeric};
use crate::signer::{Kind, Signer};
use crate::state::State;
use crate::tokens::Grant;

/// How tokens come to be.
#[derive(Debug)]
pub(crate) struct Issuing {
    pub(crate) issuer: Arc<str>,
    pub(crate) signer: Signer,
    pub(crate) profile: AccessTokensProfile,
    /// Whether the scope `openid` gives an ID token.
    pub(crate) openid: bool,
}

/// Tokens that were just issued.
#[derive(Debug)]
pub(crate) struct Issued {
    family: u64,
    pub(crate) access: Secret,
    access_hash: Hash,
    pub(crate) refresh: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) scope: Arc<str>,
    pub(crate) expires_in: u64,
    now_ms: u64,
}

/// What tokens are issued for.
#[derive(Debug)]
pub(crate) struct Issue<'a> {
    pub(crate) grant: &'a Grant,
    /// The family that they join; without it, one begins.
    pub(crate) family: Option<u64>,
    /// Whether there is to be a refresh token, if the profile has such.
    pub(crate) refresh: bool,
    /// The scope of the access token: the grant's, or less.
    pub(crate) scope: &'a Arc<str>,
    /// OpenID Connect Core section 3.1.2.1.
    pub(crate) nonce: Option<&'a str>,
    /// How long the access token lives, if not as the profile says.
    pub(crate) lifetime_seconds: Option<u64>,
}

impl<'a> Issue<'a> {
    /// All that a grant allows, in a family of its own.
    pub(crate) fn of(grant: &'a Grant) -> Self {
        Self {
            grant,
            family: None,
            refresh: true,
            scope: &grant.scope,
            nonce: None,
            lifetime_seconds: None,
        }
    }
}

/// Tokens that are decided, and not yet signed.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) family: u64,
    access: Text,
    id_token: Option<IdClaims>,
    refresh: Option<Secret>,
    scope: Arc<str>,
    expires_in: u64,
    now_ms: u64,
}

/// What becomes an access token.
#[derive(Debug)]
enum Text {
    Opaque(Secret),
    Claims(AccessClaims),
}

impl Decided {
    /// Whether something is left to be signed, which takes as long as all the rest.
    pub(crate) fn needs_signing(&self) -> bool {
        matches!(self.access, Text::Claims(_)) || self.id_token.is_some()
    }
}

impl Issuing {
    /// Issues tokens, and remembers that they were handed out.
    pub(crate) fn issue(&self, state: &mut State, issue: &Issue<'_>, now_ms: u64) -> Issued {
        let decided = self.decide(state, issue, now_ms);
        let issued = self.sign(decided);
        issued.record(state);
        issued
    }

    /// Decides what is issued, and lets a family begin for it.
    pub(crate) fn decide(&self, state: &mut State, issue: &Issue<'_>, now_ms: u64) -> Decided {
        let grant = issue.grant;
        let lifetime = issue.lifetime_seconds;
        let expires_in = lifetime.unwrap_or(self.profile.lifetime_seconds);
        let times = (now_ms / 1000, expires_in);
        let access = match &self.profile.format {
            AccessTokenFormat::Opaque(format) => Text::Opaque(format.mint()),
            AccessTokenFormat::Jwt => Text::Claims(self.access_claims(state, issue, times)),
        };
        let id_token = (self.openid && grant.covers("openid"))
            .then(|| self.id_claims(state, grant, issue.nonce, times));
        let family = match issue.family {
            Some(family) => family,
            None => state.tokens.begin(grant.clone()),
        };
        let refresh = issue.refresh.then(|| state.tokens.mint_refresh(family, now_ms)).flatten();
        Decided {
            family,
            access,
            id_token,
            refresh,
            scope: Arc::clone(issue.scope),
            expires_in,
            now_ms,
        }
    }

    /// Signs what was decided. Nothing has to be locked for it.
    pub(crate) fn sign(&self, decided: Decided) -> Issued {
        let access = match decided.access {
            Text::Opaque(secret) => secret,
            Text::Claims(claims) => Secret::new(self.signer.sign(Kind::AccessToken, &claims)),
        };
        let id_token = decided.id_token;
        Issued {
            family: decided.family,
            access_hash: hash(access.expose()),
            access,
            id_token: id_token.map(|claims| Secret::new(self.signer.sign(Kind::IdToken, &claims))),
            refresh: decided.refresh,
            scope: decided.scope,
            expires_in: decided.expires_in,
            now_ms: decided.now_ms,
        }
    }

    /// RFC 9068 section 2.2.
    fn access_claims(
        &self,
        state: &State,
        issue: &Issue<'_>,
        (now, lifetime): (u64, u64),
    ) -> AccessClaims {
        AccessClaims {
            iss: Arc::clone(&self.issuer),
            sub: state.subject(issue.grant.account),
            aud: Arc::clone(&self.issuer),
            client_id: Arc::clone(&issue.grant.client),
            scope: Arc::clone(issue.scope),
            iat: now,
            exp: now.saturating_add(lifetime),
            jti: random_alphanumeric(22),
        }
    }

    /// OpenID Connect Core section 2.
    fn id_claims(
        &self,
        state: &State,
        grant: &Grant,
        nonce: Option<&str>,
        (now, lifetime): (u64, u64),
    ) -> IdClaims {
        IdClaims {
            iss: Arc::clone(&self.issuer),
            sub: state.subject(grant.account),
            aud: Arc::clone(&grant.client),
            iat: now,
            exp: now.saturating_add(lifetime),
            nonce: nonce.map(str::to_owned),
            email: state.account(grant.account).get("email").cloned(),
        }
    }
}

/// What an access token says.
#[derive(Debug, Serialize)]
struct AccessClaims {
    iss: Arc<str>,
    sub: String,
    aud: Arc<str>,
    client_id: Arc<str>,
    scope: Arc<str>,
    iat: u64,
    exp: u64,
    jti: String,
}

/// What an ID token says.
#[derive(Debug, Serialize)]
struct IdClaims {
    iss: Arc<str>,
    sub: String,
    aud: Arc<str>,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Value>,
}

impl Issued {
    /// Makes the tokens good, and remembers that they were handed out.
    pub(crate) fn record(&self, state: &mut State) {
        let lifetime = (self.now_ms, self.expires_in.saturating_mul(1000));
        let tokens = &mut state.tokens;
        tokens.add_access(self.family, self.access_hash, &self.scope, lifetime);
        state.hand_out("access token", &self.access);
        if let Some(refresh) = &self.refresh {
            state.hand_out("refresh token", refresh);
        }
        if let Some(id_token) = &self.id_token {
            state.hand_out("ID token", id_token);
        }
    }
}
