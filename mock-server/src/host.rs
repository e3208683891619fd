//! One origin: it reads requests, plays the faults, and writes the journal.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawPathParams, Request as HttpRequest};
use axum::response::Response;
use bytes::Bytes;
use hyper::header::{ALLOW, CONTENT_LENGTH, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;

use crate::body::{self, ReadBody};
use crate::endpoint::{Endpoint, Request};
use crate::exchange::{Record, Transcript};
use crate::faults::{Due, Faults, Seen};
use crate::journal::Journal;
use crate::operation::Operation;
use crate::reply::{Reason, Refusal, Reply};
use crate::script::{Act, OwnReply, Script};
use crate::serve::{Halves, Secure, dropped};
use crate::shape::ReplyTemplate;
use crate::slot::Values;
use crate::world::World;

/// What all origins of a platform share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    /// The second origin's URL, for redirects.
    pub(crate) elsewhere: String,
}

impl Shared {
    /// Plans a script, behind what is planned already.
    pub(crate) fn plan(&self, script: Script) {
        if let Some(options) = script.refresh_tokens {
            self.world.state().tokens.play(options);
        }
        self.faults.plan(script);
    }

    /// Plans nothing any more.
    pub(crate) fn clear_script(&self) {
        self.world.state().tokens.play_as_profiled();
        self.faults.clear();
    }

    /// Lets a connection in, once a fault lets it; false if it is to be closed unheard.
    pub(crate) async fn admit(&self) -> bool {
        match self.faults.due_on_connection().as_ref().map(|fault| &fault.act) {
            Some(Act::Drop) => false,
            Some(Act::Stall) => std::future::pending().await,
            Some(Act::Delay(time)) => {
                tokio::time::sleep(*time).await;
                true
            }
            _ => true,
        }
    }

    /// Writes what has changed to the state's file, if there is one. What fails is tried again the
    /// next time, and reported at the end.
    pub(crate) async fn save(self: &Arc<Self>) {
        if self.world.is_kept() {
            let shared = Arc::clone(self);
            let _ = tokio::task::spawn_blocking(move || shared.world.save()).await;
        }
    }

    /// Forgets everything: what is remembered, what is planned, what was said, and the clock.
    pub(crate) fn reset(&self) {
        self.clear_script();
        self.world.reset();
        self.journal.clear();
    }
}

/// The shapes in which an origin refuses.
pub(crate) struct Refusals {
    /// Knows `{refusal.reason}` and `{refusal.detail}`, and so does `forbidden`.
    pub(crate) unauthenticated: ReplyTemplate,
    pub(crate) forbidden: ReplyTemplate,
    pub(crate) malformed: ReplyTemplate,
    pub(crate) not_found: ReplyTemplate,
    pub(crate) wrong_method: ReplyTemplate,
    pub(crate) rate_limited: ReplyTemplate,
    /// Whether a refusal names the scheme that is asked for, RFC 6750 section 3.
    pub(crate) challenges: bool,
}

/// The names that the shapes of refused credentials know.
pub(crate) const REFUSAL_NAMES: &[&str] = &["refusal.reason", "refusal.detail"];

/// One origin of a platform.
pub(crate) struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) shared: Arc<Shared>,
    /// Whether scripts reach this origin. They do not reach the one they redirect to: it would
    /// redirect to itself.
    pub(crate) scripted: bool,
}

/// What a request was routed to.
pub(crate) enum Asked<'a> {
    Endpoint {
        endpoint: &'a dyn Endpoint,
        /// The values of the path's names; none if they are not UTF-8.
        values: Option<RawPathParams>,
    },
    /// The path is served, by these methods only.
    WrongMethod { allow: Option<HeaderValue> },
    /// No such path.
    Nothing,
}

enum Outcome {
    Reply(Reply),
    Drop,
    Stall,
}

impl Host {
    /// Answers a request and writes it down.
    pub(crate) async fn exchange(&self, asked: Asked<'_>, request: HttpRequest) -> Response {
        let (head, body) = request.into_parts();
        let body = body::read(body).await;
        let operation = match &asked {
            Asked::Endpoint { endpoint, .. } => Some(endpoint.operation()),
            Asked::WrongMethod { .. } | Asked::Nothing => None,
        };
        let seen = Seen { operation, head: &head, body: &body.bytes };
        let faults = &self.shared.faults;
        let due = self.scripted.then(|| faults.due(&seen)).flatten();
        if let Some(barrier) = due.as_ref().and_then(|due| due.barrier.as_ref()) {
            barrier.wait().await;
        }
        let outcome = self.decide(&asked, &head, &body, due.as_ref());
        // Now, before anything is sent: so a client that gives up meanwhile is in the journal
        // nevertheless.
        self.write_down(&head, &body.bytes, operation, &outcome, due.as_ref());
        self.shared.save().await;
        deliver(outcome, due.as_ref().map(|due| &due.fault.act)).await
    }

