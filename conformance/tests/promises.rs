//! The contracts, promise by promise, and what holds each: `docs/promises.md` says the same as the
//! profiles, nothing in it is empty, and every test that it names exists.
//!
//! `AUTHSPEC_UPDATE=1 cargo test --test promises` writes the table anew.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use authspec::probe::credentials::Credentials;
use authspec::probe::terms::{Browser, Grants, Terms};
use authspec::profile::{Profile, Service, tools};
use authspec::server_checks::SERVER_CHECKS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table() -> String {
    let mut text = String::from(
        "# What holds each promise\n\n\
         Generated from the profiles. A check holds the tool or, where its name begins with `server-`, the\n\
         server; a test holds the mock platform.\n",
    );
    for name in tools() {
        let profile = Profile::load(name).expect("a built-in profile");
        let _ = write!(
            text,
            "\n## {}\n\n| promise | source | says | held by |\n|---|---|---|---|\n",
            profile.title
        );
        for promise in &profile.promises {
            let checks = promise.checks.iter().map(|check| format!("`{}`", check.get_ref()));
            let tests = promise.tests.iter().map(|test| format!("test `{test}`"));
            let held: Vec<String> = checks.chain(tests).collect();
            let says = promise.says.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {} | {} | {says} | {} |",
                promise.id,
                promise.source,
                held.join(", ")
            );
        }
    }
    text
}

#[test]
fn the_table_is_what_the_profiles_say() {
    let path = root().join("docs/promises.md");
    if std::env::var_os("AUTHSPEC_UPDATE").is_some() {
        fs::write(&path, table()).expect("written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == table(), "docs/promises.md is stale: write it anew, as this file says");
}

#[test]
fn every_promise_is_held() {
    for name in tools() {
        let profile = Profile::load(name).expect("a built-in profile");
        for promise in &profile.promises {
            let held = promise.checks.len() + promise.tests.len();
            assert!(held > 0, "{name}: nothing holds {}", promise.id);
        }
    }
}

/// The numbers of each contract, by the prefix of its promises and how many there are.
#[test]
fn no_numbered_promise_is_left_out() {
    for (name, prefix, count) in [
        ("oanim", "OA", 14),
        ("omni", "OM", 11),
        ("amika", "AM", 12),
        ("almyty", "AL", 15),
        ("standard", "ST", 9),
    ] {
        let profile = Profile::load(name).expect("a built-in profile");
        for number in 1..=count {
            let id = format!("{prefix}-{number}");
            assert!(profile.promises.iter().any(|promise| promise.id == id), "{id} is missing");
        }
    }
}

/// The checks of a promise that a probe by its profile could never judge would hold nothing.
#[test]
fn every_server_check_that_is_named_can_be_judged() {
    let lent = || Some("lent".to_owned());
    let credentials = Credentials {
        key: lent(),
        second_key: lent(),
        token: lent(),
        expired: lent(),
        client_secret: lent(),
        username: lent(),
        password: lent(),
    };
    let grants = Grants { writes: true, browser: Some(Browser::Robot), credentials };
    let mut named = 0;
    for name in tools() {
        let service = Service::load(name).expect("a built-in profile");
        let url = "https://platform.example".to_owned();
        let rate = NonZeroU32::new(20).expect("not zero");
        let terms = Terms { service, url, grants: grants.clone(), rate };
        for promise in Profile::load(name).expect("a built-in profile").promises {
            for id in &promise.checks {
                let check = SERVER_CHECKS.iter().find(|check| check.id == id.get_ref());
                let missing = check.and_then(|check| check.unmet(&terms));
                assert!(missing.is_none(), "{name}, {}: {}: {missing:?}", promise.id, id.get_ref());
                named += usize::from(check.is_some());
            }
        }
    }
    assert!(named > 20, "{named} server checks are named");
}

#[test]
fn every_named_test_exists() {
    let mut sources = String::new();
    let directory = root().join("mock-server/tests");
    for entry in fs::read_dir(directory).expect("there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(path).expect("text"));
        }
    }
    for name in tools() {
        for promise in Profile::load(name).expect("a built-in profile").promises {
            for test in promise.tests {
                assert!(sources.contains(&format!("fn {test}(")), "{}: no test {test}", promise.id);
            }
        }
    }
}
