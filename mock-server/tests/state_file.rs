//! A platform's state in a file: what is good before a restart is good after it, what was taken back
//! stays so, and no secret that is kept as a hash is in the file.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mock_server::{Options, Platform, StartError};
use serde_json::json;
use tempfile::TempDir;

mod rig;
use rig::{Rig, profile};

async fn start(name: &str, file: &Path) -> Rig {
    let options = Options { state: Some(file.to_owned()), ..Options::default() };
    let platform = Platform::start_with(&profile(name), options).await.expect("starts");
    Rig::with(platform)
}

#[tokio::test]
async fn what_is_good_stays_good_and_what_was_taken_back_stays_so() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    let rig = start("standard", &file).await;
    let platform = &rig.platform;
    let (key, revoked) = (platform.mint_key("laptop"), platform.mint_key("lost"));
    platform.set_account("name", json!("Ada Lovelace"));
    let tokens = platform.mint_tokens("standard-cli", "openid profile offline_access");
    let access = tokens.access.expose();
    let first = tokens.refresh.as_ref().expect("one").expose();
    let fields = |token| {
        [("grant_type", "refresh_token"), ("client_id", "standard-cli"), ("refresh_token", token)]
    };
    let (_, renewed) = rig.form("/oauth/token", &fields(first)).await;
    let second = renewed["refresh_token"].as_str().expect("rotated");
    let ended = platform.mint_tokens("standard-cli", "profile");
    platform.revoke_family(ended.access.expose());
    assert!(platform.revoke_key(&revoked.id));
    let asked = json!({ "client_name": "A", "grant_types": ["refresh_token"] }).to_string();
    let post = || reqwest::Method::POST;
    let (_, client) = rig.ask(post(), "/oauth/register", None, &asked).await;
    let (_, jwks) = rig.get("/.well-known/jwks.json", None).await;
    let (_, who) = rig.get("/v1/whoami", Some(key.secret.expose())).await;
    drop(rig);

    let rig = start("standard", &file).await;
    for credential in [key.secret.expose(), access] {
        let (status, after) = rig.get("/v1/whoami", Some(credential)).await;
        assert_eq!((status, &after), (200, &who));
    }
    assert_eq!(who["name"], "Ada Lovelace");
    assert_eq!(rig.get("/v1/whoami", Some(revoked.secret.expose())).await.0, 401);
    assert_eq!(rig.get("/v1/whoami", Some(ended.access.expose())).await.0, 401);
    assert_eq!(rig.get("/.well-known/jwks.json", None).await.1, jwks);
    let keys = rig.platform.keys();
    assert_eq!(keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["laptop"]);
    assert!(keys[0].last_used_at_ms.is_some());
    let (id, secret) = (client["client_id"].as_str(), client["client_secret"].as_str());
    let secret = secret.expect("one").to_owned();
    let known = rig.platform.client_secret(id.expect("one")).expect("the client is known");
    assert_eq!(known.expose(), secret);

    // The rotated token is good, and the replay of the old one ends the family even now.
    let (status, third) = rig.form("/oauth/token", &fields(second)).await;
    assert_eq!(status, 200);
    let third = third["refresh_token"].as_str().expect("rotated");
    assert_eq!(rig.form("/oauth/token", &fields(first)).await.0, 400);
    assert_eq!(rig.form("/oauth/token", &fields(third)).await.0, 400);
    drop(rig);

    assert_eq!(mode(&file), 0o600);
    let bytes = std::fs::read(&file).expect("there");
    let holds = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    for secret in [key.secret.expose(), access, first, second, third] {
        assert!(!holds(secret), "a secret is in the file");
    }
    // The positive control: what is looked for would be found.
    assert!(holds("Ada Lovelace"));
}

#[tokio::test]
async fn a_reset_is_kept_too() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    let rig = start("standard", &file).await;
    let before = rig.platform.mint_key("before").secret;
    rig.platform.reset();
    let after = rig.platform.mint_key("after").secret;
    drop(rig);

    let rig = start("standard", &file).await;

    assert_eq!(rig.get("/v1/whoami", Some(before.expose())).await.0, 401);
    assert_eq!(rig.get("/v1/whoami", Some(after.expose())).await.0, 200);
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).expect("there").permissions().mode() & 0o7777
}

fn let_others_read(file: &Path) {
    std::fs::set_permissions(file, Permissions::from_mode(0o644)).expect("ours");
}

