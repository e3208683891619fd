//! The program as people meet it: what it prints, what it writes, and what it leaves.

mod invocation;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use invocation::{AUTHSPEC, json_report, mutant, run};

#[test]
fn the_bundled_reference_cli_holds_and_exits_0() {
    let directory = TempDir::new().expect("made");
    let out = directory.path().join("out.json");
    let target = format!("json={}", out.display());
    run(&["--profile", "oanim", "--report", &target])
        .assert()
        .code(0)
        .stdout(contains("checks: ").and(contains("pass")))
        .stderr(predicate::str::is_empty());
    let report = json_report(&out);
    assert!(report.summary.pass >= 40, "{:?}", report.summary);
    let summary = &report.summary;
    let unclaimed = summary.not_applicable + summary.advisory;
    assert_eq!(summary.pass + unclaimed, report.results.len(), "{summary:?}");
    assert!(report.subject.program.is_empty());
    assert!(report.timing.subject_cpu_ms > 0 && report.timing.longest_forced_wait_ms > 0);
}

#[test]
fn a_failed_check_exits_1_and_is_told_whole() {
    run(&["--profile", "oanim", "--check", "storage-mode"])
        .args(mutant("loose-file-mode"))
        .assert()
        .code(1)
        .stdout(
            contains("may be read and written by its owner alone")
                .and(contains("expected  mode 0600"))
                .and(contains("observed  mode 0666"))
                .and(contains("login --token ‹key given›"))
                .and(contains("again     authspec run --profile oanim --check storage-mode --")),
        );
}

#[test]
fn nothing_is_left_behind() {
    let directory = TempDir::new().expect("made");
    run(&["--profile", "oanim", "--check", "token-login-*"])
        .env("TMPDIR", directory.path())
        .assert()
        .code(0);
    assert_eq!(std::fs::read_dir(directory.path()).expect("there").count(), 0);
}

#[test]
fn what_is_kept_can_be_looked_at() {
    let directory = TempDir::new().expect("made");
    let keep = directory.path().join("kept");
    let kept = keep.to_string_lossy();
    run(&["--profile", "oanim", "--check", "storage-mode", "--keep", &kept]).assert().code(0);
    let scenario = keep.join("oanim/token-login");
    assert!(scenario.join("home/.oanim/credentials.yaml").is_file());
    let seen = std::fs::read(scenario.join("observation.json")).expect("kept");
    let seen: authspec::observation::Observation = serde_json::from_slice(&seen).expect("readable");
    assert_eq!(seen.scenario, "token-login");
    run(&["--profile", "oanim", "--check", "storage-mode", "--keep", &kept])
        .assert()
        .code(2)
        .stderr(contains("the directory is not empty"));
}

#[test]
fn repetitions_are_equal() {
    let directory = TempDir::new().expect("made");
    let out = directory.path().join("out.json");
    let target = format!("json={}", out.display());
    run(&["--profile", "oanim", "--repeat", "3", "--report", &target])
        .assert()
        .code(0)
        .stdout(contains("3 repetitions, all equal"));
    let report = json_report(&out);
    assert_eq!((report.repeat.times, report.repeat.equal), (3, true));
}

#[test]
fn junit_is_what_ci_systems_read() {
    let checks =
        ["--check", "storage-mode", "--check", "storage-tightens", "--check", "storage-c*"];
    let output = run(&["--profile", "oanim", "--report", "junit=-"])
        .args(checks)
        .args(mutant("loose-file-mode"))
        .output()
        .expect("run");
    let text = String::from_utf8(output.stdout).expect("XML");
    let document = quick_junit::Report::deserialize_from_str(&text).expect("valid");
    // The mutant's file is loose wherever it is written: in the plain story, and over a loose one.
    assert_eq!((document.failures, document.errors), (2, 0));
}

#[test]
fn progress_is_shown_on_a_terminal_alone() {
    let runtime = tokio::runtime::Runtime::new().expect("made");
    let shown = runtime.block_on(async {
        let launch = authspec::process::Launch {
            argv: [AUTHSPEC, "run", "--profile", "oanim", "--check", "token-login-*"]
                .map(str::to_owned)
                .to_vec(),
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            directory: "/".into(),
            umask: 0o022,
            terminal: Some(80),
            unprivileged: false,
            disk_full: false,
            silent_input: false,
            input: String::new(),
        };
        let mut process = authspec::process::Process::start(&launch, None).expect("started");
        process.wait().await.expect("ended");
        let screen = std::sync::Arc::clone(&process.stdout);
        process.finish().await;
        screen.text()
    });
    assert!(shown.contains("scenarios"), "{shown}");
    // Piped, standard error is empty: `the_bundled_reference_cli_holds_and_exits_0`.
}

#[test]
fn the_catalogue_can_be_read_by_programs() {
    let output = Command::new(AUTHSPEC).args(["list", "--json"]).output().expect("run");
    let checks: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("an array");
    for check in &checks {
        for member in ["id", "side", "area", "level", "sentence", "sources", "bugs", "mutants"] {
            assert!(!check[member].is_null(), "{check} has no {member}");
        }
        assert!(!check["sources"].as_array().expect("a list").is_empty(), "{check}");
    }
    assert!(checks.len() >= 40);
}

#[test]
fn a_check_can_be_explained() {
    Command::new(AUTHSPEC)
        .args(["explain", "storage-mode"])
        .assert()
        .code(0)
        .stdout(contains("docs OA-2").and(contains("railwayapp/cli#1027")).and(contains("fix")));
    Command::new(AUTHSPEC)
        .args(["explain", "storage-mood"])
        .assert()
        .code(2)
        .stderr(contains("did you mean `storage-mode`"));
}
