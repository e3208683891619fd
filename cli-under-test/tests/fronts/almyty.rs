//! `almyty`, promise by promise.

use std::process::Command as Process;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::authority::{Authority, State};
use crate::home::Home;
use crate::waiting::Waiting;

mod addresses;
mod owner;

const FILE: &str = ".almyty/credentials.json";
const KEY: &str = "ak_live_1";

fn json_of(request: &Request) -> Value {
    request.body_json().expect("JSON")
}

async fn server() -> Authority {
    let authority = Authority::start().await;
    let minted = json!({ "token": KEY, "email": "ada@example.test", "organization": "Analytical" });
    let exchange = move |state: &mut State, request: &Request| {
        state.refreshes += 1;
        match json_of(request)["code"].as_str() {
            Some("good") => ResponseTemplate::new(200).set_body_json(minted.clone()),
            _ => ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_code" })),
        }
    };
    authority.answer("POST", "/auth/cli/exchange", exchange).await;
    let requests = |_: &mut State, _: &Request| {
        let asked = json!({ "code": "AB-12", "poll_token": "poll-sesame", "expires_in": 600, "interval": 1 });
        ResponseTemplate::new(201).set_body_json(asked)
    };
    authority.answer("POST", "/auth/cli/requests", requests).await;
    let poll = |state: &mut State, request: &Request| {
        assert_eq!(json_of(request)["poll_token"], "poll-sesame");
        if state.first.is_empty() {
            let minted =
                json!({ "token": KEY, "email": "ada@example.test", "organization": "Analytical" });
            return ResponseTemplate::new(200).set_body_json(minted);
        }
        state.first.remove(0)
    };
    authority.answer("POST", "/auth/cli/requests/poll", poll).await;
    let me = |_: &mut State, request: &Request| {
        if request.headers.get("authorization").is_some_and(|given| given == "Bearer ak_live_1") {
            let me =
                json!({ "id": "u1", "email": "ada@example.test", "organization": "Analytical" });
            return ResponseTemplate::new(200).set_body_json(me);
        }
        ResponseTemplate::new(401)
            .set_body_json(json!({ "error": "Unauthorized", "reason": "revoked" }))
    };
    authority.answer("GET", "/auth/me", me).await;
    let skills = |_: &mut State, _: &Request| {
        ResponseTemplate::new(200)
            .set_body_json(json!({ "skills": [{ "name": "juggling" }, "singing"] }))
    };
    authority.answer("GET", "/skills", skills).await;
    authority
}

fn almyty(home: &Home) -> Command {
    home.command("almyty")
}

fn signed_in(authority: &Authority) -> Home {
    let home = Home::new();
    let saved = json!({
        "url": authority.url(), "token": KEY, "email": "ada@example.test", "frontendUrl": authority.url(),
    });
    home.write(FILE, &saved.to_string());
    home.chmod(FILE, 0o600);
    home
}

fn login(home: &Home, authority: &Authority) -> Waiting {
    let mut command = home.process("almyty");
    command.env("BROWSER", "/bin/true");
    Waiting::start(command, &["login", "--api", &authority.url()])
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_key_that_all_programs_use() {
    let (home, authority) = (Home::new(), server().await);
    let login = login(&home, &authority);
    assert_eq!(login.url.path(), "/cli-login");
    assert!(login.url.as_str().starts_with(&authority.url()), "the frontend is the API's origin");
    let state = login.parameters()["state"].clone();
    assert!(state.len() >= 22);
    for query in
        [&[("code", "good"), ("state", "x")][..], &[("code", "good")], &[("state", &state)]]
    {
        assert!(login.come_back("callback", query).starts_with("HTTP/1.1 400"));
    }
    assert_eq!(authority.asked("/auth/cli/exchange").await, 0);
    login.come_back("callback", &[("code", "good"), ("state", &state)]);
    let ended = login.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, "Logged in as ada@example.test\n");
    let saved = json!({
        "url": authority.url(), "token": KEY, "email": "ada@example.test", "frontendUrl": authority.url(),
    });
    assert_eq!(home.json(FILE), saved);
    assert_eq!(home.mode(FILE), 0o600);
    assert_eq!(home.mode(".almyty"), 0o700);
    let me = format!(
        "Logged in as ada@example.test\nOrganization: Analytical\nAPI: {}\n",
        authority.url()
    );
    almyty(&home).arg("whoami").assert().success().stdout(me).stderr("");
    almyty(&home).args(["skills", "list"]).assert().success().stdout("juggling\nsinging\n");
    for _ in 0..2 {
        almyty(&home).arg("logout").assert().success();
        assert_eq!(home.read(FILE), None);
    }
}

