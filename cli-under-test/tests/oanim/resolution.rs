//! Which credential goes where.

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use wiremock::MockServer;

use crate::support::{Home, KEY, OLD_KEY, asked, server};

#[rstest]
#[case::unset(None, OLD_KEY)]
#[case::empty(Some(""), OLD_KEY)]
#[case::blank(Some(" \t"), OLD_KEY)]
#[case::set(Some(KEY), KEY)]
#[case::padded(Some(" anim_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb\r\n"), KEY)]
#[tokio::test]
async fn the_variable_then_the_file(#[case] variable: Option<&str>, #[case] expected: &str) {
    let (home, server) = (Home::with_key(OLD_KEY), server(expected).await);
    let mut command = home.oanim(&server.uri());
    if let Some(value) = variable {
        command.env("ANIMATE_API_KEY", value);
    }
    let shadowed = expected == KEY;
    command
        .arg("whoami")
        .assert()
        .success()
        .stderr(predicate::function(|text: &str| text.contains("ANIMATE_API_KEY") == shadowed));
    assert_eq!(asked(&server).await, 1);
    assert_eq!(home.saved().expect("kept"), format!("api_key: {OLD_KEY}\n"));
}

#[tokio::test]
async fn a_malformed_variable_is_refused_unprinted_and_not_passed_over() {
    let (home, server) = (Home::with_key(OLD_KEY), server(OLD_KEY).await);
    home.oanim(&server.uri())
        .env("ANIMATE_API_KEY", "anim sesame")
        .arg("whoami")
        .assert()
        .code(2)
        .stderr(contains("ANIMATE_API_KEY").and(contains("sesame").not()));
    assert_eq!(asked(&server).await, 0);
}

#[tokio::test]
async fn login_and_logout_say_that_the_variable_wins() {
    let (home, server) = (Home::new(), server(KEY).await);
    for command in [&["login", "--token", KEY][..], &["logout"], &["logout"]] {
        home.oanim(&server.uri())
            .env("ANIMATE_API_KEY", OLD_KEY)
            .args(command)
            .assert()
            .success()
            .stderr(contains("ANIMATE_API_KEY"));
        home.oanim(&server.uri())
            .env("ANIMATE_API_KEY", " ")
            .args(command)
            .assert()
            .success()
            .stderr("");
    }
}

#[tokio::test]
async fn nothing_is_shadowed_where_nothing_is_saved() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.oanim(&server.uri())
        .env("ANIMATE_API_KEY", KEY)
        .arg("whoami")
        .assert()
        .success()
        .stderr("");
    assert!(!home.path(".oanim").exists());
}

#[tokio::test]
async fn a_damaged_file_is_no_matter_when_the_variable_is_used() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.write(".oanim/credentials.yaml", "{");
    home.oanim(&server.uri()).env("ANIMATE_API_KEY", KEY).arg("whoami").assert().success();
}

#[tokio::test]
async fn the_address_comes_from_the_variable_then_the_file() {
    let (one, other): (MockServer, MockServer) = (server(KEY).await, server(KEY).await);
    let home = Home::with_key(KEY);
    home.write(".oanim/config.yaml", &format!("api_url: {}/\n", other.uri()));
    home.oanim(&format!("{}//", one.uri())).arg("whoami").assert().success();
    home.oanim("").arg("whoami").assert().success();
    for server in [&one, &other] {
        let requests = server.received_requests().await.expect("recorded");
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url.path(), "/api/v1/auth/me");
    }
}

#[rstest]
#[case("http://api.example.test")]
#[case("not an address")]
#[case("https://me:sesame@api.example.test")]
fn an_unusable_address_is_refused(#[case] address: &str) {
    Home::with_key(KEY)
        .oanim(address)
        .arg("whoami")
        .assert()
        .code(2)
        .stderr(contains("ANIMATE_API_URL").and(contains("sesame").not()));
}

#[tokio::test]
async fn a_proxy_is_no_way_to_this_machine() {
    let (home, server) = (Home::with_key(KEY), server(KEY).await);
    let mut command = home.oanim(&server.uri());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    command.arg("whoami").assert().success();
}

#[test]
fn a_proxy_is_the_way_to_everywhere_else() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = proxy.local_addr().expect("an address");
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().expect("connected");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("read");
        let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
        line
    });
    Home::with_key(KEY)
        .oanim("https://api.example.test")
        .env("HTTPS_PROXY", format!("http://{address}"))
        .arg("whoami")
        .assert()
        .code(5)
        .stderr(contains("api.example.test"));
    assert!(asked.join().expect("served").starts_with("CONNECT api.example.test:443 "));
}
