//! The wire: requests go out paced, one by one or at once, and come back as replies.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use thiserror::Error;
use tokio::task::JoinSet;

use super::ask::Ask;
use super::pace::Pace;
use super::recording::Reply;

/// The longest body that is kept, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

/// What is said to servers.
const USER_AGENT: &str = concat!("authspec-probe/", env!("CARGO_PKG_VERSION"));

/// The way to one server.
#[derive(Debug)]
pub struct Wire {
    http: reqwest::Client,
    pace: Pace,
    interrupted: AtomicBool,
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
    /// A way that trusts the system's authorities, and these beside them.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        authorities: Vec<reqwest::Certificate>,
        pace: Pace,
        deadline: Duration,
    ) -> reqwest::Result<Self> {
        // One is enough, whoever was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_merge(authorities)
            .timeout(deadline)
            .build()?;
        let (interrupted, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
        Ok(Self { http, pace, interrupted, sent, deadline })
    }

    /// Lets no request out any more, but for what tidies up.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
    }

    /// Whether the operator pressed Ctrl-C.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// How many requests were sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// Lets one exchange go that is no HTTP request, and counts it.
    pub(super) async fn raw(&self) -> Result<(), Silence> {
        self.pace.wait(1).await;
        self.sent.fetch_add(1, Ordering::SeqCst);
        if self.is_interrupted() { Err(Silence::Interrupted) } else { Ok(()) }
    }

    /// How long an answer is waited for.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
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
        self.pace.wait(1).await;
        if self.is_interrupted() {
            return Err(Silence::Interrupted);
        }
        self.send_now(ask).await
    }

    /// Sends requests at once, each on its own connection where it must; their replies are in the
    /// order of the requests.
    ///
    /// # Errors
    /// [`Silence`] when one of them had no reply.
    pub async fn send_at_once(&self, asks: &[Ask]) -> Result<Vec<Reply>, Silence> {
        self.pace.wait(asks.len()).await;
        if self.is_interrupted() {
            return Err(Silence::Interrupted);
        }
        let mut racing = JoinSet::new();
        for (place, ask) in asks.iter().enumerate() {
            self.sent.fetch_add(1, Ordering::SeqCst);
            let (http, ask, deadline) = (self.http.clone(), ask.clone(), self.deadline);
            racing.spawn(async move { (place, exchange(&http, &ask, deadline).await) });
        }
        let mut replies: Vec<_> = racing.join_all().await;
        replies.sort_by_key(|(place, _)| *place);
        replies.into_iter().map(|(_, reply)| reply).collect()
    }

    /// Goes where a browser is sent: to the probe's own listener, which is no request to the server.
    pub async fn visit(&self, url: &url::Url) {
        let _ = self.http.get(url.clone()).send().await;
    }

    /// Sends a request that tidies up, whether or not the operator pressed Ctrl-C.
    ///
    /// # Errors
    /// [`Silence`] when no reply came.
    pub async fn send_regardless(&self, ask: &Ask) -> Result<Reply, Silence> {
        self.pace.wait(1).await;
        self.send_now(ask).await
    }

    async fn send_now(&self, ask: &Ask) -> Result<Reply, Silence> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        exchange(&self.http, ask, self.deadline).await
    }
}

async fn exchange(http: &reqwest::Client, ask: &Ask, deadline: Duration) -> Result<Reply, Silence> {
    let method = Method::from_bytes(ask.method.as_bytes()).unwrap_or(Method::GET);
    let mut request = http.request(method, &ask.url);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    if !ask.body.is_empty() {
        request = request.body(ask.body.clone());
    }
    let reply = request.send().await.map_err(|error| silence(&error, deadline))?;
    let status = reply.status().as_u16();
    let headers = reply.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let mut body = reply.text().await.map_err(|error| silence(&error, deadline))?;
    body.truncate(body.floor_char_boundary(LONGEST_BODY));
    Ok(Reply { status, headers, body })
}

/// Why `error` is no reply, without the URL, which may hold a secret.
fn silence(error: &reqwest::Error, deadline: Duration) -> Silence {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let why = innermost.to_string();
    if error.is_timeout() {
        Silence::TimedOut(deadline)
    } else if why.to_lowercase().contains("certificate") || why.contains("invalid peer") {
        Silence::Untrusted(why)
    } else if error.is_connect() {
        Silence::Unreachable(why)
    } else {
        Silence::Broken(why)
    }
}
