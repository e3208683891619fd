//! The control API under `/_authspec/`: what [`crate::Platform`] can do, over HTTP, for whoever
//! plays a platform from another program.
//!
//! | request | does |
//! |---|---|
//! | `GET journal[?since=N]`, `DELETE journal` | what was asked and answered; forgets it |
//! | `GET journal.har` | the same as an HTTP Archive |
//! | `POST script`, `DELETE script` | plans faults (JSON, or TOML without that content type); plans none |
//! | `GET clock`, `PUT clock` | the time; `{"now": "…"}` or `{"now_ms": N}` sets it |
//! | `POST clock/advance` | `{"seconds": N}` |
//! | `GET codes`, `POST codes/{code}` | codes that wait; `{"approve": true}` decides one |
//! | `POST users` | a new account with these members: its place in `account` |
//! | `POST keys`, `DELETE keys/{id}` | `{"name", "account"?, "expires_in"?}`: a key; ends it |
//! | `POST tokens`, `POST tokens/revoke` | `{"client_id", "scope"?, "account"?, "expires_in"?}`: tokens; `{"token"}` ends the family |
//! | `PUT organization` | `{"personal_tokens": bool}` |
//! | `GET state`, `POST reset` | what is remembered, without secrets; forgets it all |
//! | `GET openapi.json` | what the profile serves, see [`crate::openapi()`] |
//!
//! A web page cannot reach it: a request with an `Origin`, one that a browser marks as a page's,
//! and one to a host by a name other than `localhost` (which could be anybody's, DNS rebinding)
//! are refused. Its requests are not in the journal.

mod mint;
mod play;
mod watch;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HOST, HeaderMap, HeaderValue, ORIGIN};
use serde_json::{Value, json};

use crate::host::Shared;
use crate::openapi::openapi;
use crate::profile::PlatformProfile;

/// Where the control API is.
pub(crate) const CONTROL_PREFIX: &str = "/_authspec";

/// The longest script: 1 MiB.
const BODY_LIMIT: usize = 1024 * 1024;

/// What the handlers share.
#[derive(Clone)]
struct Handle {
    shared: Arc<Shared>,
    openapi: Arc<Value>,
}

/// A wish that cannot be granted: 400 and why, or 404.
enum Refused {
    Malformed(String),
    Unknown(&'static str),
}

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            Self::Malformed(why) => (StatusCode::BAD_REQUEST, why),
            Self::Unknown(why) => (StatusCode::NOT_FOUND, why.to_owned()),
        };
        (status, Json(json!({ "error": why }))).into_response()
    }
}

/// The control API of a platform.
pub(crate) fn router(profile: &PlatformProfile, shared: &Arc<Shared>, url: &str) -> Router {
    let mut document = openapi(profile);
    document["servers"] = json!([{ "url": url }]);
    let handle = Handle { shared: Arc::clone(shared), openapi: Arc::new(document) };
    let api = Router::new()
        .route("/journal", get(watch::journal).delete(watch::clear_journal))
        .route("/journal.har", get(watch::har))
        .route("/state", get(watch::state))
        .route("/openapi.json", get(watch::openapi))
        .route("/codes", get(watch::codes))
        .route("/codes/{code}", post(play::decide))
        .route("/script", post(play::script).delete(play::clear_script))
        .route("/clock", get(watch::clock).put(play::set_clock))
        .route("/clock/advance", post(play::advance_clock))
        .route("/organization", put(play::organization))
        .route("/reset", post(play::reset))
        .route("/users", post(mint::user))
        .route("/keys", post(mint::key))
        .route("/keys/{id}", delete(mint::revoke_key))
        .route("/tokens", post(mint::tokens))
        .route("/tokens/revoke", post(mint::revoke_family))
        .fallback(async || Refused::Unknown("no such control"))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), guard))
        .with_state(handle);
    Router::new().nest(CONTROL_PREFIX, api)
}

/// Lets programs in, and web pages not.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if let Some(why) = stranger(request.headers()) {
        let status = StatusCode::FORBIDDEN;
        return (status, Json(json!({ "error": why }))).into_response();
    }
    let mut response = next.run(request).await;
    shared.save().await;
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

fn stranger(headers: &HeaderMap) -> Option<&'static str> {
    if headers.contains_key(ORIGIN) {
        return Some("the control API is not for web pages");
    }
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "none") {
        return Some("the control API is not for web pages");
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return Some("there is not one Host"),
    };
    (!is_address(host)).then_some("the Host is neither an address nor localhost")
}

/// Whether this is an IP address or `localhost`, with a port or without.
fn is_address(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    name.eq_ignore_ascii_case("localhost") || bare.unwrap_or(name).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("127.0.0.1:8080", true)]
    #[case("127.0.0.1", true)]
    #[case("localhost:1", true)]
    #[case("[::1]:8080", true)]
    #[case("192.0.2.7:80", true)]
    #[case("evil.example:8080", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("", false)]
    fn a_name_could_be_anybodys(#[case] host: &str, #[case] expected: bool) {
        assert_eq!(is_address(host), expected);
    }
}
