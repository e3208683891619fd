//! The built-in profile `standard`, endpoint by endpoint.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use rstest::rstest;
use serde_json::{Value, json};

mod rig;
use rig::{Rig, encoded, header, parameters};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

#[tokio::test]
async fn st_1_the_metadata_tell_what_is_served() {
    let rig = Rig::start("standard").await;
    let url = rig.platform.url();

    let (status, metadata) = rig.get("/.well-known/oauth-authorization-server", None).await;

    assert_eq!((status, text(&metadata, "issuer")), (200, url));
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("device_authorization_endpoint", "/oauth/device_authorization"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("registration_endpoint", "/oauth/register"),
        ("userinfo_endpoint", "/userinfo"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ] {
        assert_eq!(text(&metadata, name), format!("{url}{path}"));
        assert_ne!(rig.get(path, None).await.0, 404, "{path}");
    }
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], json!(true));
    let grants =
        ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];
    assert_eq!(metadata["grant_types_supported"], json!(grants));
    let empty = metadata.as_object().expect("an object").values();
    assert!(empty.filter_map(Value::as_array).all(|list| !list.is_empty()));

    let (_, openid) = rig.get("/.well-known/openid-configuration", None).await;
    for (name, value) in metadata.as_object().expect("an object") {
        assert_eq!(&openid[name], value, "{name}");
    }
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["ES256"]));
}

#[tokio::test]
async fn introspection_is_for_those_who_may() {
    let rig = Rig::start("standard").await;
    let tokens = rig.platform.mint_tokens("standard-cli", "profile keys");
    let secret = rig.platform.client_secret("standard-api").expect("confidential");
    let ask = async |token: &str| {
        let fields =
            [("client_id", "standard-api"), ("client_secret", secret.expose()), ("token", token)];
        rig.form("/oauth/introspect", &fields).await
    };
    let refresh = tokens.refresh.expect("one");

    let (status, told) = ask(tokens.access.expose()).await;
    assert_eq!((status, &told["active"]), (200, &json!(true)));
    assert_eq!((text(&told, "client_id"), text(&told, "scope")), ("standard-cli", "profile keys"));
    assert_eq!(told["username"], rig.platform.account()["email"]);
    let left = told["exp"].as_u64().expect("a number") - told["iat"].as_u64().expect("a number");
    assert_eq!(left, 3600);
    assert_eq!(ask(refresh.expose()).await.1["active"], json!(true));

    let nothing_more = (200, json!({ "active": false }));
    assert_eq!(ask("unknown").await, nothing_more);
    rig.platform.clock().advance(Duration::from_hours(1));
    assert_eq!(ask(tokens.access.expose()).await, nothing_more);
    rig.platform.revoke_family(refresh.expose());
    assert_eq!(ask(refresh.expose()).await, nothing_more);

    for fields in [
        vec![("token", "any")],
        vec![("token", "any"), ("client_id", "standard-cli")],
        vec![("token", "any"), ("client_id", "standard-api")],
        vec![("token", "any"), ("client_id", "standard-api"), ("client_secret", "guessed")],
    ] {
        let (status, refusal) = rig.form("/oauth/introspect", &fields).await;
        assert_eq!((status, text(&refusal, "error")), (401, "invalid_client"));
        assert!(rig.last().reply_header("www-authenticate").is_some());
    }
}

