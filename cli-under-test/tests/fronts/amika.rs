//! `amika`, promise by promise.

use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;

use crate::authority::{Authority, grant_error};
use crate::home::Home;
use crate::waiting::Waiting;

mod extract;
mod server;

use server::{in_seconds, jwt, server};

const KEY: &str = ".local/state/amika/api-key.json";
const SESSION: &str = ".local/state/amika/workos-session.json";

fn amika(home: &Home, authority: &Authority) -> Command {
    let mut command = home.command("amika");
    command.env("AMIKA_API_URL", authority.url()).env("BROWSER", "/bin/true");
    command
}

fn with_session(home: &Home, authority: &Authority, left: i64) {
    let number = authority.issue();
    let session = json!({
        "access_token": jwt(number, in_seconds(left).as_second()),
        "refresh_token": format!("refresh-{number}"),
        "user_id": "user_1", "email": "ada@example.test", "organization_id": "org_1",
        "expires_at": in_seconds(left).to_string(),
    });
    home.write(SESSION, &session.to_string());
}

fn with_key(home: &Home, key: &str) {
    home.write(KEY, &json!({ "key": key, "stored_at": "2024-02-29T00:00:00Z" }).to_string());
}

async fn bearer(authority: &Authority) -> String {
    let requests = authority.server.received_requests().await.expect("recorded");
    let mut bearers = requests.iter().filter_map(|request| request.headers.get("authorization"));
    let last = bearers.next_back().expect("authorized");
    let last = last.to_str().expect("text");
    last.trim_start_matches("Bearer ").to_owned()
}

#[tokio::test]
async fn a_device_login_is_shown_opened_awaited_and_saved() {
    let (home, authority) = (Home::new(), server().await);
    authority.with(|state| state.first = vec![grant_error("authorization_pending")]);
    let mut command = home.process("amika");
    command
        .env("AMIKA_API_URL", authority.url())
        .env("AMIKA_WORKOS_CLIENT_ID", "client_7")
        .env("BROWSER", "/bin/sh -c 'echo%s'");
    let mut login = Waiting::start(command, &["auth", "login"]);
    assert_eq!(login.url.as_str(), "https://auth.test/device?c=WDJB-MJHT");
    let line = login.line();
    assert!(line.contains("https://auth.test/device ") && line.contains("WDJB-MJHT"), "{line}");
    let ended = login.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, "Logged in as ada@example.test\n");
    assert!(!ended.stderr.contains("sesame"));
    assert_eq!(authority.with(|state| state.forms[1]["client_id"].clone()), "client_7");

    let saved = home.json(SESSION);
    for (field, value) in [
        ("refresh_token", "refresh-1"),
        ("user_id", "user_1"),
        ("email", "ada@example.test"),
        ("organization_id", "org_1"),
    ] {
        assert_eq!(saved[field], value);
    }
    let end: jiff::Timestamp =
        saved["expires_at"].as_str().expect("text").parse().expect("RFC 3339");
    assert!(end > in_seconds(500));
    assert_eq!(home.mode(SESSION), 0o600);
    assert_eq!(home.mode(".local/state/amika"), 0o700);
    amika(&home, &authority)
        .args(["sandbox", "list"])
        .assert()
        .success()
        .stdout(contains("sb_1  blue  running"));
}

#[rstest]
#[case::over("1", 1, "gave up after 1 second: nobody approved")]
#[case::senseless("soon", 2, "AMIKA_LOGIN_TIMEOUT")]
#[tokio::test]
async fn the_user_says_how_long_to_wait(
    #[case] seconds: &str,
    #[case] code: i32,
    #[case] said: &str,
) {
    let (home, authority) = (Home::new(), server().await);
    let mut command = amika(&home, &authority);
    command.args(["auth", "login"]).env("AMIKA_LOGIN_TIMEOUT", seconds);
    command.assert().code(code).stdout("").stderr(contains(said));
    // Less than an interval is no time to ask.
    assert_eq!(authority.with(|state| state.forms.len()), 0);
    assert_eq!(home.read(SESSION), None);
}

#[rstest]
#[case::expired(-5, 1)]
#[case::almost(30, 1)]
#[case::fresh(300, 0)]
#[tokio::test]
async fn a_session_is_renewed_within_a_minute_of_its_end(
    #[case] left: i64,
    #[case] refreshes: usize,
) {
    let (home, authority) = (Home::new(), server().await);
    with_session(&home, &authority, left);
    for _ in 0..2 {
        amika(&home, &authority).args(["sandbox", "list"]).assert().success();
    }
    assert_eq!(authority.with(|state| state.refreshes), refreshes);
    assert_eq!(home.json(SESSION)["refresh_token"], format!("refresh-{}", 1 + refreshes));
    assert_eq!(home.json(SESSION)["email"], "ada@example.test");
}

#[tokio::test]
async fn a_session_that_has_ended_says_what_to_run() {
    let (home, authority) = (Home::new(), server().await);
    with_session(&home, &authority, -5);
    authority.with(|state| state.first = vec![grant_error("invalid_grant")]);
    amika(&home, &authority)
        .args(["sandbox", "list"])
        .assert()
        .code(4)
        .stderr(contains("invalid_grant").and(contains("amika auth login")));
    assert!(home.read(SESSION).is_some());
}

