//! `omni`, promise by promise.

use std::net::TcpStream;
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::authority::{Authority, State, grant_error, whoami};
use crate::home::Home;
use crate::waiting::Waiting;

mod configuration;
mod terminal;

const CONFIG: &str = ".config/omni-cli/config.json";
const INSECURE: &str = "OMNI_CLI_DANGEROUSLY_ALLOW_INSECURE_REQUESTS";

async fn instance() -> Authority {
    let authority = Authority::start().await;
    authority.answer("GET", "/api/v1/whoami", whoami).await;
    authority
}

fn omni(home: &Home) -> Command {
    let mut command = home.command("omni");
    command.env(INSECURE, "1");
    command
}

fn config(home: &Home, authority: &Authority, profile: Value) {
    let mut profile = profile;
    profile["apiEndpoint"] = json!(authority.url());
    let other = json!({ "apiEndpoint": "https://other.omniapp.co", "authMethod": "api-key", "apiKey": "omni_osk_other" });
    let config = json!({
        "version": 1, "defaultProfile": "p", "colour": "blue", "profiles": { "other": other, "p": profile },
    });
    home.write(CONFIG, &config.to_string());
    home.chmod(CONFIG, 0o600);
}

/// A home with a session whose access token ends in so many seconds.
fn signed_in(authority: &Authority, seconds: i64) -> Home {
    let (home, number) = (Home::new(), authority.issue());
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let profile = json!({
        "authMethod": "oauth",
        "accessToken": format!("access-{number}"),
        "refreshToken": format!("refresh-{number}"),
        "tokenExpiresAt": end.to_string(),
    });
    config(&home, authority, profile);
    home
}

fn login(home: &Home, authority: &Authority) -> Waiting {
    let mut command = home.process("omni");
    command.env(INSECURE, "1").env("OMNI_BASE_URL", authority.url()).env("BROWSER", "/bin/true");
    Waiting::start(command, &["config", "login"])
}

#[tokio::test]
async fn a_session_is_granted_saved_and_used() {
    let (home, authority) = (Home::new(), instance().await);
    authority.with(|state| state.expires_in = Some(json!(28800)));
    let login = login(&home, &authority);
    let asked = login.parameters();
    assert_eq!(login.url.path(), "/oauth/authorize");
    assert_eq!(asked["client_id"], "omni-cli");
    assert_eq!(asked["scope"], "user:default");
    assert_eq!(asked["code_challenge_method"], "S256");
    let back = login.back("redirect_uri");
    let port = back.port().expect("a port");
    assert_eq!(back.as_str(), format!("http://localhost:{port}/callback"));
    // Whatever a browser takes that name for, somebody is there, and nobody else.
    TcpStream::connect(("127.0.0.1", port)).expect("listening");
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        TcpStream::connect(("::1", port)).expect("listening");
    }
    login.come_back("redirect_uri", &[("code", "c"), ("state", &asked["state"])]);
    let ended = login.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let saved = home.json(CONFIG);
    assert_eq!((&saved["version"], &saved["defaultProfile"]), (&json!(1), &json!("default")));
    let profile = &saved["profiles"]["default"];
    assert_eq!(profile["apiEndpoint"], authority.url());
    assert_eq!(profile["authMethod"], "oauth");
    assert_eq!(profile["accessToken"], "access-1");
    assert_eq!(profile["refreshToken"], "refresh-1");
    let end: jiff::Timestamp =
        profile["tokenExpiresAt"].as_str().expect("text").parse().expect("RFC 3339");
    assert!(end > jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7));
    assert_eq!(home.mode(CONFIG), 0o600);
    assert_eq!(home.mode(".config/omni-cli"), 0o700);
    omni(&home).arg("whoami").assert().success().stdout(contains("ada@example.test"));
}

