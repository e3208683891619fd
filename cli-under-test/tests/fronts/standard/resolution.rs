//! ST-4, ST-5, ST-7, ST-8: which identity, which platform, and no credential anywhere else.

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};

use super::{STORE, signed_in, standard};
use crate::authority::{Authority, State};
use crate::home::Home;

async fn bearers(authority: &Authority) -> Vec<String> {
    let requests = authority.server.received_requests().await.expect("recorded");
    let bearer = |request: &wiremock::Request| {
        let value = request.headers.get("authorization")?;
        Some(value.to_str().expect("text").to_owned())
    };
    requests.iter().filter_map(bearer).collect()
}

#[rstest]
#[case::all(true, Some("variable"), "file")]
#[case::no_file(false, Some("variable"), "variable")]
#[case::stored(false, None, "access-1")]
#[case::empty(false, Some("  "), "access-1")]
#[tokio::test]
async fn the_first_credential_wins(
    #[case] file: bool,
    #[case] variable: Option<&str>,
    #[case] expected: &str,
) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    home.write("token", "\u{feff}file\r\n");
    let mut command = standard(&home, &authority);
    command.arg("whoami");
    if file {
        command.args(["--token-file", "token"]);
    }
    if let Some(variable) = variable {
        command.env("STANDARD_TOKEN", variable);
    }
    let _ = command.output().expect("started");
    assert_eq!(bearers(&authority).await[0], format!("Bearer {expected}"));
}

#[tokio::test]
async fn a_credential_stays_with_its_platform() {
    let (authority, other) = (Authority::start().await, Authority::start().await);
    let home = signed_in(&authority, -100);
    for arguments in [&["whoami"][..], &["token"], &["whoami", "--profile", "default"]] {
        home.command("standard")
            .args(arguments)
            .args(["--url", &other.url()])
            .assert()
            .code(3)
            .stderr(contains("not signed in"));
    }
    assert!(other.server.received_requests().await.expect("recorded").is_empty());
    let spelling = format!("{}/", authority.url().to_uppercase().replace("HTTP", "http"));
    home.command("standard").args(["whoami", "--url", &spelling]).assert().success();
}

#[tokio::test]
async fn identities_live_side_by_side() {
    let (one, two) = (Authority::start().await, Authority::start().await);
    let home = Home::new();
    home.write(STORE, r#"{"theme": "dark", "identities": {}}"#);
    let login = |url: String, profile: &[&str]| {
        let mut command = home.command("standard");
        command.args(["login", "--with-token", "--url", &url]).args(profile);
        command.write_stdin("key-1\n").assert().success();
    };
    login(one.url(), &[]);
    login(two.url(), &[]);
    login(two.url(), &["--profile", "work"]);
    let saved = home.json(STORE);
    assert_eq!(saved["theme"], "dark");
    assert_eq!(saved["identities"].as_object().expect("an object").len(), 3);
    assert_eq!(saved["identities"]["default"]["url"], one.url());
    assert_eq!(saved["current"], "work");

    let whoami = |arguments: &[&str]| {
        let assert = home.command("standard").args(["whoami", "--json"]).args(arguments).assert();
        let stdout = assert.success().get_output().stdout.clone();
        serde_json::from_slice::<Value>(&stdout).expect("one document")
    };
    assert_eq!(whoami(&[])["source"], "identity work");
    assert_eq!(whoami(&["--url", &one.url()])["source"], "identity default");
    assert_eq!(whoami(&["--profile", "default"])["url"], one.url());

    home.command("standard")
        .args(["logout", "--profile", "work"])
        .assert()
        .success()
        .stdout(contains("work"));
    home.command("standard").arg("whoami").assert().code(3);
    whoami(&["--profile", "default"]);
}

#[tokio::test]
async fn a_token_is_verified_before_it_replaces_anything() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let before = home.read(STORE);
    standard(&home, &authority)
        .args(["login", "--with-token"])
        .write_stdin("sesame\n")
        .assert()
        .code(4)
        .stderr(contains("Nothing was saved").and(contains("sesame").not()));
    assert_eq!(home.read(STORE), before);
    standard(&home, &authority)
        .args(["login", "--with-token"])
        .write_stdin("ses\u{200b}ame")
        .assert()
        .code(2)
        .stderr(contains("ame").not().or(contains("name")));
    assert_eq!(home.read(STORE), before);
}

#[rstest]
#[case::nobody(&[], 3)]
#[case::usage(&["--frob"], 2)]
#[case::nowhere(&["--url", "ftp://x.test"], 2)]
fn the_exit_code_says_why(#[case] arguments: &[&str], #[case] code: i32) {
    let home = Home::new();
    home.command("standard").arg("whoami").args(arguments).assert().code(code).stdout("");
    assert_eq!(std::fs::read_dir(home.path("")).expect("readable").count(), 0);
}

#[test]
fn an_unreachable_server_is_not_a_refusal() {
    let home = Home::new();
    home.command("standard")
        .args(["whoami", "--url", "http://127.0.0.1:1"])
        .env("STANDARD_TOKEN", "t")
        .assert()
        .code(5);
}

#[tokio::test]
async fn a_variable_that_wins_says_so_and_needs_no_home() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    standard(&home, &authority)
        .arg("whoami")
        .env("STANDARD_TOKEN", "key-1")
        .assert()
        .success()
        .stderr(contains("STANDARD_TOKEN"));
    standard(&home, &authority)
        .arg("whoami")
        .env("STANDARD_TOKEN", "key-1")
        .env_remove("HOME")
        .assert()
        .success();
    standard(&home, &authority)
        .arg("login")
        .env_remove("HOME")
        .assert()
        .code(1)
        .stderr(contains("HOME"));
}

#[tokio::test]
async fn a_damaged_file_is_named_kept_and_recovered_from() {
    let (home, authority) = (Home::new(), Authority::start().await);
    for damaged in ["{", "[]", r#"{"identities": 7}"#, r#"{"identities": {"default": 7}}"#] {
        home.write(STORE, damaged);
        standard(&home, &authority)
            .arg("whoami")
            .assert()
            .code(1)
            .stderr(contains("credentials.json").and(contains("standard login")));
        assert_eq!(home.read(STORE).expect("kept"), damaged);
        standard(&home, &authority)
            .args(["login", "--with-token"])
            .write_stdin("key-1")
            .assert()
            .success();
        standard(&home, &authority).arg("whoami").assert().success();
    }
}

#[tokio::test]
async fn the_configuration_file_is_asked_last() {
    let (home, authority) = (Home::new(), Authority::start().await);
    home.write("etc/standard/config.json", &json!({ "url": authority.url() }).to_string());
    home.command("standard")
        .arg("whoami")
        .env("XDG_CONFIG_HOME", home.path("etc"))
        .env("STANDARD_TOKEN", "key-1")
        .assert()
        .success()
        .stdout(contains(authority.url()));
}

#[tokio::test]
async fn a_missing_scope_is_named_and_nothing_is_renewed() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let forbidden = |_: &mut State, _: &wiremock::Request| {
        let challenge = r#"Bearer error="insufficient_scope", scope="keys:read""#;
        wiremock::ResponseTemplate::new(403).insert_header("www-authenticate", challenge)
    };
    authority.answer("GET", "/v1/keys", forbidden).await;
    let before = home.read(STORE);
    standard(&home, &authority).args(["keys", "list"]).assert().code(4).stderr(
        contains("permission").and(contains("keys:read")).and(contains("standard login").not()),
    );
    assert_eq!(authority.with(|state| state.refreshes), 0);
    assert_eq!(home.read(STORE), before);
}
