//! What is shown that should not be, hidden that should be shown, and kept that should be gone.

use std::io::Write as _;
use std::process::{Output, Stdio};

use rstest::rstest;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{STORE, mutant, signed_in};
use crate::authority::Authority;
use crate::home::Home;
use crate::waiting::Waiting;

fn run(home: &Home, authority: &Authority, name: &str, line: &str, input: &str) -> Output {
    let mut command = mutant(home, name);
    command.args(line.split(' ')).env("STANDARD_URL", authority.url());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("taken");
    child.wait_with_output().expect("ended")
}

#[rstest]
#[case::pair("token-says-more", "standard token", "", "Authorization header")]
#[case::verify("verify-shows-key", "standard keys verify", "key-7\n", "Key: key-7")]
#[case::prompt("prompts-without-terminal", "standard login --with-token", "key-1\n", "Token: ")]
#[case::refresh("logs-refresh-token", "standard whoami", "", "debug: refresh_token=refresh-1")]
#[case::clean_page("hides-device-page", "standard login --device", "", "Enter the code WDJB-MJHT")]
#[tokio::test]
async fn too_much_is_shown(
    #[case] name: &str,
    #[case] line: &str,
    #[case] input: &str,
    #[case] shown: &str,
) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    let valid = |_: &mut crate::authority::State, _: &wiremock::Request| {
        ResponseTemplate::new(200).set_body_json(json!({ "valid": true }))
    };
    authority.answer("POST", "/v1/keys/verify", valid).await;
    let output = run(&home, &authority, name, line, input);
    let all = [output.stdout, output.stderr].concat();
    let all = String::from_utf8(all).expect("UTF-8");
    assert!(all.contains(shown), "{all}");
    assert!(name != "hides-device-page" || !all.contains("as.test"), "{all}");
}

#[tokio::test]
async fn the_code_is_hidden() {
    let (home, authority) = (Home::new(), Authority::start().await);
    let output = run(&home, &authority, "hides-user-code", "standard login --device", "");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("https://as.test/device\n") && !stderr.contains("WDJB"), "{stderr}");
}

#[tokio::test]
async fn any_page_is_opened() {
    let (home, authority) = (Home::new(), Authority::start().await);
    let codes = |_: &mut crate::authority::State, _: &wiremock::Request| {
        ResponseTemplate::new(200).set_body_json(json!({
            "device_code": "d", "user_code": "u", "verification_uri": "file:///etc/passwd",
        }))
    };
    authority.answer("POST", "/user_management/authorize/device", codes).await;
    let mut command = mutant(&home, "opens-any-page");
    command.args(["amika", "auth", "login"]).env("AMIKA_API_URL", authority.url());
    command.env("AMIKA_LOGIN_TIMEOUT", "1");
    let stderr = String::from_utf8(command.output().expect("started").stderr).expect("UTF-8");
    assert!(stderr.contains("\nfile:///etc/passwd\n"), "{stderr}");
}

#[tokio::test]
async fn logging_out_waits_for_the_server() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let mut command = mutant(&home, "logout-needs-revocation");
    let text = home.read(STORE).expect("saved").replace(&authority.url(), "http://127.0.0.1:1");
    home.write(STORE, &text);
    let output = command.args(["standard", "logout"]).output().expect("started");
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(home.read(STORE), Some(text));
}

#[tokio::test]
async fn nobody_is_asked_who_one_is() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    // {"sub":"u"}
    let text = home.read(STORE).expect("saved").replace("access-1", "e30.eyJzdWIiOiJ1In0.c2ln");
    home.write(STORE, &text);
    let output = run(&home, &authority, "identity-from-token", "standard whoami", "");
    assert!(output.status.success());
    assert_eq!(authority.asked("/v1/whoami").await, 0);
}

#[tokio::test]
async fn a_session_comes_back() {
    const SESSION: &str = ".local/state/amika/workos-session.json";
    let authority = Authority::start().await;
    authority.answer("POST", "/user_management/authenticate", crate::authority::token).await;
    authority.issue();
    let home = Home::new();
    let saved = json!({ "access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2020-01-01T00:00:00Z" });
    home.write(SESSION, &saved.to_string());
    let mut command = mutant(&home, "session-comes-back");
    command.args(["amika", "sandbox", "list"]).env("AMIKA_API_URL", authority.url());
    let mut renewing = command.stderr(Stdio::null()).spawn().expect("started");
    while authority.with(|state| state.refreshes) == 0 {
        tokio::task::yield_now().await;
    }
    let mut logout = mutant(&home, "session-comes-back");
    logout.args(["amika", "auth", "logout"]).env("AMIKA_API_URL", authority.url());
    assert!(logout.output().expect("started").status.success());
    assert_eq!(home.read(SESSION), None);
    renewing.wait().expect("ended");
    assert_eq!(home.json(SESSION)["refresh_token"], "refresh-2");
}

#[tokio::test]
async fn a_redirect_names_every_address() {
    let (home, authority) = (Home::new(), Authority::start().await);
    for (name, host) in
        [("redirects-to-localhost", "localhost"), ("redirects-to-every-address", "0.0.0.0")]
    {
        let mut command = mutant(&home, name);
        command.arg("standard").env("STANDARD_URL", authority.url());
        let login = Waiting::start(command, &["login", "--no-browser"]);
        assert_eq!(login.back("redirect_uri").host_str(), Some(host));
    }
}
