//! One origin: it accepts connections, reads requests, plays the faults, and writes the journal.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::endpoint::{Endpoint, Request};
use crate::exchange::{Record, kept};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::router::Router;
use crate::script::{Act, Fault, OwnReply};
use crate::shape::ReplyTemplate;
use crate::state::World;

/// The longest request body that is understood: 1 MiB.
const BODY_LIMIT: usize = 1024 * 1024;
/// How much of a longer one is read and thrown away, so that its sender gets to see the refusal.
const BODY_DRAINED: usize = 16 * BODY_LIMIT;

/// What all origins of a platform share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    /// The second origin's URL, for redirects.
    pub(crate) elsewhere: String,
}

/// The shapes in which an origin refuses.
pub(crate) struct Refusals {
    pub(crate) unauthenticated: ReplyTemplate,
    pub(crate) malformed: ReplyTemplate,
    pub(crate) not_found: ReplyTemplate,
    pub(crate) wrong_method: ReplyTemplate,
    pub(crate) rate_limited: ReplyTemplate,
}

/// One origin of a platform.
pub(crate) struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) router: Arc<Router>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) shared: Arc<Shared>,
    /// Whether scripts reach this origin. They do not reach the one they redirect to: it would
    /// redirect to itself.
    pub(crate) scripted: bool,
}

/// A fault closes the connection. It is an error, since the connection has no other way to end
/// without an answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a scripted fault closes the connection")]
struct Dropped;

impl Host {
    /// Serves connections until the task is dropped, which ends them all.
    pub(crate) async fn serve(self, listener: TcpListener) -> Infallible {
        let host = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(Arc::clone(&host).connection(stream));
                    }
                    // Out of file descriptors: wait for some to come back, do not spin.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        // Only latency is lost where these fail, and the client's mistakes are its own.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| self.exchange(request));
        let _ = http1::Builder::new()
            // A client that has said all it will say still waits for its answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn exchange(
        &self,
        request: HttpRequest<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Dropped> {
        let (head, body) = request.into_parts();
        let body = read(body).await;
        let (reply, delay) = self.decide(head, &body);
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        match reply {
            Outcome::Reply(reply) => {
                let mut response = Response::new(Full::new(reply.body));
                *response.status_mut() = reply.status;
                *response.headers_mut() = reply.headers;
                Ok(response)
            }
            Outcome::Drop => Err(Dropped),
            Outcome::Stall => std::future::pending().await,
        }
    }

    /// Decides a request and writes it down. All that is left is to send the answer, so a client
    /// that gives up meanwhile is in the journal nevertheless.
    fn decide(&self, head: Parts, body: &ReadBody) -> (Outcome, Option<Duration>) {
        let path = head.uri.path();
        let found = self.router.endpoint(&head.method, path);
        let operation = found.as_ref().ok().map(|(endpoint, _)| endpoint.operation());
        let fault =
            self.scripted.then(|| self.shared.faults.due(operation, &head.method, path)).flatten();
        let usual = || match found {
            Ok((endpoint, path_values)) => {
                let request = Request { head: &head, body: &body.bytes, path_values };
                self.answer(endpoint, &request, body.complaint)
            }
            Err(refusal) => self.refuse(refusal),
        };
        let mut delay = None;
        let outcome = match fault.as_ref().map(|fault| &fault.act) {
            None => Outcome::Reply(usual()),
            Some(Act::Delay(time)) => {
                delay = Some(*time);
                Outcome::Reply(usual())
            }
            Some(Act::Reply(reply)) => Outcome::Reply(reply.plain()),
            Some(Act::Answer(own)) => Outcome::Reply(self.refusals.own(*own).plain()),
            Some(Act::RedirectElsewhere(status)) => {
                let location = format!("{}{}", self.shared.elsewhere, path_and_query(&head));
                Outcome::Reply(match HeaderValue::try_from(location) {
                    Ok(location) => Reply::redirect(*status, location),
                    Err(_) => self.refuse(Refusal::NotFound),
                })
            }
            Some(Act::Drop) => Outcome::Drop,
            Some(Act::Stall) => Outcome::Stall,
        };
        self.write_down(head, &body.bytes, operation, &outcome, fault.as_ref());
        (outcome, delay)
    }

    fn answer(
        &self,
        endpoint: &dyn Endpoint,
        request: &Request<'_>,
        complaint: Option<&'static str>,
    ) -> Reply {
        match complaint {
            Some(complaint) => Err(Refusal::malformed(complaint)),
            None => endpoint.answer(&self.shared.world, request),
        }
        .unwrap_or_else(|refusal| self.refuse(refusal))
    }

    fn refuse(&self, refusal: Refusal) -> Reply {
        let refusals = &self.refusals;
        match refusal {
            Refusal::Unauthenticated(why) => refusals.unauthenticated.plain().complaining(why),
            Refusal::Malformed(why) => refusals.malformed.plain().complaining(why),
            Refusal::NotFound => refusals.not_found.plain().complaining("no such path"),
            Refusal::WrongMethod(methods) => {
                let mut reply = refusals.wrong_method.plain().complaining("another method");
                let names: Vec<_> = methods.iter().map(hyper::Method::as_str).collect();
                if let Ok(allow) = HeaderValue::try_from(names.join(", ")) {
                    reply.headers.insert(ALLOW, allow);
                }
                reply
            }
        }
    }

    fn write_down(
        &self,
        head: Parts,
        body: &Bytes,
        operation: Option<Operation>,
        outcome: &Outcome,
        fault: Option<&Fault>,
    ) {
        let (status, reply_headers, reply_body, complaint) = match outcome {
            Outcome::Reply(reply) => (
                reply.status.as_u16(),
                reply.headers.clone(),
                kept(&reply.body),
                reply.complaint.clone(),
            ),
            Outcome::Drop | Outcome::Stall => (0, HeaderMap::new(), Bytes::new(), None),
        };
        let journal = &self.shared.journal;
        journal.append(Record {
            number: 0,
            at: journal.elapsed(),
            origin: Arc::clone(&self.name),
            operation,
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body: kept(body),
            status,
            reply_headers,
            reply_body,
            fault: fault.map(|fault| Arc::clone(&fault.label)),
            complaint,
        });
    }
}

enum Outcome {
    Reply(Reply),
    Drop,
    Stall,
}

impl Refusals {
    fn own(&self, own: OwnReply) -> &ReplyTemplate {
        match own {
            OwnReply::Unauthenticated => &self.unauthenticated,
            OwnReply::Malformed => &self.malformed,
            OwnReply::NotFound => &self.not_found,
            OwnReply::RateLimited => &self.rate_limited,
        }
    }
}

/// A body, and what was wrong with it.
struct ReadBody {
    bytes: Bytes,
    complaint: Option<&'static str>,
}

/// Reads a body. One that is too long is cut, and read on for a while.
async fn read(mut body: Incoming) -> ReadBody {
    let mut bytes = BytesMut::new();
    let mut complaint = None;
    let mut length = 0;
    while !body.is_end_stream() && length <= BODY_DRAINED {
        match body.frame().await {
            None => break,
            Some(Err(_)) => {
                complaint = Some("the body ends too soon");
                break;
            }
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    length += data.len();
                    let room = BODY_LIMIT - bytes.len();
                    bytes.extend_from_slice(&data[..data.len().min(room)]);
                }
            }
        }
    }
    if length > BODY_LIMIT {
        complaint = Some("the body is too long");
    }
    ReadBody { bytes: bytes.freeze(), complaint }
}

fn path_and_query(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str)
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Host({})", self.name)
    }
}