#[rstest]
#[case::denied(&[("error", "access_denied")], 4, 0)]
#[case::used_up(&[("code", "used")], 1, 1)]
#[tokio::test]
async fn a_login_that_fails_saves_nothing(
    #[case] query: &[(&str, &str)],
    #[case] code: i32,
    #[case] exchanges: usize,
) {
    let authority = server().await;
    let home = signed_in(&authority);
    let before = home.read(FILE);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    let query: Vec<_> = query.iter().copied().chain([("state", state.as_str())]).collect();
    login.come_back("callback", &query);
    assert_eq!(login.end().code, Some(code));
    assert_eq!(authority.asked("/auth/cli/exchange").await, exchanges);
    assert_eq!(home.read(FILE), before);
}

#[tokio::test]
async fn approval_may_come_from_anywhere() {
    let (home, authority) = (Home::new(), server().await);
    let pending = || ResponseTemplate::new(202).set_body_json(json!({ "status": "pending" }));
    authority.with(|state| state.first = vec![pending(), pending()]);
    let assert = almyty(&home)
        .args([
            "login",
            "--no-browser",
            "--api",
            &authority.url(),
            "--frontend",
            "https://app.test/",
        ])
        .env("BROWSER", home.path("browser"))
        .assert()
        .success()
        .stderr(contains("\nhttps://app.test/cli-auth?code=AB-12\n").and(contains("sesame").not()));
    drop(assert);
    assert_eq!(authority.asked("/auth/cli/requests/poll").await, 3);
    assert_eq!(home.json(FILE)["frontendUrl"], "https://app.test");
}

#[tokio::test]
async fn the_user_says_how_long_to_wait() {
    let (home, authority) = (Home::new(), server().await);
    let mut command = almyty(&home);
    command.args(["login", "--no-browser", "--api", &authority.url()]);
    command.env("ALMYTY_LOGIN_TIMEOUT", "1");
    command.assert().code(1).stderr(contains("gave up after 1 second"));
    assert_eq!(home.read(FILE), None);
}

#[rstest]
#[case::denied(403, "access_denied", 4)]
#[case::expired(410, "expired", 1)]
#[tokio::test]
async fn a_refusal_ends_the_wait(#[case] status: u16, #[case] error: &str, #[case] code: i32) {
    let (home, authority) = (Home::new(), server().await);
    let refusal = ResponseTemplate::new(status).set_body_json(json!({ "error": error }));
    authority.with(|state| state.first = vec![refusal]);
    almyty(&home)
        .args(["login", "--no-browser", "--api", &authority.url()])
        .assert()
        .code(code)
        .stderr(contains("almyty login"));
    assert_eq!(authority.asked("/auth/cli/requests/poll").await, 1);
    assert_eq!(home.read(FILE), None);
}

#[tokio::test]
async fn a_key_is_verified_before_it_is_saved() {
    let (home, authority) = (Home::new(), server().await);
    let run = |key: &str| {
        let mut command = almyty(&home);
        command.args(["login", "--token", key, "--api", &authority.url()]);
        command.env("BROWSER", "/no/such/browser").assert()
    };
    run("ak_live_sesame").code(4).stderr(
        contains("401 Unauthorized")
            .and(contains("expired JWT"))
            .and(contains("wrong environment"))
            .and(contains("revoked key"))
            .and(contains("sesame").not()),
    );
    assert_eq!(home.read(FILE), None);
    run(&format!(" {KEY}\n")).success();
    assert_eq!(home.json(FILE)["email"], "ada@example.test");
    assert_eq!(home.json(FILE)["token"], KEY);
}

