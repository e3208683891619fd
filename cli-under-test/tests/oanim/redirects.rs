//! A key stays with the server that it is for.

use predicates::prelude::*;
use predicates::str::contains;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Home, KEY, asked, identity, server};

#[tokio::test]
async fn a_redirect_to_another_server_is_not_followed() {
    let (home, other, api) = (Home::with_key(KEY), server(KEY).await, MockServer::start().await);
    let elsewhere = format!("{}/api/v1/auth/me", other.uri());
    Mock::given(path("/api/v1/auth/me"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", elsewhere))
        .mount(&api)
        .await;
    let host = other.address().to_string();
    home.oanim(&api.uri())
        .arg("whoami")
        .assert()
        .code(1)
        .stdout("")
        .stderr(contains(host).and(contains("redirect")));
    assert_eq!(asked(&other).await, 0);
}

#[tokio::test]
async fn a_redirect_within_the_server_is() {
    let (home, api) = (Home::with_key(KEY), MockServer::start().await);
    Mock::given(path("/api/v1/auth/me"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/moved"))
        .mount(&api)
        .await;
    Mock::given(method("GET"))
        .and(path("/moved"))
        .and(wiremock::matchers::header("authorization", format!("Bearer {KEY}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(identity()))
        .mount(&api)
        .await;
    home.oanim(&api.uri()).arg("whoami").assert().success();
}

#[tokio::test]
async fn a_circle_is_left() {
    let (home, api) = (Home::with_key(KEY), MockServer::start().await);
    Mock::given(path("/api/v1/auth/me"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/api/v1/auth/me"))
        .mount(&api)
        .await;
    home.oanim(&api.uri()).arg("whoami").assert().failure().stderr(contains("redirected"));
    assert!(asked(&api).await < 10);
}
