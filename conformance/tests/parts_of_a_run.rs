//! Runs of a part: shards and how they are made whole again, quick runs, seeds, the first failure.

mod invocation;

use std::path::{Path, PathBuf};

use authspec::report::Report;
use authspec::verdict::Verdict;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use invocation::{authspec, json_report, mutant, run};

/// Checks whose scenarios are many and short, of a mutant that fails some of them.
const SOME: [&str; 6] = ["--profile", "oanim", "--check", "storage-*", "--check", "environment-*"];

fn some_of_a_mutant(more: &[&str], out: &Path) -> Report {
    let target = format!("json={}", out.display());
    let arguments = [&SOME[..], &["--report", &target], more].concat();
    run(&arguments).args(mutant("loose-file-mode")).assert().stderr("");
    json_report(out)
}

/// Four shards of that run, in files.
fn shards(directory: &Path) -> Vec<PathBuf> {
    let shards = (1..=4).map(|index| {
        let out = directory.join(format!("shard-{index}.json"));
        some_of_a_mutant(&["--shard", &format!("{index}/4")], &out);
        out
    });
    shards.collect()
}

fn merge(shards: &[&PathBuf], more: &[&str]) -> assert_cmd::Command {
    let mut command = authspec(&["report", "merge"]);
    command.args(shards).args(more);
    command
}

#[test]
fn four_shards_merged_are_the_whole_run_result_by_result() {
    let directory = TempDir::new().expect("made");
    let whole = some_of_a_mutant(&[], &directory.path().join("whole.json"));
    let shards = shards(directory.path());
    let merged = directory.path().join("merged.json");
    let target = format!("json={}", merged.display());
    // In any order.
    let files: Vec<&PathBuf> = shards.iter().rev().collect();
    merge(&files, &["--report", &target]).assert().code(1).stdout(contains("✗ storage-mode"));
    let merged = json_report(&merged);
    assert_eq!(merged.results.len(), whole.results.len());
    for (merged, whole) in merged.results.iter().zip(&whole.results) {
        assert_eq!(merged, whole);
    }
    assert_eq!((&merged.summary, merged.timing.runs), (&whole.summary, whole.timing.runs));
    assert_eq!(merged.scope.shard, None);
    // Each of them holds something, so that the test is of what it says.
    for shard in &shards {
        let report = json_report(shard);
        assert!(!report.results.is_empty() && report.results.len() < whole.results.len());
    }
}

#[test]
fn shards_that_are_not_one_run_are_refused_with_the_reason() {
    let directory = TempDir::new().expect("made");
    let shards = shards(directory.path());
    let text = std::fs::read_to_string(&shards[1]).expect("there");
    let with = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let [one, two, three, four] = [&shards[0], &shards[1], &shards[2], &shards[3]];

    let refused = |shards: &[&PathBuf], code: i32, says: &str| {
        let says = contains(says.to_owned());
        merge(shards, &[]).assert().code(code).stdout("").stderr(says);
    };
    refused(&[one, two, four], 3, "1 of 4 shards missing: 3/4");
    refused(&[one, four], 3, "2 of 4 shards missing: 2/4, 3/4");
    refused(&[one, two, two, three, four], 2, "shard 2/4 is there twice");
    let cut = with("cut.json", &text[..text.len() / 2]);
    refused(&[one, &cut, three, four], 2, "cut.json is cut off");
    let version = format!("\"authspec\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let other = with("other.json", &text.replace(&version, "\"authspec\": \"99.0.0\""));
    refused(&[one, &other, three, four], 2, "made by authspec 99.0.0, and this is authspec");
    let newer = with("newer.json", &text.replacen("\"schema\": 1", "\"schema\": 2", 1));
    refused(&[one, &newer, three, four], 2, "reads schema 1");
    let alien = directory.path().join("alien.json");
    let target = format!("json={}", alien.display());
    run(&["--profile", "oanim", "--check", "environment-*", "--shard", "2/4", "--report", &target])
        .args(mutant("loose-file-mode"))
        .assert()
        .stderr("");
    refused(&[one, &alien, three, four], 2, "are not of one run");
    let whole = directory.path().join("whole.json");
    some_of_a_mutant(&[], &whole);
    refused(&[one, &whole], 2, "is the report of a whole run and no shard");
    refused(&[&directory.path().join("nothing.json")], 2, "cannot read");
}

