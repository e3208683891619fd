//! Hosts that a tool hard-codes, stood in for: a proxy that leads a profile's `stands_in_for` to
//! the platform, and refuses every other host.
//!
//! ```text
//! tool ── CONNECT api.vendor.example:443 ──▶ proxy ── TLS in that name ──▶ the platform's routes
//! tool ── CONNECT elsewhere.example:443  ──▶ proxy ──▶ 502, written down
//! ```

use std::convert::Infallible;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::authority::Authority;
use crate::error::StartError;
use crate::platform::Platform;
use crate::profile::HardCodedHost;
use crate::serve::{accept_all, speak_http, speak_tls};

/// A proxy for a tool that hard-codes hosts. Dropping it stops it.
#[derive(Debug)]
pub struct StandIn {
    url: String,
    shared: Arc<Shared>,
    /// Dropped last, and with it the task.
    _serving: JoinSet<Infallible>,
}

struct Shared {
    hosts: Vec<Stood>,
    router: Router,
    /// What was refused, oldest first.
    refused: watch::Sender<Vec<String>>,
    tunnels: Mutex<JoinSet<()>>,
}

/// A host that is stood in for.
struct Stood {
    /// Host and port, as `CONNECT` names them.
    target: String,
    /// None where the tool speaks plain HTTP to it.
    tls: Option<TlsAcceptor>,
}

impl StandIn {
    /// Starts a proxy on a free loopback port. It leads the hosts of the profile's `stands_in_for`
    /// to `platform`, in their names and by certificates of `authority`. A profile that names no
    /// host makes a proxy that refuses all.
    ///
    /// # Errors
    ///
    /// If no port can be had, or a host's certificate cannot be made.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has its I/O and its timer enabled.
    pub async fn start(platform: &Platform, authority: &Authority) -> Result<Self, StartError> {
        let stood = |host: &HardCodedHost| {
            let names = [host.host.clone()];
            let tls = host.secure.then(|| authority.acceptor(&names)).transpose()?;
            Ok(Stood { target: host.authority(), tls })
        };
        let mut hosts = platform
            .hard_coded_hosts()
            .iter()
            .map(stood)
            .collect::<Result<Vec<_>, StartError>>()?;
        // A tool that asks a proxy even for loopback finds the platform nevertheless.
        let own = platform.url();
        if let Some(target) = own.strip_prefix("http://") {
            hosts.push(Stood { target: target.to_owned(), tls: None });
        } else if let Some((target, host)) = own.strip_prefix("https://").and_then(|target| {
            let (host, _) = target.rsplit_once(':')?;
            Some((target, host.trim_matches(['[', ']'])))
        }) {
            let tls = Some(authority.acceptor(&[host.to_owned()])?);
            hosts.push(Stood { target: target.to_owned(), tls });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            hosts,
            router: platform.router().clone(),
            refused: watch::Sender::default(),
            tunnels: Mutex::default(),
        });
        let mut serving = JoinSet::new();
        let proxy = Arc::clone(&shared);
        serving.spawn(accept_all(listener, move |stream| take(Arc::clone(&proxy), stream)));
        Ok(Self { url, shared, _serving: serving })
    }

    /// The proxy's URL, for `HTTPS_PROXY` and `HTTP_PROXY`: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was refused so far, oldest first: `host:port` where a tunnel was asked for, the whole
    /// URL where plain HTTP was spoken. It is written down before the refusal is sent.
    pub fn refused(&self) -> Vec<String> {
        self.shared.refused.borrow().clone()
    }

    /// Waits until more than `seen` requests were refused.
    pub async fn refused_more_than(&self, seen: usize) {
        let mut refused = self.shared.refused.subscribe();
        // It ends with the sender alone, which lives as long as `self`.
        let _ = refused.wait_for(|refused| refused.len() > seen).await;
    }
}

async fn take(shared: Arc<Shared>, stream: TcpStream) {
    let service = move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    };
    speak_http(stream, service).await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response {
        let wants_tunnel = request.method() == Method::CONNECT;
        let target = target(request.uri());
        let stood = self.hosts.iter().find(|one| {
            target.as_deref() == Some(one.target.as_str()) && (wants_tunnel || one.tls.is_none())
        });
        match stood {
            None => self.refuse(&request),
            Some(stood) if wants_tunnel => self.tunnel(stood, request),
            Some(_) => {
                let answer = self.router.clone().call(request).await;
                answer.unwrap_or_else(|never| match never {})
            }
        }
    }

    fn tunnel(&self, stood: &Stood, request: Request<Incoming>) -> Response {
        let (router, tls) = (self.router.clone(), stood.tls.clone());
        let mut tunnels = self.tunnels.lock().unwrap_or_else(PoisonError::into_inner);
        while tunnels.try_join_next().is_some() {}
        tunnels.spawn(async move {
            // A client that goes away, or does not believe the certificate, ends the tunnel.
            let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
            speak_tls(TokioIo::new(upgraded), tls, router).await;
        });
        Response::new(Body::empty())
    }

    fn refuse(&self, request: &Request<Incoming>) -> Response {
        let asked = request.uri().to_string();
        self.refused.send_modify(|refused| refused.push(asked.clone()));
        let text = format!("no host but those of the profile is reached from here: {asked}\n");
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}

/// Host and port of a proxied request, in lowercase.
fn target(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?;
    let port = authority.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })?;
    Some(format!("{}:{port}", authority.host().to_ascii_lowercase()))
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets: Vec<_> = self.hosts.iter().map(|one| &one.target).collect();
        formatter.debug_struct("StandIn").field("hosts", &targets).finish_non_exhaustive()
    }
}
