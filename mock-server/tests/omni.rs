//! The built-in profile `omni`, promise by promise as far as the server has a part in it.

use std::time::Duration;

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::omni::{REDIRECT, STATE, VERIFIER, authorize};
use rig::{Rig, header, parameters};

const WHOAMI: &str = "/api/v1/whoami";
const TOKEN: &str = "/oauth/token";
async fn code(rig: &Rig) -> String {
    let (status, location) = rig.decide(&authorize(&[]), "approve").await;
    assert_eq!(status, 303);
    parameters(&location.expect("a way back"))["code"].clone()
}

async fn exchange(rig: &Rig, code: &str) -> (u16, Value) {
    rig.form(
        TOKEN,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "omni-cli"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT),
        ],
    )
    .await
}

async fn refresh(rig: &Rig, token: &str) -> (u16, Value) {
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "omni-cli"), ("refresh_token", token)];
    rig.form(TOKEN, &fields).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

#[tokio::test]
async fn om_1_2_3_a_browser_login_gives_tokens_for_eight_hours() {
    let rig = Rig::start("omni").await;
    let (status, location) = rig.decide(&authorize(&[]), "approve").await;

    assert_eq!(status, 303, "never 307");
    let location = location.expect("a way back");
    assert!(location.starts_with(&format!("{REDIRECT}?")), "{location}");
    let back = parameters(&location);
    assert_eq!(back["state"], STATE);
    assert_eq!(back["iss"], rig.platform.url());
    let (status, tokens) = exchange(&rig, &back["code"]).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("Bearer")));
    assert_eq!(tokens["expires_in"], json!(28_800));
    assert_eq!(tokens["scope"], json!("user:default"));
    assert_eq!(rig.last().reply_header("cache-control"), Some("no-store"));

    let access = text(&tokens, "access_token");
    assert!(access.starts_with("omni_oat_"));
    let account = rig.platform.account();
    assert_eq!(rig.get(WHOAMI, Some(access)).await, (200, Value::Object(account)));
    rig.platform.clock().advance(Duration::from_hours(8));
    let (status, refusal) = rig.get(WHOAMI, Some(access)).await;
    assert_eq!((status, text(&refusal, "detail")), (401, "the token has expired"));
    let challenge = r#"Bearer realm="api", error="invalid_token""#;
    assert_eq!(rig.last().reply_header("www-authenticate"), Some(challenge));
    assert!(rig.platform.secrets().iter().any(|one| one.value.matches(access)));
}

#[rstest]
#[case::verifier(&[("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")], "invalid_grant")]
#[case::no_verifier(&[("code_verifier", "")], "invalid_request")]
#[case::redirect(&[("redirect_uri", "http://localhost:1/callback")], "invalid_grant")]
#[case::guessed(&[("code", "guessed")], "invalid_grant")]
#[case::no_code(&[("code", "")], "invalid_request")]
#[case::client(&[("client_id", "other")], "invalid_client")]
#[case::no_grant(&[("grant_type", "")], "invalid_request")]
#[case::password(&[("grant_type", "password")], "unsupported_grant_type")]
#[case::not_served(&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code")], "unsupported_grant_type")]
#[tokio::test]
async fn a_wrong_exchange_says_why(#[case] changes: &[(&str, &str)], #[case] error: &str) {
    let rig = Rig::start("omni").await;
    let code = code(&rig).await;
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", "omni-cli"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", REDIRECT),
    ];
    let mut fields: Vec<_> = good
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .collect();
    fields.extend(changes);

    let (status, refusal) = rig.form(TOKEN, &fields).await;

    let expected = if error == "invalid_client" { 401 } else { 400 };
    assert_eq!((status, text(&refusal, "error")), (expected, error));
    // The code was not used up by it.
    assert_eq!(exchange(&rig, &code).await.0, 200);
}