#[tokio::test]
async fn a_file_that_others_can_read_is_theirs_no_more() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    std::fs::write(&file, "").expect("written");
    for what in ["an empty file", "a state"] {
        let_others_read(&file);

        drop(start("standard", &file).await);

        assert_eq!(mode(&file), 0o600, "{what}");
    }
}

/// Why a platform does not start with this file, which stays as it is.
async fn refused(name: &str, file: &Path) -> String {
    let_others_read(file);
    let before = std::fs::read(file).expect("there");
    let options = Options { state: Some(file.to_owned()), ..Options::default() };
    let error = Platform::start_with(&profile(name), options).await.expect_err("refused");
    assert!(matches!(error, StartError::State(_)), "{error}");
    assert!(std::fs::read(file).expect("still there") == before, "the file was changed");
    assert_eq!(mode(file), 0o644, "the file's mode was changed");
    let folder = std::fs::read_dir(file.parent().expect("a folder")).expect("there");
    assert_eq!(folder.count(), 1, "something is left beside it");
    let message = error.to_string();
    assert!(message.contains(&*file.to_string_lossy()), "{message}");
    message
}

#[tokio::test]
async fn a_file_that_is_no_state_is_left_as_it_is() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    drop(start("standard", &file).await);
    let good = std::fs::read(&file).expect("there");

    assert!(refused("oanim", &file).await.contains("other accounts"));
    for (name, bytes) in [
        ("text", b"dear diary".to_vec()),
        ("cut short", good[..good.len() / 2].to_vec()),
        ("begins well", [&good[..64], &[0; 8192]].concat()),
    ] {
        std::fs::write(&file, bytes).expect("written");
        let message = refused("standard", &file).await;
        assert!(message.contains("name another file"), "{name}: {message}");
    }
}

#[tokio::test]
async fn a_file_that_does_not_fit_itself_is_left_as_it_is() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    let rig = start("standard", &file).await;
    rig.platform.mint_tokens("standard-cli", "profile");
    drop(rig);
    // A token whose family is no more.
    let families = redb::TableDefinition::<&[u8], &[u8]>::new("families");
    let database = redb::Database::open(&file).expect("a database");
    let writing = database.begin_write().expect("begun");
    assert!(writing.delete_table(families).expect("deleted"));
    writing.commit().expect("written");
    drop(database);

    let message = refused("standard", &file).await;

    assert!(message.contains("does not fit itself; name another file"), "{message}");
}

/// Changes a table of the file, and leaves the file as a program does that has no time to close it.
fn edit_and_be_killed(
    file: &Path,
    name: &str,
    edit: impl FnOnce(&mut redb::Table<'_, &[u8], &[u8]>),
) {
    let table = redb::TableDefinition::<&[u8], &[u8]>::new(name);
    let database = redb::Database::open(file).expect("a database");
    let writing = database.begin_write().expect("begun");
    edit(&mut writing.open_table(table).expect("there"));
    writing.commit().expect("written");
    let unclosed = std::fs::read(file).expect("there");
    drop(database);
    assert!(std::fs::read(file).expect("there") != unclosed, "to close it leaves it as it was");
    std::fs::write(file, unclosed).expect("written");
}

#[tokio::test]
async fn a_file_that_nobody_closed_is_repaired_only_if_it_is_good() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    let rig = start("standard", &file).await;
    let access = rig.platform.mint_tokens("standard-cli", "profile").access;
    drop(rig);
    edit_and_be_killed(&file, "about", |_| ());

    let rig = start("standard", &file).await;
    assert_eq!(rig.get("/v1/whoami", Some(access.expose())).await.0, 200);
    drop(rig);

    let good = std::fs::read(&file).expect("there");
    edit_and_be_killed(&file, "about", |about| {
        assert!(about.remove(&b"signing key"[..]).expect("removed").is_some());
    });
    let message = refused("standard", &file).await;
    assert!(message.contains("has no signing key; name another file"), "{message}");

    std::fs::write(&file, good).expect("written");
    edit_and_be_killed(&file, "families", |families| {
        families.retain(|_, _| false).expect("removed");
    });
    let message = refused("standard", &file).await;
    assert!(message.contains("does not fit itself; name another file"), "{message}");
}

#[tokio::test]
async fn two_platforms_do_not_share_a_file() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state");
    let first = start("standard", &file).await;

    let options = Options { state: Some(file.clone()), ..Options::default() };
    let second = Platform::start_with(&profile("standard"), options).await;

    assert!(matches!(second, Err(StartError::State(_))));
    drop(first);
}
