//! TLS by a throw-away authority, and the hosts that a tool hard-codes: what a client sees that
//! believes the authority, and what one sees that does not.

use std::sync::Arc;

use mock_server::{Authority, Control, Options, Platform, StandIn};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

mod rig;
use rig::profile;

const DEVICE: &str = "POST /user_management/authorize/device HTTP/1.1\r\nHost: {host}\r\n\
    Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\n\
    client_id=x";

/// A client that believes this authority and nobody else.
fn believing(authority: &Authority) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let pem = authority.pem();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    roots.add(certificate).expect("an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn name(host: &str) -> ServerName<'static> {
    ServerName::try_from(host.to_owned()).expect("a name")
}

/// Sends a request that closes the connection, and reads the whole answer.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("it takes requests");
    let mut answer = Vec::new();
    // The end without a word of TLS is an end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("text")
}

fn address(url: &str) -> &str {
    url.split_once("://").expect("a URL").1
}

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(address(url)).await.expect("it listens")
}

/// Asks the proxy for a tunnel; the tunnel, or the head of the refusal.
async fn tunnel(proxy: &StandIn, target: &str) -> Result<TcpStream, String> {
    let mut stream = connect(proxy.url()).await;
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it takes requests");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("text");
    if head.starts_with("HTTP/1.1 200") { Ok(stream) } else { Err(head) }
}

/// The URL of the last exchange, as the archive has it.
fn last_url(platform: &Platform) -> String {
    let har = platform.journal().to_har();
    let last = har["log"]["entries"].as_array().and_then(|entries| entries.last());
    last.and_then(|last| last["request"]["url"].as_str()).expect("one").to_owned()
}

#[tokio::test]
async fn a_platform_speaks_tls_to_who_believes_its_authority() {
    let authority = Authority::new().expect("an authority");
    let options = Options {
        authority: Some(authority.clone()),
        control: Control::SamePort,
        ..Options::default()
    };
    let platform = Platform::start_with(&profile("standard"), options).await.expect("starts");
    assert!(platform.url().starts_with("https://127.0.0.1:"), "{}", platform.url());

    for host in ["127.0.0.1", "localhost"] {
        let stream = connect(platform.url()).await;
        let stream = believing(&authority).connect(name(host), stream).await.expect("believed");
        let path = "/.well-known/oauth-authorization-server";
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = ask(stream, &request).await;
        let issuer = format!(r#""issuer":"{}""#, platform.url());
        assert!(answer.contains(&issuer), "{answer}");
        assert_eq!(last_url(&platform), format!("https://{host}{path}"));
    }

    let stranger = believing(&Authority::new().expect("another"));
    let stream = connect(platform.url()).await;
    let refused = stranger.connect(name("127.0.0.1"), stream).await;
    assert!(refused.is_err(), "a stranger's certificate is believed");

    let plain = ask(connect(platform.url()).await, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!plain.contains("HTTP/1.1"), "plain HTTP is answered: {plain}");
}

#[tokio::test]
async fn a_host_that_is_hard_coded_leads_to_the_platform() {
    let platform = Platform::start(&profile("amika")).await.expect("starts");
    let authority = Authority::new().expect("an authority");
    let proxy = StandIn::start(&platform, &authority).await.expect("starts");

    let hard_coded = &platform.hard_coded_hosts()[0];
    let host = hard_coded.host.as_str();
    let stream = tunnel(&proxy, &hard_coded.authority()).await.expect("a tunnel");
    let stream = believing(&authority).connect(name(host), stream).await.expect("believed");
    let answer = ask(stream, &DEVICE.replace("{host}", host)).await;

    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let device = format!("{}/device", platform.url());
    assert!(answer.contains(&device), "the page is on the platform: {answer}");
    let seen = platform.journal().snapshot();
    assert_eq!(seen[0].operation.as_deref(), Some("device-authorization"));
    assert_eq!(seen[0].header("host"), Some(host));
    assert_eq!(last_url(&platform), format!("https://{host}/user_management/authorize/device"));
    assert_eq!(proxy.refused(), Vec::<String>::new());
}

#[tokio::test]
async fn any_other_host_is_refused_and_written_down() {
    let platform = Platform::start(&profile("amika")).await.expect("starts");
    let authority = Authority::new().expect("an authority");
    let proxy = StandIn::start(&platform, &authority).await.expect("starts");

    let host = &platform.hard_coded_hosts()[0].host;
    let wanted =
        ["telemetry.example:443".into(), format!("{host}:8443"), format!("{host}.example:443")];
    for target in &wanted {
        let refusal = tunnel(&proxy, target).await.expect_err("no tunnel");
        assert!(refusal.starts_with("HTTP/1.1 502"), "{refusal}");
    }
    let plain = "GET http://telemetry.example/ping?id=1 HTTP/1.1\r\nHost: telemetry.example\r\n\
        Connection: close\r\n\r\n";
    let answer = ask(connect(proxy.url()).await, plain).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    // Not a proxy's request, but nobody's host either.
    let direct = "GET /_authspec/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = ask(connect(proxy.url()).await, direct).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");

    let refused = proxy.refused();
    assert_eq!(refused[..3], wanted);
    assert_eq!(refused[3..], ["http://telemetry.example/ping?id=1", "/_authspec/state"]);
    proxy.refused_more_than(refused.len() - 1).await;
    assert!(platform.journal().is_empty());
}

#[tokio::test]
async fn the_platform_itself_is_reached_through_the_proxy_too() {
    let platform = Platform::start(&profile("amika")).await.expect("starts");
    let authority = Authority::new().expect("an authority");
    let proxy = StandIn::start(&platform, &authority).await.expect("starts");

    let own = platform.url();
    let host = address(own);
    let request = format!(
        "GET {own}/api/v0beta1/sandboxes HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(connect(proxy.url()).await, &request).await;

    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(platform.journal().snapshot()[0].path, "/api/v0beta1/sandboxes");
    assert_eq!(last_url(&platform), format!("{own}/api/v0beta1/sandboxes"));
}
