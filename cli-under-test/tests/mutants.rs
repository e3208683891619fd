//! The mutants start, differ where they say, and nowhere else as far as help and version go.

#![cfg(feature = "mutants")]

use assert_cmd::Command;
use cli_under_test::{FRONTS, MUTANTS};
use predicates::str::contains;
use tempfile::TempDir;

fn reference(home: &TempDir) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("reference"));
    command.env_clear().env("HOME", home.path()).timeout(std::time::Duration::from_secs(20));
    // A proxy that refuses at once: nothing of this leaves the machine.
    command.env("HTTP_PROXY", "http://127.0.0.1:1");
    command
}

#[test]
fn every_mutant_starts() {
    let home = TempDir::new().expect("a directory");
    for mutant in MUTANTS {
        for arguments in [&["--help"][..], &["whoami"]] {
            let mut command = reference(&home);
            command.env("ANIMATE_API_URL", "http://127.0.0.1:1");
            let output = command.args(["--mutant", mutant.name, "oanim"]).args(arguments).output();
            let output = output.expect("started");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code().is_some(), "{}: {stderr}", mutant.name);
            assert!(!stderr.contains("panicked"), "{}: {stderr}", mutant.name);
        }
    }
}

#[test]
fn every_mutant_starts_as_every_front() {
    let home = TempDir::new().expect("a directory");
    for mutant in MUTANTS {
        for front in FRONTS {
            let mut command = reference(&home);
            let output = command.args(["--mutant", mutant.name, front, "--help"]).output();
            let output = output.expect("started");
            assert_eq!(output.status.code(), Some(0), "{} as {front}", mutant.name);
        }
    }
}

#[test]
fn the_list_has_them_all() {
    let home = TempDir::new().expect("a directory");
    let assert = reference(&home).arg("--mutants").assert().success();
    let listed = String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8");
    assert_eq!(listed.lines().count(), MUTANTS.len());
    for (line, mutant) in listed.lines().zip(MUTANTS) {
        assert!(line.starts_with(mutant.name) && line.ends_with(mutant.sentence), "{line}");
    }
}

#[test]
fn a_mutant_is_wrong_where_it_says() {
    let home = TempDir::new().expect("a directory");
    let signed_out = |mutant: &str| {
        let mut command = reference(&home);
        command.args(["--mutant", mutant, "oanim", "whoami"]);
        command.assert()
    };
    signed_out("signed-out-exits-zero").code(0).stderr(contains("oanim login"));
    signed_out("signed-out-hides-variable")
        .code(3)
        .stderr("error: not signed in\nRun `oanim login`.\n");
    signed_out("errors-on-stdout").code(3).stderr("").stdout(contains("not signed in"));
    signed_out("always-colours").code(3).stderr(contains("\u{1b}["));
}
