//! ST-9: given back, and forgotten whatever the server says.

use predicates::prelude::*;
use predicates::str::contains;

use super::{STORE, signed_in, standard};
use crate::authority::Authority;
use crate::home::Home;

#[tokio::test]
async fn the_session_is_given_back_and_forgotten() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, -100);
    standard(&home, &authority)
        .arg("logout")
        .assert()
        .success()
        .stdout(contains("Logged out"))
        .stderr("");
    assert_eq!(authority.with(|state| state.revoked.clone()), ["refresh-1"]);
    assert!(home.holding("refresh-1").is_empty() && home.holding("access-1").is_empty());
    assert_eq!(home.read(STORE), None);
    standard(&home, &authority).arg("logout").assert().success();
    standard(&home, &authority).arg("whoami").assert().code(3);
}

#[tokio::test]
async fn a_server_that_is_away_keeps_nobody() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let store = home.read(STORE).expect("there");
    home.write(STORE, &store.replace(&authority.url(), "http://127.0.0.1:1"));
    home.command("standard")
        .arg("logout")
        .assert()
        .success()
        .stdout(contains("Logged out"))
        .stderr(contains("could not be told").and(contains("may stay valid")));
    assert_eq!(home.read(STORE), None);
}

#[test]
fn nobody_can_be_logged_out_and_damage_can_be_forgotten() {
    let home = Home::new();
    home.command("standard").arg("logout").assert().success();
    assert_eq!(std::fs::read_dir(home.path("")).expect("readable").count(), 0);
    home.write(STORE, "{");
    home.command("standard")
        .arg("logout")
        .env("STANDARD_TOKEN", "t")
        .assert()
        .success()
        .stderr(contains("STANDARD_TOKEN"));
    assert_eq!(home.read(STORE), None);
}
