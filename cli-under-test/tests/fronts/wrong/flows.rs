//! Sign-ins that go wrong on the way, and tokens that are kept wrongly.

use rstest::rstest;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{STORE, mutant, signed_in};
use crate::authority::{Authority, grant_error};
use crate::home::Home;
use crate::waiting::{Ended, Waiting};

/// A login in the browser that comes back with these parameters and the right state.
async fn login(name: &str, query: &[(&str, &str)]) -> (Authority, Ended) {
    let (home, authority) = (Home::new(), Authority::start().await);
    let mut command = mutant(&home, name);
    command.arg("standard").env("STANDARD_URL", authority.url());
    command.env("STANDARD_LOGIN_TIMEOUT", "2");
    let login = Waiting::start(command, &["login", "--no-browser"]);
    let state = login.parameters()["state"].clone();
    let query: Vec<_> = query.iter().copied().chain([("state", state.as_str())]).collect();
    login.come_back("redirect_uri", &query);
    (authority, login.end())
}

#[rstest]
#[case("ignores-refusal", "gave up after 2 seconds")]
#[case("raw-description", "\u{1b}[31m")]
#[tokio::test]
async fn a_refusal_is_mistaken(#[case] name: &str, #[case] said: &str) {
    let refusal = [("error", "access_denied"), ("error_description", "\u{1b}[31mno")];
    let (_, ended) = login(name, &refusal).await;
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[rstest]
#[case("code-exchanged-twice", 2, "")]
#[case("logs-code", 1, "debug: code=c-1")]
#[case("no-challenge", 1, "")]
#[tokio::test]
async fn a_code_is_mistreated(#[case] name: &str, #[case] times: usize, #[case] said: &str) {
    let (authority, ended) = login(name, &[("code", "c-1")]).await;
    let forms = authority.with(|state| state.forms.clone());
    assert_eq!(forms.len(), times);
    assert_eq!(forms[0].contains_key("code_verifier"), name != "no-challenge");
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[tokio::test]
async fn a_stranger_ends_the_login() {
    let (home, authority) = (Home::new(), Authority::start().await);
    let mut command = mutant(&home, "wrong-state-ends-login");
    command.arg("standard").env("STANDARD_URL", authority.url());
    let login = Waiting::start(command, &["login", "--no-browser"]);
    login.come_back("redirect_uri", &[("code", "evil"), ("state", "guess")]);
    assert_eq!(login.end().code, Some(1));
}

#[rstest]
#[case("polls-on-when-denied", "access_denied", 2)]
#[case("polls-on-when-expired", "expired_token", 2)]
#[case("polls-after-success", "authorization_pending", 3)]
#[case("sends-client-secret", "authorization_pending", 2)]
#[tokio::test]
async fn a_device_asks_on(#[case] name: &str, #[case] first: &str, #[case] times: usize) {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.first = vec![grant_error(first)]);
    let mut command = mutant(&home, name);
    command.args(["standard", "login", "--device"]).env("STANDARD_URL", authority.url());
    command.output().expect("started");
    let forms = authority.with(|state| state.forms.clone());
    assert_eq!(forms.len(), times);
    assert_eq!(forms[0].contains_key("client_secret"), name == "sends-client-secret");
}

#[rstest]
#[case("renews-upon-every-rejection", 20)]
#[case("unknown-end-is-never", 0)]
#[tokio::test]
async fn a_rejection_is_not_worth_one_renewal(#[case] name: &str, #[case] refreshes: usize) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let mut saved = home.json(STORE);
    saved["identities"]["default"]["expires_at"] = json!("unknown");
    // A tenant whose API accepts nothing.
    let rejected = authority.url();
    home.write(STORE, &saved.to_string());
    let mut command = mutant(&home, name);
    command.args(["standard", "keys", "list"]).env("STANDARD_URL", rejected);
    authority
        .answer("GET", "/v1/keys", |state, _| {
            state.expires_in = Some(json!(3600));
            ResponseTemplate::new(401)
        })
        .await;
    assert_eq!(command.output().expect("started").status.code(), Some(4));
    assert_eq!(authority.with(|state| state.refreshes), refreshes);
}

#[rstest]
#[case("retries-invalid-grant", 5, "standard login")]
#[case("session-end-unexplained", 1, "invalid_grant)\n")]
#[case("renews-with-access-token", 1, "invalid_grant")]
#[tokio::test]
async fn an_end_is_not_taken_for_one(#[case] name: &str, #[case] asked: usize, #[case] said: &str) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    if name != "renews-with-access-token" {
        authority.with(|state| state.live = None);
    }
    let mut command = mutant(&home, name);
    command.args(["standard", "whoami"]).env("STANDARD_URL", authority.url());
    let output = command.output().expect("started");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(stderr.contains("standard login"), name != "session-end-unexplained", "{stderr}");
    assert_eq!(authority.with(|state| state.refreshes), asked);
}

#[rstest]
#[case("lifetime-must-be-a-number", json!("3600"))]
#[case("lifetime-overflows", json!(1e18))]
#[tokio::test]
async fn a_lifetime_is_a_crash(#[case] name: &str, #[case] expires_in: serde_json::Value) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    authority.with(|state| state.expires_in = Some(expires_in));
    let mut command = mutant(&home, name);
    command.args(["standard", "whoami"]).env("STANDARD_URL", authority.url());
    assert_eq!(command.output().expect("started").status.code(), Some(101));
}
