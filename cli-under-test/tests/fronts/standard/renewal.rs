//! ST-6: early, once, and whatever others are doing.

use std::process::{Child, Stdio};

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{STORE, signed_in, standard};
use crate::authority::{Authority, grant_error};
use crate::home::Home;

fn refresh_token(home: &Home) -> Value {
    home.json(STORE)["identities"]["default"]["refresh_token"].clone()
}

#[tokio::test]
async fn a_fresh_token_is_left_alone() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let before = home.read(STORE);
    standard(&home, &authority).arg("whoami").assert().success();
    assert_eq!(authority.with(|state| state.refreshes), 0);
    assert_eq!(home.read(STORE), before);
}

#[rstest]
#[case::expired(-100)]
#[case::almost(50)]
#[tokio::test]
async fn a_token_is_renewed_before_it_ends(#[case] left: i64) {
    let authority = Authority::start().await;
    authority.with(|state| state.expires_in = Some(json!(3600)));
    let home = signed_in(&authority, left);
    standard(&home, &authority).arg("token").assert().success().stdout("access-2\n").stderr("");
    standard(&home, &authority).arg("token").assert().success().stdout("access-2\n");
    assert_eq!(authority.with(|state| state.refreshes), 1);
    assert_eq!(refresh_token(&home), "refresh-2");
    assert_eq!(home.mode(STORE), 0o600);
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let mut store = home.json(STORE);
    store["identities"]["default"]["access_token"] = json!("revoked");
    home.write(STORE, &store.to_string());
    standard(&home, &authority).arg("whoami").assert().success();
    assert_eq!(authority.with(|state| state.refreshes), 1);
    assert_eq!(authority.asked("/v1/whoami").await, 2);
}

#[tokio::test]
async fn a_server_that_rejects_everything_is_not_asked_for_ever() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    authority.server.reset().await;
    let url = authority.url();
    let description = json!({ "issuer": url, "token_endpoint": format!("{url}/t") });
    let tokens = json!({ "access_token": "new", "token_type": "Bearer" });
    for (at, answer) in [
        (
            "/.well-known/oauth-authorization-server",
            ResponseTemplate::new(200).set_body_json(description),
        ),
        ("/t", ResponseTemplate::new(200).set_body_json(tokens)),
        ("/v1/whoami", ResponseTemplate::new(401)),
    ] {
        wiremock::Mock::given(wiremock::matchers::path(at))
            .respond_with(answer)
            .mount(&authority.server)
            .await;
    }
    standard(&home, &authority).arg("whoami").assert().code(4).stderr(contains("standard login"));
    assert_eq!(authority.asked("/t").await, 1);
    assert_eq!(authority.asked("/v1/whoami").await, 2);
    assert_eq!(refresh_token(&home), "refresh-1", "no new one means the old one");
}

#[rstest]
#[case::broken(ResponseTemplate::new(503), 1, "503")]
#[case::limited(ResponseTemplate::new(429).insert_header("retry-after", "7"), 1, "rate limited")]
#[case::some_proxy(ResponseTemplate::new(403).set_body_raw("<html>", "text/html"), 1, "403")]
#[case::portal(ResponseTemplate::new(200).set_body_raw("<html>", "text/html"), 1, "text/html")]
#[tokio::test]
async fn what_passes_keeps_the_session(
    #[case] answer: ResponseTemplate,
    #[case] code: i32,
    #[case] said: &str,
) {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    let before = home.read(STORE);
    authority.with(|state| state.first = vec![answer]);
    standard(&home, &authority)
        .arg("whoami")
        .assert()
        .code(code)
        .stderr(contains(said).and(contains("standard login").not()));
    assert_eq!(home.read(STORE), before);
    standard(&home, &authority).arg("whoami").assert().success();
}

#[tokio::test]
async fn a_session_that_has_ended_says_what_to_run() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    authority.with(|state| state.first = vec![grant_error("invalid_grant")]);
    standard(&home, &authority)
        .arg("whoami")
        .assert()
        .code(4)
        .stdout("")
        .stderr(contains("invalid_grant").and(contains("Run `standard login` again.")));
    assert_eq!(authority.with(|state| state.forms.len()), 1);
    assert_eq!(authority.asked("/v1/whoami").await, 0);
}

#[rstest]
#[case::absent(None)]
#[case::zero(Some(json!(0)))]
#[case::text(Some(json!("3600")))]
#[case::null(Some(json!(null)))]
#[case::negative(Some(json!(-1)))]
#[case::endless(Some(json!(1e12)))]
#[tokio::test]
async fn any_lifetime_will_do(#[case] expires_in: Option<Value>) {
    let authority = Authority::start().await;
    authority.with(|state| state.expires_in = expires_in);
    let home = signed_in(&authority, -100);
    for _ in 0..3 {
        standard(&home, &authority).arg("whoami").assert().success();
    }
    assert_eq!(authority.with(|state| state.refreshes), 1);
}

/// Eight commands of one home, all at once.
fn eight(home: &Home, authority: &Authority) -> Vec<Child> {
    let start = |_| {
        let mut command = home.process("standard");
        command
            .env("STANDARD_URL", authority.url())
            .arg("whoami")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().expect("started")
    };
    (0..8).map(start).collect()
}

#[tokio::test]
async fn eight_at_once_make_one_refresh_and_all_succeed() {
    for round in 0..5 {
        let authority = Authority::start().await;
        authority.with(|state| state.expires_in = Some(json!(3600)));
        let home = signed_in(&authority, -100);
        for child in eight(&home, &authority) {
            let output = child.wait_with_output().expect("ended");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {round}: {stderr}");
        }
        assert_eq!(authority.with(|state| (state.refreshes, state.live)), (1, Some(2)));
        assert_eq!(refresh_token(&home), "refresh-2");
        assert_eq!(home.mode(".config/standard/.credentials.json.lock"), 0o600);
        assert!(home.read(".config/standard/.credentials.json.lock").expect("there").is_empty());
    }
}

/// Whoever dies with the lock in hand takes it along.
#[tokio::test]
async fn a_holder_that_died_is_in_nobodys_way() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    let stalled = ResponseTemplate::new(503).set_delay(std::time::Duration::from_secs(20));
    authority.with(|state| state.first = vec![stalled]);
    let mut command = home.process("standard");
    let mut holder = command.arg("whoami").stderr(Stdio::null()).spawn().expect("started");
    while authority.with(|state| state.forms.is_empty()) {
        tokio::task::yield_now().await;
    }
    holder.kill().expect("killed");
    holder.wait().expect("ended");
    standard(&home, &authority).arg("whoami").assert().success();
    assert_eq!(refresh_token(&home), "refresh-2");
}
