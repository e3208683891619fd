//! From what was seen, or why nothing was, to the results of the checks.

use super::Plan;
use super::course::is_ours;
use crate::check::{Check, Evidence, Objection};
use crate::judging::{judged, known, today};
use crate::observation::Observation;
use crate::profile::Profile;
use crate::report::{CheckResult, transcript};
use crate::scenario::Scenario;
use crate::shell::typed;
use crate::stage::StageError;
use crate::verdict::Verdict;

/// A result, and the place in the report that it has: of its profile and its check in the plan.
pub(super) type Placed = ((usize, usize), CheckResult);

/// The results of each of the plan's checks that belong to `scenario`.
pub(super) fn results_of(
    plan: &Plan,
    position: usize,
    scenario: &Scenario,
    seen: &Result<Observation, StageError>,
) -> Vec<Placed> {
    let (profile, _) = &plan.profiles[position];
    let checks = plan.checks.iter().enumerate();
    let of_scenario = checks.filter(|(_, check)| std::ptr::eq(check.scenario, scenario));
    let results = of_scenario.map(|(number, check)| {
        let result = match seen {
            Ok(seen) => judge(plan, profile, check, seen),
            Err(error) => trouble(plan, profile, check, error),
        };
        ((position, number), result)
    });
    results.collect()
}

/// Judges what was seen before, by today's checks: one result for each of the plan's checks that
/// belong to the scenario that was seen, for the plan's only profile.
pub fn judge_again(plan: &Plan, seen: &Observation) -> Vec<CheckResult> {
    let checks = plan.checks.iter().filter(|check| check.scenario.id == seen.scenario);
    let judged = checks.flat_map(|check| {
        plan.profiles.iter().map(|(profile, _)| judge(plan, profile, check, seen))
    });
    judged.collect()
}

/// A result for each check whose scenario a profile cannot be played at all.
pub(super) fn unclaimed(plan: &Plan) -> Vec<Placed> {
    let mut results = Vec::new();
    let mut unclaimed = 0..;
    for (position, (profile, _)) in plan.profiles.iter().enumerate() {
        for (number, check) in plan.checks.iter().enumerate() {
            if let Some(what) = check.scenario.unclaimed(&profile.cli)
                && unclaimed.next().is_some_and(|count| is_ours(plan, count))
            {
                let judged = judged(|| Err(Objection::NotClaimed(what)));
                let result = result(plan, profile, check, judged);
                let result = known(profile.known_failure(check.id), result, today());
                results.push(((position, number), result));
            }
        }
    }
    results
}

/// Judges what was seen by one check, and takes what the profile knows of it into account.
fn judge(plan: &Plan, profile: &Profile, check: &Check, seen: &Observation) -> CheckResult {
    let result = result(plan, profile, check, judged(|| (check.judge)(seen)));
    let mut result = known(profile.known_failure(check.id), result, today());
    result.expected = seen.redact(&result.expected);
    result.observed = seen.redact(&result.observed);
    result.capsule.clone_from(&seen.kept_at);
    if result.wants_attention() {
        result.transcript = transcript(seen);
    }
    result
}

/// The result of a check whose scenario the harness could not play.
fn trouble(plan: &Plan, profile: &Profile, check: &Check, error: &StageError) -> CheckResult {
    let trouble = Evidence { expected: String::new(), observed: error.to_string() };
    let fix = "see that the program can be started, and that there is room for temporary files";
    let result = result(plan, profile, check, (Verdict::Error, trouble));
    CheckResult { fix: fix.to_owned(), ..result }
}

fn result(
    plan: &Plan,
    profile: &Profile,
    check: &Check,
    (verdict, evidence): (Verdict, Evidence),
) -> CheckResult {
    let observed = match verdict {
        Verdict::NotApplicable => format!("the profile does not claim {}", evidence.observed),
        _ => evidence.observed,
    };
    let standards = check.sources.iter().map(|source| (*source).to_owned());
    CheckResult {
        id: check.id.to_owned(),
        profile: profile.name.clone(),
        area: check.area.name().to_owned(),
        level: check.level,
        sentence: check.sentence.to_owned(),
        verdict,
        scenario: check.scenario.id.to_owned(),
        expected: evidence.expected,
        observed,
        source: profile.clauses(check.id).into_iter().chain(standards).collect(),
        fix: check.fix.to_owned(),
        again: again(plan, profile, check),
        place: Some(profile.place_of(check.id)),
        transcript: Vec::new(),
        capsule: None,
    }
}

/// The command that runs this check alone, ready to be typed.
fn again(plan: &Plan, profile: &Profile, check: &Check) -> String {
    let mut words = vec!["authspec", "run", "--profile", &profile.origin, "--check", check.id];
    words.extend(plan.share_network.then_some("--share-network"));
    if !plan.program.is_empty() {
        words.push("--");
        words.extend(plan.program.iter().map(String::as_str));
    }
    typed(&words)
}
