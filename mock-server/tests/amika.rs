//! The built-in profile `amika`, promise by promise as far as the server has a part in it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

mod rig;
use rig::{Rig, action, field};

const BEGIN: &str = "/user_management/authorize/device";
const TOKEN: &str = "/user_management/authenticate";
const SANDBOXES: &str = "/api/v0beta1/sandboxes";
const CLIENT: &str = "client_01J";

async fn begin(rig: &Rig) -> (String, String) {
    let (status, begun) = rig.form(BEGIN, &[("client_id", CLIENT)]).await;
    assert_eq!(status, 200);
    let text = |name: &str| begun[name].as_str().expect("a text").to_owned();
    (text("device_code"), text("user_code"))
}

async fn poll(rig: &Rig, device_code: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code),
        ("client_id", CLIENT),
    ];
    rig.form(TOKEN, &fields).await
}

fn error((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["error"].as_str().unwrap_or_default())
}

fn seconds(rig: &Rig, seconds: u64) {
    rig.platform.clock().advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn am_1_a_device_is_approved_on_the_page() {
    let rig = Rig::start("amika").await;
    let (status, begun) = rig.form(BEGIN, &[("client_id", CLIENT)]).await;
    assert_eq!(status, 200);
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(300), &json!(5)));
    let page = format!("{}/device", rig.platform.url());
    let (device_code, user_code) =
        (begun["device_code"].as_str().expect("text"), begun["user_code"].as_str().expect("text"));
    assert_eq!(begun["verification_uri"], json!(page));
    assert_eq!(begun["verification_uri_complete"], json!(format!("{page}?user_code={user_code}")));
    assert_eq!(error(&poll(&rig, device_code).await), (400, "authorization_pending"));

    let opened = format!("/device?user_code={user_code}");
    assert_eq!(rig.get(&opened, None).await.0, 200);
    seconds(&rig, 5);
    assert_eq!(
        error(&poll(&rig, device_code).await),
        (400, "authorization_pending"),
        "opening the page approves nothing"
    );
    assert_eq!(rig.decide(&opened, "approve").await, (200, None));
    seconds(&rig, 5);
    let (status, session) = poll(&rig, device_code).await;

    assert_eq!(status, 200);
    let account = rig.platform.account();
    assert_eq!(session["user"], json!({ "id": account["id"], "email": account["email"] }));
    assert_eq!(session["organization_id"], account["organization_id"]);
    assert_eq!(session.get("token_type"), None, "not in this shape");
    let access = session["access_token"].as_str().expect("text");
    assert_eq!(access.split('.').count(), 3, "a JWT");
    assert_eq!(rig.get(SANDBOXES, Some(access)).await.0, 200);
    seconds(&rig, 5);
    assert_eq!(error(&poll(&rig, device_code).await), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_code_is_typed_into_the_page() {
    let rig = Rig::start("amika").await;
    let (device_code, user_code) = begin(&rig).await;

    let page = rig.send(Method::GET, "/device", None, "").await.expect("an answer");
    let page = page.text().await.expect("a page");
    assert!(page.contains("Enter the code"));
    let wrong = rig.post_form(&action(&page), &[("user_code", "<AAAA>")]).await;
    assert_eq!(wrong.status(), 404);
    let typed = user_code.to_lowercase();
    let confirm = rig.post_form(&action(&page), &[("user_code", &typed)]).await;
    let confirm = confirm.text().await.expect("a page");
    assert!(confirm.contains(&user_code), "to be compared");
    let (state, token) = (field(&confirm, "state"), field(&confirm, "token"));
    let fields = [("state", state.as_str()), ("token", &token), ("decision", "approve")];
    assert_eq!(rig.post_form("/device", &fields).await.status(), 200);
    assert_eq!(rig.post_form("/device", &fields).await.status(), 400, "once");

    assert_eq!(poll(&rig, &device_code).await.0, 200);
}

#[tokio::test]
async fn wrong_codes_of_anybody_do_not_stop_a_decision() {
    let rig = Rig::start("amika").await;
    let (device_code, user_code) = begin(&rig).await;
    let good = format!("/device?user_code={user_code}");
    let page = rig.send(Method::GET, &good, None, "").await.expect("an answer");
    let page = page.text().await.expect("a page");
    for _ in 0..10 {
        assert_eq!(rig.get("/device?user_code=AAAA", None).await.0, 404);
    }
    assert_eq!(rig.get(&good, None).await.0, 429);

    let (state, token) = (field(&page, "state"), field(&page, "token"));
    let fields = [("state", state.as_str()), ("token", &token), ("decision", "approve")];
    assert_eq!(rig.post_form("/device", &fields).await.status(), 200);

    assert_eq!(poll(&rig, &device_code).await.0, 200);
}

#[tokio::test]
async fn codes_cannot_be_guessed_for_ever() {
    let rig = Rig::start("amika").await;
    let (_, user_code) = begin(&rig).await;
    for _ in 0..10 {
        assert_eq!(rig.get("/device?user_code=AAAA", None).await.0, 404);
    }

    let good = format!("/device?user_code={user_code}");
    assert_eq!(rig.get(&good, None).await.0, 429);

    seconds(&rig, 60);
    assert_eq!(rig.get(&good, None).await.0, 200);
}

#[tokio::test]
async fn a_denial_and_an_end_are_told() {
    let rig = Rig::start("amika").await;
    let (denied, user_code) = begin(&rig).await;
    let (late, _) = begin(&rig).await;

    rig.decide(&format!("/device?user_code={user_code}"), "deny").await;
    assert_eq!(error(&poll(&rig, &denied).await), (400, "access_denied"));
    seconds(&rig, 300);
    assert_eq!(error(&poll(&rig, &late).await), (400, "expired_token"));
}

#[tokio::test]
async fn a_hasty_client_is_slowed_down_and_then_served() {
    let rig = Rig::start("amika").await;
    let (device_code, user_code) = begin(&rig).await;

    assert_eq!(error(&poll(&rig, &device_code).await), (400, "authorization_pending"), "the first");
    assert_eq!(error(&poll(&rig, &device_code).await), (400, "slow_down"));
    seconds(&rig, 10);
    assert_eq!(error(&poll(&rig, &device_code).await), (400, "authorization_pending"));
    seconds(&rig, 6);
    assert_eq!(error(&poll(&rig, &device_code).await), (400, "slow_down"), "for good");
    assert!(rig.platform.decide_code(&user_code, true));
    seconds(&rig, 15);
    assert_eq!(poll(&rig, &device_code).await.0, 200);
}

#[tokio::test]
async fn a_script_holds_it_pending() {
    let rig = Rig::start("amika").await;
    let (device_code, user_code) = begin(&rig).await;
    rig.script("faults = [{ on = 'token', requests = '1..2', pending = true }]");
    assert_eq!(rig.platform.open_codes(), std::slice::from_ref(&user_code));
    assert!(rig.platform.decide_code(&user_code, true));
    assert!(!rig.platform.decide_code(&user_code, false), "it stands");

    for _ in 0..2 {
        assert_eq!(error(&poll(&rig, &device_code).await), (400, "authorization_pending"));
        seconds(&rig, 5);
    }
    assert_eq!(poll(&rig, &device_code).await.0, 200);
}

#[tokio::test]
async fn a_device_code_is_its_clients() {
    let rig = Rig::start("amika").await;
    let (device_code, user_code) = begin(&rig).await;
    rig.platform.decide_code(&user_code, true);
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", &device_code),
        ("client_id", "another"),
    ];

    assert_eq!(error(&rig.form(TOKEN, &fields).await), (400, "invalid_grant"));
    assert_eq!(poll(&rig, &device_code).await.0, 200);
}

#[tokio::test]
async fn am_3_a_session_is_refreshed() {
    let rig = Rig::start("amika").await;
    let tokens = rig.platform.mint_tokens(CLIENT, "");
    seconds(&rig, 300);
    assert_eq!(
        rig.get(SANDBOXES, Some(tokens.access.expose())).await,
        (401, json!({ "error": "unauthorized" }))
    );
    let old = tokens.refresh.expect("one");
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", old.expose()), ("client_id", CLIENT)];

    let (status, session) = rig.form(TOKEN, &fields).await;

    assert_eq!(status, 200);
    assert_eq!(session["user"]["email"], rig.platform.account()["email"]);
    let access = session["access_token"].as_str().expect("text");
    let (status, sandboxes) = rig.get(SANDBOXES, Some(access)).await;
    assert_eq!((status, sandboxes.is_array()), (200, true));
    let (status, _) = rig.form(TOKEN, &fields).await;
    assert_eq!(status, 400, "it was rotated");
}

#[tokio::test]
async fn an_api_key_is_taken_too() {
    let rig = Rig::start("amika").await;
    let key = rig.platform.mint_key("key");

    assert_eq!(rig.get(SANDBOXES, Some(key.secret.expose())).await.0, 200);
}
