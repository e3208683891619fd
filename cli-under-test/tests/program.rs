//! The program around the fronts.

use std::os::unix::fs::symlink;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use rstest::rstest;

fn reference() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("reference"));
    command.env_clear();
    command
}

#[test]
fn says_what_it_is() {
    reference().arg("--version").assert().success().stdout(starts_with("reference 0."));
    reference().arg("--help").assert().success().stdout(contains("oanim")).stderr("");
    reference().args(["oanim", "--version"]).assert().success().stdout(starts_with("oanim 0."));
    let commands = contains("login").and(contains("whoami")).and(contains("api-keys"));
    reference().args(["oanim", "--help"]).assert().success().stdout(commands).stderr("");
}

#[rstest]
#[case::no_front(&[])]
#[case::unknown_front(&["frobnicate"])]
#[case::unknown_mutant(&["--mutant", "perfect", "oanim", "--help"])]
#[case::nameless_mutant(&["--mutant"])]
fn a_wrong_usage_is_one(#[case] arguments: &[&str]) {
    reference().args(arguments).assert().code(2).stdout("").stderr(contains("usage:"));
}

#[test]
fn a_fronts_own_name_is_enough() {
    let directory = tempfile::tempdir().expect("a directory");
    let link = directory.path().join("oanim");
    symlink(assert_cmd::cargo::cargo_bin!("reference"), &link).expect("linked");
    Command::new(link).arg("--version").assert().success().stdout(starts_with("oanim 0."));
}

#[rstest]
#[case("oanim")]
#[case("omni")]
#[case("amika")]
#[case("almyty")]
#[case("standard")]
fn every_front_can_be_asked_and_refuses_what_it_does_not_know(#[case] front: &str) {
    let help = reference().args([front, "--help"]).assert().success().stderr("");
    help.stdout(contains("Usage: ").and(contains("--help")));
    for unknown in [&["no-such-command"][..], &["--no-such-flag"], &[]] {
        let refusal = reference().arg(front).args(unknown).assert().code(2).stdout("");
        refusal.stderr(contains("Usage: "));
    }
}
