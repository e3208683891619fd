//! Planned misbehaviour as data, the same in TOML and JSON.
//!
//! ```toml
//! [[faults]]
//! on = "identity"      # an operation, or a method and a path with wildcards: "GET /api/v1/*"
//! requests = "1..2"    # of those that match: all (the default), 2, 2.. or, both ends included, 1..2
//! reply = { status = 503, headers = { Retry-After = "1" }, body = { error = "later" } }
//! ```
//!
//! One act a fault: `reply` (a reply word for word), `answer` (one of the platform's own:
//! `unauthenticated`, `malformed`, `not_found`, `rate_limited`), `redirect = "elsewhere"` (with
//! `redirect_status` 302, 307 or 308), `drop = true`, `delay_ms` or `stall = true`. Every fault
//! counts the requests that match it; the first that is due takes the request.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::operation::Operation;
use crate::profile::ReplyShape;
use crate::requests::Requests;
use crate::shape::ReplyTemplate;

/// Planned misbehaviour.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What goes wrong; the first that is due takes the request.
    #[serde(default)]
    pub faults: Vec<Fault>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<OwnReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect: Option<RedirectTarget>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drop: Option<True>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<NonZeroU64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stall: Option<True>,
}

/// A `true` that has no opposite: an act is left out, not switched off.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
struct True;

/// One of the platform's own replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnReply {
    Unauthenticated,
    Malformed,
    NotFound,
    RateLimited,
}

/// Where a fault redirects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RedirectTarget {
    /// The same path on the platform's second origin.
    Elsewhere,
}

/// What happens instead of the answer. More acts go here: a delay in mid-body, a barrier, a step
/// of the clock, another shape of a token reply.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// This reply, word for word.
    Reply(ReplyTemplate),
    /// One of the platform's own replies.
    Answer(OwnReply),
    /// The same path on the platform's second origin.
    RedirectElsewhere(StatusCode),
    /// The connection is closed.
    Drop,
    /// The usual answer, later.
    Delay(Duration),
    /// Silence until the platform stops.
    Stall,
}

#[derive(Clone, Debug)]
enum Target {
    Operation(Operation),
    Path {
        /// None for any.
        method: Option<Method>,
        path: WildMatch,
    },
}

impl Fault {
    /// Whether a request is of the kind that the fault is about.
    pub(crate) fn is_about(
        &self,
        operation: Option<Operation>,
        method: &Method,
        path: &str,
    ) -> bool {
        match &self.target {
            Target::Operation(one) => operation == Some(*one),
            Target::Path { method: one, path: wild } => {
                one.as_ref().is_none_or(|one| one == method) && wild.matches(path)
            }
        }
    }

    /// Whether the `nth` request of the kind, from 1, is one that goes wrong.
    pub(crate) fn is_due(&self, nth: u64) -> bool {
        self.table.requests.contains(nth)
    }
}

impl TryFrom<FaultTable> for Fault {
    type Error = String;

    fn try_from(table: FaultTable) -> Result<Self, String> {
        let target = Target::parse(&table.on)?;
        let (act, label) = table.act()?;
        Ok(Self { target, act, label: label.into(), table })
    }
}

impl From<Fault> for FaultTable {
    fn from(fault: Fault) -> Self {
        fault.table
    }
}

impl FaultTable {
    fn act(&self) -> Result<(Act, String), String> {
        let redirect_status = match (self.redirect_status, self.redirect) {
            (None, _) | (Some(302), Some(_)) => StatusCode::FOUND,
            (Some(307), Some(_)) => StatusCode::TEMPORARY_REDIRECT,
            (Some(308), Some(_)) => StatusCode::PERMANENT_REDIRECT,
            (Some(_), Some(_)) => return Err("`redirect_status` is not 302, 307 or 308".into()),
            (Some(_), None) => return Err("`redirect_status` needs `redirect`".into()),
        };
        let mut acts = Vec::with_capacity(1);
        if let Some(reply) = &self.reply {
            let template =
                ReplyTemplate::literal(reply, "reply").map_err(|error| error.to_string())?;
            acts.push((Act::Reply(template), format!("reply {}", reply.status)));
        }
        if let Some(own) = self.answer {
            acts.push((Act::Answer(own), format!("answer {}", own.name())));
        }
        if let Some(RedirectTarget::Elsewhere) = self.redirect {
            let label = format!("redirect elsewhere {}", redirect_status.as_u16());
            acts.push((Act::RedirectElsewhere(redirect_status), label));
        }
        if self.drop.is_some() {
            acts.push((Act::Drop, "drop".into()));
        }
        if let Some(delay) = self.delay_ms {
            let act = Act::Delay(Duration::from_millis(delay.get()));
            acts.push((act, format!("delay {delay} ms")));
        }
        if self.stall.is_some() {
            acts.push((Act::Stall, "stall".into()));
        }
        match (acts.pop(), acts.is_empty()) {
            (Some(act), true) => Ok(act),
            (None, _) => Err(format!("a fault needs one of {ACTS}")),
            (Some(_), false) => Err(format!("a fault has only one of {ACTS}")),
        }
    }
}

const ACTS: &str = "`reply`, `answer`, `redirect`, `drop`, `delay_ms` and `stall`";

impl OwnReply {
    fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Malformed => "malformed",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
        }
    }
}

impl Target {
    fn parse(on: &str) -> Result<Self, String> {
        let Some((method, path)) = on.split_once(' ') else {
            let known = || Operation::ALL.iter().map(|one| one.name());
            return Operation::named(on).map(Self::Operation).ok_or_else(|| {
                let known = known().collect::<Vec<_>>().join(", ");
                format!("`{on}` is no operation ({known}) and no method and path")
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

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, &'static str> {
        value.then_some(Self).ok_or("an act is left out, not false")
    }
}

impl From<True> for bool {
    fn from(_: True) -> bool {
        true
    }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
