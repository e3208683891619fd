//! `standard keys`.

use predicates::str::contains;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{signed_in, standard};
use crate::authority::Authority;

#[tokio::test]
async fn keys_are_made_listed_verified_and_revoked() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    authority
        .answer("POST", "/v1/keys", |_, _| {
            let key =
                json!({ "id": "k1", "name": "ci", "prefix": "std_12345678", "key": "std_whole" });
            ResponseTemplate::new(201).set_body_json(key)
        })
        .await;
    authority
        .answer("GET", "/v1/keys", |_, _| {
            let key = json!({ "id": "k1", "name": "ci", "prefix": "std_12345678", "created_at": "2024-02-29T00:00:00Z" });
            ResponseTemplate::new(200).set_body_json(json!({ "keys": [key] }))
        })
        .await;
    authority
        .answer("POST", "/v1/keys/verify", |_, request| {
            let asked: serde_json::Value = request.body_json().expect("JSON");
            let valid = asked["key"] == "std_whole";
            ResponseTemplate::new(200).set_body_json(
                json!({ "valid": valid, "prefix": null, "owner": null, "last_used_at": null }),
            )
        })
        .await;
    authority.answer("DELETE", "/v1/keys/k%2F1", |_, _| ResponseTemplate::new(204)).await;

    let run = |arguments: &[&str]| {
        let mut command = standard(&home, &authority);
        command.arg("keys").args(arguments);
        command
    };
    run(&["create", "--name", "ci"])
        .assert()
        .success()
        .stdout("Name: ci\nPrefix: std_12345678\nKey: std_whole\n")
        .stderr(contains("not be shown again"));
    run(&["list"]).assert().success().stdout(contains("std_12345678  2024-02-29  never      k1"));
    run(&["verify"]).write_stdin("std_whole\n").assert().success().stdout(contains("Valid: yes"));
    run(&["verify"]).write_stdin("other").assert().code(1).stdout("").stderr(contains("not valid"));
    run(&["revoke", "k/1"]).assert().success().stdout("Revoked k/1\n");
    run(&["revoke", "k2"]).assert().code(1).stderr(contains("no key has this id"));
}
