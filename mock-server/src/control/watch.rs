//! What only looks, and what forgets what was seen.

use axum::Json;
use axum::extract::{Query, State};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Handle;
use crate::keyring::{AccountId, KeyEntry};

#[derive(Deserialize)]
pub(super) struct Since {
    /// The number of the last exchange that is known already.
    #[serde(default)]
    since: u64,
}

pub(super) async fn journal(
    State(handle): State<Handle>,
    Query(Since { since }): Query<Since>,
) -> Json<Value> {
    let journal = &handle.shared.journal;
    let exchanges = journal.since(since);
    Json(json!({ "exchanges": exchanges, "dropped": journal.dropped() }))
}

pub(super) async fn clear_journal(State(handle): State<Handle>) -> StatusCode {
    handle.shared.journal.clear();
    StatusCode::NO_CONTENT
}

pub(super) async fn har(State(handle): State<Handle>) -> Json<Value> {
    Json(handle.shared.journal.to_har())
}

pub(super) async fn openapi(State(handle): State<Handle>) -> Json<Value> {
    Json(Value::clone(&handle.openapi))
}

pub(super) async fn codes(State(handle): State<Handle>) -> Json<Value> {
    Json(json!({ "codes": handle.shared.world.open_codes() }))
}

pub(super) async fn clock(State(handle): State<Handle>) -> Json<Value> {
    Json(time(&handle))
}

/// The platform's time, for people and for programs.
pub(super) fn time(handle: &Handle) -> Value {
    let now_ms = handle.shared.world.clock.now_ms();
    let date = i64::try_from(now_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    json!({ "now_ms": now_ms, "now": date.map(|date| date.to_string()) })
}

/// What is remembered, hashes instead of secrets.
pub(super) async fn state(State(handle): State<Handle>) -> Json<Value> {
    let codes = handle.shared.world.open_codes();
    let clock = time(&handle);
    let state = handle.shared.world.state();
    let accounts: Vec<_> = state
        .accounts()
        .iter()
        .enumerate()
        .map(|(place, members)| {
            let keys = state.keyring.list(AccountId(place));
            let keys: Vec<_> = keys.into_iter().map(KeyEntry::record).collect();
            json!({ "account": place, "members": members, "keys": keys })
        })
        .collect();
    Json(json!({
        "clock": clock,
        "accounts": accounts,
        "codes": codes,
        "clients": state.clients.len(),
        "token_families": state.tokens.living_families(),
        "personal_tokens": state.personal_tokens,
    }))
}
