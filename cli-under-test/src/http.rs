//! Requests and answers: every one bounded in time, and no credential beyond its server.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy, Timeout};
use url::Url;

use crate::address;
use crate::credential::{Credential, Origin};
use crate::error::{Error, harmless};
use crate::proxy;
use crate::session::Session;

mod body;

use body::Body;

const CONNECT: Duration = Duration::from_secs(10);
const TOTAL: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 5;
/// More than any picture; less than would fill a machine's memory.
const LONGEST_BODY: u64 = 256 << 20;

/// What is asked of a server.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) body: Option<Body>,
    /// How long the answer may take.
    pub(crate) patience: Duration,
}

/// A credential on its way into a header.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) scheme: &'static str,
    pub(crate) credential: Credential,
}

impl Authorization {
    /// The header's value.
    pub(crate) fn header(&self) -> String {
        format!("{} {}", self.scheme, self.credential.secret.expose())
    }
}

impl Request {
    /// A request that carries no credential and no body.
    pub(crate) fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), authorization: None, body: None, patience: TOTAL }
    }

    /// The same with a JSON body.
    pub(crate) fn with_body(self, body: Value) -> Self {
        Self { body: Some(Body::Json(body)), ..self }
    }

    /// The same with the fields of a form.
    pub(crate) fn with_form(self, fields: Vec<(&'static str, String)>) -> Self {
        Self { body: Some(Body::Form(fields)), ..self }
    }

    /// The same with less patience.
    pub(crate) fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same with a credential.
    pub(crate) fn authorized(self, scheme: &'static str, credential: Credential) -> Self {
        Self { authorization: Some(Authorization { scheme, credential }), ..self }
    }
}

/// What a server answered, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The server, as messages call it.
    pub(crate) host: String,
    content_type: Option<String>,
    retry_after: Option<String>,
    challenge: Option<String>,
    location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Sends a request and judges the answer's status. The origin is that of the credential that is
/// at stake, if one is.
pub(crate) fn exchange(
    session: &Session,
    request: &Request,
    origin: Option<Origin>,
) -> Result<Answer, Error> {
    let behaviour = &session.behaviour.http;
    let answer = (behaviour.send)(session, request)?;
    (behaviour.judge)(&answer, origin)?;
    Ok(answer)
}

/// The answer's body as the shape that was asked for.
pub(crate) fn decode<T: DeserializeOwned>(session: &Session, answer: &Answer) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).or_else(|_| {
        let instead = (session.behaviour.http.other_shape)(answer)?;
        serde_json::from_value(instead).map_err(|_| answer.unexpected())
    })
}

/// Sends a request, following redirects within its origin. A status is an answer, not an error.
pub(crate) fn send(session: &Session, request: &Request) -> Result<Answer, Error> {
    let bad = |why| Error::BadAddress { from: "an address that the server gave".to_owned(), why };
    let mut request = request.clone();
    for _ in 0..=REDIRECTS {
        let url = Url::parse(&request.url).map_err(|_| bad("not an absolute URL".to_owned()))?;
        let answer = send_once(session, &request, &url)?;
        let Some(location) = answer.redirect_of(&request.method) else {
            return Ok(answer);
        };
        let next = url.join(location).map_err(|_| bad("not a URL".to_owned()))?;
        if !(session.behaviour.http.may_follow)(&url, &next) {
            return Err(Error::Redirected { from: address::host(&url), to: address::host(&next) });
        }
        request.url = next.into();
    }
    let url = Url::parse(&request.url).map_err(|_| bad("not an absolute URL".to_owned()))?;
    Err(unreachable(&url, format!("it redirected more than {REDIRECTS} times")))
}

fn send_once(session: &Session, request: &Request, url: &Url) -> Result<Answer, Error> {
    let patience = (session.behaviour.http.patience)(session, request.patience)?;
    let agent = agent(session, url, patience)?;
    let mut builder = ureq::http::Request::builder()
        .method(request.method.clone())
        .uri(&request.url)
        .header(header::USER_AGENT, concat!("reference/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = &request.authorization {
        builder = builder.header(header::AUTHORIZATION, authorization.header());
    }
    let failed = |error| failure(url, error);
    let sent = match &request.body {
        None => builder.body(()).map_err(Into::into).and_then(|request| agent.run(request)),
        Some(body) => builder
            .header(header::CONTENT_TYPE, body.content_type())
            .body(body.text())
            .map_err(Into::into)
            .and_then(|request| agent.run(request)),
    };
    let answer = sent.map_err(failed)?;
    let text = |name| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
    Ok(Answer {
        status: answer.status().as_u16(),
        host: address::host(url),
        content_type: text(header::CONTENT_TYPE),
        retry_after: text(header::RETRY_AFTER),
        challenge: text(header::WWW_AUTHENTICATE),
        location: text(header::LOCATION),
        body: answer.into_body().with_config().limit(LONGEST_BODY).read_to_vec().map_err(failed)?,
    })
}

/// How long a request may take that would wait for so long: less, where the user says so.
pub(crate) fn patience(session: &Session, usual: Duration) -> Result<Duration, Error> {
    let said = session.environment.seconds(session.front.request_limit_variable)?;
    Ok(said.map_or(usual, |said| said.min(usual)))
}

/// A client for one address. Certificates are loaded only when there is something to verify.
fn agent(session: &Session, url: &Url, patience: Duration) -> Result<Agent, Error> {
    let proxy = proxy::for_url(&session.environment, url);
    let mut config = Agent::config_builder()
        .timeout_connect(Some(CONNECT.min(patience)))
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false);
    let secure_proxy = proxy.as_ref().is_some_and(|proxy| proxy.starts_with("https:"));
    if url.scheme() == "https" || secure_proxy {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(trusted_roots(session)?);
        config = config.tls_config(tls.unversioned_rustls_crypto_provider(provider).build());
    }
    let proxy = match proxy {
        Some(proxy) => Some(Proxy::new(&proxy).map_err(|_| Error::BadAddress {
            from: "the proxy in the environment".to_owned(),
            why: "not a proxy's address".to_owned(),
        })?),
        None => None,
    };
    Ok(config.proxy(proxy).build().into())
}