#[tokio::test]
async fn the_token_endpoint_takes_forms_by_post_only() {
    let rig = Rig::start("omni").await;

    assert_eq!(rig.get(TOKEN, None).await.0, 405);
    let (status, refusal) = rig.ask(Method::POST, TOKEN, None, "{}").await;
    assert_eq!((status, text(&refusal, "error")), (400, "invalid_request"));
    let twice = [("grant_type", "refresh_token"), ("grant_type", "refresh_token")];
    assert_eq!(rig.form(TOKEN, &twice).await.0, 400);
}

#[tokio::test]
async fn a_code_is_good_once_and_its_replay_ends_what_it_gave() {
    let rig = Rig::start("omni").await;
    let code = code(&rig).await;
    let (_, tokens) = exchange(&rig, &code).await;
    let access = text(&tokens, "access_token");
    assert_eq!(rig.get(WHOAMI, Some(access)).await.0, 200);

    let (status, refusal) = exchange(&rig, &code).await;

    assert_eq!((status, text(&refusal, "error")), (400, "invalid_grant"));
    assert_eq!(rig.get(WHOAMI, Some(access)).await.0, 401);
    assert_eq!(refresh(&rig, text(&tokens, "refresh_token")).await.0, 400);
}

#[tokio::test]
async fn a_code_expires() {
    let rig = Rig::start("omni").await;
    let code = code(&rig).await;

    rig.platform.clock().advance(Duration::from_mins(5));

    let (status, refusal) = exchange(&rig, &code).await;
    assert_eq!((status, text(&refusal, "error")), (400, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_parallel_exchanges_one_wins() {
    let rig = std::sync::Arc::new(Rig::start("omni").await);
    rig.script("faults = [{ on = 'token', barrier = { requests = 20, timeout_ms = 60000 } }]");
    let code = code(&rig).await;

    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (rig, code) = (rig.clone(), code.clone());
        racers.spawn(async move { exchange(&rig, &code).await });
    }
    let answers = racers.join_all().await;

    let won = answers.iter().filter(|(status, _)| *status == 200);
    assert_eq!(won.count(), 1);
    let lost = answers.iter().filter(|(_, body)| body["error"] == "invalid_grant");
    assert_eq!(lost.count(), 19);
}

#[tokio::test]
async fn om_5_a_refresh_token_is_good_once_and_its_reuse_ends_the_family() {
    let rig = Rig::start("omni").await;
    let first = rig.platform.mint_tokens("omni-cli", "user:default");
    let old = first.refresh.expect("one").expose().to_owned();

    let (status, second) = refresh(&rig, &old).await;
    assert_eq!(status, 200);
    assert_eq!(rig.get(WHOAMI, Some(text(&second, "access_token"))).await.0, 200);
    assert_ne!(text(&second, "refresh_token"), old);

    let (status, refusal) = refresh(&rig, &old).await;
    assert_eq!((status, text(&refusal, "error")), (400, "invalid_grant"));
    assert_eq!(refresh(&rig, text(&second, "refresh_token")).await.0, 400);
    assert_eq!(rig.get(WHOAMI, Some(text(&second, "access_token"))).await.0, 401);
    assert_eq!(rig.get(WHOAMI, Some(first.access.expose())).await.0, 401);
}

#[tokio::test]
async fn a_refreshed_scope_does_not_widen() {
    let rig = Rig::start("omni").await;
    let tokens = rig.platform.mint_tokens("omni-cli", "user:default");
    let token = tokens.refresh.expect("one");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "omni-cli"),
        ("refresh_token", token.expose()),
        ("scope", "user:default admin"),
    ];

    let (status, refusal) = rig.form(TOKEN, &fields).await;

    assert_eq!((status, text(&refusal, "error")), (400, "invalid_scope"));
    assert_eq!(refresh(&rig, token.expose()).await.0, 200, "and it cost nothing");
}

