//! Misbehaviour that changes the usual answer, or happens before it; seen from outside.

use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::Rig;

const WHOAMI: &str = "/api/v1/whoami";

async fn refresh(rig: &Rig, token: &str) -> (u16, Value) {
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "omni-cli"), ("refresh_token", token)];
    rig.form("/oauth/token", &fields).await
}

fn refresh_token(rig: &Rig) -> String {
    let tokens = rig.platform.mint_tokens("omni-cli", "user:default");
    tokens.refresh.expect("one").expose().to_owned()
}

#[rstest]
#[case::absent("without = ['expires_in']", None)]
#[case::zero("members = { expires_in = 0 }", Some(json!(0)))]
#[case::string("members = { expires_in = '28800' }", Some(json!("28800")))]
#[case::huge("members = { expires_in = 9223372036854775807 }", Some(json!(i64::MAX)))]
#[tokio::test]
async fn a_token_reply_may_have_any_expires_in(#[case] act: &str, #[case] expected: Option<Value>) {
    let rig = Rig::start("omni").await;
    rig.script(&format!(
        "[[faults]]\non = 'token'\nwith = {{ grant_type = 'refresh_token' }}\n{act}"
    ));

    let (status, tokens) = refresh(&rig, &refresh_token(&rig)).await;

    assert_eq!((status, tokens.get("expires_in")), (200, expected.as_ref()));
    let access = tokens["access_token"].as_str().expect("the rest is there");
    assert_eq!(rig.get(WHOAMI, Some(access)).await.0, 200);
}

#[tokio::test]
async fn a_family_is_revoked_before_the_answer() {
    let rig = Rig::start("omni").await;
    rig.script("faults = [{ on = 'token', requests = 1, revoke_family = true }, { on = 'identity', requests = 1, revoke_family = true }]");

    let (status, refusal) = refresh(&rig, &refresh_token(&rig)).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));

    let access = rig.platform.mint_tokens("omni-cli", "user:default").access;
    assert_eq!(rig.get(WHOAMI, Some(access.expose())).await.0, 401);
    assert_eq!(rig.last().fault.as_deref(), Some("revoke family"));
}

#[tokio::test]
async fn the_clock_steps_before_the_answer() {
    let rig = Rig::start("omni").await;
    let access = rig.platform.mint_tokens("omni-cli", "user:default").access;
    rig.script("faults = [{ on = 'identity', requests = 2, advance_clock_seconds = 28800 }]");

    assert_eq!(rig.get(WHOAMI, Some(access.expose())).await.0, 200);
    assert_eq!(rig.get(WHOAMI, Some(access.expose())).await.0, 401);
}

#[tokio::test]
async fn a_fault_may_be_for_one_client_only() {
    let rig = Rig::start("omni").await;
    rig.script(
        "faults = [{ on = 'token', with = { client_id = 'other' }, answer = 'rate_limited' }]",
    );

    let (status, _) = refresh(&rig, &refresh_token(&rig)).await;
    assert_eq!(status, 200);
    let (status, _) = rig.form("/oauth/token", &[("client_id", "other")]).await;
    assert_eq!(status, 429);
}

#[rstest]
#[case("expired", 401)]
#[case("revoked", 401)]
#[case("unauthenticated", 401)]
#[case("forbidden", 403)]
#[tokio::test]
async fn a_good_credential_may_be_refused(#[case] answer: &str, #[case] status: u16) {
    let rig = Rig::start("almyty").await;
    let key = rig.platform.mint_key("key").secret;
    rig.script(&format!("faults = [{{ on = 'identity', answer = '{answer}' }}]"));

    let (given, refusal) = rig.get("/auth/me", Some(key.expose())).await;

    assert_eq!(given, status);
    if ["expired", "revoked"].contains(&answer) {
        assert_eq!(refusal["reason"], json!(answer));
    }
}

