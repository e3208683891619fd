//! Planned misbehaviour as data, the same in TOML and JSON.
//!
//! ```toml
//! [[faults]]
//! on = "identity"      # an operation, or a method and a path with wildcards: "GET /api/v1/*"
//! requests = "1..2"    # of those that match: all (the default), 2, 2.. or, both ends included, 1..2
//! reply = { status = 503, headers = { Retry-After = "1" }, body = { error = "later" } }
//!
//! [[faults]]
//! on = "token"
//! with = { grant_type = "refresh_token", client_id = "my-cli" }   # in query, form or JSON body
//! headers = { user-agent = "node*" }                              # with wildcards
//! delay_ms = 200
//! ```
//!
//! One act a fault. Instead of the usual answer: `reply` (a reply word for word), `answer` (one of
//! the platform's own: `unauthenticated`, `expired`, `revoked`, `forbidden`, `malformed`,
//! `not_found`, `rate_limited`), `redirect = "elsewhere"` (with `redirect_status` 302, 307 or 308),
//! `drop = true` or `stall = true`. The usual answer in another way: `delay_ms`, `body_delay_ms`
//! (between its halves), `truncate = true` (its first half, then the end), `members` and `without`
//! (members of its JSON object that are put in or left out), `barrier = { requests, timeout_ms }`
//! (once so many requests are in, or the time is over). The usual answer after something happened:
//! `pending = true` (a poll finds that nobody has decided yet), `revoke_family = true` (the token
//! that was sent, and all of its family, is revoked first), `advance_clock_seconds`.
//!
//! A connection may be held up before anything on it is heard: `on = "connection"`, with `delay_ms`,
//! `drop` or `stall`. And the way of refresh tokens may be another than the profile's, for as long
//! as the script is planned: `[refresh_tokens]` with `rotation` and `grace_seconds`.
//!
//! Every fault counts the requests that match it; the first that is due takes the request.

mod act;

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::Method;
use hyper::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wildmatch::WildMatch;

use self::act::ActTable;
pub(crate) use self::act::{Act, OwnReply};
use crate::faults::Seen;
use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::profile::Rotation;
use crate::requests::Requests;

/// What a fault is about that comes before any request.
const CONNECTION: &str = "connection";

/// Planned misbehaviour.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What goes wrong; the first that is due takes the request.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Another way of refresh tokens than the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_tokens: Option<RefreshOptions>,
}

/// Another way of refresh tokens than the profile's; what is left out stays as it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshOptions {
    /// Whether a refresh gives a new refresh token in the place of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// For how many seconds the old one is still good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u64>,
}

/// A text that is no script; the message says where and why.
#[derive(Debug, thiserror::Error)]
#[error("the script cannot be read: {0}")]
pub struct ScriptError(#[from] toml::de::Error);

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// If the text is no TOML, or a fault has no act, two acts, or names no operation.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        Ok(toml::from_str(text)?)
    }
}

/// One misbehaviour: on what, when, and what happens instead.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "FaultTable", into = "FaultTable")]
pub struct Fault {
    table: FaultTable,
    target: Target,
    headers: Vec<(String, WildMatch)>,
    pub(crate) act: Act,
    /// A few words for the journal.
    pub(crate) label: Arc<str>,
}

/// A fault as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultTable {
    on: String,
    #[serde(default)]
    requests: Requests,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    with: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(flatten)]
    act: ActTable,
}

#[derive(Clone, Debug)]
enum Target {
    /// A connection, before anything on it is heard.
    Connection,
    Operation(Operation),
    Path {
        /// None for any.
        method: Option<Method>,
        path: WildMatch,
    },
}

impl Fault {
    /// Whether a request is of the kind that the fault is about.
    pub(crate) fn is_about(&self, seen: &Seen<'_>) -> bool {
        let on_target = match &self.target {
            Target::Connection => false,
            Target::Operation(one) => seen.operation == Some(*one),
            Target::Path { method, path } => {
                method.as_ref().is_none_or(|one| *one == seen.head.method)
                    && path.matches(seen.head.uri.path())
            }
        };
        on_target && self.has_headers(seen) && self.has_parameters(seen)
    }

    /// Whether the fault is about connections.
    pub(crate) fn is_about_connections(&self) -> bool {
        matches!(self.target, Target::Connection)
    }

    /// Whether the `nth` request of the kind, from 1, is one that goes wrong.
    pub(crate) fn is_due(&self, nth: u64) -> bool {
        self.table.requests.contains(nth)
    }

    fn has_headers(&self, seen: &Seen<'_>) -> bool {
        self.headers.iter().all(|(name, wild)| {
            let mut values = seen.head.headers.get_all(name).iter();
            values.any(|value| value.to_str().is_ok_and(|value| wild.matches(value)))
        })
    }

    /// Whether the request has all parameters of `with`: in its query, or in a body that is a
    /// form or a JSON object.
    fn has_parameters(&self, seen: &Seen<'_>) -> bool {
        if self.table.with.is_empty() {
            return true;
        }
        let query = Parameters::parse(seen.head.uri.query().unwrap_or_default().as_bytes());
        let says_json = seen.head.headers.get(CONTENT_TYPE).is_some_and(|value| {
            let value = value.as_bytes();
            value.starts_with(b"application/json")
        });
        let (form, json) = if says_json {
            let json: Option<Value> = serde_json::from_slice(seen.body).ok();
            (Parameters::default(), json)
        } else {
            (Parameters::parse(seen.body), None)
        };
        self.table.with.iter().all(|(name, value)| {
            let member = json.as_ref().and_then(|json| json.get(name));
            query.has(name, value)
                || form.has(name, value)
                || member.and_then(Value::as_str) == Some(value)
        })
    }
}

impl TryFrom<FaultTable> for Fault {
    type Error = String;

    fn try_from(table: FaultTable) -> Result<Self, String> {
        let target = Target::parse(&table.on)?;
        let (act, label) = table.act.act()?;
        if matches!(target, Target::Connection) {
            if !matches!(act, Act::Delay(_) | Act::Drop | Act::Stall) {
                return Err(format!("`{CONNECTION}` takes `delay_ms`, `drop` or `stall`"));
            }
            if !table.with.is_empty() || !table.headers.is_empty() {
                return Err(format!("`{CONNECTION}` knows no parameters and no headers yet"));
            }
        }
        let headers = table.headers.iter();
        Ok(Self {
            target,
            headers: headers
                .map(|(name, wild)| (name.to_ascii_lowercase(), WildMatch::new(wild)))
                .collect(),
            act,
            label: label.into(),
            table,
        })
    }
}

impl From<Fault> for FaultTable {
    fn from(fault: Fault) -> Self {
        fault.table
    }
}

impl Target {
    fn parse(on: &str) -> Result<Self, String> {
        if on == CONNECTION {
            return Ok(Self::Connection);
        }
        let Some((method, path)) = on.split_once(' ') else {
            let known = || Operation::ALL.iter().map(|one| one.name());
            return Operation::named(on).map(Self::Operation).ok_or_else(|| {
                let known = known().collect::<Vec<_>>().join(", ");
                format!(
                    "`{on}` is no operation ({known}), not `{CONNECTION}`, and no method and path"
                )
            });
        };
        let method = match method {
            "*" => None,
            _ => Some(
                Method::from_bytes(method.as_bytes())
                    .map_err(|_| format!("`{method}` is not a method"))?,
            ),
        };
        if !path.starts_with(['/', '*']) {
            return Err(format!("`{path}` is not a path"));
        }
        let path = WildMatch::new(path);
        Ok(Self::Path { method, path })
    }
}

#[cfg(test)]
mod tests;
