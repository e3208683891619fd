//! Every way of being let down, and what is said about it.

use std::net::TcpListener;
use std::thread;

use predicates::prelude::*;
use predicates::str::{contains, is_match};
use rstest::rstest;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{Home, KEY, OLD_KEY, asked, identity, server, server_that_says};

/// Nothing but a refusal of the key is cured by signing in.
fn advice_to_sign_in() -> impl Predicate<str> {
    is_match("(?i)log ?in|sign ?in").expect("a pattern")
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<html>Welcome</html>", "text/html")
}

#[rstest]
#[case::forbidden(ResponseTemplate::new(403).set_body_json(json!({"error": "owners only"})), 4, &["403", "permission", "owners only"])]
#[case::limited(ResponseTemplate::new(429).insert_header("retry-after", "17"), 1, &["rate limited", "17 seconds"])]
#[case::limited_until(ResponseTemplate::new(429).insert_header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), 1, &["rate limited", "0 seconds"])]
#[case::limited_somehow(ResponseTemplate::new(429), 1, &["rate limited"])]
#[case::broken(ResponseTemplate::new(500), 1, &["500", "server"])]
#[case::gateway(html(502), 1, &["502", "server", "127.0.0.1"])]
#[case::portal(html(200), 1, &["did not answer as the API", "127.0.0.1", "200", "text/html"])]
#[case::nothing(ResponseTemplate::new(200), 1, &["did not answer as the API", "200"])]
#[case::other_json(ResponseTemplate::new(200).set_body_json(json!({"hello": 1})), 1, &["did not answer as the API", "application/json"])]
#[case::not_there(html(404), 1, &["did not answer as the API", "404"])]
#[case::rejected(ResponseTemplate::new(400).set_body_json(json!({"error": "no\u{1b}[31m\n way"})), 1, &["no[31m way"])]
#[tokio::test]
async fn the_key_is_not_to_blame(
    #[case] answer: ResponseTemplate,
    #[case] code: i32,
    #[case] said: &[&str],
) {
    let (home, server) = (Home::with_key(KEY), server_that_says(answer).await);
    let assert = home.oanim(&server.uri()).arg("whoami").assert().code(code).stdout("");
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).expect("UTF-8");
    for part in said {
        assert!(stderr.contains(part), "{part:?} in {stderr:?}");
    }
    assert!(!advice_to_sign_in().eval(&stderr), "{stderr}");
    assert!(!stderr.contains('\u{1b}') && !stderr.contains("column"), "{stderr}");
    assert_eq!(asked(&server).await, 1, "asked once, and not again");
    assert!(home.saved().expect("kept").contains(KEY));
}

#[rstest]
#[case(&["whoami"])]
#[case(&["api-keys", "list"])]
#[case(&["api-keys", "create", "--name", "n"])]
#[case(&["api-keys", "revoke", "k"])]
#[case(&["assets", "gen-image", "--prompt", "p", "--out", "o.png"])]
#[tokio::test]
async fn every_command_says_what_helps(#[case] command: &[&str]) {
    let server = server_that_says(ResponseTemplate::new(401)).await;
    Home::with_key(KEY).oanim(&server.uri()).args(command).assert().code(4).stdout("").stderr(
        contains("401 Unauthorized")
            .and(contains("oanim login"))
            .and(contains("ANIMATE_API_KEY").not()),
    );
    Home::with_key(OLD_KEY)
        .oanim(&server.uri())
        .env("ANIMATE_API_KEY", KEY)
        .args(command)
        .assert()
        .code(4)
        .stderr(
            contains("401 Unauthorized")
                .and(contains("ANIMATE_API_KEY"))
                .and(contains("oanim login").not()),
        );
    let before = asked(&server).await;
    Home::new()
        .oanim(&server.uri())
        .args(command)
        .assert()
        .code(3)
        .stderr(contains("oanim login").and(contains("ANIMATE_API_KEY")));
    assert_eq!(asked(&server).await, before);
}

#[test]
fn a_server_that_is_not_there() {
    let home = Home::with_key(KEY);
    let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address");
    home.oanim(&format!("http://{free}"))
        .arg("whoami")
        .assert()
        .code(5)
        .stdout("")
        .stderr(contains("network").and(contains(free.to_string())).and(advice_to_sign_in().not()));
    assert!(home.saved().expect("kept").contains(KEY));
}

#[test]
fn a_server_that_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || listener.incoming().for_each(drop));
    Home::with_key(KEY)
        .oanim(&format!("http://{address}"))
        .arg("whoami")
        .assert()
        .code(5)
        .stderr(contains("network").and(advice_to_sign_in().not()));
}

#[tokio::test]
async fn what_a_server_says_cannot_steer_the_terminal() {
    let mut evil = identity();
    evil["email"] = "a\u{1b}]0;b\u{7}@c\nID: root".into();
    let server = server_that_says(ResponseTemplate::new(200).set_body_json(evil)).await;
    Home::with_key(KEY)
        .oanim(&server.uri())
        .arg("whoami")
        .assert()
        .success()
        .stdout(contains("Email: a]0;b@cID: root\n"));
}

#[rstest]
#[case::command(&["fly"])]
#[case::flag(&["whoami", "--loud"])]
#[case::nothing(&[])]
#[case::missing(&["api-keys", "create"])]
#[tokio::test]
async fn a_wrong_usage_is_one(#[case] arguments: &[&str]) {
    let server = server(KEY).await;
    let home = Home::with_key(KEY);
    let usage = is_match("(?i)usage").expect("a pattern");
    home.oanim(&server.uri()).args(arguments).assert().code(2).stdout("").stderr(usage);
    assert_eq!(asked(&server).await, 0);
}

#[tokio::test]
async fn output_that_nobody_reads_is_no_panic() {
    let (home, server) = (Home::with_key(KEY), server(KEY).await);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = home
        .oanim_process(&server.uri())
        .arg("whoami")
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().expect("ended"))
        .await
        .expect("joined");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}
