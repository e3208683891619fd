//! The token endpoint, RFC 6749 section 3.2. Its lock is held from the look at a code or token to
//! the decision, so that of many who race, one wins.

mod grants;

use std::sync::Arc;

use super::client_auth::client;
use super::oauth_error::OAuthError;
use super::{OAuth, TOKEN_NAMES};
use crate::endpoint::{Endpoint, Request};
use crate::issuing::Issued;
use crate::keyring::AccountId;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::slot::Values;
use crate::state::State;
use crate::world::World;

/// RFC 8628 section 3.4.
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What RFC 6749 section 3.2 allows once; others are ignored.
const PARAMETERS: &[&str] = &[
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "device_code",
    "scope",
];

pub(super) struct Token(pub(super) Arc<OAuth>);

impl Endpoint for Token {
    fn operation(&self) -> Operation {
        Operation::Token
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        Ok(flow.token(world, request).unwrap_or_else(OAuthError::reply))
    }
}

impl OAuth {
    fn token(&self, world: &World, request: &Request<'_>) -> Result<Reply, OAuthError> {
        let form = request.declared_form()?;
        if form.has_twice(PARAMETERS) {
            return Err("a parameter is given twice".into());
        }
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        if !state.personal_tokens {
            let why = self.profile.personal_tokens_disabled.clone();
            return Err(OAuthError::forbidden(why));
        }
        let grant_type = form.required("grant_type")?;
        let client = client(&request.head.headers, &form, &state.clients)?;
        let grants =
            grants::Grants { issuing: &world.issuing, form: &form, client: &client, now_ms };
        let (decided, account) = match grant_type.as_str() {
            "authorization_code" if self.profile.authorize.is_some() => {
                grants.authorization_code(&mut state)?
            }
            "refresh_token" if self.profile.refresh_tokens.is_some() => {
                grants.refresh_token(&mut state)?
            }
            DEVICE_GRANT if self.profile.device.is_some() => {
                grants.device_code(&mut state, request.held_pending)?
            }
            _ => {
                let why = "this grant type is not served here";
                return Err(OAuthError::new("unsupported_grant_type", why));
            }
        };
        // All is decided, and good for nobody else: others need not wait for the signature.
        let issued = if decided.needs_signing() {
            drop(state);
            let issued = world.issuing.sign(decided);
            state = world.state();
            issued
        } else {
            world.issuing.sign(decided)
        };
        issued.record(&mut state);
        Ok(self.issued(&state, &issued, account))
    }

    fn issued(&self, state: &State, issued: &Issued, account: AccountId) -> Reply {
        let [access, refresh, expires_in, scope, id_token] = TOKEN_NAMES;
        let mut named =
            vec![(access, issued.access.expose().into()), (expires_in, issued.expires_in.into())];
        let optional = [(refresh, issued.refresh.as_ref()), (id_token, issued.id_token.as_ref())];
        for (name, secret) in optional {
            named.extend(secret.map(|secret| (name, secret.expose().into())));
        }
        if !issued.scope.is_empty() {
            named.push((scope, (&*issued.scope).into()));
        }
        self.token_reply.render(&Values {
            // None if all was forgotten while the tokens were signed.
            account: state.accounts().get(account.0),
            named: &named,
            ..Values::default()
        })
    }
}
