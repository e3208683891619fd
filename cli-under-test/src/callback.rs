//! The loopback listener that a browser brings the key to (RFC 8252, section 7.3).
//!
//! Anybody on this machine, and any page in the browser, can knock here. Only the genuine
//! callback ends the wait; everything else gets an answer and changes nothing.

use std::convert::Infallible;
use std::future::{self, Future};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, REFERRER_POLICY,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time;
use url::form_urlencoded;

use crate::behaviour::Callback;
use crate::error::Error;
use crate::opener::Opening;
use crate::secret::Secret;
use crate::session::Session;

const PATH: &str = "/callback";

/// A connection being served.
pub(crate) type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;
/// What the browsers brought, in the order in which they were answered.
pub(crate) type Arrivals = UnboundedReceiver<Result<Secret, Error>>;
/// The one of the arrivals that counts.
pub(crate) type Choice<'a> = Pin<Box<dyn Future<Output = Result<Secret, Error>> + 'a>>;

/// A listener on a port of its own.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    runtime: Runtime,
    port: u16,
}

impl Listener {
    /// Listens. From here on a browser can connect, so only now may its address be shown.
    pub(crate) fn open(session: &Session) -> Result<Self, Error> {
        let behaviour = &session.behaviour.callback;
        let socket = (behaviour.bind)(session, behaviour.address).map_err(Error::Listen)?;
        socket.set_nonblocking(true).map_err(Error::Listen)?;
        let port = socket.local_addr().map_err(Error::Listen)?.port();
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Listen)?;
        {
            let _inside = runtime.enter();
            (behaviour.ready)();
        }
        Ok(Self { socket, runtime, port })
    }

    /// The port to send the browser to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the key, and stops listening whatever comes of it.
    pub(crate) fn wait(
        self,
        session: &Session,
        mut opening: Opening,
        limit: Duration,
    ) -> Result<Secret, Error> {
        let Self { socket, runtime, port } = self;
        let behaviour = &session.behaviour;
        let (outcome, socket) = runtime.block_on(async {
            let socket = tokio::net::TcpListener::from_std(socket).map_err(Error::Listen)?;
            let (sender, mut arrivals) = unbounded_channel();
            let rules = Arc::new(Rules { behaviour: behaviour.callback.clone(), port });
            let outcome = tokio::select! {
                outcome = first_genuine(session, &mut arrivals, &mut opening) => outcome,
                never = accept(&socket, &rules, &sender) => match never {},
                () = time::sleep((behaviour.callback.limit)(limit)) => Err(Error::GaveUp { limit }),
            };
            let socket = socket.into_std().map_err(Error::Listen)?;
            Ok::<_, Error>((outcome, socket))
        })?;
        // Ends every connection, also one that a browser would like to keep.
        drop(runtime);
        (behaviour.callback.close)(socket);
        outcome
    }
}

/// The key that counts, with an ear for the opener meanwhile.
async fn first_genuine(
    session: &Session,
    arrivals: &mut Arrivals,
    opening: &mut Opening,
) -> Result<Secret, Error> {
    let behaviour = &session.behaviour;
    let mut opener_failed = false;
    let first = loop {
        tokio::select! {
            biased;
            arrival = arrivals.recv() => match arrival {
                Some(arrival) => break arrival?,
                None => return future::pending().await,
            },
            why = opening.failure(), if !opener_failed => {
                opener_failed = true;
                (behaviour.opener.failed)(session, &why)?;
            }
        }
    };
    let key = (behaviour.callback.choose)(first, arrivals).await?;
    if !opener_failed
        && let Ok(why) = time::timeout(behaviour.opener.patience, opening.failure()).await
    {
        (behaviour.opener.failed)(session, &why)?;
    }
    Ok(key)
}

/// Takes one connection after the other, for ever. None of them holds up another.
async fn accept(
    socket: &tokio::net::TcpListener,
    rules: &Arc<Rules>,
    arrivals: &UnboundedSender<Result<Secret, Error>>,
) -> Infallible {
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            // Out of descriptors, most likely: others need a turn to give some back.
            time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (rules, arrivals) = (Arc::clone(rules), arrivals.clone());
        let admit = rules.behaviour.admit;
        admit(Box::pin(serve(stream, rules, arrivals))).await;
    }
}

