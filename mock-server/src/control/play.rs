//! What changes how the platform goes on.

use std::time::{Duration, UNIX_EPOCH};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde_json::Value;

use super::{Handle, Refused, watch};
use crate::script::Script;

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

/// A JSON body, or why it is none.
pub(super) type Asked<T> = Result<Json<T>, JsonRejection>;

pub(super) async fn script(
    State(handle): State<Handle>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let script: Script = if is_json {
        serde_json::from_slice(&body).map_err(|error| Refused::Malformed(error.to_string()))?
    } else {
        let text = str::from_utf8(&body).map_err(|error| Refused::Malformed(error.to_string()))?;
        Script::from_toml(text).map_err(|error| Refused::Malformed(error.to_string()))?
    };
    handle.shared.plan(script);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn clear_script(State(handle): State<Handle>) -> StatusCode {
    handle.shared.clear_script();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Time {
    now: Option<jiff::Timestamp>,
    now_ms: Option<u64>,
}

pub(super) async fn set_clock(
    State(handle): State<Handle>,
    asked: Asked<Time>,
) -> Result<Json<Value>, Refused> {
    let Json(asked) = asked?;
    let time = match (asked.now, asked.now_ms) {
        (Some(now), None) => now.into(),
        (None, Some(ms)) => UNIX_EPOCH
            .checked_add(Duration::from_millis(ms))
            .ok_or_else(|| Refused::Malformed("no time is that late".into()))?,
        _ => return Err(Refused::Malformed("give `now` or `now_ms`".into())),
    };
    handle.shared.world.clock.set(time);
    Ok(Json(watch::time(&handle)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    seconds: u64,
}

pub(super) async fn advance_clock(
    State(handle): State<Handle>,
    asked: Asked<Step>,
) -> Result<Json<Value>, Refused> {
    let Json(Step { seconds }) = asked?;
    let clock = &handle.shared.world.clock;
    clock.advance(Duration::from_secs(seconds));
    Ok(Json(watch::time(&handle)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    approve: bool,
}

pub(super) async fn decide(
    State(handle): State<Handle>,
    Path(code): Path<String>,
    asked: Asked<Decision>,
) -> Result<StatusCode, Refused> {
    let Json(Decision { approve }) = asked?;
    if handle.shared.world.decide_code(&code, approve) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refused::Unknown("no such code waits for a decision"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    personal_tokens: bool,
}

pub(super) async fn organization(
    State(handle): State<Handle>,
    asked: Asked<Organization>,
) -> Result<StatusCode, Refused> {
    let Json(asked) = asked?;
    handle.shared.world.state().personal_tokens = asked.personal_tokens;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn reset(State(handle): State<Handle>) -> StatusCode {
    handle.shared.reset();
    StatusCode::NO_CONTENT
}