#[test]
fn an_empty_shard_says_so_and_is_fine_when_merged() {
    let directory = TempDir::new().expect("made");
    let files: Vec<PathBuf> =
        (1..=2).map(|index| directory.path().join(format!("{index}.json"))).collect();
    for (file, index) in files.iter().zip(1..) {
        let target = format!("json={}", file.display());
        let shard = format!("{index}/2");
        let part = ["--profile", "oanim", "--check", "storage-mode", "--shard", &shard];
        let ran = run(&part).args(["--report", &target]).assert();
        if index == 2 {
            ran.code(3).stdout(contains("part 2/2, which holds no check"));
        } else {
            ran.code(0);
        }
    }
    merge(&files.iter().collect::<Vec<_>>(), &[]).assert().code(0).stdout(contains("1 pass"));
}

#[test]
fn a_quick_run_names_what_it_leaves_out() {
    let directory = TempDir::new().expect("made");
    let out = directory.path().join("out.json");
    let target = format!("json={}", out.display());
    run(&["--quick", "--timings", "--profile", "standard", "--check", "device-*"])
        .args(["--check", "storage-*", "--report", &target])
        .assert()
        .code(0)
        .stdout(
            contains("left out (--quick: `")
                .and(contains("device-slow-down"))
                .and(contains("the scenarios that took longest"))
                .and(contains(" of standard")),
        );
    let report = json_report(&out);
    assert!(report.scope.quick && !report.scope.left_out.is_empty());
    for left_out in &report.scope.left_out {
        assert!(report.results.iter().all(|result| result.id != left_out.id), "{left_out:?}");
    }
    assert!(report.timing.longest_forced_wait_ms <= 2_000, "{:?}", report.timing);
    assert!((5..=10).contains(&report.timing.slowest.len()));
    assert!(report.timing.slowest.is_sorted_by(|a, b| a.elapsed_ms >= b.elapsed_ms));
}

#[test]
fn a_seed_is_printed_and_changes_nothing_but_the_order() {
    let directory = TempDir::new().expect("made");
    let plain = some_of_a_mutant(&[], &directory.path().join("plain.json"));
    let seeded = some_of_a_mutant(&["--seed", "7"], &directory.path().join("seeded.json"));
    assert_eq!(plain.results, seeded.results);
    assert_eq!((plain.scope.seed, seeded.scope.seed), (None, Some(7)));
    run(&["--profile", "oanim", "--check", "storage-mode", "--seed", "7"])
        .assert()
        .code(0)
        .stdout(contains("in the order of --seed 7"));
}

#[test]
fn nothing_is_started_after_the_first_failure() {
    let directory = TempDir::new().expect("made");
    let out = directory.path().join("out.json");
    let target = format!("json={}", out.display());
    run(&["--profile", "oanim", "--fail-fast", "--jobs", "1", "--report", &target])
        .args(["--", "/bin/false"])
        .assert()
        .code(1)
        .stdout(contains("left out (--fail-fast: not played after the first failure)"));
    let report = json_report(&out);
    assert!(report.results.iter().any(|result| result.verdict == Verdict::Fail));
    let names = |id: &str| report.results.iter().any(|result| result.id == id);
    assert!(!report.scope.left_out.is_empty());
    assert!(report.scope.left_out.iter().all(|left_out| !names(&left_out.id)));
}

#[rstest::rstest]
#[case(&["--shard", "5/4"], "there is no part 5 of 4")]
#[case(&["--shard", "one"], "write it as I/N")]
#[case(&["--shard", "1/2", "--repeat", "2"], "cannot be used with")]
#[case(&["--seed", "x"], "invalid digit")]
#[case(&["--keep", "a", "--capsules", "b"], "cannot be used with")]
fn wrong_flags_are_refused(#[case] arguments: &[&str], #[case] says: &str) {
    run(arguments).assert().code(2).stdout("").stderr(contains(says));
}