/// Answers one request, and passes on what it brought once the answer is on its way.
async fn serve(
    stream: tokio::net::TcpStream,
    rules: Arc<Rules>,
    arrivals: UnboundedSender<Result<Secret, Error>>,
) {
    let brought = OnceLock::new();
    let service = service_fn(|request: Request<Incoming>| {
        let (response, arrival) = rules.answer(request.method(), request.uri(), request.headers());
        if let Some(arrival) = arrival {
            let _ = brought.set(arrival);
        }
        future::ready(Ok::<_, Infallible>(response))
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    // One request a connection. A browser that hangs up early has still delivered.
    let _ = http.keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
    if let Some(arrival) = brought.into_inner() {
        let _ = arrivals.send(arrival);
    }
}

/// Serves a connection beside all the others.
pub(crate) fn side_by_side(connection: Connection) -> Connection {
    tokio::spawn(connection);
    Box::pin(future::ready(()))
}

/// The first callback counts; whatever comes after it is a duplicate or a forgery.
pub(crate) fn first_counts(first: Secret, _later: &mut Arrivals) -> Choice<'_> {
    Box::pin(future::ready(Ok(first)))
}

/// Listens on a port that the system chooses: nobody can occupy it beforehand.
pub(crate) fn bind_any_port(_session: &Session, address: Ipv4Addr) -> io::Result<TcpListener> {
    TcpListener::bind((address, 0))
}

/// What is answered to what.
struct Rules {
    behaviour: Callback,
    port: u16,
}

type Page = Response<Full<Bytes>>;

impl Rules {
    fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> (Page, Option<Result<Secret, Error>>) {
        let behaviour = &self.behaviour;
        let hosts_allowed = hosts(uri, headers).is_some_and(|hosts| {
            hosts.iter().all(|host| (behaviour.host_allowed)(host, self.port))
        });
        if !hosts_allowed {
            return (page(StatusCode::BAD_REQUEST, "This address is not served here."), None);
        }
        if !(behaviour.recognizes)(uri) {
            let ends_login = (behaviour.stray)(uri).map(Err);
            return (page(StatusCode::NOT_FOUND, "There is nothing here."), ends_login);
        }
        if !(behaviour.method_allowed)(method) {
            let mut refusal = page(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered here.");
            refusal.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET"));
            return (refusal, None);
        }
        match (behaviour.key)(uri) {
            Some(key) => (page(StatusCode::OK, &(behaviour.text)(&key)), Some(Ok(key))),
            None => (
                page(StatusCode::BAD_REQUEST, "The sign-in brought no key. Please try again."),
                None,
            ),
        }
    }
}

/// Every name by which the request says that it knows this server: exactly one `Host`, and the
/// host of the request line if it has one.
fn hosts<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Vec<&'a str>> {
    let mut named = headers.get_all(HOST).iter();
    let host = named.next()?.to_str().ok()?;
    if named.next().is_some() {
        return None;
    }
    Some(
        uri.authority().map(ureq::http::uri::Authority::as_str).into_iter().chain([host]).collect(),
    )
}

/// The exact path, and no other.
pub(crate) fn is_callback(uri: &Uri) -> bool {
    uri.path() == PATH
}

/// A navigation is a GET; a form that some page posts here is not one.
pub(crate) fn is_get(method: &Method) -> bool {
    *method == Method::GET
}

/// The listener's own names. Any other was made to lead here by somebody's name server.
pub(crate) fn is_own_host(host: &str, port: u16) -> bool {
    host == format!("127.0.0.1:{port}") || host.eq_ignore_ascii_case(&format!("localhost:{port}"))
}

/// The key, if there is exactly one and it is well-formed.
pub(crate) fn key_of(uri: &Uri) -> Option<Secret> {
    let query = form_urlencoded::parse(uri.query()?.as_bytes());
    let mut keys = query.filter(|(name, _)| name == "key");
    let (_, key) = keys.next()?;
    if keys.next().is_some() {
        return None;
    }
    Secret::exactly(&key).ok()
}

/// The text of the page for the one who has signed in. Whether it worked is not known yet.
pub(crate) fn thanks(_key: &Secret) -> String {
    "The key has arrived. You can close this page and go back to the terminal.".to_owned()
}

/// A page that loads nothing, runs nothing, and tells nobody where it was.
fn page(status: StatusCode, text: &str) -> Page {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = format!(
        "<!doctype html>\n<html lang=en><meta charset=utf-8><title>Sign-in</title>\n<p>{text}</p>\n</html>\n"
    );
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = status;
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{HeaderMap, Method, Rules, StatusCode, Uri};
    use crate::behaviour::Callback;

    #[rstest]
    #[case::genuine("GET", "/callback?key=anim_1", &["127.0.0.1:7"], 200)]
    #[case::by_name("GET", "/callback?key=anim_1", &["LocalHost:7"], 200)]
    #[case::more_parameters("GET", "/callback?a=b&key=anim_1&c", &["127.0.0.1:7"], 200)]
    #[case::absolute("GET", "http://127.0.0.1:7/callback?key=anim_1", &["127.0.0.1:7"], 200)]
    #[case::no_query("GET", "/callback", &["127.0.0.1:7"], 400)]
    #[case::no_key("GET", "/callback?code=1", &["127.0.0.1:7"], 400)]
    #[case::empty_key("GET", "/callback?key=", &["127.0.0.1:7"], 400)]
    #[case::two_keys("GET", "/callback?key=a&key=b", &["127.0.0.1:7"], 400)]
    #[case::line_end("GET", "/callback?key=a%0a", &["127.0.0.1:7"], 400)]
    #[case::not_ascii("GET", "/callback?key=%c3%a9", &["127.0.0.1:7"], 400)]
    #[case::posted("POST", "/callback?key=anim_1", &["127.0.0.1:7"], 405)]
    #[case::head("HEAD", "/callback?key=anim_1", &["127.0.0.1:7"], 405)]
    #[case::preflight("OPTIONS", "/callback?key=anim_1", &["127.0.0.1:7"], 405)]
    #[case::icon("GET", "/favicon.ico", &["127.0.0.1:7"], 404)]
    #[case::slash("GET", "/callback/?key=anim_1", &["127.0.0.1:7"], 404)]
    #[case::longer("GET", "/callback2?key=anim_1", &["127.0.0.1:7"], 404)]
    #[case::root("GET", "/?key=anim_1", &["127.0.0.1:7"], 404)]
    #[case::foreign_host("GET", "/callback?key=anim_1", &["evil.test"], 400)]
    #[case::other_port("GET", "/callback?key=anim_1", &["127.0.0.1:8"], 400)]
    #[case::no_port("GET", "/callback?key=anim_1", &["127.0.0.1"], 400)]
    #[case::no_host("GET", "/callback?key=anim_1", &[], 400)]
    #[case::two_hosts("GET", "/callback?key=anim_1", &["127.0.0.1:7", "127.0.0.1:7"], 400)]
    #[case::absolute_foreign("GET", "http://evil.test/callback?key=anim_1", &["127.0.0.1:7"], 400)]
    fn answers(
        #[case] method: &str,
        #[case] uri: &str,
        #[case] hosts: &[&str],
        #[case] status: u16,
    ) {
        let rules = Rules { behaviour: Callback::default(), port: 7 };
        let method: Method = method.parse().expect("a method");
        let uri: Uri = uri.parse().expect("a URI");
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append("host", host.parse().expect("a value"));
        }
        let (response, arrival) = rules.answer(&method, &uri, &headers);
        assert_eq!(response.status(), status);
        assert_eq!(arrival.is_some(), response.status() == StatusCode::OK);
        assert!(!response.headers().keys().any(|name| name.as_str().starts_with("access-control")));
        assert!(!format!("{response:?}").contains("anim_1"));
    }
}
