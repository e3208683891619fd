//! The mutants of sessions are wrong where they say: a sample from each area, against the clean
//! program's own tests above.

mod endings;
mod extraction;
mod flows;
mod precedence;

use std::process::Stdio;

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;

use crate::authority::Authority;
use crate::home::Home;
use crate::waiting::Waiting;

const STORE: &str = ".config/standard/credentials.json";

fn mutant(home: &Home, name: &str) -> std::process::Command {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("reference"));
    command.env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    command.args(["--mutant", name]);
    command
}

fn signed_in(authority: &Authority, seconds: i64) -> Home {
    let (home, number) = (Home::new(), authority.issue());
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let identity = json!({
        "url": authority.url(), "kind": "session", "issuer": authority.url(),
        "access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"),
        "expires_at": end.to_string(),
    });
    home.write(
        STORE,
        &json!({ "current": "default", "identities": { "default": identity } }).to_string(),
    );
    home
}

/// Eight commands at once, and how many of them succeeded.
fn eight(home: &Home, authority: &Authority, name: &str) -> usize {
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = mutant(home, name);
            command.args(["standard", "whoami"]).env("STANDARD_URL", authority.url());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
        })
        .collect();
    let succeeded = children
        .into_iter()
        .filter_map(|mut child| child.wait().expect("ended").success().then_some(()));
    succeeded.count()
}

#[tokio::test]
async fn without_a_lock_sessions_are_lost() {
    let authority = Authority::start().await;
    authority.with(|state| state.expires_in = Some(json!(3600)));
    let home = signed_in(&authority, -100);
    assert!(eight(&home, &authority, "renews-without-lock") < 8);
    assert!(authority.with(|state| state.refreshes) > 1);
}

#[tokio::test]
async fn without_another_look_everybody_renews() {
    let authority = Authority::start().await;
    authority.with(|state| state.expires_in = Some(json!(3600)));
    let home = signed_in(&authority, -100);
    eight(&home, &authority, "loser-does-not-look-again");
    assert!(authority.with(|state| state.refreshes) > 1);
}

#[rstest]
#[case::as_clean_here("any-token-type", 1)]
#[case::early("never-renews-early", 0)]
#[case::margin("renews-without-margin", 0)]
#[tokio::test]
async fn renewal_is_late(#[case] name: &str, #[case] refreshes: usize) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 30);
    let mut command = mutant(&home, name);
    command.args(["standard", "whoami"]).env("STANDARD_URL", authority.url());
    assert!(command.output().expect("started").status.success());
    assert_eq!(authority.with(|state| state.refreshes), refreshes);
}

#[rstest]
#[case::saved("renews-without-saving", Some("refresh-1"))]
#[case::rotated("keeps-used-refresh-token", Some("refresh-1"))]
#[tokio::test]
async fn what_was_renewed_is_lost(#[case] name: &str, #[case] left: Option<&str>) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    let mut command = mutant(&home, name);
    command.args(["standard", "whoami"]).env("STANDARD_URL", authority.url());
    assert!(command.output().expect("started").status.success());
    let saved = home.json(STORE)["identities"]["default"]["refresh_token"].clone();
    assert_eq!(saved.as_str(), left);
}

#[rstest]
#[case::any("state-not-compared", &[("code", "evil"), ("state", "guess")])]
#[case::missing("missing-state-accepted", &[("code", "evil")])]
#[tokio::test]
async fn forged_answers_are_taken(#[case] name: &str, #[case] query: &[(&str, &str)]) {
    let (home, authority) = (Home::new(), Authority::start().await);
    let mut command = mutant(&home, name);
    command.arg("standard").env("STANDARD_URL", authority.url());
    let login = Waiting::start(command, &["login", "--no-browser"]);
    assert!(login.come_back("redirect_uri", query).starts_with("HTTP/1.1 200"));
    login.end();
    assert_eq!(authority.with(|state| state.forms[0]["code"].clone()), "evil");
}

#[tokio::test]
async fn a_loose_file_is_used() {
    let home = Home::new();
    home.write(".almyty/credentials.json", r#"{"url": "http://127.0.0.1:1", "token": "t"}"#);
    home.chmod(".almyty/credentials.json", 0o644);
    let mut command = mutant(&home, "loose-file-used");
    let output = command.args(["almyty", "whoami"]).output().expect("started");
    assert_eq!(output.status.code(), Some(5), "it asked");
}

#[rstest]
#[case("extract-unquoted", "X Y")]
#[case("extract-double-quotes", "\"X Y\"")]
#[case("extract-upside-down", "'low'")]
fn what_is_extracted_is_wrong(#[case] name: &str, #[case] value: &str) {
    let home = Home::new();
    home.write(".claude.json", r#"{"apiKey": "X Y"}"#);
    home.write(".amp/config.json", r#"{"apiKey": "low"}"#);
    let mut command = assert_cmd::Command::from_std(mutant(&home, name));
    command
        .args(["amika", "auth", "extract"])
        .assert()
        .success()
        .stdout(contains(format!("ANTHROPIC_API_KEY={value}\n")).and(contains("CLAUDE_API_KEY")));
}
