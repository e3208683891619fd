//! Proof that every check can say no: the clean reference CLI passes all of them, and each of its
//! mutants fails the checks that name it, and no other.
//!
//! A check that a mutant keeps from being reached is inconclusive there, which is no kill and no
//! collateral: nothing was known, and the check said so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authspec::checks::CHECKS;
use authspec::profile::Profile;
use authspec::report::Report;
use authspec::runner::{Plan, run};
use authspec::verdict::Verdict;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long one run of a mutant may take: those that hang are many, and the others take
/// milliseconds.
const DEADLINE: Duration = Duration::from_secs(12);

/// How many mutants are judged at once.
const AT_ONCE: usize = 4;

const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// Runs every check on the reference CLI, or on the mutant of it that is named.
async fn judge(mutant: Option<&str>) -> Report {
    let profile = Profile::load("oanim").expect("a built-in profile");
    let mut subject = vec![AUTHSPEC.to_owned(), "reference".to_owned()];
    if let Some(mutant) = mutant {
        subject.extend(["--mutant".to_owned(), mutant.to_owned()]);
    }
    subject.push(profile.name.clone());
    let plan = Plan {
        profiles: vec![(Arc::new(profile), subject)],
        checks: CHECKS.clone(),
        program: Vec::new(),
        authspec: PathBuf::from(AUTHSPEC),
        jobs: 4,
        repeat: 1,
        deadline: DEADLINE,
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
async fn the_clean_reference_passes_everything() {
    let report = judge(None).await;
    let not_passed: Vec<_> = report
        .results
        .iter()
        .filter(|result| result.verdict != Verdict::Pass)
        .map(|result| (&result.id, result.verdict, &result.observed))
        .collect();
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert!(report.results.len() >= 40, "{} checks", report.results.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mutant_fails_what_names_it_and_nothing_else() {
    // Most of a run is waiting: several are made side by side.
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut judging = JoinSet::new();
    for (mutant, expected) in killers() {
        let slots = Arc::clone(&slots);
        judging.spawn(async move {
            let _slot = slots.acquire().await;
            (mutant, expected, judge(Some(mutant)).await)
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
