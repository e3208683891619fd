//! Which request gets which answer: pages that load nothing, run nothing, and repeat nothing but why
//! a sign-in was refused, as text.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, REFERRER_POLICY,
};
use hyper::{Method, Response, StatusCode, Uri};
use url::form_urlencoded;

use super::Pending;
use crate::behaviour::Callback;
use crate::error::Error;
use crate::secret::Secret;

const PATH: &str = "/callback";

/// What the browser is to bring.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// The key itself.
    Key,
    /// A code, in answer to a question that was asked.
    Code(Pending),
}

/// What a callback turned out to be.
pub(super) enum Brought {
    /// This, and the page that says so.
    Arrival(Result<Secret, Error>, String),
    /// Nothing that counts.
    Nothing(&'static str),
}

/// What is answered to what.
pub(super) struct Rules {
    pub(super) behaviour: Callback,
    pub(super) expected: Expected,
    pub(super) port: u16,
}

type Page = Response<Full<Bytes>>;

impl Rules {
    pub(super) fn answer(
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
            return (self.page(StatusCode::BAD_REQUEST, "This address is not served here."), None);
        }
        if !(behaviour.recognizes)(uri) {
            let ends_login = (behaviour.stray)(uri).map(Err);
            return (self.page(StatusCode::NOT_FOUND, "There is nothing here."), ends_login);
        }
        if !(behaviour.method_allowed)(method) {
            let mut refusal =
                self.page(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered here.");
            refusal.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET"));
            return (refusal, None);
        }
        match self.read(uri) {
            Brought::Arrival(arrival, text) => (self.page(StatusCode::OK, &text), Some(arrival)),
            Brought::Nothing(why) => (self.page(StatusCode::BAD_REQUEST, why), None),
        }
    }

    fn read(&self, uri: &Uri) -> Brought {
        match &self.expected {
            Expected::Code(pending) => pending.read(&self.behaviour, uri),
            Expected::Key => match (self.behaviour.key)(uri) {
                Some(key) => {
                    let text = (self.behaviour.text)(&key);
                    Brought::Arrival(Ok(key), text)
                }
                None => Brought::Nothing("The sign-in brought no key. Please try again."),
            },
        }
    }

    /// A page that loads nothing, runs nothing, and tells nobody where it was.
    fn page(&self, status: StatusCode, text: &str) -> Page {
        let text = (self.behaviour.escape)(text);
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

/// Text as a page may hold it, whoever wrote it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Expected, HeaderMap, Method, Pending, Rules, StatusCode, Uri};
    use crate::behaviour::Callback;
    use crate::secret::Secret;

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
        let rules = Rules { behaviour: Callback::default(), expected: Expected::Key, port: 7 };
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

    #[test]
    fn what_a_refusal_says_stands_in_the_page_as_text() {
        let state = Secret::parse("s1").expect("well-formed");
        let expected = Expected::Code(Pending { state, issuer: None });
        let rules = Rules { behaviour: Callback::default(), expected, port: 7 };
        let uri = "/callback?error=no&error_description=%3Cscript%3E&state=s1";
        let mut headers = HeaderMap::new();
        headers.append("host", "127.0.0.1:7".parse().expect("a value"));
        let (response, _) = rules.answer(&Method::GET, &uri.parse().expect("a URI"), &headers);
        let page = format!("{response:?}");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
    }
}
