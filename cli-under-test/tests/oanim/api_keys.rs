//! `api-keys`.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::json;
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Home, KEY, asked};

const PATH: &str = "/api/v1/api-keys";

#[tokio::test]
async fn a_new_key_is_data_and_its_warning_is_talk() {
    let (home, server) = (Home::with_key(KEY), MockServer::start().await);
    let created = json!({
        "api_key": {"id": "k1", "name": "ci", "prefix": "anim_newnewne", "created_at": 1},
        "key": "anim_newnewne_ssssssssssssssssssssssss",
    });
    Mock::given(method("POST"))
        .and(path(PATH))
        .and(body_json(json!({"name": "ci"})))
        .respond_with(ResponseTemplate::new(201).set_body_json(created))
        .mount(&server)
        .await;
    home.oanim(&server.uri())
        .args(["api-keys", "create", "--name", "ci"])
        .assert()
        .success()
        .stdout("Name: ci\nPrefix: anim_newnewne\nKey: anim_newnewne_ssssssssssssssssssssssss\n")
        .stderr(contains("not be shown again").and(contains("anim_").not()));
    assert_eq!(home.saved().expect("kept"), format!("api_key: {KEY}\n"));
}

#[tokio::test]
async fn the_limit_is_explained_in_the_servers_words() {
    let (home, server) = (Home::with_key(KEY), MockServer::start().await);
    let refusal = json!({"error": "Maximum of 10 API keys per user"});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .mount(&server)
        .await;
    for _ in 0..2 {
        home.oanim(&server.uri())
            .args(["api-keys", "create", "--name", "ci"])
            .assert()
            .code(1)
            .stdout("")
            .stderr("error: could not create the key: Maximum of 10 API keys per user\n");
    }
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn the_list_says_what_there_is_to_know() {
    let (home, server) = (Home::with_key(KEY), MockServer::start().await);
    let keys = json!({"api_keys": [
        {"id": "k1", "name": "CLI login", "prefix": "anim_aaaaaaaa", "created_at": 1_709_251_199_000_i64,
         "last_used_at": 1_709_251_200_000_i64},
        {"id": "k2", "name": "ci", "prefix": "anim_cccccccc", "created_at": 0},
    ]});
    Mock::given(method("GET"))
        .and(path(PATH))
        .respond_with(ResponseTemplate::new(200).set_body_json(keys))
        .mount(&server)
        .await;
    let expected = "NAME       PREFIX         CREATED     LAST USED   ID\n\
                    CLI login  anim_aaaaaaaa  2024-02-29  2024-03-01  k1\n\
                    ci         anim_cccccccc  1970-01-01  never       k2\n";
    home.oanim(&server.uri()).args(["api-keys", "list"]).assert().success().stdout(expected);
}

#[tokio::test]
async fn a_revoked_key_is_the_one_that_was_named() {
    let (home, server) = (Home::with_key(KEY), MockServer::start().await);
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    home.oanim(&server.uri()).args(["api-keys", "revoke", "../me?x=1"]).assert().success();
    let requests = server.received_requests().await.expect("recorded");
    assert_eq!(requests[0].url.path(), format!("{PATH}/%2E%2E%2Fme%3Fx%3D1"));
}

#[tokio::test]
async fn an_unknown_key_is_no_success() {
    let (home, server) = (Home::with_key(KEY), MockServer::start().await);
    home.oanim(&server.uri())
        .args(["api-keys", "revoke", "nope"])
        .assert()
        .code(1)
        .stdout("")
        .stderr(contains("no key has this id"));
}
