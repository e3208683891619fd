//! What is told of checks, profiles and the program itself.

mod invocation;

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use tempfile::TempDir;

use invocation::{AUTHSPEC, authspec, run};

#[test]
fn a_check_is_explained_with_contract_and_snippets() {
    authspec(&["explain", "storage-mode"]).assert().code(0).stdout(
        contains("promise   oanim, docs OA-2")
            .and(contains("mutants   "))
            .and(contains("right, in rust").and(contains("right, in python")))
            .and(contains("mode(0o600)")),
    );
    authspec(&["explain", "storage-mode", "--in", "go"])
        .assert()
        .code(0)
        .stdout(contains("os.CreateTemp").and(contains("in rust").not()));
    authspec(&["explain", "device-slow-down"]).assert().stdout(contains("waits     "));
    authspec(&["explain", "storage-mode", "--in", "cobol"]).assert().code(2);
}

#[test]
fn every_check_can_be_explained() {
    let listed = authspec(&["list", "--json"]).output().expect("run").stdout;
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed).expect("an array");
    // The first and the last of each area: all would take as long as the suite.
    for pair in listed.windows(2).filter(|pair| pair[0]["area"] != pair[1]["area"]) {
        for check in pair {
            let id = check["id"].as_str().expect("a name");
            let sentence = check["sentence"].as_str().expect("a sentence");
            let words = sentence.split(' ').take(4).collect::<Vec<_>>().join(" ");
            authspec(&["explain", id]).assert().code(0).stdout(contains(words));
        }
    }
}

#[test]
fn a_profile_to_start_from_is_valid_and_overwrites_nothing() {
    let directory = TempDir::new().expect("made");
    let init = |name: &str| {
        let mut command = authspec(&["profile", "init", name]);
        command.current_dir(directory.path());
        command
    };
    init("my-cli").assert().code(0).stdout(contains("authspec profile check my-cli.toml"));
    let path = directory.path().join("my-cli.toml");
    let shown = path.display().to_string();
    authspec(&["profile", "check", &shown]).assert().code(0).stdout(contains("is valid"));
    // What it says can be run as it says, up to the tool that is not there.
    run(&["--profile", &shown]).assert().code(2).stderr(contains("which program is `my-cli`?"));
    std::fs::write(&path, "mine").expect("written");
    init("my-cli").assert().code(2).stderr(contains("is there already"));
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "mine");
}

#[rstest]
#[case("My", "is no name")]
#[case("../mine", "is no name")]
#[case("", "is no name")]
#[case("oanim", "is built in")]
fn a_name_that_is_none_writes_nothing(#[case] name: &str, #[case] says: &str) {
    let directory = TempDir::new().expect("made");
    let mut init = authspec(&["profile", "init", name]);
    init.current_dir(directory.path()).assert().code(2).stderr(contains(says));
    assert_eq!(std::fs::read_dir(directory.path()).expect("there").count(), 0);
}

#[test]
fn shells_and_man_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = authspec(&["completions", shell]).output().expect("run").stdout;
        let script = String::from_utf8(script).expect("text");
        for word in ["replay", "explain", "fail-fast"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    // The shell that is everywhere reads its own.
    let script = authspec(&["completions", "bash"]).output().expect("run").stdout;
    assert_cmd::Command::new("bash").arg("-n").write_stdin(script).assert().code(0).stderr("");
    let directory = TempDir::new().expect("made");
    let pages = directory.path().join("man1").display().to_string();
    authspec(&["man", &pages]).assert().code(0).stdout("");
    for page in ["authspec.1", "authspec-run.1", "authspec-report-merge.1"] {
        let text = std::fs::read_to_string(directory.path().join("man1").join(page));
        assert!(text.expect(page).contains(".TH"), "{page}");
    }
    authspec(&["man"]).assert().code(0).stdout(contains("Exit codes:"));
    assert!(std::path::Path::new(AUTHSPEC).is_file());
}
