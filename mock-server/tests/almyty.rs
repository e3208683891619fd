//! The built-in profile `almyty`, promise by promise as far as the server has a part in it.

use std::time::Duration;

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::{Rig, encoded, parameters};

const ME: &str = "/auth/me";
const EXCHANGE: &str = "/auth/cli/exchange";
const REQUESTS: &str = "/auth/cli/requests";
const POLL: &str = "/auth/cli/requests/poll";
const CALLBACK: &str = "http://127.0.0.1:49152/callback";
const STATE: &str = "0123456789abcdef";

fn login(more: &[(&str, &str)]) -> String {
    let mut fields = vec![("callback", CALLBACK), ("state", STATE)];
    fields.extend(more);
    format!("/cli-login?{}", encoded(&fields))
}

async fn exchange(rig: &Rig, code: &str) -> (u16, Value) {
    let body = json!({ "code": code }).to_string();
    rig.ask(Method::POST, EXCHANGE, None, &body).await
}

#[tokio::test]
async fn al_2_a_code_is_exchanged_for_a_key_once() {
    let rig = Rig::start("almyty").await;

    let (status, location) = rig.decide(&login(&[]), "sign-in").await;

    assert_eq!(status, 303);
    let location = location.expect("a way back");
    assert!(location.starts_with(&format!("{CALLBACK}?code=")), "{location}");
    let back = parameters(&location);
    assert_eq!(back["state"], STATE);
    assert!(rig.platform.keys().is_empty(), "no key in a redirect");
    let (status, given) = exchange(&rig, &back["code"]).await;
    let account = rig.platform.account();
    assert_eq!(status, 200);
    assert_eq!(
        (&given["email"], &given["organization"]),
        (&account["email"], &account["organization"])
    );
    let key = given["token"].as_str().expect("a key");
    assert!(key.starts_with("ak_live_"), "AL-15");
    assert_eq!(rig.get(ME, Some(key)).await, (200, Value::Object(account)));
    assert_eq!(rig.get("/skills", Some(key)).await.0, 200);

    let invalid = (400, json!({ "error": "invalid_code" }));
    assert_eq!(exchange(&rig, &back["code"]).await, invalid);
    assert_eq!(exchange(&rig, "guessed").await, invalid);
    assert_eq!(rig.get(EXCHANGE, None).await.0, 405);
    assert_eq!(rig.platform.keys().len(), 1);
}

#[tokio::test]
async fn a_code_expires() {
    let rig = Rig::start("almyty").await;
    let (_, location) = rig.decide(&login(&[]), "sign-in").await;
    let back = parameters(&location.expect("a way back"));

    rig.platform.clock().advance(Duration::from_mins(10));

    assert_eq!(exchange(&rig, &back["code"]).await.0, 400);
}

#[tokio::test]
async fn a_cancelled_login_is_told() {
    let rig = Rig::start("almyty").await;

    let (_, location) = rig.decide(&login(&[]), "cancel").await;

    let expected = format!("{CALLBACK}?error=access_denied&state={STATE}");
    assert_eq!(location, Some(expected));
}

#[tokio::test]
async fn the_vendors_own_tool_gets_the_key_in_the_fragment() {
    let rig = Rig::start("almyty").await;
    let success = [("success", "http://127.0.0.1:49152/success")];

    let (_, location) = rig.decide(&login(&success), "sign-in").await;

    let location = location.expect("a way back");
    assert!(location.starts_with(&format!("{CALLBACK}#token=ak_live_")), "{location}");
    let back = parameters(&location);
    assert_eq!(back["state"], STATE);
    assert_eq!(rig.get(ME, Some(&back["token"])).await.0, 200);
}

#[rstest]
#[case::none("/cli-login?state=s")]
#[case::elsewhere("/cli-login?callback=http://evil.example/cb&state=s")]
#[case::user("/cli-login?callback=http://127.0.0.1:1@evil.example/cb&state=s")]
#[case::tls("/cli-login?callback=https://127.0.0.1:1/cb&state=s")]
#[case::twice("/cli-login?callback=http://127.0.0.1:1/cb&callback=http://127.0.0.1:1/cb")]
#[case::query("/cli-login?callback=http://127.0.0.1:1/cb%3Fx&state=s")]
#[tokio::test]
async fn a_login_comes_back_to_this_machine_only(#[case] page: &str) {
    let rig = Rig::start("almyty").await;

    assert_eq!(rig.get(page, None).await.0, 400);
    assert_eq!(rig.last().reply_header("location"), None);
}

