//! Whatever keeps the suite from knowing gives a non-zero exit code and a sentence that says what.

mod invocation;

use std::time::{Duration, Instant};

use authspec::verdict::Verdict;
use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use tempfile::TempDir;

use invocation::{AUTHSPEC, json_report, mutant, profile_with, run, script};

#[rstest]
#[case::no_such_profile(&["--profile", "nobody"], "no built-in profile is called `nobody`")]
#[case::no_such_file(&["--profile", "./nobody.toml"], "cannot read the profile")]
#[case::no_such_flag(&["--colour"], "unexpected argument")]
#[case::no_such_format(&["--report", "pdf=out"], "`pdf` is no format")]
#[case::no_such_program(&["--", "no-such-program"], "there is no program `no-such-program`")]
#[case::no_program(&["--", "/etc/passwd"], "is not a program that can be run")]
#[case::no_jobs(&["--jobs", "0"], "0 is not in")]
fn wrong_usage_exits_2_and_says_what(#[case] arguments: &[&str], #[case] says: &str) {
    run(arguments).assert().code(2).stdout(predicate::str::is_empty()).stderr(contains(says));
}

#[test]
fn an_unknown_key_of_a_profile_exits_2_and_points_at_its_line() {
    let directory = TempDir::new().expect("made");
    let path = profile_with(directory.path(), "[cli.store]\ncolour = 1\n");
    let text =
        std::fs::read_to_string(&path).expect("read").replace("\n[cli.store]\ncolour = 1", "");
    let text = text.replace("format = \"yaml\"", "format = \"yaml\"\ncolour = 1");
    let line = 1 + text.lines().position(|line| line == "colour = 1").expect("there");
    std::fs::write(&path, text).expect("written");
    run(&["--profile", &path])
        .assert()
        .code(2)
        .stderr(contains("unknown field `colour`").and(contains(format!("mine.toml:{line}:1"))));
}

#[test]
fn a_filter_that_matches_nothing_exits_3_and_offers_the_nearest() {
    run(&["--check", "storage-mood"])
        .assert()
        .code(3)
        .stdout(predicate::str::is_empty())
        .stderr(contains("matches no check").and(contains("storage-mode")));
}

#[test]
fn a_must_that_is_not_reached_exits_3() {
    // A tool that does nothing and succeeds: every absence holds, and nothing is known.
    run(&["--profile", "oanim", "--check", "logout-leaves-no-copy", "--check", "loopback-only"])
        .args(["--", "/bin/false"])
        .assert()
        .code(3)
        .stdout(contains("2 inconclusive"));
}

/// What a tool that is none really does, and passes: it ends; what it prints, it prints where it
/// belongs, without colours, and for help without a home.
#[rstest]
#[case::does_nothing("exit 0", &["commands-end"])]
#[case::always_fails("echo 'cannot do that' >&2; exit 1", &["no-colour-obeyed", "errors-on-stderr", "commands-end"])]
#[case::says_hello("echo hello", &["storage-corrupt-help", "no-colour-obeyed", "commands-end"])]
fn a_tool_that_is_none_passes_hardly_anything(
    #[values("oanim", "omni", "amika", "almyty", "standard")] profile: &str,
    #[case] tool: &str,
    #[case] really: &[&str],
) {
    let directory = TempDir::new().expect("made");
    let out = directory.path().join("out.json");
    let target = format!("json={}", out.display());
    run(&["--profile", profile, "--report", &target]).args(script(tool)).assert().code(1);
    let report = json_report(&out);
    let passed = report.results.iter().filter(|result| result.verdict == Verdict::Pass);
    let passed: Vec<&str> = passed.map(|result| result.id.as_str()).collect();
    assert_eq!(passed, really);
}

#[test]
fn a_report_that_cannot_be_written_exits_4() {
    run(&[
        "--profile",
        "oanim",
        "--check",
        "storage-mode",
        "--report",
        "json=/no/such/directory/out",
    ])
    .assert()
    .code(4)
    .stderr(contains("cannot write the report to /no/such/directory/out"));
}

#[test]
fn a_tool_that_hangs_is_ended_and_reported() {
    let began = Instant::now();
    run(&["--profile", "oanim", "--check", "commands-end", "--deadline", "1"])
        .args(script("sleep 600 & sleep 600"))
        .assert()
        .code(1)
        .stdout(contains("still running after 1000 ms"));
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_tool_that_prints_without_end_is_ended_and_reported() {
    run(&["--profile", "oanim", "--check", "commands-end"])
        .args(script("exec head -c 1000000000 /dev/zero"))
        .assert()
        .code(1)
        .stdout(contains("wrote over 4194304 bytes"));
}

#[test]
fn a_known_failure_that_fails_is_no_failure() {
    let directory = TempDir::new().expect("made");
    let entry = "[[known_failures]]\ncheck = \"storage-mode\"\nreason = \"issue 7\"\n";
    let path = profile_with(directory.path(), entry);
    run(&["--profile", &path, "--check", "storage-mode", "--check", "storage-corrupt-*"])
        .args(mutant("loose-file-mode"))
        .assert()
        .code(0)
        .stdout(contains("1 known failure"));
}

#[test]
fn a_known_failure_that_does_not_fail_exits_1() {
    let directory = TempDir::new().expect("made");
    let entry = "[[known_failures]]\ncheck = \"storage-mode\"\nreason = \"issue 7\"\n";
    let path = profile_with(directory.path(), entry);
    run(&["--profile", &path, "--check", "storage-mode"])
        .assert()
        .code(1)
        .stdout(contains("it no longer fails").and(contains("[[known_failures]]")));
}

#[test]
fn a_tool_that_wavers_fails() {
    // Clean when it is run for the first time, and not the second time. That it was run is kept
    // outside of every sandbox.
    let directory = TempDir::new().expect("made");
    let wavering = format!(
        "if mkdir {0} 2>/dev/null; then set -- oanim \"$@\"; \
         else set -- --mutant keeps-loose-mode oanim \"$@\"; fi; exec {AUTHSPEC} reference \"$@\"",
        directory.path().join("was-run").display()
    );
    run(&["--profile", "oanim", "--check", "storage-tightens", "--repeat", "2"])
        .args(script(&wavering))
        .assert()
        .code(1)
        .stdout(
            contains("2 repetitions, not all equal").and(contains("the same result each time")),
        );
}
