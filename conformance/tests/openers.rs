//! A tool may look for a browser in its own way: by PATH alone, by BROWSER alone, or not at all.

use std::time::Duration;

use assert_cmd::Command;
use predicates::str::contains;
use rstest::rstest;

const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// `authspec run` on the reference CLI, started behind `env` with these arguments.
fn run_behind_env(checks: &[&str], env: &[&str], front: &[&str]) -> Command {
    let mut command = Command::new(AUTHSPEC);
    command.timeout(Duration::from_mins(1)).args(["run", "--profile", "oanim"]);
    for check in checks {
        command.args(["--check", check]);
    }
    command.args(["--", "env"]).args(env).args([AUTHSPEC, "reference"]).args(front);
    command
}

#[rstest]
#[case::path_alone(&["-u", "BROWSER"])]
#[case::browser_alone(&["PATH=/no/such/directory"])]
fn either_way_of_finding_a_browser_is_seen(#[case] env: &[&str]) {
    run_behind_env(&["login-opens-browser", "login-page-url", "login-saves-*"], env, &["oanim"])
        .assert()
        .code(0);
}

#[test]
fn a_url_that_is_only_printed_is_opened_too() {
    let mutant = ["--mutant", "prints-url-only", "oanim"];
    run_behind_env(&["login-saves-delivered-key"], &["A=b"], &mutant).assert().code(0);
    run_behind_env(&["login-opens-browser"], &["A=b"], &mutant)
        .assert()
        .code(1)
        .stdout(contains("0 started"));
}
