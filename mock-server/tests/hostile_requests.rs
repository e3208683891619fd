//! Whatever is sent, there is an answer, and it is not the platform's fault.

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

mod rig;
use rig::Rig;

/// Sends `bytes` on a connection of its own and returns what comes back.
async fn send(rig: &Rig, bytes: &[u8]) -> String {
    let address = rig.platform.url().trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    // Both may fail, since the platform may close on nonsense before it has all of it.
    let _ = connection.write_all(bytes).await;
    let _ = connection.shutdown().await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[tokio::test]
async fn a_body_that_is_too_long_is_malformed() {
    let rig = Rig::start("oanim").await;
    let key = rig.platform.mint_key("key");
    let head =
        format!("POST /api/v1/api-keys HTTP/1.1\r\nAuthorization: Bearer {}", key.secret.expose());
    let name = "n".repeat(1024 * 1024);

    let answer = send(&rig, &request(&head, format!(r#"{{"name":"{name}"}}"#).as_bytes())).await;

    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.ends_with(r#"{"error":"Bad request"}"#), "{answer}");
    assert_eq!(rig.last().complaint.as_deref(), Some("the body is too long"));
    assert_eq!(rig.last().body.len(), 64 * 1024);
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_in_the_journal() {
    let rig = Rig::start("oanim").await;

    send(&rig, b"POST /api/v1/api-keys HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{").await;

    let cut = |seen: &[mock_server::Exchange]| {
        seen.iter().any(|one| one.complaint.as_deref() == Some("the body ends too soon"))
    };
    let journal = rig.platform.journal();
    assert!(journal.wait_for(cut, std::time::Duration::from_mins(1)).await);
}

#[tokio::test]
async fn another_method_is_told_which_are_served() {
    let rig = Rig::start("oanim").await;

    let answer = send(&rig, &request("PUT /api/v1/api-keys HTTP/1.1", b"")).await;

    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert_eq!(rig.last().reply_header("allow"), Some("GET, POST"));
    assert_eq!(rig.last().operation, None);
}

#[test]
fn any_well_formed_request_is_answered() {
    let runtime = runtime();
    let rig = runtime.block_on(Rig::start("oanim"));
    let key = rig.platform.mint_key("key");
    let good = format!("Bearer {}", key.secret.expose());
    let path = prop_oneof![
        Just("/api/v1/auth/me".to_owned()),
        Just("/api/v1/api-keys".to_owned()),
        Just("/api/v1/media/run".to_owned()),
        "/api/v1/api-keys/[!-~&&[^#?]]{1,20}",
        "/api/v1/auth/cli/(login|callback)\\?(port|state)=[!-~&&[^#]]{0,20}",
        "/[!-~&&[^#]]{0,40}",
    ];
    let method =
        prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("HEAD"), Just("PATCH")];
    let authorization = prop_oneof![Just(good), "[ -~]{0,40}"];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "\\{\"name\": ?(\"\\PC{0,20}\"|null|[0-9]{1,30}|\\[\\[)\\}?".prop_map(String::into_bytes),
        "(state|token|decision)=[!-~]{0,20}(&(state|token|decision)=[!-~]{0,20}){0,3}"
            .prop_map(String::into_bytes),
    ];

    proptest!(ProptestConfig::with_cases(256), |(path in path, method in method, authorization in authorization, body in body)| {
        let head = format!("{method} {path} HTTP/1.1\r\nAuthorization: {authorization}");
        let answer = runtime.block_on(send(&rig, &request(&head, &body)));

        let status = answer.split(' ').nth(1).unwrap_or_default();
        prop_assert!(matches!(status.as_bytes(), [b'2'..=b'4', _, _]), "{:?}", answer);
    });
}

#[test]
fn any_form_is_answered() {
    let runtime = runtime();
    let rig = runtime.block_on(Rig::start("standard"));
    let path = prop_oneof![
        "/oauth/(token|revoke|introspect|device_authorization|register|authorize)",
        "/(device|userinfo|v1/keys/verify|v1/keys/[!-~&&[^#?]]{0,9})",
        "/(oauth/authorize|device)\\?[!-~&&[^#]]{0,60}",
        "/oauth/authorize\\?client_id=standard-cli&redirect_uri=http://127.0.0.1:1/callback&[!-~&&[^#]]{0,60}",
    ];
    let method = prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("HEAD")];
    let content_type =
        prop_oneof![Just("application/x-www-form-urlencoded"), Just("application/json")];
    let authorization =
        prop_oneof![Just(String::new()), "Authorization: (Basic|Bearer|basic) [!-~]{0,30}\r\n"];
    let name = "(grant_type|client_id|client_secret|code|code_verifier|refresh_token|device_code|token|scope|user_code|decision|state)";
    let value = "(standard-cli|authorization_code|refresh_token|urn:ietf:params:oauth:grant-type:device_code|[!-~]{0,12})";
    let pair = format!("{name}={value}");
    let pairs = format!("{pair}(&{pair}){{0,4}}");
    let body = prop_oneof![
        pairs.as_str().prop_map(String::into_bytes),
        "\\{\"(redirect_uris|grant_types|client_name|key)\": ?(\"\\PC{0,20}\"|null|\\[\\]|\\[1\\]|\\[\"[!-~&&[^\"\\\\]]{0,20}\"\\])\\}?"
            .prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..100),
    ];

    proptest!(ProptestConfig::with_cases(384), |(path in path, method in method, kind in content_type, authorization in authorization, body in body)| {
        let head = format!("{method} {path} HTTP/1.1\r\n{authorization}Content-Type: {kind}");
        let answer = runtime.block_on(send(&rig, &request(&head, &body)));

        let status = answer.split(' ').nth(1).unwrap_or_default();
        prop_assert!(matches!(status.as_bytes(), [b'2'..=b'4', _, _]), "{:?}", answer);
    });
}

#[test]
fn nonsense_does_no_harm() {
    let runtime = runtime();
    let rig = runtime.block_on(Rig::start("oanim"));

    proptest!(ProptestConfig::with_cases(64), |(bytes in proptest::collection::vec(any::<u8>(), 0..300))| {
        let answer = runtime.block_on(send(&rig, &bytes));
        prop_assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{:?}", answer);

        let answer = runtime.block_on(send(&rig, &request("GET /api/v1/auth/me HTTP/1.1", b"")));
        prop_assert!(answer.starts_with("HTTP/1.1 401"), "{:?}", answer);
    });
}
