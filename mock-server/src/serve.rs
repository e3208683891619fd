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
use hyper::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// A fault closes the connection. It is an error, since the connection has no other way to end
/// without an answer. In a response's extensions, it says that there is none.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a scripted fault closes the connection")]
pub(crate) struct Dropped;

/// In a request's extensions, it says that the request came behind TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secure;

/// How long a client may take for a TLS handshake, for the head of a request, and between two
/// requests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands every connection over, until the task is dropped, which ends them all.
pub(crate) async fn accept_all<F>(
    listener: TcpListener,
    handle: impl Fn(TcpStream) -> F,
) -> Infallible
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Only latency is lost where this fails.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(handle(stream));
                }
                // Out of file descriptors: wait for some to come back, do not spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection, behind TLS where there is an acceptor.
pub(crate) async fn speak_tls(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    tls: Option<TlsAcceptor>,
    router: Router,
) {
    match tls {
        None => speak_router(stream, router, None).await,
        // Who does not believe the certificate, or waits too long, has ended the connection.
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                speak_router(stream, router, Some(Secure)).await;
            }
        }
    }
}

/// Speaks HTTP/1.1 on one connection. The client's mistakes are its own.
pub(crate) async fn speak_http<S, F, E>(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    service: S,
) where
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response, E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        // A client that has said all it will say still waits for its answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service_fn(service))
        .with_upgrades()
        .await;
}

/// Answers by the router, and ends the connection where a fault says so.
async fn speak_router(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: Router,
    secure: Option<Secure>,
) {
    let service = move |mut request: Request<Incoming>| {
        if let Some(secure) = secure {
            request.extensions_mut().insert(secure);
        }
        let answer = router.clone().call(request);
        async move {
            let response = answer.await.unwrap_or_else(|never| match never {});
            if response.extensions().get::<Dropped>().is_some() {
                Err(Dropped)
            } else {
                Ok(response)
            }
        }
    };
    speak_http(stream, service).await;
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
