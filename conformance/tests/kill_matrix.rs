//! Proof that every check can say no: the clean reference CLI passes all of them, and each of its
//! mutants fails the checks that name it, and no other.
//!
//! A check that a mutant keeps from being reached is inconclusive there, which is no kill and no
//! collateral: nothing was known, and the check said so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use authspec::check::Check;
use authspec::checks::CHECKS;
use authspec::profile::{Profile, tools};
use authspec::report::Report;
use authspec::runner::{Plan, run};
use authspec::verdict::Verdict;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long one run of a mutant may take: those that hang are many, and the others take
/// milliseconds.
const DEADLINE: Duration = Duration::from_secs(16);

/// How many mutants are judged at once.
const AT_ONCE: usize = 5;

const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// How long a scenario may have to wait for it to be played for every mutant.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// The checks that are judged on a mutant: all, but for those whose scenario must wait long, which
/// are played for the mutants that they must catch and for the clean program.
fn checks_for(mutant: Option<&str>) -> Vec<&'static Check> {
    let waits = |check: &Check| check.scenario.forced_wait() > LONGEST_WAIT;
    let wanted = |check: &&&'static Check| {
        !waits(check) || mutant.is_none_or(|mutant| check.mutants.contains(&mutant))
    };
    CHECKS.iter().filter(wanted).copied().collect()
}

/// Runs every check on a front of the reference CLI, or on the mutant of it that is named.
async fn judge(front: &str, mutant: Option<&str>) -> Report {
    let profile = Profile::load(front).expect("a built-in profile");
    let mut subject = vec![AUTHSPEC.to_owned(), "reference".to_owned()];
    if let Some(mutant) = mutant {
        subject.extend(["--mutant".to_owned(), mutant.to_owned()]);
    }
    subject.push(profile.name.clone());
    let plan = Plan {
        profiles: vec![(Arc::new(profile), subject)],
        checks: checks_for(mutant),
        program: Vec::new(),
        authspec: PathBuf::from(AUTHSPEC),
        jobs: 4,
        repeat: 1,
        deadline: DEADLINE,
        share_network: false,
        keep: None,
        course: authspec::runner::Course::default(),
    };
    run(&plan, |_| {}).await.expect("the harness works")
}

fn ids_with(report: &Report, verdict: Verdict) -> BTreeSet<&str> {
    let results = report.results.iter().filter(|result| result.verdict == verdict);
    results.map(|result| result.id.as_str()).collect()
}

/// The checks that each mutant must fail, by the checks' own word.
fn killers() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut killers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for check in CHECKS.iter() {
        for mutant in check.mutants {
            killers.entry(*mutant).or_default().insert(check.id);
        }
    }
    killers
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_reference_holds_every_contract() {
    for front in tools() {
        let report = judge(front, None).await;
        let holds = [Verdict::Pass, Verdict::NotApplicable, Verdict::Advisory];
        let wrong: Vec<_> = report
            .results
            .iter()
            .filter(|result| !holds.contains(&result.verdict))
            .map(|result| (&result.id, result.verdict, &result.observed))
            .collect();
        assert!(wrong.is_empty(), "{front}: {wrong:#?}");
        let passed = ids_with(&report, Verdict::Pass).len();
        assert!(passed >= 100, "{front}: {passed} checks pass");
    }
}

/// A check that is claimed by no profile would be held by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn every_check_is_passed_by_some_front() {
    let mut passed: BTreeSet<String> = BTreeSet::new();
    for front in tools() {
        passed
            .extend(ids_with(&judge(front, None).await, Verdict::Pass).into_iter().map(Into::into));
    }
    let never: Vec<&str> =
        CHECKS.iter().map(|check| check.id).filter(|id| !passed.contains(*id)).collect();
    // Where contract and standard disagree, nobody passes.
    assert!(never.is_empty(), "{never:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mutant_fails_what_names_it_and_nothing_else() {
    // Most of a run is waiting: several are made side by side.
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut judging = JoinSet::new();
    let mut killers = killers();
    for mutant in cli_under_test::MUTANTS.iter().map(|mutant| mutant.name) {
        let expected = killers.remove(mutant).unwrap_or_default();
        let slots = Arc::clone(&slots);
        judging.spawn(async move {
            let _slot = slots.acquire().await;
            (mutant, expected, judge(front_of(mutant), Some(mutant)).await)
        });
    }
    let mut wrong = Vec::new();
    while let Some(judged) = judging.join_next().await {
        let (mutant, expected, report) = judged.expect("no panic");
        let failed = ids_with(&report, Verdict::Fail);
        let errors = ids_with(&report, Verdict::Error);
        if failed != expected || !errors.is_empty() {
            let missed: Vec<_> = expected.difference(&failed).collect();
            let collateral: Vec<_> = failed.difference(&expected).collect();
            wrong.push(format!(
                "{mutant}: missed {missed:?}, also failed {collateral:?}, errors {errors:?}"
            ));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The front in which a mutant is wrong.
fn front_of(mutant: &str) -> &'static str {
    let known = cli_under_test::MUTANTS.iter().find(|known| known.name == mutant);
    known.map_or("oanim", |known| known.front)
}

#[test]
fn checks_and_mutants_know_each_other() {
    let named: BTreeSet<&str> = killers().into_keys().collect();
    let existing: BTreeSet<&str> =
        cli_under_test::MUTANTS.iter().map(|mutant| mutant.name).collect();
    let unknown: Vec<_> = named.difference(&existing).collect();
    let unnamed: Vec<_> = existing.difference(&named).collect();
    assert!(unknown.is_empty(), "checks name mutants that do not exist: {unknown:?}");
    assert!(unnamed.is_empty(), "mutants that no check must catch: {unnamed:?}");
}

/// Every mutant: where it is wrong, how, and what catches it.
fn table() -> String {
    let killers = killers();
    let mut text = String::from(
        "# The mutants\n\n\
         Each is the reference CLI with one thing wrong. The kill matrix holds that it fails the checks\n\
         beside it, and no other: `conformance/tests/kill_matrix.rs`, which also makes this page\n\
         (`AUTHSPEC_UPDATE=1`).\n\n| mutant | front | what is wrong | caught by |\n|---|---|---|---|\n",
    );
    for mutant in cli_under_test::MUTANTS {
        let checks: Vec<String> = killers
            .get(mutant.name)
            .into_iter()
            .flatten()
            .map(|check| format!("`{check}`"))
            .collect();
        let (name, front) = (mutant.name, mutant.front);
        let sentence = mutant.sentence.replace('|', "\\|");
        let _ = writeln!(text, "| `{name}` | {front} | {sentence} | {} |", checks.join(", "));
    }
    text
}

#[test]
fn the_page_of_the_mutants_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mutants.md");
    if std::env::var_os("AUTHSPEC_UPDATE").is_some() {
        std::fs::write(&path, table()).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == table(), "docs/mutants.md is stale: AUTHSPEC_UPDATE=1 makes it anew");
}
