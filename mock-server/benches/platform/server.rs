//! The servers that are measured: this program again, in a process of its own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mock_server::profile::{Rotation, SigningAlgorithm};
use mock_server::{Platform, PlatformProfile};
use serde::{Deserialize, Serialize};

/// The variable that makes the program one of the servers.
const ROLE: &str = "BENCH_ROLE";

/// Which server a process is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    /// An axum server with nothing but a JSON answer.
    Bare,
    /// The platform of the profile `standard`, with so many keys.
    Standard {
        /// How many.
        keys: usize,
    },
    /// One that issues opaque tokens.
    Opaque,
    /// One that signs with Ed25519 rather than with ES256.
    Ed25519,
}

/// What a server says once it listens.
#[derive(Serialize, Deserialize)]
struct Ready {
    address: String,
    requests: BTreeMap<String, String>,
}

/// A server. Dropping it ends the process.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    requests: BTreeMap<String, String>,
}

impl Role {
    /// What this process was started as, if it is a server.
    pub(crate) fn of_this_process() -> Option<Self> {
        let role = std::env::var(ROLE).ok()?;
        Some(serde_json::from_str(&role).expect("the role is one of ours"))
    }
}

impl Server {
    pub(crate) fn start(role: Role) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a program"))
            .env(ROLE, serde_json::to_string(&role).expect("a role"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let Ready { address, requests } = serde_json::from_str(&line).expect("it is ready");
        Self { child, address, requests }
    }

    /// The whole request of that name.
    pub(crate) fn request(&self, name: &str) -> &[u8] {
        self.requests[name].as_bytes()
    }

    /// What is resident of the process, in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse::<f64>().ok()).expect("a figure") / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is a server until somebody kills it.
pub(crate) fn serve(role: Role) -> ! {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.expect("a runtime").block_on(be(role)) {}
}

async fn be(role: Role) -> Infallible {
    // Kept until the end: dropping it stops it.
    let (_platform, ready) = match role {
        Role::Bare => (None, bare().await),
        Role::Standard { keys } => {
            let started = start("standard", SigningAlgorithm::Es256).await;
            for _ in 1..keys {
                started.mint_key("one of many");
            }
            of_platform(started, "standard-cli")
        }
        Role::Opaque => of_platform(start("omni", SigningAlgorithm::Es256).await, "omni-cli"),
        Role::Ed25519 => {
            of_platform(start("standard", SigningAlgorithm::EdDsa).await, "standard-cli")
        }
    };
    let line = serde_json::to_string(&ready).expect("JSON");
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("it is read");
    std::future::pending().await
}

/// A platform whose refresh tokens may be used over and over.
async fn start(name: &str, algorithm: SigningAlgorithm) -> Platform {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../profiles/{name}.toml"));
    let text = std::fs::read_to_string(path).expect("the profile is there");
    let mut whole: toml::Table = text.parse().expect("the profile is TOML");
    let platform = whole.remove("platform").expect("it has a platform");
    let mut profile: PlatformProfile = platform.try_into().expect("it is understood");
    profile.access_tokens.algorithm = algorithm;
    if let Some(oauth) = &mut profile.oauth
        && let Some(refresh_tokens) = &mut oauth.refresh_tokens
    {
        refresh_tokens.rotation = Rotation::None;
    }
    Platform::start(&profile).await.expect("starts")
}

fn of_platform(platform: Platform, client: &str) -> (Option<Platform>, Ready) {
    let key = platform.mint_key("bench").secret;
    let bearer = format!("Authorization: Bearer {}\r\n", key.expose());
    let verified = format!(r#"{{"key":"{}"}}"#, key.expose());
    let tokens = platform.mint_tokens(client, "");
    let refresh = tokens.refresh.expect("the profile has such");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let refresh =
        format!("grant_type=refresh_token&client_id={client}&refresh_token={}", refresh.expose());
    let ready = Ready {
        address: platform.url().trim_start_matches("http://").to_owned(),
        requests: BTreeMap::from([
            ("whoami".into(), request("GET", "/v1/whoami", &bearer, "")),
            ("verify".into(), request("POST", "/v1/keys/verify", &bearer, &verified)),
            ("refresh".into(), request("POST", "/oauth/token", form, &refresh)),
        ]),
    };
    (Some(platform), ready)
}

async fn bare() -> Ready {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let json = || async { axum::Json(serde_json::json!({ "id": "user_1", "email": "a@b.c" })) };
    let router = axum::Router::new().route("/v1/whoami", axum::routing::get(json));
    tokio::spawn(async move { axum::serve(listener, router).await });
    // As long as the others', which carry a key.
    let bearer = format!("Authorization: Bearer std_{}_{}\r\n", "x".repeat(8), "x".repeat(32));
    let request = request("GET", "/v1/whoami", &bearer, "");
    Ready { address, requests: BTreeMap::from([("whoami".into(), request)]) }
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}
