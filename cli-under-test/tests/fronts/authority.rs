//! An authorization server that rotates strictly: a refresh token that is used twice ends it all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// What the server knows, and how it is to behave.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// How many tokens it has issued.
    pub(crate) issued: usize,
    /// The number of the tokens that are good, if any are.
    pub(crate) live: Option<usize>,
    /// Refreshes, good ones and others.
    pub(crate) refreshes: usize,
    /// Tokens that were given back.
    pub(crate) revoked: Vec<String>,
    /// How long new tokens live.
    pub(crate) expires_in: Option<Value>,
    /// Whether a refresh brings no refresh token.
    pub(crate) keeps_refresh_token: bool,
    /// Answers of the token endpoint before the real ones.
    pub(crate) first: Vec<ResponseTemplate>,
    /// Forms that the token endpoint was sent.
    pub(crate) forms: Vec<HashMap<String, String>>,
    /// Whether the description says that every answer names the server.
    pub(crate) names_itself: bool,
    /// What the description says instead of the server's own name.
    pub(crate) issuer: Option<String>,
}

pub(crate) struct Authority {
    pub(crate) server: MockServer,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Authority {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(State::default()));
        let authority = Self { server, state };
        authority.describe().await;
        authority.answer("POST", "/oauth/token", token).await;
        authority.answer("POST", "/oauth/device", device).await;
        authority.answer("GET", "/v1/whoami", whoami).await;
        let revoke = |state: &mut State, request: &Request| {
            state.revoked.push(form(request).remove("token").expect("a token"));
            ResponseTemplate::new(200)
        };
        authority.answer("POST", "/oauth/revoke", revoke).await;
        authority
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("not poisoned"))
    }

    /// Issues tokens without anybody asking: what a home is given that is signed in already.
    pub(crate) fn issue(&self) -> usize {
        self.with(|state| {
            state.issued += 1;
            state.live = Some(state.issued);
            state.issued
        })
    }

    pub(crate) async fn answer(
        &self,
        verb: &str,
        at: &str,
        answer: impl Fn(&mut State, &Request) -> ResponseTemplate + Send + Sync + 'static,
    ) {
        let state = Arc::clone(&self.state);
        let respond =
            move |request: &Request| answer(&mut state.lock().expect("not poisoned"), request);
        let mock = Mock::given(method(verb)).and(path(at));
        mock.respond_with(respond).mount(&self.server).await;
    }

    async fn describe(&self) {
        let (url, state) = (self.url(), Arc::clone(&self.state));
        let describe = move |_: &Request| {
            let state = state.lock().expect("not poisoned");
            ResponseTemplate::new(200).set_body_json(json!({
                "issuer": state.issuer.as_ref().unwrap_or(&url),
                "authorization_endpoint": format!("{url}/oauth/authorize?tenant=1"),
                "token_endpoint": format!("{url}/oauth/token"),
                "device_authorization_endpoint": format!("{url}/oauth/device"),
                "revocation_endpoint": format!("{url}/oauth/revoke"),
                "authorization_response_iss_parameter_supported": state.names_itself,
            }))
        };
        Mock::given(path("/.well-known/oauth-authorization-server"))
            .respond_with(describe)
            .mount(&self.server)
            .await;
    }

    /// Requests to one path.
    pub(crate) async fn asked(&self, at: &str) -> usize {
        let requests = self.server.received_requests().await.expect("recorded");
        requests.iter().filter(|request| request.url.path() == at).count()
    }
}

pub(crate) fn form(request: &Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

pub(crate) fn grant_error(error: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({ "error": error }))
}

fn device(_: &mut State, _: &Request) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "device_code": "device-sesame",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://as.test/device",
        "verification_uri_complete": "https://as.test/device?user_code=WDJB-MJHT",
        "expires_in": 60,
        "interval": 1,
    }))
}

pub(crate) fn token(state: &mut State, request: &Request) -> ResponseTemplate {
    let form = form(request);
    state.forms.push(form.clone());
    if !state.first.is_empty() {
        return state.first.remove(0);
    }
    let mut answer = json!({ "token_type": "bEaReR", "unheard_of": { "a": 1 } });
    if form["grant_type"] == "refresh_token" {
        state.refreshes += 1;
        let live = state.live.map(|live| format!("refresh-{live}"));
        if live.as_ref() != form.get("refresh_token") {
            // Used twice: somebody stole it, and the whole family goes.
            state.live = None;
            return grant_error("invalid_grant");
        }
    }
    if !(state.keeps_refresh_token && form["grant_type"] == "refresh_token") {
        state.issued += 1;
        state.live = Some(state.issued);
        answer["refresh_token"] = json!(format!("refresh-{}", state.issued));
    }
    answer["access_token"] = json!(format!("access-{}", state.issued));
    if let Some(expires_in) = &state.expires_in {
        answer["expires_in"] = expires_in.clone();
    }
    // Long enough for everybody else to arrive meanwhile.
    ResponseTemplate::new(200).set_body_json(answer).set_delay(Duration::from_millis(150))
}

pub(crate) fn whoami(state: &mut State, request: &Request) -> ResponseTemplate {
    let given = request.headers.get("authorization").map(wiremock::http::HeaderValue::as_bytes);
    let live = state.live.map(|live| format!("Bearer access-{live}"));
    let known = [live.as_deref(), Some("Bearer key-1")];
    if given.is_some() && known.iter().flatten().any(|known| Some(known.as_bytes()) == given) {
        let who =
            json!({ "id": "user_1", "email": "ada@example.test", "organization": "Analytical" });
        return ResponseTemplate::new(200).set_body_json(who);
    }
    ResponseTemplate::new(401).set_body_json(json!({ "error": "unauthorized" }))
}
