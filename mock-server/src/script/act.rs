//! What a fault does: one act each.

use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rewrite::Rewrite;
use crate::profile::ReplyShape;
use crate::shape::ReplyTemplate;

/// The acts as they are written, of which one is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ActTable {
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
    stall: Option<True>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<NonZeroU64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_delay_ms: Option<NonZeroU64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    truncate: Option<True>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    barrier: Option<BarrierTable>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    members: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    without: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewrite: Option<Rewrite>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<True>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoke_family: Option<True>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advance_clock_seconds: Option<NonZeroU64>,
}

/// A `true` that has no opposite: an act is left out, not switched off.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
struct True;

/// How long requests are held: until so many are in, or for so long.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BarrierTable {
    requests: NonZeroU64,
    timeout_ms: NonZeroU64,
}

/// One of the platform's own replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnReply {
    Unauthenticated,
    Expired,
    Revoked,
    Forbidden,
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

/// What happens instead of the usual answer, to it, or before it.
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
    /// Silence until the platform stops.
    Stall,
    /// The usual answer, later.
    Delay(Duration),
    /// The usual answer, its second half later.
    BodyDelay(Duration),
    /// The first half of the usual answer, whose head promises the whole.
    Truncate,
    /// The usual answer, decided once so many requests are in or the time is over.
    Barrier { requests: u64, patience: Duration },
    /// The usual answer with other members.
    Change(Change),
    /// The usual answer with another head.
    Rewrite(Rewrite),
    /// The usual answer of a poll while nobody has decided.
    Pending,
    /// The usual answer after the token that was sent has been revoked with its family.
    RevokeFamily,
    /// The usual answer after the clock has moved.
    AdvanceClock(Duration),
}

/// Other members of a JSON object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    put: Map<String, Value>,
    without: Vec<String>,
}

impl Change {
    /// The changed body; none if it is no JSON object.
    pub(crate) fn applied(&self, body: &[u8]) -> Option<Bytes> {
        let mut object: Map<String, Value> = serde_json::from_slice(body).ok()?;
        for name in &self.without {
            object.shift_remove(name);
        }
        for (name, value) in &self.put {
            object.insert(name.clone(), value.clone());
        }
        serde_json::to_vec(&object).ok().map(Bytes::from)
    }
}

impl ActTable {
    /// The one act, and a few words for it.
    pub(super) fn act(&self) -> Result<(Act, String), String> {
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
        if let Some(delay) = self.delay_ms {
            let act = Act::Delay(Duration::from_millis(delay.get()));
            acts.push((act, format!("delay {delay} ms")));
        }
        if let Some(delay) = self.body_delay_ms {
            let act = Act::BodyDelay(Duration::from_millis(delay.get()));
            acts.push((act, format!("body delay {delay} ms")));
        }
        if let Some(barrier) = self.barrier {
            let act = Act::Barrier {
                requests: barrier.requests.get(),
                patience: Duration::from_millis(barrier.timeout_ms.get()),
            };
            acts.push((act, format!("barrier of {}", barrier.requests)));
        }
        if let Some(rewrite) = &self.rewrite {
            if let Some(problem) = rewrite.problem() {
                return Err(problem);
            }
            acts.push((Act::Rewrite(rewrite.clone()), "rewrite".into()));
        }
        if !self.members.is_empty() || !self.without.is_empty() {
            acts.push(self.change());
        }
        if let Some(seconds) = self.advance_clock_seconds {
            let act = Act::AdvanceClock(Duration::from_secs(seconds.get()));
            acts.push((act, format!("advance clock {seconds} s")));
        }
        for (flag, act, label) in [
            (self.drop, Act::Drop, "drop"),
            (self.stall, Act::Stall, "stall"),
            (self.truncate, Act::Truncate, "truncate"),
            (self.pending, Act::Pending, "pending"),
            (self.revoke_family, Act::RevokeFamily, "revoke family"),
        ] {
            if flag.is_some() {
                acts.push((act, label.into()));
            }
        }
        match (acts.pop(), acts.is_empty()) {
            (Some(act), true) => Ok(act),
            (None, _) => Err(format!("a fault needs one of {ACTS}")),
            (Some(_), false) => Err(format!("a fault has only one of {ACTS}")),
        }
    }

    fn change(&self) -> (Act, String) {
        let put = self.members.keys().map(|name| format!("+{name}"));
        let without = self.without.iter().map(|name| format!("-{name}"));
        let names: Vec<_> = put.chain(without).collect();
        let change = Change { put: self.members.clone(), without: self.without.clone() };
        (Act::Change(change), format!("members {}", names.join(" ")))
    }
}

const ACTS: &str = "`reply`, `answer`, `redirect`, `drop`, `stall`, `delay_ms`, `body_delay_ms`, \
    `truncate`, `barrier`, `rewrite`, `members` with `without`, `pending`, `revoke_family` and \
    `advance_clock_seconds`";

impl OwnReply {
    fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Forbidden => "forbidden",
            Self::Malformed => "malformed",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
        }
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
