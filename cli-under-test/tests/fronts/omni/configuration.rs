//! `omni config`: profiles made, shown and switched.

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};

use super::{CONFIG, instance, omni, signed_in};
use crate::home::Home;

#[rstest]
#[case::path("OMNI_CONFIG_PATH", "a/file.json", "a/file.json")]
#[case::directory("OMNI_CONFIG_DIR", "a", "a/config.json")]
#[case::base("XDG_CONFIG_HOME", "a", "a/omni-cli/config.json")]
#[tokio::test]
async fn the_file_is_where_it_is_said(
    #[case] variable: &str,
    #[case] value: &str,
    #[case] file: &str,
) {
    let (home, authority) = (Home::new(), instance().await);
    omni(&home)
        .args(["config", "init"])
        .env(variable, home.path(value))
        .write_stdin(format!("work\n{}/\napi-key\nkey-1\n", authority.url()))
        .assert()
        .success();
    let saved = home.json(file);
    assert_eq!(
        saved["profiles"]["work"],
        json!({ "apiEndpoint": authority.url(), "authMethod": "api-key", "apiKey": "key-1" })
    );
    assert_eq!(saved["defaultProfile"], "work");
    assert_eq!(home.mode(file), 0o600);
    assert_eq!(home.holding("key-1").len(), 1);
}

#[tokio::test]
async fn a_key_that_is_rejected_is_not_saved() {
    let (home, authority) = (Home::new(), instance().await);
    omni(&home)
        .args(["config", "init"])
        .write_stdin(format!("\n{}\napi-key\nsesame\n", authority.url()))
        .assert()
        .code(4)
        .stderr(contains("sesame").not());
    assert_eq!(home.read(CONFIG), None);
}

#[tokio::test]
async fn what_is_shown_holds_no_secret() {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    let assert = omni(&home).args(["config", "show"]).assert().success();
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8");
    let shown: Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(shown["profiles"]["p"]["apiEndpoint"], authority.url());
    for secret in ["access-1", "refresh-1", "omni_osk_other"] {
        assert!(!stdout.contains(secret), "{stdout}");
    }
}

#[tokio::test]
async fn another_profile_can_be_used() {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    omni(&home).args(["config", "use", "other"]).assert().success();
    assert_eq!(home.json(CONFIG)["defaultProfile"], "other");
    omni(&home).args(["config", "use", "none"]).assert().code(2);
    assert_eq!(home.json(CONFIG)["defaultProfile"], "other");
}
