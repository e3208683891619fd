//! `assets gen-image`, on the platform and past it.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Home, KEY, asked};

const GENERATE: [&str; 6] = ["assets", "gen-image", "--prompt", "a fox", "--out", "fox.png"];
const FAL_KEY: &str = "fal_sesame";

async fn pictures() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/fox.png"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(b"PNG!".as_slice()))
        .mount(&server)
        .await;
    server
}

async fn without_authorization(server: &MockServer) -> bool {
    let requests = server.received_requests().await.expect("recorded");
    requests.iter().all(|request| !request.headers.contains_key("authorization"))
}

#[tokio::test]
async fn the_platform_gets_the_key_and_the_pictures_server_does_not() {
    let (home, api, pictures) = (Home::with_key(KEY), MockServer::start().await, pictures().await);
    Mock::given(method("POST"))
        .and(path("/api/v1/media/run"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(body_json(json!({"model": "fal-ai/flux-2-flex", "input": {"prompt": "a fox"}})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "url": format!("{}/fox.png", pictures.uri()), "provider": "fal", "model": "m", "estimatedCostUsd": 0.1,
        })))
        .mount(&api)
        .await;
    home.oanim(&api.uri()).args(GENERATE).assert().success().stdout("fox.png\n").stderr("");
    assert_eq!(fs::read(home.path("fox.png")).expect("written"), b"PNG!");
    assert_eq!(home.mode("fox.png") & 0o600, 0o600);
    assert_eq!(asked(&pictures).await, 1);
    assert!(without_authorization(&pictures).await);
}

#[tokio::test]
async fn a_key_of_fals_leaves_the_platform_out() {
    let (home, api, pictures) = (Home::new(), MockServer::start().await, pictures().await);
    let fal = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/fal-ai/flux-2-flex"))
        .and(header("authorization", format!("Key {FAL_KEY}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "images": [{"url": format!("{}/fox.png", pictures.uri())}],
        })))
        .mount(&fal)
        .await;
    let bypass = |key: &str| {
        let mut command = home.oanim(&api.uri());
        command.env("ANIMATE_FAL_KEY", key).env("ANIMATE_FAL_URL", fal.uri()).args(GENERATE);
        command
    };
    bypass(&format!("{FAL_KEY}\n")).assert().success();
    assert_eq!(fs::read(home.path("fox.png")).expect("written"), b"PNG!");
    assert!(without_authorization(&pictures).await);
    assert_eq!(asked(&api).await, 0);
    bypass(" ").assert().code(3).stderr(contains(FAL_KEY).not());
}

#[tokio::test]
async fn a_failed_download_leaves_no_file() {
    let (home, api) = (Home::with_key(KEY), MockServer::start().await);
    let nowhere = json!({"url": format!("{}/nowhere.png", api.uri())});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(nowhere))
        .mount(&api)
        .await;
    home.oanim(&api.uri()).args(GENERATE).assert().code(1).stdout("").stderr(contains("404"));
    assert!(!home.path("fox.png").exists());
}

#[tokio::test]
async fn no_place_for_the_file_costs_no_picture() {
    let (home, api) = (Home::with_key(KEY), MockServer::start().await);
    home.oanim(&api.uri())
        .args(["assets", "gen-image", "--prompt", "p", "--out", "no/such/place.png"])
        .assert()
        .code(1)
        .stderr(contains("no/such/place.png"));
    assert_eq!(asked(&api).await, 0);
}
