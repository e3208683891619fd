//! What was seen once is judged again, or played again.

mod invocation;

use std::path::{Path, PathBuf};

use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use invocation::{authspec, json_report, mutant, run};

/// The capsules of a run with failures.
fn capsules(directory: &Path) -> PathBuf {
    let capsules = directory.join("capsules");
    let kept = capsules.display().to_string();
    let checks = ["storage-mode", "storage-tightens", "storage-corrupt-kept"];
    run(&["--profile", "oanim", "--capsules", &kept])
        .args(checks.iter().flat_map(|check| ["--check", check]))
        .args(mutant("loose-file-mode"))
        .assert()
        .code(1);
    capsules
}

#[test]
fn only_what_wants_attention_is_kept_and_it_is_judged_again() {
    let directory = TempDir::new().expect("made");
    let capsules = capsules(directory.path());
    let kept = std::fs::read_dir(capsules.join("oanim")).expect("there");
    let mut kept: Vec<_> = kept.map(|entry| entry.expect("an entry").file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["store-loose", "token-login"]);

    let out = directory.path().join("again.json");
    let target = format!("json={}", out.display());
    let capsule = capsules.join("oanim/token-login").display().to_string();
    authspec(&["replay", &capsule, "--report", &target]).assert().code(1).stdout(
        contains("✗ storage-mode")
            .and(contains("observed  mode 0666"))
            .and(contains("login --token ‹key given›")),
    );
    // By all of today's checks that look at the scenario, not by those alone that were run.
    let report = json_report(&out);
    assert!(report.results.iter().any(|result| !result.id.starts_with("storage-")));
    assert!(report.results.iter().all(|result| result.scenario == "token-login"));
    // As the report names it: by its observation.
    let observation = format!("{capsule}/observation.json");
    assert_eq!(report.results[0].capsule.as_deref(), Some(observation.as_str()));
    authspec(&["replay", &observation]).assert().code(1);
}

#[test]
fn a_directory_is_named_from_where_one_is() {
    let directory = TempDir::new().expect("made");
    run(&["--profile", "oanim", "--check", "storage-mode", "--capsules", "kept"])
        .args(mutant("loose-file-mode"))
        .current_dir(directory.path())
        .assert()
        .code(1);
    authspec(&["replay", "kept/oanim/token-login"])
        .current_dir(directory.path())
        .assert()
        .code(1)
        .stdout(contains("observed  mode 0666"));
}

#[test]
fn a_run_without_failures_leaves_no_capsule() {
    let directory = TempDir::new().expect("made");
    let kept = directory.path().display().to_string();
    run(&["--profile", "oanim", "--check", "storage-mode", "--capsules", &kept]).assert().code(0);
    assert_eq!(std::fs::read_dir(directory.path()).expect("there").count(), 0);
}

#[test]
fn a_scenario_is_played_again() {
    let directory = TempDir::new().expect("made");
    let capsule = capsules(directory.path()).join("oanim/token-login").display().to_string();
    // With the program that was run, and with one in which it is mended.
    authspec(&["replay", &capsule, "--again"])
        .assert()
        .code(1)
        .stdout(contains("observed  mode 0666").and(contains("runs of the tool")));
    authspec(&["replay", &capsule, "--again", "--", invocation::AUTHSPEC, "reference", "oanim"])
        .assert()
        .code(0)
        .stdout(contains("pass"));
    authspec(&["replay", &capsule, "--", "true"]).assert().code(2).stderr(contains("--again"));
}

#[test]
fn what_is_no_capsule_is_refused() {
    let directory = TempDir::new().expect("made");
    let path = directory.path().display().to_string();
    authspec(&["replay", &path]).assert().code(2).stderr(contains("a capsule is a directory"));
    let capsules = capsules(directory.path());
    let capsule = capsules.join("oanim/token-login");
    let refused = |code: i32, says: &str| {
        let path = capsule.display().to_string();
        authspec(&["replay", &path])
            .assert()
            .code(code)
            .stdout("")
            .stderr(contains(says.to_owned()));
    };
    let observation = capsule.join("observation.json");
    let text = std::fs::read_to_string(&observation).expect("there");
    let renamed = text.replace("\"scenario\": \"token-login\"", "\"scenario\": \"of-old\"");
    std::fs::write(&observation, renamed).expect("written");
    refused(3, "no check of this version looks at the scenario `of-old`");
    std::fs::write(&observation, &text[..text.len() / 2]).expect("written");
    refused(2, "it is cut off");
    std::fs::write(capsule.join("capsule.json"), "{\"schema\": 1}").expect("written");
    refused(2, "it is not of this version");
}
