//! A home of its own for every run, an empty environment, and a server beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const KEY: &str = "anim_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const OLD_KEY: &str = "anim_oldoldol_cccccccccccccccccccccccc";

pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn credentials(&self) -> PathBuf {
        self.path(".oanim/credentials.yaml")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn saved(&self) -> Option<String> {
        fs::read_to_string(self.credentials()).ok()
    }

    /// A home in which `key` is saved.
    pub(crate) fn with_key(key: &str) -> Self {
        let home = Self::new();
        home.write(".oanim/credentials.yaml", &format!("api_key: {key}\n"));
        home
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).expect("exists").permissions().mode() & 0o7777
    }

    /// `oanim` in this home, with nothing else in its environment than the address of the API.
    pub(crate) fn oanim(&self, api: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("reference"));
        command.env_clear().env("HOME", self.0.path()).env("ANIMATE_API_URL", api);
        command.current_dir(self.0.path()).arg("oanim");
        command.timeout(std::time::Duration::from_secs(20));
        command
    }

    /// The same, for those who watch it while it runs.
    pub(crate) fn oanim_process(&self, api: &str) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("reference"));
        command.env_clear().env("HOME", self.0.path()).env("ANIMATE_API_URL", api);
        command.current_dir(self.0.path()).arg("oanim");
        command
    }
}

pub(crate) fn identity() -> serde_json::Value {
    json!({
        "id": "user_1",
        "email": "ada@example.test",
        "credit_balance_usd": 12.5,
        "created_at": "2024-02-29T23:30:00.000Z",
    })
}

/// A server that knows one key.
pub(crate) async fn server(key: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v1/auth/me"))
        .and(header("authorization", format!("Bearer {key}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(identity()))
        .mount(&server)
        .await;
    Mock::given(path("/api/v1/auth/me"))
        .respond_with(
            ResponseTemplate::new(401).set_body_json(json!({"error": "Not authenticated"})),
        )
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

/// A server that answers everything in one way.
pub(crate) async fn server_that_says(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    server
}

/// How many requests a server has had.
pub(crate) async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.expect("recorded").len()
}