#[rstest]
#[case::early(30)]
#[case::expired(-30)]
#[tokio::test]
async fn sessions_renew_themselves(#[case] left: i64) {
    let authority = instance().await;
    authority.with(|state| state.expires_in = Some(json!(28800)));
    let home = signed_in(&authority, left);
    for _ in 0..2 {
        omni(&home).arg("whoami").assert().success();
    }
    assert_eq!(authority.with(|state| state.refreshes), 1);
    let saved = home.json(CONFIG);
    assert_eq!(saved["profiles"]["p"]["refreshToken"], "refresh-2");
    assert_eq!(saved["profiles"]["other"]["apiKey"], "omni_osk_other");
    assert_eq!(saved["colour"], "blue");
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once() {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    home.write(CONFIG, &home.read(CONFIG).expect("there").replace("access-1", "revoked"));
    omni(&home).arg("whoami").assert().success();
    assert_eq!(authority.with(|state| state.refreshes), 1);
}

#[tokio::test]
async fn a_revoked_session_says_what_to_run() {
    let authority = instance().await;
    let home = signed_in(&authority, -1);
    authority.with(|state| state.first = vec![grant_error("invalid_grant")]);
    omni(&home).arg("whoami").assert().code(4).stderr(contains("Run `omni config login` again."));
}

#[rstest]
#[case::flag(Some("flag"), Some("variable"), "flag")]
#[case::variable(None, Some(" variable\n"), "variable")]
#[case::profile(None, Some(""), "access-1")]
#[tokio::test]
async fn the_first_token_wins(
    #[case] flag: Option<&str>,
    #[case] variable: Option<&str>,
    #[case] expected: &str,
) {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    let mut command = omni(&home);
    command.arg("whoami");
    if let Some(flag) = flag {
        command.args(["--token", flag]);
    }
    command.env("OMNI_API_TOKEN", variable.unwrap_or_default());
    let _ = command.output().expect("started");
    let requests = authority.server.received_requests().await.expect("recorded");
    let bearer = requests[0].headers.get("authorization").expect("authorized");
    assert_eq!(bearer, &format!("Bearer {expected}"));
}

#[tokio::test]
async fn the_first_address_wins() {
    let servers = [instance().await, instance().await, instance().await];
    let [flag, variable, profile] = &servers;
    let home = signed_in(profile, 3600);
    let run = |with_flag: bool, with_variable: bool| {
        let mut command = omni(&home);
        command.arg("whoami").env("OMNI_API_TOKEN", "key-1");
        if with_flag {
            command.args(["--base-url", &flag.url()]);
        }
        if with_variable {
            command.env("OMNI_BASE_URL", variable.url());
        }
        command.assert().success();
    };
    run(false, false);
    run(false, true);
    run(true, true);
    for server in &servers {
        assert_eq!(server.asked("/api/v1/whoami").await, 1);
    }
    // What the profile holds does not follow.
    omni(&home)
        .args(["whoami", "--base-url", &flag.url()])
        .assert()
        .code(3)
        .stderr(contains("is not sent to"));
    assert_eq!(flag.asked("/api/v1/whoami").await, 1);
}

#[rstest]
#[case::profile(&["config", "logout"], "p")]
#[case::named(&["config", "logout", "p"], "p")]
#[case::key(&["config", "logout", "other"], "other")]
#[case::option(&["-p", "other", "config", "logout"], "other")]
#[tokio::test]
async fn logout_forgets_one_profile_and_keeps_the_others(
    #[case] arguments: &[&str],
    #[case] name: &str,
) {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    let before = home.json(CONFIG);
    omni(&home).args(arguments).assert().success().stdout(contains(name));
    let mut expected = before;
    for field in ["apiKey", "accessToken", "refreshToken", "tokenExpiresAt"] {
        expected["profiles"][name].as_object_mut().expect("an object").remove(field);
    }
    assert_eq!(home.json(CONFIG), expected);
    omni(&home).args(arguments).assert().success();
}

#[tokio::test]
async fn each_cause_has_its_own_words() {
    let authority = instance().await;
    let home = signed_in(&authority, 3600);
    let run = |token: &str, url: &str| {
        let mut command = omni(&home);
        command.args(["whoami", "--base-url", url]).env("OMNI_API_TOKEN", token);
        command.assert().stdout("")
    };
    run("revoked", &authority.url()).code(4).stderr(
        contains("401 Unauthorized")
            .and(contains("OMNI_API_TOKEN"))
            .and(contains("permission").not()),
    );
    run("key-1", &format!("{}/elsewhere", authority.url()))
        .code(1)
        .stderr(contains("no Omni instance answers there").and(contains("--base-url")));
    run("key-1", "http://127.0.0.1:1").code(5).stderr(contains("could not reach"));
    authority.server.reset().await;
    let forbidden = |_: &mut State, _: &wiremock::Request| {
        let body = json!({ "error": "forbidden", "detail": "needs models:read" });
        ResponseTemplate::new(403).set_body_json(body)
    };
    authority.answer("GET", "/api/v1/whoami", forbidden).await;
    run("key-1", &authority.url()).code(4).stderr(
        contains("no permission")
            .and(contains("needs models:read"))
            .and(contains("config login").not()),
    );
}

#[tokio::test]
async fn disabled_tokens_are_an_admins_business() {
    let said = "personal access tokens are disabled for this organization";
    let (home, authority) = (Home::new(), instance().await);
    let page = login(&home, &authority);
    let state = page.parameters()["state"].clone();
    page.come_back(
        "redirect_uri",
        &[("error", "access_denied"), ("error_description", said), ("state", &state)],
    );
    let body = json!({ "error": "access_denied", "error_description": said });
    authority.with(|state| state.first = vec![ResponseTemplate::new(403).set_body_json(body)]);
    let endpoint = login(&home, &authority);
    let state = endpoint.parameters()["state"].clone();
    endpoint.come_back("redirect_uri", &[("code", "c"), ("state", &state)]);
    for ended in [page.end(), endpoint.end()] {
        assert_eq!(ended.code, Some(4));
        assert!(
            ended.stderr.contains("Settings > API access > Personal tokens"),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(home.read(CONFIG), None);
}

#[tokio::test]
async fn only_omnis_own_addresses_are_asked_unless_that_is_said() {
    let (home, authority) = (Home::new(), instance().await);
    for url in [&authority.url(), "https://evil.test", "http://acme.omniapp.co"] {
        home.command("omni")
            .args(["whoami", "--base-url", url, "--token", "key-1"])
            .assert()
            .code(2)
            .stderr(contains("--base-url"));
    }
    assert_eq!(authority.asked("/api/v1/whoami").await, 0);
}

#[test]
fn without_a_credential_all_three_ways_are_named() {
    let home = Home::new();
    omni(&home).args(["whoami", "--base-url", "http://127.0.0.1:1"]).assert().code(3).stderr(
        contains("no API token is configured")
            .and(contains("OMNI_API_TOKEN"))
            .and(contains("--token"))
            .and(contains("omni config init")),
    );
}

#[tokio::test]
async fn eight_at_once_make_one_refresh_and_all_succeed() {
    let authority = instance().await;
    authority.with(|state| state.expires_in = Some(json!(28800)));
    let home = signed_in(&authority, -100);
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = home.process("omni");
            command.env(INSECURE, "1").arg("whoami");
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(authority.with(|state| state.refreshes), 1);
}
