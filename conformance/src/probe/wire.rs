//! The wire: requests go out paced, one by one or at once, and come back as replies.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::USER_AGENT;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::sync::SetOnce;
use tokio::task::JoinSet;

use super::ask::Ask;
use super::pace::Pace;
use super::recording::Reply;

/// The longest body that is kept, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

/// What is said to servers.
const NAME: &str = concat!("authspec-probe/", env!("CARGO_PKG_VERSION"));

type Http = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The way to one server.
#[derive(Debug)]
pub struct Wire {
    http: Http,
    pace: Pace,
    interrupted: SetOnce<()>,
    sent: AtomicUsize,
    deadline: Duration,
}

/// Why there was no reply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Silence {
    /// Nobody listens, or the connection broke.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The certificate is not good.
    #[error("the certificate is not trusted: {0}: trust its authority with --ca, or mend it")]
    Untrusted(String),
    /// No answer came in time.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The answer broke off, or was none.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The operator pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Wire {
    /// A way to the server at `url` that trusts the system's authorities, and these beside them.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        url: &str,
        authorities: &[CertificateDer<'static>],
        pace: Pace,
        deadline: Duration,
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        if url.starts_with("https:") {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for authority in authorities {
            roots.add(authority.clone())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let http = Client::builder(TokioExecutor::new()).build(https.enable_http1().build());
        let (interrupted, sent) = (SetOnce::new(), AtomicUsize::new(0));
        Ok(Self { http, pace, interrupted, sent, deadline })
    }

    /// Lets no request out any more, but for what tidies up.
    pub fn interrupt(&self) {
        // Once is enough.
        let _ = self.interrupted.set(());
    }

    /// Whether the operator pressed Ctrl-C.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.initialized()
    }

    /// Returns when the operator presses Ctrl-C: for what waits for something else than an answer.
    pub(super) async fn interruption(&self) {
        self.interrupted.wait().await;
    }

    /// How many requests were sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// Waits until so many requests may go at once, or the operator presses Ctrl-C.
    async fn turn(&self, count: usize) -> Result<(), Silence> {
        tokio::select! {
            biased;
            () = self.interruption() => Err(Silence::Interrupted),
            () = self.pace.wait(count) => Ok(()),
        }
    }

    /// Lets an exchange go that is no HTTP request, and counts it; `None`: it took longer than an
    /// answer is waited for.
    pub(super) async fn raw<T>(
        &self,
        exchange: impl Future<Output = T>,
    ) -> Result<Option<T>, Silence> {
        self.turn(1).await?;
        self.sent.fetch_add(1, Ordering::SeqCst);
        let ended = tokio::time::timeout(self.deadline, exchange).await.ok();
        self.pace.ended(1).await;
        Ok(ended)
    }

    /// How many requests may be sent at once.
    pub fn most(&self) -> usize {
        self.pace.most()
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`Silence`] when no reply came.
    pub async fn send(&self, ask: &Ask) -> Result<Reply, Silence> {
        self.turn(1).await?;
        self.send_now(ask).await
    }

    /// Sends requests at once, each on its own connection where it must. What came of each is in the
    /// order of the requests: one that has no reply takes nobody else's with it.
    pub async fn send_at_once(&self, asks: &[Ask]) -> Vec<Result<Reply, Silence>> {
        if let Err(silence) = self.turn(asks.len()).await {
            return vec![Err(silence); asks.len()];
        }
        let mut racing = JoinSet::new();
        for (place, ask) in asks.iter().enumerate() {
            self.sent.fetch_add(1, Ordering::SeqCst);
            let (http, ask, deadline) = (self.http.clone(), ask.clone(), self.deadline);
            racing.spawn(async move { (place, exchange(&http, &ask, deadline).await) });
        }
        let mut replies: Vec<_> = racing.join_all().await;
        self.pace.ended(asks.len()).await;
        replies.sort_by_key(|(place, _)| *place);
        replies.into_iter().map(|(_, reply)| reply).collect()
    }

    /// Goes where a browser is sent: to the probe's own listener, which is no request to the server.
    pub async fn visit(&self, url: &url::Url) {
        let _ = exchange(&self.http, &Ask::new("GET", url.clone()), self.deadline).await;
    }

    /// Sends a request that tidies up, or finds out how, whether or not the operator pressed Ctrl-C.
    ///
    /// # Errors
    /// [`Silence`] when no reply came.
    pub async fn send_regardless(&self, ask: &Ask) -> Result<Reply, Silence> {
        self.pace.wait(1).await;
        self.send_now(ask).await
    }

    async fn send_now(&self, ask: &Ask) -> Result<Reply, Silence> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let reply = exchange(&self.http, ask, self.deadline).await;
        self.pace.ended(1).await;
        reply
    }
}

async fn exchange(http: &Http, ask: &Ask, deadline: Duration) -> Result<Reply, Silence> {
    let late = |_| Silence::TimedOut(deadline);
    tokio::time::timeout(deadline, send_and_read(http, ask)).await.map_err(late)?
}

async fn send_and_read(http: &Http, ask: &Ask) -> Result<Reply, Silence> {
    let mut request = hyper::Request::builder().method(ask.method.as_str()).uri(&ask.url);
    request = request.header(USER_AGENT, NAME);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::from(ask.body.clone()));
    let request = request.map_err(|error| Silence::Broken(format!("no request: {error}")))?;
    let reply = http.request(request).await.map_err(|error| silence(&error))?;
    let status = reply.status().as_u16();
    let headers = reply.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let body = Limited::new(reply.into_body(), LONGEST_BODY).collect().await;
    let body = body.map_err(|error| Silence::Broken(error.to_string()))?.to_bytes();
    Ok(Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Why there is no reply.
fn silence(error: &hyper_util::client::legacy::Error) -> Silence {
    let mut innermost: Option<&dyn std::error::Error> = error.source();
    while let Some(source) = innermost.and_then(std::error::Error::source) {
        innermost = Some(source);
    }
    let why = innermost.map_or_else(|| error.to_string(), ToString::to_string);
    if why.contains("certificate") {
        Silence::Untrusted(why)
    } else if error.is_connect() {
        Silence::Unreachable(why)
    } else {
        Silence::Broken(why)
    }
}
