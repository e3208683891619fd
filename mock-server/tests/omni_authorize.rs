//! The authorization endpoint of the built-in profile `omni`: who is sent where, with what.

use reqwest::Method;
use rstest::rstest;

mod rig;
use rig::omni::{REDIRECT, STATE, authorize};
use rig::{Rig, header, parameters};

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_gives_nothing_away() {
    let rig = Rig::start("omni").await;

    let page = rig.send(Method::GET, &authorize(&[]), None, "").await.expect("an answer");

    assert_eq!(page.status(), 200);
    assert_eq!(header(&page, "x-frame-options"), "DENY");
    assert!(
        header(&page, "content-security-policy")
            .contains("form-action 'self' http://localhost:49152;")
    );
    let page = page.text().await.expect("a page");
    let email = rig.platform.account()["email"].clone();
    for shown in ["Omni CLI", "user:default", email.as_str().expect("text"), "Authorize", "Deny"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains(STATE), "the tool's state is not the page's");
}

#[tokio::test]
async fn a_denial_is_told() {
    let rig = Rig::start("omni").await;

    let (status, location) = rig.decide(&authorize(&[]), "deny").await;

    let back = parameters(&location.expect("a way back"));
    assert_eq!(status, 303);
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", STATE));
    assert_eq!(back["iss"], rig.platform.url());
    assert!(!back.contains_key("code"));
}

#[rstest]
#[case::unknown_client(&[("client_id", "other")])]
#[case::no_client(&[("client_id", "")])]
#[case::other_path(&[("redirect_uri", "http://localhost:1/callback/x")])]
#[case::other_host(&[("redirect_uri", "http://localhost.evil.example/callback")])]
#[case::user(&[("redirect_uri", "http://localhost:1@evil.example/callback")])]
#[case::no_redirect(&[("redirect_uri", "")])]
#[case::two_redirects(&[("redirect_uri", REDIRECT), ("redirect_uri", REDIRECT)])]
#[tokio::test]
async fn nobody_is_redirected_to_a_stranger(#[case] changes: &[(&str, &str)]) {
    let rig = Rig::start("omni").await;

    let answer = rig.send(Method::GET, &authorize(changes), None, "").await.expect("an answer");

    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers().get("location"), None);
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
}

#[rstest]
#[case::no_pkce(&[("code_challenge", "")], "invalid_request")]
#[case::no_method(&[("code_challenge_method", "")], "invalid_request")]
#[case::plain(&[("code_challenge_method", "plain")], "invalid_request")]
#[case::other_method(&[("code_challenge_method", "S512")], "invalid_request")]
#[case::no_hash(&[("code_challenge", "short")], "invalid_request")]
#[case::twice(&[("scope", "user:default"), ("scope", "user:default")], "invalid_request")]
#[case::no_type(&[("response_type", "")], "invalid_request")]
#[case::implicit(&[("response_type", "token")], "unsupported_response_type")]
#[case::scope(&[("scope", "user:default admin")], "invalid_scope")]
#[case::prompt(&[("prompt", "none")], "consent_required")]
#[tokio::test]
async fn other_mistakes_are_told_to_the_tool(
    #[case] changes: &[(&str, &str)],
    #[case] error: &str,
) {
    let rig = Rig::start("omni").await;

    let answer = rig.send(Method::GET, &authorize(changes), None, "").await.expect("an answer");

    assert_eq!(answer.status(), 302);
    let back = parameters(header(&answer, "location"));
    assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, STATE));
    assert_eq!(back["iss"], rig.platform.url());
}
