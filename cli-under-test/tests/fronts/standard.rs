//! `standard`, promise by promise.

mod browser;
mod crash;
mod device;
mod keys;
mod logout;
mod renewal;
mod resolution;

use assert_cmd::Command;
use serde_json::json;

use crate::authority::Authority;
use crate::home::Home;

const STORE: &str = ".config/standard/credentials.json";

/// A home with a session whose access token ends in so many seconds.
fn signed_in(authority: &Authority, seconds: i64) -> Home {
    let (home, number) = (Home::new(), authority.issue());
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let identity = json!({
        "url": authority.url(),
        "kind": "session",
        "issuer": authority.url(),
        "access_token": format!("access-{number}"),
        "refresh_token": format!("refresh-{number}"),
        "expires_at": end.to_string(),
    });
    let store =
        json!({ "version": 1, "current": "default", "identities": { "default": identity } });
    home.write(STORE, &store.to_string());
    home.chmod(STORE, 0o600);
    home
}

fn standard(home: &Home, authority: &Authority) -> Command {
    let mut command = home.command("standard");
    command.env("STANDARD_URL", authority.url());
    command
}
