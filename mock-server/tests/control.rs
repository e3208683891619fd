//! The control API, from outside.

use mock_server::{Control, Options, Platform, openapi};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder};
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::profile;

struct Controlled {
    platform: Platform,
    client: Client,
}

impl Controlled {
    async fn start(name: &str) -> Self {
        Self::start_with(name, Control::SamePort).await
    }

    async fn start_with(name: &str, control: Control) -> Self {
        let options = Options { control, ..Options::default() };
        let platform = Platform::start_with(&profile(name), options).await;
        Self {
            platform: platform.expect("starts"),
            client: Client::builder().no_proxy().build().expect("a client"),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.platform.control_url().expect("there is one");
        self.client.request(method, format!("{url}{path}"))
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn whoami(&self, key: &str) -> u16 {
        let url = format!("{}/v1/whoami", self.platform.url());
        let answer = self.client.get(url).bearer_auth(key).send().await;
        answer.expect("an answer").status().as_u16()
    }
}

#[tokio::test]
async fn it_is_off_unless_it_is_wanted() {
    let platform = Platform::start(&profile("standard")).await.expect("starts");
    assert_eq!(platform.control_url(), None);
    let answer = reqwest::get(format!("{}/_authspec/state", platform.url())).await;
    assert_eq!(answer.expect("an answer").status(), 404);
}

#[tokio::test]
async fn it_may_have_a_port_of_its_own() {
    let own = Options::default().listen;
    let rig = Controlled::start_with("standard", Control::Own(own)).await;

    assert_eq!(rig.ask(Method::GET, "/state", Value::Null).await.0, 200);
    let public = format!("{}/_authspec/state", rig.platform.url());
    let answer = rig.client.get(public).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
}

#[rstest]
#[case("origin", "http://evil.example")]
#[case("origin", "null")]
#[case("sec-fetch-site", "cross-site")]
#[case("sec-fetch-site", "same-origin")]
#[case("host", "evil.example:8080")]
#[tokio::test]
async fn no_web_page_reaches_it(#[case] header: &str, #[case] value: &str) {
    let rig = Controlled::start("standard").await;

    for (method, path) in [(Method::GET, "/state"), (Method::POST, "/reset")] {
        let request = rig.request(method, path).header(header, value);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn keys_users_and_tokens_are_minted_and_ended() {
    let rig = Controlled::start("standard").await;

    let (status, user) =
        rig.ask(Method::POST, "/users", json!({ "email": "eve@example.com" })).await;
    assert_eq!((status, &user["members"]["email"]), (201, &json!("eve@example.com")));
    assert!(user["members"]["id"].is_string(), "the rest is the profile's");
    let asked = json!({ "name": "ci", "account": user["account"], "expires_in": 60 });
    let (status, key) = rig.ask(Method::POST, "/keys", asked).await;
    assert_eq!(status, 201);
    let secret = key["key"].as_str().expect("a key");
    assert_eq!(rig.whoami(secret).await, 200);
    let (_, journal) = rig.ask(Method::GET, "/journal", Value::Null).await;
    assert!(
        journal["exchanges"][0]["reply_body"].as_str().is_some_and(|body| body.contains("eve@"))
    );

    let asked = json!({ "client_id": "standard-cli", "scope": "openid" });
    let (status, tokens) = rig.ask(Method::POST, "/tokens", asked).await;
    assert_eq!(status, 201);
    let access = tokens["access_token"].as_str().expect("a token");
    assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
    assert_eq!(rig.whoami(access).await, 200);
    let (status, _) = rig.ask(Method::POST, "/tokens/revoke", json!({ "token": access })).await;
    assert_eq!((status, rig.whoami(access).await), (204, 401));

    let (_, time) = rig.ask(Method::POST, "/clock/advance", json!({ "seconds": 60 })).await;
    assert!(time["now_ms"].is_u64());
    assert_eq!(rig.whoami(secret).await, 401, "it has expired");
    let path = format!("/keys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(rig.ask(Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(rig.ask(Method::DELETE, &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_clock_is_read_and_set() {
    let rig = Controlled::start("standard").await;

    let (status, time) =
        rig.ask(Method::PUT, "/clock", json!({ "now": "2001-09-09T01:46:40Z" })).await;

    assert_eq!(status, 200);
    let now_ms = time["now_ms"].as_u64().expect("a number");
    assert!((1_000_000_000_000..1_000_000_060_000).contains(&now_ms), "{now_ms}");
    let (_, read) = rig.ask(Method::GET, "/clock", Value::Null).await;
    assert!(read["now"].as_str().is_some_and(|now| now.starts_with("2001-09-09T01:4")));
    assert_eq!(rig.ask(Method::PUT, "/clock", json!({ "now_ms": 5 })).await.1["now_ms"], json!(5));
}

#[tokio::test]
async fn a_script_comes_as_toml_or_json_and_goes() {
    let rig = Controlled::start("standard").await;
    let toml = rig
        .request(Method::POST, "/script")
        .body("faults = [{ on = 'identity', requests = 1, reply = { status = 500 } }]");
    assert_eq!(toml.send().await.expect("an answer").status(), 204);
    assert_eq!((rig.whoami("k").await, rig.whoami("k").await), (500, 401));

    let json = json!({ "faults": [{ "on": "identity", "reply": { "status": 503 } }] });
    assert_eq!(rig.ask(Method::POST, "/script", json).await.0, 204);
    assert_eq!(rig.whoami("k").await, 503);
    assert_eq!(rig.ask(Method::DELETE, "/script", Value::Null).await.0, 204);
    assert_eq!(rig.whoami("k").await, 401);

    let wrong = json!({ "faults": [{ "on": "identity" }] });
    let (status, why) = rig.ask(Method::POST, "/script", wrong).await;
    assert!(status == 400 && why["error"].as_str().is_some_and(|why| why.contains("needs one of")));
}

#[tokio::test]
async fn a_code_is_decided() {
    let rig = Controlled::start("almyty").await;
    let url = format!("{}/auth/cli/requests", rig.platform.url());
    let requested = rig.client.post(url).send().await.expect("an answer");
    let requested: Value =
        serde_json::from_str(&requested.text().await.expect("text")).expect("JSON");
    let code = requested["code"].as_str().expect("a code");

    let (_, codes) = rig.ask(Method::GET, "/codes", Value::Null).await;
    assert_eq!(codes["codes"], json!([code]));
    let path = format!("/codes/{code}");
    assert_eq!(rig.ask(Method::POST, &path, json!({ "approve": true })).await.0, 204);
    assert_eq!(rig.ask(Method::POST, &path, json!({ "approve": true })).await.0, 404);
}

#[tokio::test]
async fn the_state_shows_no_secret_and_a_reset_forgets_it() {
    let rig = Controlled::start("standard").await;
    let key = rig.platform.mint_key("key");
    assert_eq!(rig.whoami(key.secret.expose()).await, 200);
    rig.ask(Method::PUT, "/organization", json!({ "personal_tokens": false })).await;

    let (_, state) = rig.ask(Method::GET, "/state", Value::Null).await;
    assert_eq!(state["personal_tokens"], json!(false));
    let record = &state["accounts"][0]["keys"][0];
    assert_eq!(record["sha256"].as_str().map(str::len), Some(64));
    assert!(!state.to_string().contains(key.secret.expose()));

    assert_eq!(rig.ask(Method::POST, "/reset", Value::Null).await.0, 204);
    assert_eq!(rig.whoami(key.secret.expose()).await, 401);
    let (_, state) = rig.ask(Method::GET, "/state", Value::Null).await;
    assert_eq!(
        (&state["personal_tokens"], &state["accounts"][0]["keys"]),
        (&json!(true), &json!([]))
    );
}

#[tokio::test]
async fn the_journal_is_told_since_a_number_and_as_an_archive() {
    let rig = Controlled::start("standard").await;
    rig.whoami("one").await;
    rig.whoami("two").await;

    let (_, journal) = rig.ask(Method::GET, "/journal?since=1", Value::Null).await;
    assert_eq!(journal["exchanges"].as_array().map(Vec::len), Some(1));
    assert_eq!(journal["exchanges"][0]["operation"], json!("identity"));
    let (_, har) = rig.ask(Method::GET, "/journal.har", Value::Null).await;
    let entry = &har["log"]["entries"][1];
    assert_eq!(entry["request"]["url"], json!(format!("{}/v1/whoami", rig.platform.url())));
    assert_eq!(entry["response"]["status"], json!(401));
    let date = entry["startedDateTime"].as_str().expect("a date");
    assert!(date.ends_with('Z') && date.contains('T') && date.contains('.'), "{date}");

    assert_eq!(rig.ask(Method::DELETE, "/journal", Value::Null).await.0, 204);
    assert!(rig.platform.journal().is_empty());
}

#[rstest]
#[case("oanim")]
#[case("omni")]
#[case("amika")]
#[case("almyty")]
#[case("standard")]
#[tokio::test]
async fn every_described_path_is_served(#[case] name: &str) {
    let rig = Controlled::start(name).await;
    let (status, document) = rig.ask(Method::GET, "/openapi.json", Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(document["paths"], openapi(&profile(name))["paths"]);
    assert_eq!(document["servers"][0]["url"], json!(rig.platform.url()));

    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, described) in methods.as_object().expect("methods") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let url = format!(
                "{}{}",
                rig.platform.url(),
                path.replace("{id}", "x").replace("{name}", "x")
            );
            let answer = rig.client.request(method.clone(), url).send().await.expect("an answer");
            let status = answer.status().as_u16().to_string();
            assert!(described["responses"].get(&status).is_some(), "{method} {path}: {status}");
        }
    }
}