/// The machine's own authorities, or those of `SSL_CERT_FILE`; failing both, Mozilla's.
fn trusted_roots(session: &Session) -> Result<RootCerts, Error> {
    let found = rustls_native_certs::load_native_certs();
    if !found.certs.is_empty() {
        let certificates: Vec<_> = found
            .certs
            .iter()
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect();
        return Ok(RootCerts::new_with_certs(&certificates));
    }
    match session.environment.get("SSL_CERT_FILE") {
        Some(from) => Err(Error::Certificates { from }),
        None => Ok(RootCerts::WebPki),
    }
}

fn failure(url: &Url, error: ureq::Error) -> Error {
    let why = match error {
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            "connecting timed out".to_owned()
        }
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "no such host is known".to_owned(),
        ureq::Error::ConnectionFailed => "the connection was refused".to_owned(),
        ureq::Error::ConnectProxyFailed(_) => "the proxy would not connect to it".to_owned(),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => "its certificate is not trusted".to_owned(),
        ureq::Error::Io(error) if error.to_string().contains("certificate") => {
            "its certificate is not trusted".to_owned()
        }
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
            std::io::ErrorKind::TimedOut => "it did not answer in time".to_owned(),
            _ => "the connection broke off".to_owned(),
        },
        ureq::Error::Protocol(_) => "it does not speak HTTP, or broke off".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "its answer has no end".to_owned(),
        _ => "the request could not be made".to_owned(),
    };
    unreachable(url, why)
}

fn unreachable(url: &Url, why: String) -> Error {
    Error::Unreachable { host: address::host(url), why }
}

/// Takes 2xx for an answer, and every other status for the failure that it is.
pub(crate) fn judge(answer: &Answer, origin: Option<Origin>) -> Result<(), Error> {
    let host = answer.host.clone();
    Err(match (answer.status, origin) {
        (200..=299, _) => return Ok(()),
        (429, _) => Error::RateLimited { host, wait: answer.wait() },
        (status @ 500.., _) => Error::Server { host, status },
        (401, Some(origin)) => Error::Unauthorized { host, origin },
        (403, Some(_)) => Error::Forbidden { host, said: answer.said_or_needed() },
        // Nobody was refused: nobody asked in anybody's name.
        (status, None) => Error::Status { host, status },
        (status, Some(_)) => match answer.said() {
            Some(said) => Error::Rejected { status, said },
            None => answer.unexpected(),
        },
    })
}

/// An answer of any other shape than the one asked for is no answer.
pub(crate) fn refuse_other_shape(answer: &Answer) -> Result<Value, Error> {
    Err(answer.unexpected())
}

impl Answer {
    /// The error that says: this is not the API talking.
    pub(crate) fn unexpected(&self) -> Error {
        let content =
            self.content_type.as_deref().map_or("without a content type".to_owned(), harmless);
        Error::Unexpected { host: self.host.clone(), status: self.status, content }
    }

    /// The API's own words about what was wrong.
    fn said(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let said = harmless(body.get("error")?.as_str()?);
        if said.is_empty() {
            return None;
        }
        let details = ["detail", "error_description"];
        let detail = details.iter().find_map(|name| body.get(*name)?.as_str());
        Some(detail.map_or_else(|| said.clone(), |detail| format!("{said}: {}", harmless(detail))))
    }

    /// The API's own words, and the scope that it asks for, if it does (RFC 6750, section 3.1).
    fn said_or_needed(&self) -> Option<String> {
        let challenge = self.challenge.as_deref();
        let scope = challenge.and_then(|it| it.split_once("scope=\"")?.1.split_once('"'));
        let Some((scope, _)) = scope else {
            return self.said();
        };
        let needed = format!("the scope {} is needed", harmless(scope));
        Some(match self.said() {
            Some(said) => format!("{said}, {needed}"),
            None => needed,
        })
    }

    /// How long the server wants to be left alone: seconds, or a date.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        let seconds = date.duration_since(jiff::Timestamp::now()).as_secs();
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }

    /// Where the server wants the same request sent instead. Only a GET may change its address on
    /// the older statuses, since clients disagree on what the others turn into.
    fn redirect_of(&self, method: &Method) -> Option<&str> {
        let redirects = match self.status {
            301..=303 => *method == Method::GET,
            307 | 308 => true,
            _ => false,
        };
        self.location.as_deref().filter(|_| redirects)
    }
}