    fn decide(
        &self,
        asked: &Asked<'_>,
        head: &Parts,
        body: &ReadBody,
        due: Option<&Due>,
    ) -> Outcome {
        let world = &self.shared.world;
        let usual = |held_pending| self.usual(asked, head, body, held_pending);
        Outcome::Reply(match due.map(|due| &due.fault.act) {
            None
            | Some(Act::Delay(_) | Act::BodyDelay(_) | Act::Truncate | Act::Barrier { .. }) => {
                usual(false)
            }
            Some(Act::Reply(reply)) => reply.plain(),
            Some(Act::Answer(own)) => self.refusals.own(*own),
            Some(Act::RedirectElsewhere(status)) => {
                let location = format!("{}{}", self.shared.elsewhere, path_and_query(head));
                match HeaderValue::try_from(location) {
                    Ok(location) => Reply::redirect(*status, location),
                    Err(_) => self.usual(&Asked::Nothing, head, body, false),
                }
            }
            Some(Act::Drop) => return Outcome::Drop,
            Some(Act::Stall) => return Outcome::Stall,
            Some(Act::Pending) => usual(true),
            Some(Act::RevokeFamily) => {
                world.revoke_presented(head, &body.bytes);
                usual(false)
            }
            Some(Act::AdvanceClock(step)) => {
                world.clock.advance(*step);
                usual(false)
            }
            Some(Act::Rewrite(rewrite)) => rewrite.applied(usual(false)),
            Some(Act::Change(change)) => {
                let mut reply = usual(false);
                if let Some(body) = change.applied(&reply.body) {
                    reply.body = body;
                }
                reply
            }
        })
    }

    /// The answer that is given where no script says otherwise.
    fn usual(&self, asked: &Asked<'_>, head: &Parts, body: &ReadBody, held_pending: bool) -> Reply {
        let refusals = &self.refusals;
        let (endpoint, values) = match asked {
            Asked::Endpoint { endpoint, values } => (endpoint, values),
            Asked::WrongMethod { allow } => {
                let mut reply = refusals.wrong_method.plain().complaining("another method");
                if let Some(allow) = allow {
                    reply.headers.insert(ALLOW, allow.clone());
                }
                return reply;
            }
            Asked::Nothing => return refusals.not_found.plain().complaining("no such path"),
        };
        let answer = match (body.complaint, values) {
            (Some(complaint), _) => Err(Refusal::malformed(complaint)),
            (None, None) => Err(Refusal::malformed("the path is not UTF-8")),
            (None, Some(path_values)) => endpoint.answer(
                &self.shared.world,
                &Request { head, body: &body.bytes, path_values, held_pending },
            ),
        };
        answer.unwrap_or_else(|refusal| refusals.refuse(refusal))
    }

    fn write_down(
        &self,
        head: &Parts,
        body: &Bytes,
        operation: Option<Operation>,
        outcome: &Outcome,
        due: Option<&Due>,
    ) {
        let reply = match outcome {
            Outcome::Reply(reply) => Some(reply),
            Outcome::Drop | Outcome::Stall => None,
        };
        let journal = &self.shared.journal;
        journal.append(Record {
            at: journal.elapsed(),
            origin: Arc::clone(&self.name),
            operation,
            secure: head.extensions.get::<Secure>().is_some(),
            transcript: Transcript::of(head, body, reply),
            status: reply.map_or(0, |reply| reply.status.as_u16()),
            fault: due.map(|due| Arc::clone(&due.fault.label)),
            complaint: reply.and_then(|reply| reply.complaint.clone()),
        });
    }
}

/// Sends what was decided, in the way that the fault says.
async fn deliver(outcome: Outcome, act: Option<&Act>) -> Response {
    let reply = match outcome {
        Outcome::Reply(reply) => reply,
        Outcome::Drop => return dropped(),
        Outcome::Stall => return std::future::pending().await,
    };
    if let Some(Act::Delay(time)) = act {
        tokio::time::sleep(*time).await;
    }
    let Reply { status, mut headers, body, .. } = reply;
    let halves = match act {
        Some(Act::BodyDelay(pause)) => Some(Halves::paused(&body, *pause)),
        Some(Act::Truncate) => Some(Halves::truncated(&body)),
        _ => None,
    };
    let body = match halves {
        None => Body::from(body),
        Some(halves) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            Body::new(halves)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

impl Refusals {
    fn refuse(&self, refusal: Refusal) -> Reply {
        match refusal {
            Refusal::Unauthenticated(reason, why) => {
                let reply = filled(&self.unauthenticated, reason.name(), why);
                let challenge = match reason {
                    // RFC 6750 section 3.1: no error where there was no credential.
                    Reason::Missing => r#"Bearer realm="api""#,
                    _ => r#"Bearer realm="api", error="invalid_token""#,
                };
                self.challenging(reply, challenge)
            }
            Refusal::Forbidden(why) => self.challenging(
                filled(&self.forbidden, "forbidden", why),
                r#"Bearer realm="api", error="insufficient_scope""#,
            ),
            Refusal::Malformed(why) => self.malformed.plain().complaining(why),
        }
    }

    /// The reply with a challenge, unless the profile has one of its own.
    fn challenging(&self, mut reply: Reply, challenge: &'static str) -> Reply {
        if self.challenges {
            let entry = reply.headers.entry(WWW_AUTHENTICATE);
            entry.or_insert(HeaderValue::from_static(challenge));
        }
        reply
    }

    fn own(&self, own: OwnReply) -> Reply {
        let refused = |reason| self.refuse(Refusal::Unauthenticated(reason, "a script says so"));
        match own {
            OwnReply::Unauthenticated => refused(Reason::Unknown),
            OwnReply::Expired => refused(Reason::Expired),
            OwnReply::Revoked => refused(Reason::Revoked),
            OwnReply::Forbidden => self.refuse(Refusal::Forbidden("a script says so")),
            OwnReply::Malformed => self.malformed.plain(),
            OwnReply::NotFound => self.not_found.plain(),
            OwnReply::RateLimited => self.rate_limited.plain(),
        }
    }
}

fn filled(template: &ReplyTemplate, reason: &str, detail: &'static str) -> Reply {
    let named = [("refusal.reason", reason.into()), ("refusal.detail", detail.into())];
    let values = Values { named: &named, ..Values::default() };
    template.render(&values).complaining(detail)
}

fn path_and_query(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str)
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Host({})", self.name)
    }
}
