//! Accounts, keys and tokens out of nothing, and their end.

use axum::Json;
use axum::extract::{Path, State};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::play::Asked;
use super::{Handle, Refused};
use crate::issuing::Issue;
use crate::keyring::AccountId;
use crate::secret::Secret;
use crate::state;
use crate::tokens::Grant;

pub(super) async fn user(
    State(handle): State<Handle>,
    asked: Asked<Map<String, Value>>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let Json(members) = asked?;
    let world = &handle.shared.world;
    let account = world.add_account(members);
    let members = world.state().account(account).clone();
    let answer = json!({ "account": account.0, "members": members });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    name: String,
    #[serde(default)]
    account: usize,
    /// Seconds; without it, the key does not end by itself.
    expires_in: Option<u64>,
}

pub(super) async fn key(
    State(handle): State<Handle>,
    asked: Asked<NewKey>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let Json(asked) = asked?;
    let world = &handle.shared.world;
    let now_ms = world.clock.now_ms();
    let mut state = world.state();
    let account = known(&state, asked.account)?;
    let (key, secret) = state.mint_key(account, &asked.name, now_ms);
    if let Some(seconds) = asked.expires_in {
        let at_ms = now_ms.saturating_add(seconds.saturating_mul(1000));
        state.keyring.expire(&key.id, at_ms);
    }
    let answer = json!({
        "id": &*key.id,
        "name": &*key.name,
        "prefix": &*key.prefix,
        "key": secret.value.expose(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn revoke_key(
    State(handle): State<Handle>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    let mut state = handle.shared.world.state();
    match state.keyring.revoke(&id, None) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(_) => Err(Refused::Unknown("no key has this id")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTokens {
    client_id: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    account: usize,
    /// Seconds; without it, as the profile says.
    expires_in: Option<u64>,
}

pub(super) async fn tokens(
    State(handle): State<Handle>,
    asked: Asked<NewTokens>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let Json(asked) = asked?;
    let world = &handle.shared.world;
    let now_ms = world.clock.now_ms();
    let mut state = world.state();
    let grant = Grant {
        client: asked.client_id.into(),
        account: known(&state, asked.account)?,
        scope: asked.scope.into(),
    };
    let issue = Issue { lifetime_seconds: asked.expires_in, ..Issue::of(&grant) };
    let issued = world.issuing.issue(&mut state, &issue, now_ms);
    let answer = json!({
        "access_token": issued.access.expose(),
        "refresh_token": issued.refresh.as_ref().map(Secret::expose),
        "id_token": issued.id_token.as_ref().map(Secret::expose),
        "expires_in": issued.expires_in,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneToken {
    token: String,
}

pub(super) async fn revoke_family(
    State(handle): State<Handle>,
    asked: Asked<OneToken>,
) -> Result<StatusCode, Refused> {
    let Json(OneToken { token }) = asked?;
    let tokens = &mut handle.shared.world.state().tokens;
    let Some((family, _)) = tokens.family_of(&token) else {
        return Err(Refused::Unknown("no family has this token"));
    };
    tokens.end(family);
    Ok(StatusCode::NO_CONTENT)
}

fn known(state: &state::State, place: usize) -> Result<AccountId, Refused> {
    let account = state.account_at(place);
    account.ok_or(Refused::Unknown("no account has this place"))
}
