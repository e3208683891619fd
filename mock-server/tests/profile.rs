//! A profile that contradicts itself does not start, and says where.

use std::time::Duration;

use mock_server::{Platform, PlatformProfile};
use rstest::rstest;

mod rig;

const SMALL: &str = r#"
account = { email = "ada-{unique}@example.com" }
keys = { format = "key_{8}_{24}", prefix = "key_{8}" }
"#;

#[rstest]
#[case::misspelt_name(
    "[identity]\non = 'GET /me'\nreply = { status = 200, body = { e = ['{account.emial}'] } }",
    "platform.identity.reply.body.e[0]: {account.emial} is not known here"
)]
#[case::misplaced_secret(
    "[identity]\non = 'GET /me'\nreply = { status = 200, text = '{key.secret}' }",
    "platform.identity.reply.text: {key.secret} is not known here"
)]
#[case::taken(
    "resources = [{ on = 'GET /a', access = 'anyone', reply = { status = 200 } }, { on = 'GET /a', access = 'anyone', reply = { status = 200 } }]",
    "platform.resources[1].on: `GET /a` is already taken"
)]
#[case::no_id(
    "[key_revoke]\non = 'DELETE /keys'\nreply = { status = 204 }\nunknown = { status = 404 }\nforeign = { status = 403 }",
    "platform.key_revoke.on: has no {id} in its path"
)]
#[case::an_origins_name(
    "upstreams = { elsewhere = { secret = 's_{32}' } }",
    "platform.upstreams.elsewhere: is the name of an origin already"
)]
#[case::guessable_secret(
    "upstreams = { images = { secret = 's_{4}' } }",
    "platform.upstreams.images.secret: has less than 16 random characters"
)]
#[case::redirect_off_the_machine(
    "[loopback_key]\nstart = 'GET /a'\nfinish = 'GET /b'\nport_parameter = 'port'\nredirect = 'http://evil.example:{port}/'\nstate_lifetime_seconds = 1\nkey_name = 'k'\nmissing_port = { status = 400 }",
    "platform.loopback_key.redirect: is not `http://127.0.0.1:{port}/…`"
)]
#[case::reserved_path(
    "[sign_out_page]\non = 'GET /_authspec/out'",
    "platform.sign_out_page.on: the route `/_authspec/out` cannot be served: it is the control API's"
)]
#[case::same_path(
    "resources = [{ on = 'GET /a/{b}', access = 'anyone', reply = { status = 200 } }, { on = 'POST /a/{c}', access = 'anyone', reply = { status = 200 } }]",
    "platform.resources[1].on: `/a/{c}` is the same path as `/a/{b}`"
)]
#[case::no_method(
    "[sign_out_page]\non = 'FETCH /out'",
    "platform.sign_out_page.on: `FETCH` is not a method"
)]
#[case::unknown_scope(
    "[oauth]\ntoken = 'POST /token'\nscopes = ['a']\ndefault_scope = 'a b'",
    "platform.oauth.default_scope: has a word that is not of `scopes`"
)]
#[case::guessable_refresh_token(
    "[oauth]\ntoken = 'POST /token'\nrefresh_tokens = { format = 'r_{8}' }",
    "platform.oauth.refresh_tokens.format: has less than 22 random characters"
)]
#[case::guessable_access_token(
    "[access_tokens]\nformat = 'a_{8}'",
    "platform.access_tokens.format: has less than 22 random characters"
)]
#[case::issuer(
    "[oauth]\ntoken = 'POST /token'\nissuer_path = 'tenant'",
    "platform.oauth.issuer_path: is not empty and no path"
)]
#[case::metadata_without_authorization(
    "[oauth]\ntoken = 'POST /token'\nmetadata = 'GET /m'",
    "platform.oauth.authorize: is missing, and the metadata would need it"
)]
#[case::misspelt_token_name(
    "[oauth]\ntoken = 'POST /token'\ntoken_reply = { status = 200, body = { t = '{token.acess}' } }",
    "platform.oauth.token_reply.body.t: {token.acess} is not known here"
)]
#[tokio::test]
async fn a_contradiction_has_a_place(#[case] more: &str, #[case] expected: &str) {
    let profile: PlatformProfile = toml::from_str(&format!("{SMALL}{more}")).expect("it is read");

    let error = Platform::start(&profile).await.expect_err("it does not start");

    assert_eq!(error.to_string(), expected);
}

#[rstest]
#[case::unknown_flow("[identify]\non = 'GET /me'")]
#[case::unknown_member("[sign_out_page]\non = 'GET /out'\nat = 'once'")]
#[case::no_route("[sign_out_page]\non = '/out'")]
#[case::no_access("resources = [{ on = 'GET /a', access = 'none', reply = { status = 200 } }]")]
fn an_unknown_word_is_refused(#[case] more: &str) {
    assert!(toml::from_str::<PlatformProfile>(&format!("{SMALL}{more}")).is_err());
}

#[rstest]
#[case("oanim")]
#[case("omni")]
#[case("amika")]
#[case("almyty")]
#[case("standard")]
fn a_profile_survives_json(#[case] name: &str) {
    let profile = rig::profile(name);

    let json = serde_json::to_string(&profile).expect("serializes");
    let back: PlatformProfile = serde_json::from_str(&json).expect("deserializes");

    assert_eq!(serde_json::to_string(&back).expect("serializes"), json);
}

#[tokio::test]
async fn two_platforms_share_nothing() {
    let (one, other) = (rig::Rig::start("oanim").await, rig::Rig::start("oanim").await);
    let key = one.platform.mint_key("key");

    assert_ne!(one.platform.account()["email"], other.platform.account()["email"]);
    let (status, _) = other.get("/api/v1/auth/me", Some(key.secret.expose())).await;
    assert_eq!(status, 401);
    assert!(one.platform.journal().is_empty());
}

#[tokio::test]
async fn a_platform_that_is_dropped_listens_no_more() {
    let rig = rig::Rig::start("oanim").await;
    let url = rig.platform.url().to_owned();
    let mut held = tokio::net::TcpStream::connect(url.trim_start_matches("http://"))
        .await
        .expect("it listens");
    assert_eq!(rig.get("/", None).await.0, 404);

    drop(rig.platform);

    let end = tokio::io::AsyncReadExt::read_u8(&mut held);
    let end = tokio::time::timeout(Duration::from_mins(1), end).await;
    assert!(end.expect("in time").is_err(), "the connection is closed");
    assert!(rig.client.get(url).send().await.is_err());
}
