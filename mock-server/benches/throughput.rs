//! Requests a second at 32 connections, and their ratio to a bare axum server with a JSON answer,
//! all on this machine in one run. `cargo bench -p mock-server` prints a line each.

use std::path::Path;
use std::time::{Duration, Instant};

use mock_server::profile::Rotation;
use mock_server::{Platform, PlatformProfile};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 32;
const ROUND: Duration = Duration::from_secs(1);
const ROUNDS: usize = 5;

/// A name, where it is, and the request that is sent over and over.
struct Target {
    name: &'static str,
    address: String,
    request: Vec<u8>,
    /// What the project wants of it, as a part of the bare server's.
    wanted: f64,
    seen: Vec<f64>,
}

fn profile(name: &str) -> PlatformProfile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../profiles/{name}.toml"));
    let text = std::fs::read_to_string(path).expect("the profile is there");
    let mut whole: toml::Table = text.parse().expect("the profile is TOML");
    let platform = whole.remove("platform").expect("it has a platform");
    platform.try_into().expect("the platform is understood")
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn main() {
    // `cargo test --benches` runs this too: one short round is enough there.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let runtime = |threads| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build()
    };
    let servers = runtime(2).expect("a runtime");
    let client = Builder::new_current_thread().enable_all().build();
    let client = client.expect("a runtime");

    let bare = servers.block_on(bare());
    let (standard, omni) = servers.block_on(async {
        let standard = Platform::start(&without_rotation("standard")).await;
        let omni = Platform::start(&without_rotation("omni")).await;
        (standard.expect("starts"), omni.expect("starts"))
    });
    let mut targets = targets(bare, &standard, &omni);
    for _ in 0..rounds {
        for target in &mut targets {
            let rate = measure(&client, target, if rounds == 1 { ROUND / 10 } else { ROUND });
            target.seen.push(rate);
        }
    }
    let bare = median(&targets[0].seen);
    for target in &targets {
        let rate = median(&target.seen);
        let (ratio, wanted) = (rate / bare, target.wanted);
        println!("{:<16} {rate:>9.0}/s, ratio {ratio:.2}, wanted {wanted}", target.name);
    }
}

/// A bare axum server with a JSON answer; its address.
async fn bare() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let json = || async { axum::Json(serde_json::json!({ "id": "user_1", "email": "a@b.c" })) };
    let router = axum::Router::new().route("/v1/whoami", axum::routing::get(json));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn targets(bare: String, standard: &Platform, omni: &Platform) -> Vec<Target> {
    let address = |platform: &Platform| platform.url().trim_start_matches("http://").to_owned();
    let key = standard.mint_key("bench").secret;
    let bearer = format!("Authorization: Bearer {}\r\n", key.expose());
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let verified = format!(r#"{{"key":"{}"}}"#, key.expose());
    let target = |name, address, request, wanted| Target {
        name,
        address,
        request,
        wanted,
        seen: Vec::new(),
    };
    let whoami = request("GET", "/v1/whoami", &bearer, "");
    let verify = request("POST", "/v1/keys/verify", &bearer, &verified);
    vec![
        target("bare axum", bare, whoami.clone(), 1.0),
        target("whoami", address(standard), whoami, 0.7),
        target("key verify", address(standard), verify, 0.7),
        target("opaque token", address(omni), refreshing(omni, "omni-cli", form), 0.6),
        target("signed token", address(standard), refreshing(standard, "standard-cli", form), 0.3),
    ]
}

/// A built-in profile whose refresh tokens may be used over and over.
fn without_rotation(name: &str) -> PlatformProfile {
    let mut profile = profile(name);
    if let Some(oauth) = &mut profile.oauth
        && let Some(refresh_tokens) = &mut oauth.refresh_tokens
    {
        refresh_tokens.rotation = Rotation::None;
    }
    profile
}

/// A refresh that can be repeated.
fn refreshing(platform: &Platform, client: &str, form: &str) -> Vec<u8> {
    let tokens = platform.mint_tokens(client, "");
    let refresh = tokens.refresh.expect("the profile has such");
    let body =
        format!("grant_type=refresh_token&client_id={client}&refresh_token={}", refresh.expose());
    request("POST", "/oauth/token", form, &body)
}

/// Answers a second, all of which are 200.
fn measure(client: &Runtime, target: &Target, round: Duration) -> f64 {
    client.block_on(async {
        let end = Instant::now() + round;
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (address, request) = (target.address.clone(), target.request.clone());
            connections.spawn(async move {
                let stream = TcpStream::connect(address).await.expect("it listens");
                stream.set_nodelay(true).expect("a socket's option");
                drive(stream, &request, end).await
            });
        }
        let answers: u32 = connections.join_all().await.into_iter().sum();
        f64::from(answers) / round.as_secs_f64()
    })
}

async fn drive(mut stream: TcpStream, request: &[u8], end: Instant) -> u32 {
    let mut buffer = vec![0; 16 * 1024];
    let mut answers = 0;
    while Instant::now() < end {
        stream.write_all(request).await.expect("it takes requests");
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert_ne!(read, 0, "the connection stays");
            filled += read;
            if is_whole(&buffer[..filled]) {
                break;
            }
        }
        let head = String::from_utf8_lossy(&buffer[..filled]);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        answers += 1;
    }
    answers
}

fn is_whole(answer: &[u8]) -> bool {
    let text = str::from_utf8(answer).unwrap_or_default();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}

fn median(seen: &[f64]) -> f64 {
    let mut seen = seen.to_vec();
    seen.sort_by(f64::total_cmp);
    seen[seen.len() / 2]
}
