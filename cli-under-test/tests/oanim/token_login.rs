//! `oanim login --token`, `whoami`, `logout`: the path that everything else builds on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;

use crate::support::{Home, KEY, OLD_KEY, asked, server};

#[tokio::test]
async fn a_key_is_verified_saved_used_and_forgotten() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.oanim(&server.uri())
        .args(["login", "--token", KEY])
        .assert()
        .success()
        .stdout("Logged in as ada@example.test\n")
        .stderr("");
    assert_eq!(home.saved().expect("saved"), format!("api_key: {KEY}\n"));
    assert_eq!(home.mode(".oanim/credentials.yaml"), 0o600);
    assert_eq!(home.mode(".oanim"), 0o700);

    home.oanim(&server.uri())
        .arg("whoami")
        .assert()
        .success()
        .stderr("")
        .stdout("Email: ada@example.test\nID: user_1\nCredits: 12.50\nMember since: 2024-02-29\n");
    home.oanim(&server.uri()).arg("logout").assert().success().stdout("Logged out\n");
    assert_eq!(home.saved(), None);
    home.oanim(&server.uri()).arg("logout").assert().success().stdout("Logged out\n");
    let before = asked(&server).await;
    home.oanim(&server.uri()).arg("whoami").assert().code(3).stdout("").stderr(
        contains("not signed in").and(contains("oanim login")).and(contains("ANIMATE_API_KEY")),
    );
    assert_eq!(asked(&server).await, before, "nothing to ask without a key");
}

#[tokio::test]
async fn a_rejected_key_replaces_nothing() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    home.oanim(&server.uri())
        .args(["login", "--token", "anim_wrong"])
        .assert()
        .code(4)
        .stdout("")
        .stderr(contains("401 Unauthorized").and(contains("anim_wrong").not()));
    assert_eq!(home.saved().expect("kept"), format!("api_key: {OLD_KEY}\n"));
}

#[tokio::test]
async fn white_space_around_a_key_is_dropped() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.oanim(&server.uri()).args(["login", "--token", &format!(" {KEY}\r\n")]).assert().success();
    assert_eq!(home.saved().expect("saved"), format!("api_key: {KEY}\n"));
}

#[rstest]
#[case::inner_space("anim sesame")]
#[case::inner_line_end("anim\nsesame")]
#[case::not_ascii("sesame\u{200b}")]
#[case::blank("  ")]
#[tokio::test]
async fn a_malformed_key_is_refused_unprinted(#[case] token: &str) {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    home.oanim(&server.uri())
        .args(["login", "--token", token])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("sesame").not().and(contains("given key")));
    assert_eq!(asked(&server).await, 0);
    assert_eq!(home.saved().expect("kept"), format!("api_key: {OLD_KEY}\n"));
}

#[test]
fn a_key_typed_in_the_wrong_place_is_not_repeated() {
    let home = Home::new();
    home.oanim("http://127.0.0.1:1")
        .args(["login", KEY])
        .assert()
        .code(2)
        .stderr(contains(KEY).not());
    home.oanim("http://127.0.0.1:1")
        .args(["sign-in", KEY])
        .assert()
        .code(2)
        .stderr(contains(KEY).not());
}

#[tokio::test]
async fn fields_of_others_survive_login_and_logout() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.write(
        ".oanim/credentials.yaml",
        "team: blue\napi_key: old\ntoken: older\nnested:\n  a: [1, 2]\n",
    );
    home.oanim(&server.uri()).args(["login", "--token", KEY]).assert().success();
    let saved = home.saved().expect("saved");
    assert!(
        saved.contains("team: blue") && saved.contains("nested:") && saved.contains(KEY),
        "{saved}"
    );
    home.oanim(&server.uri()).arg("logout").assert().success();
    let left = home.saved().expect("kept");
    assert!(left.contains("team: blue") && left.contains("nested:"), "{left}");
    assert!(!left.contains(KEY) && !left.contains("old"), "{left}");
}

#[tokio::test]
async fn a_loose_file_is_tightened() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o644)).expect("loosened");
    home.oanim(&server.uri()).args(["login", "--token", KEY]).assert().success();
    assert_eq!(home.mode(".oanim/credentials.yaml"), 0o600);
}

/// Whatever the umask: this one would take the owner's rights, or nobody's.
#[rstest]
#[case("000")]
#[case("277")]
#[tokio::test]
async fn the_umask_decides_nothing(#[case] umask: &str) {
    let (home, server) = (Home::new(), server(KEY).await);
    let script = format!("umask {umask}; exec \"$0\" oanim login --token {KEY}");
    assert_cmd::Command::new("/bin/sh")
        .env_clear()
        .env("HOME", home.path(""))
        .env("ANIMATE_API_URL", server.uri())
        .args(["-c", &script])
        .arg(assert_cmd::cargo::cargo_bin!("reference"))
        .assert()
        .success();
    assert_eq!(home.mode(".oanim/credentials.yaml"), 0o600);
    assert_eq!(home.mode(".oanim"), 0o700);
}

#[tokio::test]
async fn a_failure_to_save_is_a_failure() {
    let (home, server) = (Home::new(), server(KEY).await);
    home.write(".oanim", "a file where the directory should be");
    home.oanim(&server.uri())
        .args(["login", "--token", KEY])
        .assert()
        .code(1)
        .stdout("")
        .stderr(contains("credentials.yaml").and(contains(KEY).not()));
}

#[tokio::test]
async fn a_damaged_file_is_named_kept_and_recovered_from() {
    let damaged = "api_key: \"anim_sesame";
    let (home, server) = (Home::new(), server(KEY).await);
    home.write(".oanim/credentials.yaml", damaged);
    home.oanim(&server.uri()).arg("--help").assert().success();
    home.oanim(&server.uri()).arg("whoami").assert().code(1).stderr(
        contains("credentials.yaml").and(contains("oanim login")).and(contains("sesame").not()),
    );
    assert_eq!(home.saved().expect("untouched"), damaged);
    home.oanim(&server.uri()).args(["login", "--token", KEY]).assert().success();
    assert_eq!(home.saved().expect("replaced"), format!("api_key: {KEY}\n"));
    home.write(".oanim/credentials.yaml", damaged);
    home.oanim(&server.uri()).arg("logout").assert().success();
    assert_eq!(home.saved(), None);
}

#[tokio::test]
async fn without_a_home_the_variable_works_and_login_says_why_it_does_not() {
    let (home, server) = (Home::new(), server(KEY).await);
    let homeless = || {
        let mut command = home.oanim(&server.uri());
        command.env_remove("HOME");
        command
    };
    homeless().arg("whoami").env("ANIMATE_API_KEY", KEY).assert().success();
    homeless().arg("whoami").assert().code(3).stderr(contains("HOME"));
    for login in [&["login"][..], &["login", "--token", KEY]] {
        homeless()
            .args(login)
            .assert()
            .code(1)
            .stderr(contains("HOME").and(contains("\n").count(1)));
    }
    assert_eq!(fs::read_dir(home.path("")).expect("readable").count(), 0);
}