async fn request(rig: &Rig) -> (String, String) {
    let (status, requested) = rig.ask(Method::POST, REQUESTS, None, "").await;
    assert_eq!(status, 201);
    assert_eq!((&requested["expires_in"], &requested["interval"]), (&json!(600), &json!(2)));
    let text = |name: &str| requested[name].as_str().expect("a text").to_owned();
    (text("code"), text("poll_token"))
}

async fn poll(rig: &Rig, token: &str) -> (u16, Value) {
    let body = json!({ "poll_token": token }).to_string();
    rig.ask(Method::POST, POLL, None, &body).await
}

#[tokio::test]
async fn al_5_a_login_is_approved_on_another_device() {
    let rig = Rig::start("almyty").await;
    let (code, token) = request(&rig).await;
    let pending = (202, json!({ "status": "pending" }));
    assert_eq!(poll(&rig, &token).await, pending);
    assert_eq!(poll(&rig, &token).await, pending, "no poll comes too soon");
    let page = format!("/cli-auth?code={code}");
    assert_eq!(rig.get(&page, None).await.0, 200);
    assert_eq!(poll(&rig, &token).await, pending, "a look approves nothing");

    assert_eq!(rig.decide(&page, "approve").await, (200, None));

    let (status, given) = poll(&rig, &token).await;
    assert_eq!(status, 200);
    assert_eq!(given["email"], rig.platform.account()["email"]);
    let key = given["token"].as_str().expect("a key");
    assert_eq!(rig.get(ME, Some(key)).await.0, 200);
    assert_eq!(poll(&rig, &token).await, (410, json!({ "error": "expired" })), "once");
}

#[tokio::test]
async fn a_headless_login_can_be_denied_and_expires() {
    let rig = Rig::start("almyty").await;
    let (code, denied) = request(&rig).await;
    let (_, late) = request(&rig).await;

    rig.decide(&format!("/cli-auth?code={code}"), "deny").await;
    assert_eq!(poll(&rig, &denied).await, (403, json!({ "error": "access_denied" })));
    rig.platform.clock().advance(Duration::from_mins(10));
    assert_eq!(poll(&rig, &late).await, (410, json!({ "error": "expired" })));
    assert_eq!(poll(&rig, "guessed").await.0, 410);
    assert_eq!(rig.ask(Method::POST, POLL, None, "{}").await.0, 400);
}

#[tokio::test]
async fn al_11_12_a_refusal_has_its_reason() {
    let rig = Rig::start("almyty").await;
    let refusal = |reason: &str| (401, json!({ "error": "Unauthorized", "reason": reason }));
    let key = rig.platform.mint_key("key");
    let jwt = rig.platform.mint_access_token("almyty", "", 60);
    let short = rig.platform.mint_key("short");
    rig.platform.expire_key(&short.id, 60);
    for good in [key.secret.expose(), jwt.expose(), short.secret.expose()] {
        assert_eq!(rig.get(ME, Some(good)).await.0, 200);
    }

    rig.platform.clock().advance(Duration::from_mins(1));
    assert_eq!(rig.get(ME, Some(jwt.expose())).await, refusal("expired"));
    assert_eq!(rig.get(ME, Some(short.secret.expose())).await, refusal("expired"));
    assert_eq!(rig.get(ME, Some(key.secret.expose())).await.0, 200, "keys do not expire");
    rig.platform.revoke_key(&key.id);
    assert_eq!(rig.get(ME, Some(key.secret.expose())).await, refusal("revoked"));
    assert_eq!(rig.get(ME, Some("ak_live_guessed")).await, refusal("unknown"));
    let (signed, last) = jwt.expose().split_at(jwt.expose().len() - 1);
    let forged = format!("{signed}{}", if last == "A" { "B" } else { "A" });
    assert_eq!(rig.get(ME, Some(&forged)).await, refusal("unknown"));
}