#[tokio::test]
async fn a_truncated_body_is_half_of_what_was_promised() {
    let rig = Rig::start("omni").await;
    rig.script("faults = [{ on = 'identity', truncate = true }]");

    let answer = rig.send(Method::GET, WHOAMI, None, "").await.expect("a head");

    assert_eq!(answer.status(), 401);
    assert!(answer.content_length().is_some_and(|length| length > 0));
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_body_may_come_in_two_halves() {
    let rig = Rig::start("omni").await;
    rig.script("faults = [{ on = 'identity', body_delay_ms = 60 }]");
    let begun = Instant::now();

    let mut answer = rig.send(Method::GET, WHOAMI, None, "").await.expect("a head");
    let first = answer.chunk().await.expect("half of it").expect("something");
    let mut whole = first.to_vec();
    while let Some(more) = answer.chunk().await.expect("the rest") {
        whole.extend_from_slice(&more);
    }

    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert!(first.len() < whole.len());
    assert!(serde_json::from_slice::<Value>(&whole).is_ok());
}

#[tokio::test]
async fn a_barrier_opens_after_its_time() {
    let rig = Rig::start("omni").await;
    rig.script(
        "faults = [{ on = 'identity', requests = 1, barrier = { requests = 2, timeout_ms = 50 } }]",
    );
    let begun = Instant::now();

    assert_eq!(rig.get(WHOAMI, None).await.0, 401);

    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_script_can_be_cleared() {
    let rig = Rig::start("omni").await;
    rig.script("faults = [{ on = 'identity', answer = 'rate_limited' }]");
    rig.platform.clear_script();

    assert_eq!(rig.get(WHOAMI, None).await.0, 401);
}

#[tokio::test]
async fn a_connection_waits_or_ends_before_it_is_heard() {
    let rig = Rig::start("standard").await;
    rig.script(
        r#"
        [[faults]]
        on = "connection"
        requests = 1
        drop = true

        [[faults]]
        on = "connection"
        requests = 2
        delay_ms = 300
        "#,
    );
    let jwks = "/.well-known/jwks.json";
    let unheard = rig.send(Method::GET, jwks, None, "").await;
    assert!(unheard.is_err(), "the connection is closed");
    assert!(rig.platform.journal().is_empty());

    let begin = Instant::now();
    assert_eq!(rig.get(jwks, None).await.0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[rstest]
#[case::parameters("on = 'connection'\nwith = { a = 'b' }\ndrop = true")]
#[case::an_answer("on = 'connection'\nanswer = 'rate_limited'")]
fn a_connection_is_no_request(#[case] fault: &str) {
    let script = mock_server::Script::from_toml(&format!("[[faults]]\n{fault}"));
    let error = script.expect_err("refused").to_string();
    assert!(error.contains("`connection`"), "{error}");
}

#[tokio::test]
async fn a_script_changes_the_way_of_refresh_tokens() {
    let rig = Rig::start("standard").await;
    let refresh = || {
        let tokens = rig.platform.mint_tokens("standard-cli", "profile");
        tokens.refresh.expect("the profile has such").expose().to_owned()
    };
    let used = async |token: &str| {
        let client = ("client_id", "standard-cli");
        let fields = [("grant_type", "refresh_token"), client, ("refresh_token", token)];
        rig.form("/oauth/token", &fields).await
    };

    rig.script("refresh_tokens = { rotation = 'none' }");
    let token = refresh();
    for _ in 0..2 {
        let (status, answer) = used(&token).await;
        assert_eq!((status, answer.get("refresh_token")), (200, None));
    }

    rig.platform.clear_script();
    rig.script("refresh_tokens = { grace_seconds = 10 }");
    let token = refresh();
    assert_eq!(used(&token).await.0, 200);
    assert_eq!(used(&token).await.0, 200);
    rig.platform.clock().advance(Duration::from_secs(10));
    assert_eq!(used(&token).await.0, 400);

    rig.platform.clear_script();
    let token = refresh();
    assert_eq!(used(&token).await.0, 200);
    assert_eq!(used(&token).await.0, 400);
}