#[tokio::test]
async fn om_7_an_organization_may_have_personal_tokens_disabled() {
    let rig = Rig::start("omni").await;
    let before = rig.platform.mint_tokens("omni-cli", "user:default");
    rig.platform.allow_personal_tokens(false);
    let why = "personal access tokens are disabled for this organization";

    let answer = rig.send(Method::GET, &authorize(&[]), None, "").await.expect("an answer");
    let back = parameters(header(&answer, "location"));
    assert_eq!(
        (back["error"].as_str(), back["error_description"].as_str()),
        ("access_denied", why)
    );
    let refused = (403, json!({ "error": "access_denied", "error_description": why }));
    assert_eq!(refresh(&rig, before.refresh.expect("one").expose()).await, refused);
    assert_eq!(exchange(&rig, "any").await, refused);

    let key = rig.platform.mint_key("key");
    let (status, refusal) = rig.get(WHOAMI, Some(before.access.expose())).await;
    assert_eq!((status, text(&refusal, "error")), (403, "forbidden"));
    assert_eq!(rig.get(WHOAMI, Some(key.secret.expose())).await.0, 200);
}

#[tokio::test]
async fn om_9_10_11_credentials_are_told_apart() {
    let rig = Rig::start("omni").await;
    let key = rig.platform.mint_key("key");
    assert!(key.secret.expose().starts_with("omni_osk_"));
    assert_eq!(rig.get(WHOAMI, Some(key.secret.expose())).await.0, 200);

    assert!(rig.platform.revoke_key(&key.id));
    let (status, refusal) = rig.get(WHOAMI, Some(key.secret.expose())).await;
    assert_eq!((status, text(&refusal, "detail")), (401, "the key was revoked"));
    assert_eq!(rig.get(WHOAMI, None).await.0, 401);
    assert_eq!(rig.last().reply_header("www-authenticate"), Some(r#"Bearer realm="api""#));

    let tokens = rig.platform.mint_tokens("omni-cli", "user:default");
    rig.platform.revoke_family(tokens.access.expose());
    let (status, refusal) = refresh(&rig, tokens.refresh.expect("one").expose()).await;
    assert_eq!((status, text(&refusal, "error")), (400, "invalid_grant"));
    let refresh_token = rig.platform.mint_tokens("omni-cli", "").refresh.expect("one");
    assert_eq!(rig.get(WHOAMI, Some(refresh_token.expose())).await.0, 401, "no access token");
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_only() {
    let rig = Rig::start("omni").await;
    let tokens = rig.platform.mint_tokens("omni-cli", "user:default");
    let refresh_token = tokens.refresh.expect("one");
    let other = rig.platform.mint_tokens("other", "user:default").access;
    let revoke = |token: &str| {
        let fields = [
            ("client_id", "omni-cli".to_owned()),
            ("token", token.to_owned()),
            ("token_type_hint", "access_token".to_owned()),
        ];
        let rig = &rig;
        async move {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            rig.form("/oauth/revoke", &fields).await.0
        }
    };

    assert_eq!(revoke("unknown").await, 200);
    assert_eq!(revoke(other.expose()).await, 400);
    assert_eq!(rig.get(WHOAMI, Some(other.expose())).await.0, 200);
    assert_eq!(revoke(refresh_token.expose()).await, 200, "whatever the hint says");
    assert_eq!(revoke(refresh_token.expose()).await, 200);
    assert_eq!(rig.get(WHOAMI, Some(tokens.access.expose())).await.0, 401);
    assert_eq!(refresh(&rig, refresh_token.expose()).await.0, 400);
    let (status, refusal) = rig.form("/oauth/revoke", &[("client_id", "omni-cli")]).await;
    assert_eq!((status, text(&refusal, "error")), (400, "invalid_request"));
}

#[rstest]
#[case("/api/scim/v2/users")]
#[case("/api/v1/models")]
#[tokio::test]
async fn what_the_vendors_own_tool_asks_for(#[case] path: &str) {
    let rig = Rig::start("omni").await;
    let key = rig.platform.mint_key("key");

    assert_eq!(rig.get(path, Some(key.secret.expose())).await.0, 200);
    assert_eq!(rig.get(path, None).await.0, 401);
}