#[rstest]
#[case::good("standard-api:{secret}", 200)]
#[case::wrong("standard-api:guessed", 401)]
#[case::no_colon("standard-api", 401)]
#[tokio::test]
async fn a_secret_may_come_in_the_header(#[case] basic: &str, #[case] expected: u16) {
    use base64::Engine as _;
    let rig = Rig::start("standard").await;
    let secret = rig.platform.client_secret("standard-api").expect("confidential");
    let basic = basic.replace("{secret}", secret.expose());
    let basic = base64::engine::general_purpose::STANDARD.encode(basic);

    let answer = rig
        .client
        .post(format!("{}/oauth/introspect", rig.platform.url()))
        .header(AUTHORIZATION, format!("basic {basic}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .body("token=any")
        .send()
        .await;

    assert_eq!(answer.expect("an answer").status(), expected);
}

#[tokio::test]
async fn a_client_registers_itself() {
    let rig = Rig::start("standard").await;
    let asked = json!({
        "client_name": "A <b>new</b> tool",
        "redirect_uris": ["http://127.0.0.1/back"],
        "token_endpoint_auth_method": "none",
        "software_id": "unknown members are ignored",
    });

    let (status, client) = rig.ask(Method::POST, "/oauth/register", None, &asked.to_string()).await;

    assert_eq!(status, 201);
    assert_eq!(client.get("client_secret"), None);
    let query = encoded(&[
        ("response_type", "code"),
        ("client_id", text(&client, "client_id")),
        ("redirect_uri", "http://127.0.0.1:9/back"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let page = format!("/oauth/authorize?{query}");
    let (status, location) = rig.decide(&page, "approve").await;
    assert_eq!(status, 303);
    let back = parameters(&location.expect("a way back"));
    assert!(!back.contains_key("state"), "there was none");
    rig.get(&page, None).await;
    let shown = rig.last().reply_body;
    assert!(!shown.contains("<b>") && shown.contains("A &#60;b&#62;new"), "{shown}");
}

#[rstest]
#[case::no_json("{", "invalid_client_metadata")]
#[case::no_object("[]", "invalid_client_metadata")]
#[case::no_redirect("{}", "invalid_redirect_uri")]
#[case::http(r#"{"redirect_uris":["http://app.example/"]}"#, "invalid_redirect_uri")]
#[case::fragment(r#"{"redirect_uris":["https://app.example/#a"]}"#, "invalid_redirect_uri")]
#[case::script(r#"{"redirect_uris":["javascript:alert(1)"]}"#, "invalid_redirect_uri")]
#[case::number(r#"{"redirect_uris":[1]}"#, "invalid_redirect_uri")]
#[case::grant(
    r#"{"redirect_uris":["https://a.example/"],"grant_types":["password"]}"#,
    "invalid_client_metadata"
)]
#[case::method(
    r#"{"redirect_uris":["https://a.example/"],"token_endpoint_auth_method":"tls"}"#,
    "invalid_client_metadata"
)]
#[tokio::test]
async fn not_every_client_is_registered(#[case] body: &str, #[case] error: &str) {
    let rig = Rig::start("standard").await;

    let (status, refusal) = rig.ask(Method::POST, "/oauth/register", None, body).await;

    assert_eq!((status, text(&refusal, "error")), (400, error));
}

#[tokio::test]
async fn userinfo_needs_openid() {
    let rig = Rig::start("standard").await;
    let with = rig.platform.mint_tokens("standard-cli", "openid");
    let without = rig.platform.mint_tokens("standard-cli", "profile");
    let key = rig.platform.mint_key("key").secret;

    let (status, info) = rig.get("/userinfo", Some(with.access.expose())).await;
    assert_eq!((status, &info["sub"]), (200, &rig.platform.account()["id"]));
    assert_eq!(rig.get("/userinfo", Some(without.access.expose())).await.0, 403);
    let challenge = r#"Bearer realm="api", error="insufficient_scope""#;
    assert_eq!(rig.last().reply_header("www-authenticate"), Some(challenge));
    assert_eq!(rig.get("/userinfo", Some(key.expose())).await.0, 403);
    let id_token = with.id_token.expect("openid was asked");
    assert_eq!(rig.get("/userinfo", Some(id_token.expose())).await.0, 401, "no access token");
    assert_eq!(without.id_token, None);
}

#[tokio::test]
async fn keys_are_made_with_a_token_listed_verified_and_revoked() {
    let rig = Rig::start("standard").await;
    let tokens = rig.platform.mint_tokens("standard-cli", "keys");
    let token = Some(tokens.access.expose());
    let (status, made) = rig.ask(Method::POST, "/v1/keys", token, r#"{"name":"ci"}"#).await;
    assert_eq!(status, 201);
    let key = text(&made, "key");
    assert_eq!(rig.get("/v1/whoami", Some(key)).await.0, 200);
    let verify = async |key: &str| {
        let body = json!({ "key": key }).to_string();
        rig.ask(Method::POST, "/v1/keys/verify", token, &body).await
    };

    let (status, verified) = verify(key).await;
    assert_eq!((status, &verified["valid"]), (200, &json!(true)));
    assert_eq!(verified["prefix"], made["prefix"]);
    assert_eq!(verified["owner"], rig.platform.account()["email"]);
    assert!(verified["last_used_at"].is_u64());

    let path = format!("/v1/keys/{}", text(&made, "id"));
    assert_eq!(rig.ask(Method::DELETE, &path, token, "").await.0, 204);
    let invalid = (200, json!({ "valid": false }));
    assert_eq!(verify(key).await, invalid);
    assert_eq!(verify("unknown").await, invalid);
    assert_eq!(rig.ask(Method::POST, "/v1/keys/verify", token, "{}").await.0, 400);
    let asked = rig.ask(Method::POST, "/v1/keys/verify", None, r#"{"key":"k"}"#).await;
    assert_eq!(asked.0, 401);
    assert_eq!(rig.get("/v1/keys", token).await.1, json!({ "keys": [] }));
}

#[tokio::test]
async fn an_access_token_is_a_jwt_that_says_what_it_is() {
    use base64::Engine as _;
    let rig = Rig::start("standard").await;
    let tokens = rig.platform.mint_tokens("standard-cli", "keys");

    let part = |index| {
        let part = tokens.access.expose().split('.').nth(index).expect("a part");
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part);
        serde_json::from_slice::<Value>(&bytes.expect("base64url")).expect("JSON")
    };

    let (_, jwks) = rig.get("/.well-known/jwks.json", None).await;
    assert_eq!(text(&part(0), "typ"), "at+jwt");
    assert_eq!(part(0)["kid"], jwks["keys"][0]["kid"]);
    assert_eq!(text(&part(1), "iss"), rig.platform.url());
    assert_eq!(part(1)["sub"], rig.platform.account()["id"]);
    assert_eq!(text(&part(1), "client_id"), "standard-cli");
    let unsigned = tokens.access.expose().rsplit_once('.').expect("three parts").0;
    assert_eq!(rig.get("/v1/whoami", Some(&format!("{unsigned}."))).await.0, 401);
}

#[tokio::test]
async fn a_token_in_the_query_is_none() {
    let rig = Rig::start("standard").await;
    let token = rig.platform.mint_tokens("standard-cli", "keys").access;

    let path = format!("/v1/whoami?access_token={}", token.expose());

    assert_eq!(rig.get(&path, None).await.0, 401);
    let device = rig.post_form("/oauth/device_authorization", &[("client_id", "standard-cli")]);
    assert_eq!(header(&device.await, "cache-control"), "no-store");
}