#[rstest]
#[case(0o644)]
#[case(0o640)]
#[case(0o400)]
#[case(0o700)]
#[tokio::test]
async fn a_file_of_another_mode_is_refused(#[case] mode: u32) {
    let authority = server().await;
    let home = signed_in(&authority);
    home.chmod(FILE, mode);
    let remedy = format!("chmod 600 {}", home.path(FILE).display());
    almyty(&home).arg("whoami").assert().code(1).stderr(contains(remedy));
    assert_eq!(authority.asked("/auth/me").await, 0);
    almyty(&home).args(["login", "--token", KEY, "--api", &authority.url()]).assert().success();
    assert_eq!(home.mode(FILE), 0o600);
    almyty(&home).arg("whoami").assert().success();
}

/// A file that would keep anybody who opens it waiting for ever.
#[tokio::test]
async fn with_the_variable_the_file_is_never_opened() {
    let (home, authority) = (Home::new(), server().await);
    std::fs::create_dir(home.path(".almyty")).expect("created");
    let made = Process::new("/usr/bin/mkfifo").arg(home.path(FILE)).status();
    assert!(made.expect("started").success());
    let run = |arguments: &[&str]| {
        let mut command = almyty(&home);
        command.args(arguments).env("ALMYTY_TOKEN", KEY);
        command.env("ALMYTY_URL", authority.url()).assert().success()
    };
    run(&["whoami"]).stderr(contains("ALMYTY_TOKEN"));
    run(&["skills", "list"]);
    run(&["logout"]).stderr(contains("ALMYTY_TOKEN"));
    let made = Process::new("/usr/bin/mkfifo").arg(home.path(FILE)).status();
    assert!(made.expect("started").success());
    run(&["login", "--token", KEY]).stderr(contains("ALMYTY_TOKEN"));
    assert_eq!(home.json(FILE)["token"], KEY);
}

#[tokio::test]
async fn the_variable_without_an_address_means_the_default() {
    let authority = server().await;
    let home = signed_in(&authority);
    almyty(&home)
        .arg("whoami")
        .env("ALMYTY_TOKEN", KEY)
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .assert()
        .code(5)
        .stderr(contains("api.almyty.com"));
    assert_eq!(authority.asked("/auth/me").await, 0);
}

#[tokio::test]
async fn a_saved_key_stays_with_its_environment() {
    let (authority, other) = (server().await, server().await);
    let home = signed_in(&authority);
    almyty(&home)
        .arg("whoami")
        .env("ALMYTY_URL", other.url())
        .assert()
        .code(3)
        .stderr(contains("is not sent to"));
    assert_eq!(other.asked("/auth/me").await, 0);
    almyty(&home)
        .arg("whoami")
        .env("ALMYTY_URL", format!("{}/", authority.url()))
        .assert()
        .success();
    // The next login goes where the last one went.
    almyty(&home).args(["login", "--token", KEY]).assert().success();
    assert_eq!(authority.asked("/auth/me").await, 2);
}

#[rstest]
#[case::nothing(None, 3, "Not authenticated")]
#[case::damaged(Some("{"), 1, "almyty login")]
#[case::no_text(Some(r#"{"token": 7}"#), 1, "almyty login")]
#[case::empty(Some(r#"{"token": " "}"#), 3, "almyty login")]
fn without_a_key_there_is_a_way(#[case] text: Option<&str>, #[case] code: i32, #[case] said: &str) {
    let home = Home::new();
    if let Some(text) = text {
        home.write(FILE, text);
        home.chmod(FILE, 0o600);
    }
    almyty(&home).arg("whoami").assert().code(code).stdout("").stderr(contains(said));
}

#[rstest]
#[case("http://api.test")]
#[case("api.test")]
fn an_address_that_anybody_can_listen_in_on_is_refused(#[case] url: &str) {
    let home = Home::new();
    for arguments in [["login", "--api", url], ["login", "--frontend", url]] {
        almyty(&home).args(arguments).assert().code(2).stderr(contains(arguments[1]));
    }
}
