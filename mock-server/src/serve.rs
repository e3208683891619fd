//! Connections: the accept loop of an origin, and the way an answer is sent when a fault says how.
//!
//! The loop is the project's own, since a fault may close a connection without an answer, which a
//! plain handler cannot.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower_service::Service as _;

/// A fault closes the connection. It is an error, since the connection has no other way to end
/// without an answer. In a response's extensions, it says that there is none.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a scripted fault closes the connection")]
pub(crate) struct Dropped;

/// Serves connections until the task is dropped, which ends them all.
pub(crate) async fn serve(router: Router, listener: TcpListener) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(router.clone(), stream));
                }
                // Out of file descriptors: wait for some to come back, do not spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(router: Router, stream: TcpStream) {
    // Only latency is lost where these fail, and the client's mistakes are its own.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = router.clone().call(request);
        async move {
            let response = answer.await.unwrap_or_else(|never| match never {});
            if response.extensions().get::<Dropped>().is_some() {
                Err(Dropped)
            } else {
                Ok(response)
            }
        }
    });
    let _ = http1::Builder::new()
        // A client that has said all it will say still waits for its answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The answer that is none: the connection is closed.
pub(crate) fn dropped() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Dropped);
    response
}

/// A body of which the first half is sent at once, and then something happens.
pub(crate) struct Halves {
    first: Option<Bytes>,
    second: Option<Bytes>,
    /// What comes between the halves.
    between: Between,
}

enum Between {
    Pause(Pin<Box<Sleep>>),
    /// The first half is on its way; the connection is closed when it was sent.
    Sending,
    /// The connection is closed.
    End,
}

impl Halves {
    /// The second half comes `pause` after the first.
    pub(crate) fn paused(body: &Bytes, pause: Duration) -> Self {
        Self::new(body, Between::Pause(Box::pin(tokio::time::sleep(pause))))
    }

    /// The second half never comes.
    pub(crate) fn truncated(body: &Bytes) -> Self {
        Self::new(body, Between::Sending)
    }

    fn new(body: &Bytes, between: Between) -> Self {
        let middle = body.len() / 2;
        Self { first: Some(body.slice(..middle)), second: Some(body.slice(middle..)), between }
    }
}

impl hyper::body::Body for Halves {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.second.is_none() {
            return Poll::Ready(None);
        }
        match &mut self.between {
            Between::Pause(pause) => ready!(pause.as_mut().poll(context)),
            Between::Sending => {
                // What was handed over is sent while there is nothing to be had here.
                self.between = Between::End;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Between::End => {
                self.second = None;
                return Poll::Ready(Some(Err(Dropped)));
            }
        }
        Poll::Ready(self.second.take().map(|second| Ok(Frame::data(second))))
    }

    fn size_hint(&self) -> SizeHint {
        let length = |half: &Option<Bytes>| half.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact((length(&self.first) + length(&self.second)) as u64)
    }
}
