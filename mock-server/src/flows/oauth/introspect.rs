//! Introspection, RFC 7662, for a confidential client or for whoever has a good credential.

use hyper::StatusCode;
use hyper::header::HeaderMap;
use serde_json::{Value, json};

use super::client_auth::client;
use super::oauth_error::OAuthError;
use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Refusal, Reply};
use crate::world::World;

pub(super) struct Introspect;

impl Endpoint for Introspect {
    fn operation(&self) -> Operation {
        Operation::TokenIntrospect
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(introspect(world, request).unwrap_or_else(OAuthError::reply))
    }
}

fn introspect(world: &World, request: &Request<'_>) -> Result<Reply, OAuthError> {
    let form = request.declared_form()?;
    authenticate(world, &request.head.headers, &form)?;
    let token = form.required("token")?;
    let now_ms = world.clock.now_ms();
    let state = world.state();
    let Some(living) = state.tokens.living(&token, now_ms) else {
        if state.lapses.has(Lapse::TellsOfTheDead)
            && let Some((_, client)) = state.tokens.family_of(&token)
        {
            let answer = json!({ "active": false, "client_id": &*client });
            return Ok(Reply::json(StatusCode::OK, &answer));
        }
        // RFC 7662 section 2.2: nothing more, not even why.
        return Ok(Reply::json(StatusCode::OK, &json!({ "active": false })));
    };
    let mut answer = json!({
        "active": true,
        "iss": &*world.issuing.issuer,
        "sub": state.subject(living.grant.account),
        "client_id": &*living.grant.client,
        "scope": &*living.grant.scope,
        "iat": living.issued_at_ms / 1000,
    });
    if let Some(at_ms) = living.expires_at_ms {
        answer["exp"] = Value::from(at_ms / 1000);
    }
    if !living.is_refresh {
        answer["token_type"] = Value::from("Bearer");
        answer["aud"] = Value::from(&*world.issuing.issuer);
    }
    if let Some(email) = state.account(living.grant.account).get("email") {
        answer["username"] = email.clone();
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// RFC 7662 section 2.1: "the protected resource MUST authenticate". A public client's name is
/// known to everybody, and proves nothing.
fn authenticate(world: &World, headers: &HeaderMap, form: &Parameters) -> Result<(), OAuthError> {
    if let Ok(bearer) = credential(headers, "Bearer") {
        let good = world.caller(bearer, world.clock.now_ms()).is_ok();
        let why = || OAuthError::invalid_client("the credential is no good");
        return good.then_some(()).ok_or_else(why);
    }
    let state = world.state();
    let client = client(headers, form, &state.clients)?;
    if client.secret.is_none() {
        return Err(OAuthError::invalid_client("a public client may not ask"));
    }
    Ok(())
}
