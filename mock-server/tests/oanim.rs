//! The built-in profile `oanim`, promise by promise as far as the server has a part in it.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::{Rig, field, header};

const LOGIN: &str = "/api/v1/auth/cli/login";
const FINISH: &str = "/api/v1/auth/cli/callback";
const ME: &str = "/api/v1/auth/me";
const KEYS: &str = "/api/v1/api-keys";

/// Shows the sign-in page and sends its form; the answer's status and `Location`.
async fn submit(rig: &Rig, decision: &str) -> (u16, Option<String>) {
    let page =
        rig.send(Method::GET, &format!("{LOGIN}?port=4242"), None, "").await.expect("an answer");
    assert_eq!(page.status(), 200);
    let page = page.text().await.expect("a page");
    assert!(page.contains(rig.platform.account()["email"].as_str().expect("text")));
    let form = format!(
        "state={}&token={}&decision={decision}",
        field(&page, "state"),
        field(&page, "token")
    );
    let answer =
        rig.send(Method::POST, &field_action(&page), None, &form).await.expect("an answer");
    let location = answer.headers().get("location");
    let location = location.map(|url| url.to_str().expect("ASCII").to_owned());
    (answer.status().as_u16(), location)
}

fn field_action(page: &str) -> String {
    let (_, after) = page.split_once("action=\"").expect("a form");
    after.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn oa_1_a_browser_login_hands_a_key_to_the_port() {
    let rig = Rig::start("oanim").await;

    let (status, finish) = submit(&rig, "sign-in").await;
    assert_eq!(status, 303);
    assert!(rig.platform.keys().is_empty(), "a key before the last step");
    let finish = finish.expect("a way on");
    let answer = rig.send(Method::GET, &finish, None, "").await.expect("an answer");

    assert_eq!(answer.status(), 302);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let callback = header(&answer, "location");
    let key =
        callback.strip_prefix("http://127.0.0.1:4242/callback?key=").expect("the loopback port");
    let (status, me) = rig.get(ME, Some(key)).await;
    let account = rig.platform.account();
    assert_eq!(status, 200);
    assert_eq!(me, Value::Object(account));
    assert_eq!(me["credit_balance_usd"], json!(42.5));
    assert_eq!(rig.platform.keys()[0].name, "CLI login");

    let operations: Vec<_> = rig
        .platform
        .journal()
        .snapshot()
        .into_iter()
        .map(|exchange| exchange.operation.expect("all are served"))
        .collect();
    let expected = ["login-start", "login-page-submit", "login-finish", "identity"];
    assert_eq!(operations, expected);
    let secrets = rig.platform.secrets();
    assert!(secrets.iter().any(|one| one.name == "key CLI login #1" && one.value.matches(key)));
}

#[tokio::test]
async fn a_login_state_is_good_once_and_for_ten_minutes() {
    let rig = Rig::start("oanim").await;
    let (_, finish) = submit(&rig, "sign-in").await;
    let finish = finish.expect("a way on");

    rig.platform.clock().advance(Duration::from_mins(10));
    assert_eq!(rig.get(&finish, None).await.0, 400);
    assert_eq!(rig.last().complaint.as_deref(), Some("the state has expired"));

    let (_, finish) = submit(&rig, "sign-in").await;
    let finish = finish.expect("a way on");
    assert_eq!(rig.get(&finish, None).await.0, 302);
    let used = rig.send(Method::GET, &finish, None, "").await.expect("an answer");
    assert_eq!(used.status(), 400);
    assert_eq!(header(&used, "content-type"), "text/html; charset=utf-8");

    assert_eq!(rig.get(&format!("{FINISH}?state=guessed"), None).await.0, 400);
    assert_eq!(rig.get(FINISH, None).await.0, 400);
    assert_eq!(rig.platform.keys().len(), 1);
}

#[tokio::test]
async fn a_cancelled_login_hands_nothing_over() {
    let rig = Rig::start("oanim").await;

    assert_eq!(submit(&rig, "cancel").await, (200, None));

    assert!(rig.last().reply_body.contains("Access denied"));
    assert!(rig.platform.keys().is_empty());
}

#[tokio::test]
async fn only_the_page_itself_can_sign_in() {
    let rig = Rig::start("oanim").await;
    let page = rig.send(Method::GET, &format!("{LOGIN}?port=1"), None, "").await;
    let page = page.expect("an answer").text().await.expect("a page");
    let state = field(&page, "state");

    let forged = format!("state={state}&token=guessed&decision=sign-in");
    assert_eq!(rig.ask(Method::POST, LOGIN, None, &forged).await.0, 400);

    let (status, _) = rig.get(&format!("{FINISH}?state={state}"), None).await;
    assert_eq!(status, 400);
    assert!(rig.platform.keys().is_empty());
}

#[rstest]
#[case::missing("")]
#[case::empty("?port=")]
#[case::zero("?port=0")]
#[case::too_great("?port=65536")]
#[case::twice("?port=1&port=1")]
#[case::a_host("?port=1@evil.example")]
#[tokio::test]
async fn a_login_needs_one_port(#[case] query: &str) {
    let rig = Rig::start("oanim").await;

    let answer = rig.get(&format!("{LOGIN}{query}"), None).await;

    assert_eq!(answer, (400, json!({ "error": "Missing port parameter" })));
}

#[rstest]
#[case::none(None)]
#[case::unknown(Some("anim_AbCd1234_abcdefghijklmnopqrstuvwx"))]
#[tokio::test]
async fn without_a_good_key_nothing_is_answered(#[case] key: Option<&str>) {
    let rig = Rig::start("oanim").await;
    let refusal = (401, json!({ "error": "Not authenticated" }));

    assert_eq!(rig.get(ME, key).await, refusal);
    assert_eq!(rig.get(KEYS, key).await, refusal);
    assert_eq!(rig.ask(Method::POST, KEYS, key, r#"{"name":"x"}"#).await, refusal);
    assert_eq!(rig.ask(Method::DELETE, "/api/v1/api-keys/x", key, "").await, refusal);
    assert_eq!(rig.ask(Method::POST, "/api/v1/media/run", key, "{}").await, refusal);
}

#[tokio::test]
async fn oa_10_11_12_a_key_is_shown_once() {
    let rig = Rig::start("oanim").await;
    rig.platform.clock().set(UNIX_EPOCH + Duration::from_hours(24));
    let first = rig.platform.mint_key("first");

    let body = r#"{"name":"second"}"#;
    let (status, created) = rig.ask(Method::POST, KEYS, Some(first.secret.expose()), body).await;

    assert_eq!(status, 201);
    let key = created["key"].as_str().expect("the key");
    assert_eq!(created["api_key"]["prefix"], json!(key[..13]));
    let created_at = created["api_key"]["created_at"].as_u64().expect("a number");
    assert!((86_400_000..86_460_000).contains(&created_at), "{created_at}");

    let (status, list) = rig.get(KEYS, Some(first.secret.expose())).await;
    assert_eq!(status, 200);
    assert_eq!(list["api_keys"][0]["id"], json!(first.id));
    assert!(list["api_keys"][0]["last_used_at"].is_u64());
    assert_eq!(list["api_keys"][1]["name"], json!("second"));
    assert_eq!(list["api_keys"][1].get("last_used_at"), None, "never used");
    assert!(!list.to_string().contains(&key[13..]));
    assert!(!format!("{:?}", rig.platform).contains(&key[13..]));
}

#[tokio::test]
async fn oa_13_a_revoked_key_fails_at_once() {
    let rig = Rig::start("oanim").await;
    let keeper = rig.platform.mint_key("keeper");
    let keeper = Some(keeper.secret.expose());
    let gone = rig.platform.mint_key("gone");
    let path = format!("{KEYS}/{}", gone.id);

    assert_eq!(rig.ask(Method::DELETE, &path, keeper, "").await, (204, Value::Null));

    assert_eq!(rig.get(ME, Some(gone.secret.expose())).await.0, 401);
    assert_eq!(rig.last().complaint.as_deref(), Some("the key was revoked"));
    assert_eq!(rig.ask(Method::DELETE, &path, keeper, "").await.0, 404);
    let foreign = rig.platform.mint_foreign_key();
    let path = format!("{KEYS}/{}", foreign.id);
    assert_eq!(rig.ask(Method::DELETE, &path, keeper, "").await.0, 403);
    assert_eq!(rig.get(ME, Some(foreign.secret.expose())).await.0, 200);
}

#[tokio::test]
async fn a_foreign_key_is_somebody_elses() {
    let rig = Rig::start("oanim").await;
    let foreign = rig.platform.mint_foreign_key();

    let (_, me) = rig.get(ME, Some(foreign.secret.expose())).await;

    assert_ne!(me["id"], rig.platform.account()["id"]);
    assert!(rig.platform.keys().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oa_14_one_of_many_gets_the_last_place() {
    let rig = std::sync::Arc::new(Rig::start("oanim").await);
    let keys: Vec<_> = (0..9).map(|n| rig.platform.mint_key(&n.to_string())).collect();
    let key = keys[0].secret.clone();

    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (rig, key) = (rig.clone(), key.clone());
        racers.spawn(async move {
            rig.ask(Method::POST, KEYS, Some(key.expose()), r#"{"name":"x"}"#).await
        });
    }
    let answers = racers.join_all().await;

    let full = (400, json!({ "error": "Maximum of 10 API keys per user" }));
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == full).count(), 19);
    assert_eq!(rig.platform.keys().len(), 10);

    let (_, finish) = submit(&rig, "sign-in").await;
    assert_eq!(rig.get(&finish.expect("a way on"), None).await.0, 302, "a login is never refused");
    assert!(rig.platform.revoke_key(&keys[1].id) && rig.platform.revoke_key(&keys[2].id));
    let made = rig.ask(Method::POST, KEYS, Some(key.expose()), r#"{"name":"x"}"#).await;
    assert_eq!(made.0, 201);
}

#[rstest]
#[case::no_json("{")]
#[case::empty("")]
#[case::no_object("[]")]
#[case::no_name("{}")]
#[case::no_string(r#"{"name":7}"#)]
#[case::blank(r#"{"name":" "}"#)]
#[tokio::test]
async fn a_key_without_a_name_is_malformed(#[case] body: &str) {
    let rig = Rig::start("oanim").await;
    let key = rig.platform.mint_key("key");

    let answer = rig.ask(Method::POST, KEYS, Some(key.secret.expose()), body).await;

    assert_eq!(answer, (400, json!({ "error": "Bad request" })));
    assert_eq!(rig.platform.keys().len(), 1);
}

#[tokio::test]
async fn what_the_service_is_for() {
    let rig = Rig::start("oanim").await;
    let key = rig.platform.mint_key("key");
    let body = r#"{"model":"flux","input":{"prompt":"a cat"}}"#;

    let (status, made) =
        rig.ask(Method::POST, "/api/v1/media/run", Some(key.secret.expose()), body).await;

    assert_eq!((status, &made["model"]), (200, &json!("flux")));
    let url = made["url"].as_str().expect("a URL");
    let image = rig.client.get(url).send().await.expect("an answer");
    assert_eq!(header(&image, "content-type"), "image/png");
    assert_eq!(rig.last().header("authorization"), None);
    assert_eq!(rig.ask(Method::POST, "/api/v1/media/submit", None, "{}").await.0, 404);
    assert_eq!(rig.last().operation.as_deref(), Some("resource"));
}

#[rstest]
#[case::good("Key", true, 200)]
#[case::any_case("key", true, 200)]
#[case::other_scheme("Bearer", true, 401)]
#[case::the_platforms_key("Key", false, 401)]
#[tokio::test]
async fn oa_9_the_upstream_has_a_secret_of_its_own(
    #[case] scheme: &str,
    #[case] own: bool,
    #[case] expected: u16,
) {
    let rig = Rig::start("oanim").await;
    let upstream = rig.platform.upstream("fal").expect("the profile has it");
    let key = rig.platform.mint_key("key").secret;
    let secret = if own { upstream.secret() } else { &key };

    let answer = rig
        .client
        .post(format!("{}/fal-ai/flux-2-flex", upstream.url()))
        .header(AUTHORIZATION, format!("{scheme} {}", secret.expose()))
        .send()
        .await
        .expect("an answer");

    assert_eq!(answer.status(), expected);
    assert_eq!(rig.last().origin, "fal");
    if expected == 200 {
        let made = answer.text().await.expect("a body");
        assert!(made.contains(&format!("{}/files/", upstream.url())), "{made}");
    }
}

#[tokio::test]
async fn the_upstreams_secret_is_told_whatever_was_handed_out_since() {
    let rig = Rig::start("oanim").await;
    rig.platform.reset();
    for _ in 0..10_000 {
        rig.platform.mint_key("key");
    }

    let secrets = rig.platform.secrets();

    let upstream = rig.platform.upstream("fal").expect("the profile has it");
    let told: Vec<_> = secrets.iter().filter(|one| one.name == "upstream fal").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(&told[0].value, upstream.secret());
}

#[tokio::test]
async fn the_sign_out_page_says_so() {
    let rig = Rig::start("oanim").await;

    assert_eq!(rig.get("/api/v1/auth/cli/logout", None).await.0, 200);

    assert!(rig.last().reply_body.contains("Signed out"));
}

#[tokio::test]
async fn the_account_can_change() {
    let rig = Rig::start("oanim").await;
    let key = rig.platform.mint_key("key");

    rig.platform.set_account("credit_balance_usd", json!(0));

    let (_, me) = rig.get(ME, Some(key.secret.expose())).await;
    assert_eq!(me["credit_balance_usd"], json!(0));
}
