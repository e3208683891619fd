//! Revocation, RFC 7009. A token that nobody knows is revoked already; the hint is not needed.

use hyper::StatusCode;

use super::client_auth::client;
use super::oauth_error::OAuthError;
use crate::endpoint::{Endpoint, Request};
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::secret::hash;
use crate::world::World;

pub(super) struct Revoke;

impl Endpoint for Revoke {
    fn operation(&self) -> Operation {
        Operation::TokenRevoke
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(revoke(world, request).unwrap_or_else(OAuthError::reply))
    }
}

fn revoke(world: &World, request: &Request<'_>) -> Result<Reply, OAuthError> {
    let form = request.declared_form()?;
    let mut state = world.state();
    let client = client(&request.head.headers, &form, &state.clients)?;
    let token = form.required("token")?;
    if let Some((_, owner)) = state.tokens.family_of(&token) {
        // RFC 7009 section 2.1: "the request is refused and the client is informed of the error".
        if owner != client.id && !state.lapses.has(Lapse::RevokesForAnyClient) {
            let why = "the token is another client's";
            return Err(OAuthError::invalid_grant(why));
        }
        let hint = form.optional("token_type_hint")?;
        let is_refresh = state.tokens.grant_of_refresh(&hash(&token)).is_some();
        let mistaken = hint.is_some_and(|hint| (hint == "refresh_token") != is_refresh);
        if state.lapses.has(Lapse::RevokesNothing)
            || mistaken && state.lapses.has(Lapse::HintTrusted)
        {
            // It says yes all the same.
        } else if is_refresh && state.lapses.has(Lapse::AccessOutlivesRefresh) {
            state.tokens.end_refresh_only(&token);
        } else {
            state.tokens.revoke(&token);
        }
    }
    Ok(Reply::json(StatusCode::OK, &serde_json::json!({})))
}