#[tokio::test]
async fn eight_at_once_make_one_refresh_and_all_succeed() {
    let (home, authority) = (Home::new(), server().await);
    with_session(&home, &authority, -5);
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = home.process("amika");
            command.env("AMIKA_API_URL", authority.url()).args(["sandbox", "list"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(authority.with(|state| state.refreshes), 1);
}

/// All seven combinations, and none.
#[rstest]
#[tokio::test]
async fn the_first_source_wins_and_says_what_it_shadows(
    #[values(false, true)] variable: bool,
    #[values(false, true)] key: bool,
    #[values(false, true)] session: bool,
) {
    let (home, authority) = (Home::new(), server().await);
    if session {
        with_session(&home, &authority, 3600);
    }
    if key {
        with_key(&home, "key-file");
    }
    let run = |arguments: &[&str]| {
        let mut command = amika(&home, &authority);
        command.args(arguments).env("AMIKA_API_KEY", if variable { "key-variable" } else { " " });
        command.assert()
    };
    if !(variable || key || session) {
        run(&["sandbox", "list"]).code(3).stderr(contains("amika auth login"));
        run(&["auth", "status"]).code(3);
        return;
    }
    run(&["sandbox", "list"]).success();
    let used = bearer(&authority).await;
    let file = home.path(KEY).display().to_string();
    let sources = [
        (variable, "key-variable", "AMIKA_API_KEY"),
        (key, "key-file", &file),
        (session, "sig", "ada@example.test"),
    ];
    let mut present = sources.iter().filter(|(there, ..)| *there);
    let (_, expected, name) = present.next().expect("one");
    assert!(used.contains(expected), "{used}");
    let status = run(&["auth", "status"]).success();
    let stdout = String::from_utf8_lossy(&status.get_output().stdout).into_owned();
    let stderr = String::from_utf8_lossy(&status.get_output().stderr).into_owned();
    assert!(stdout.contains(name), "{stdout}");
    let warnings: Vec<_> = stderr.lines().filter(|line| line.contains("shadows")).collect();
    let shadowed: Vec<_> = present.collect();
    assert_eq!(warnings.len(), shadowed.len(), "{stderr}");
    for (warning, (_, secret, name)) in warnings.iter().zip(shadowed) {
        assert!(warning.contains(name), "{warning}");
        assert!(!stderr.contains(secret) || *secret == "sig", "{stderr}");
    }
}

#[rstest]
#[case::file(false)]
#[case::standard_input(true)]
#[tokio::test]
async fn a_key_comes_from_a_file_or_from_standard_input(#[case] piped: bool) {
    let (home, authority) = (Home::new(), server().await);
    home.write("key", " key-1\r\n");
    let mut command = amika(&home, &authority);
    command.args(["auth", "login", "--api-key-file", if piped { "-" } else { "key" }]);
    command.write_stdin(if piped { "\nkey-1 \n" } else { "" });
    command.assert().success();
    assert_eq!(home.json(KEY)["key"], "key-1");
    assert_eq!(home.mode(KEY), 0o600);
    home.json(KEY)["stored_at"]
        .as_str()
        .expect("text")
        .parse::<jiff::Timestamp>()
        .expect("RFC 3339");
}

#[rstest]
#[case::empty(" \n", 2)]
#[case::bad("ses ame", 2)]
#[case::rejected("sesame", 4)]
#[tokio::test]
async fn a_key_that_is_none_is_refused(#[case] key: &str, #[case] code: i32) {
    let (home, authority) = (Home::new(), server().await);
    amika(&home, &authority)
        .args(["auth", "login", "--api-key-file", "-"])
        .write_stdin(key)
        .assert()
        .code(code)
        .stderr(contains("ame").not().or(contains("name")));
    assert_eq!(home.read(KEY), None);
}

#[rstest]
#[case::key(KEY, r#"{"key":"key-1"}"#)]
#[case::session(SESSION, "{}")]
#[case::damaged(KEY, "{")]
#[tokio::test]
async fn who_is_signed_in_logs_out_first(#[case] file: &str, #[case] text: &str) {
    let (home, authority) = (Home::new(), server().await);
    home.write(file, text);
    for arguments in [&["auth", "login"][..], &["auth", "login", "--api-key-file", "-"]] {
        amika(&home, &authority)
            .args(arguments)
            .write_stdin("key-2")
            .assert()
            .code(1)
            .stderr(contains("amika auth logout"));
    }
    assert_eq!(home.read(file).expect("kept"), text);
    for _ in 0..2 {
        amika(&home, &authority).args(["auth", "logout"]).assert().success();
    }
    assert_eq!(home.read(file), None);
}

#[tokio::test]
async fn logout_clears_both_and_speaks_of_the_variable() {
    let (home, authority) = (Home::new(), server().await);
    with_key(&home, "key-file");
    with_session(&home, &authority, 3600);
    amika(&home, &authority)
        .args(["auth", "logout"])
        .env("AMIKA_API_KEY", "key-1")
        .assert()
        .success()
        .stderr(contains("AMIKA_API_KEY"));
    assert!(home.holding("key-file").is_empty() && home.holding("refresh").is_empty());
}

#[tokio::test]
async fn a_broken_source_is_not_passed_over() {
    let (home, authority) = (Home::new(), server().await);
    with_session(&home, &authority, 3600);
    home.write(KEY, "{");
    amika(&home, &authority)
        .args(["sandbox", "list"])
        .assert()
        .code(1)
        .stderr(contains("api-key.json"));
    assert_eq!(authority.asked("/api/v0beta1/sandboxes").await, 0);
}

#[tokio::test]
async fn the_state_directory_can_be_named() {
    let (home, authority) = (Home::new(), server().await);
    for (variable, value, file) in [
        ("AMIKA_STATE_DIRECTORY", home.path("s"), "s/api-key.json"),
        ("XDG_STATE_HOME", home.path("x"), "x/amika/api-key.json"),
        ("XDG_STATE_HOME", "relative".into(), KEY),
    ] {
        amika(&home, &authority)
            .args(["auth", "login", "--api-key-file", "-"])
            .env(variable, value)
            .write_stdin("key-1")
            .assert()
            .success();
        assert_eq!(home.mode(file), 0o600);
    }
}
