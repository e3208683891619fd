//! From what was seen, or why nothing was, to the results of the checks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Plan;
use super::course::is_ours;
use crate::check::{Check, Judgement, Objection};
use crate::observation::Observation;
use crate::profile::Profile;
use crate::report::{CheckResult, transcript};
use crate::scenario::Scenario;
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
                let judgement = Err(Objection::NotClaimed(what));
                let result = known(profile, result(plan, profile, check, judgement), today());
                results.push(((position, number), result));
            }
        }
    }
    results
}

/// Judges what was seen by one check, and takes what the profile knows of it into account.
fn judge(plan: &Plan, profile: &Profile, check: &Check, seen: &Observation) -> CheckResult {
    // A judge with a mistake takes nobody else's result with it.
    let judged = catch_unwind(AssertUnwindSafe(|| (check.judge)(seen)));
    let Ok(judgement) = judged else {
        let mistake = Err(Objection::NotReached("the check itself has a mistake".to_owned()));
        return CheckResult { verdict: Verdict::Error, ..result(plan, profile, check, mistake) };
    };
    let mut result = known(profile, result(plan, profile, check, judgement), today());
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
    let not_reached = Err(Objection::NotReached(error.to_string()));
    let fix = "see that the program can be started, and that there is room for temporary files";
    CheckResult {
        verdict: Verdict::Error,
        fix: fix.to_owned(),
        ..result(plan, profile, check, not_reached)
    }
}

fn result(plan: &Plan, profile: &Profile, check: &Check, judgement: Judgement) -> CheckResult {
    let (verdict, expected, observed) = match judgement {
        Ok(evidence) => (Verdict::Pass, evidence.expected, evidence.observed),
        Err(Objection::Failed(evidence)) => (Verdict::Fail, evidence.expected, evidence.observed),
        Err(Objection::NotReached(why)) => (Verdict::Inconclusive, String::new(), why),
        Err(Objection::Disagree { contract, standard }) => {
            (Verdict::Advisory, standard, format!("{contract}, as the contract documents"))
        }
        Err(Objection::NotClaimed(what)) => {
            let why = format!("the profile does not claim {what}");
            (Verdict::NotApplicable, String::new(), why)
        }
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
        expected,
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
    if !plan.program.is_empty() {
        words.push("--");
        words.extend(plan.program.iter().map(String::as_str));
    }
    // Only a word with a NUL cannot be quoted, and no argument holds one.
    shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "))
}

/// The day by which entries with a date are known or no longer so: the same for everybody.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// `result` in the light of the profile's known failures: a failure that is known is one, unless
/// its time has run out, and an entry that no longer holds fails, so that it is taken out.
fn known(profile: &Profile, mut result: CheckResult, today: Date) -> CheckResult {
    let mut entries = profile.known_failures.iter();
    let Some(entry) = entries.find(|entry| *entry.check.get_ref() == result.id) else {
        return result;
    };
    let reason = &entry.reason;
    match (result.verdict, entry.until.filter(|until| *until < today)) {
        (Verdict::Fail, Some(until)) => {
            result.observed = format!("{} (known until {until}: {reason})", result.observed);
            result.fix = format!("{}; or give the entry another date", result.fix);
        }
        (Verdict::Fail, None) => {
            result.verdict = Verdict::KnownFailure;
            let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
            result.observed = format!("{} (known{until}: {reason})", result.observed);
        }
        (Verdict::Pass | Verdict::NotApplicable | Verdict::Advisory, _) => {
            result.expected = format!("a failure, as [[known_failures]] says: {reason}");
            result.observed = format!("{}: it no longer fails", result.verdict.name());
            result.fix = String::from("take the entry out of [[known_failures]] in the profile");
            result.verdict = Verdict::Fail;
        }
        (Verdict::Inconclusive | Verdict::KnownFailure | Verdict::Error, _) => {}
    }
    result
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::check::Level;
    use crate::profile::BUILTIN;
    use crate::report::tests::report_of;

    /// A result for `storage-mode` by a profile that knows it to fail until this day.
    fn known_until(until: &str, verdict: Verdict) -> CheckResult {
        let (_, text) = BUILTIN[0];
        let entry = format!(
            "[[known_failures]]\ncheck = \"storage-mode\"\nreason = \"issue 7\"\nuntil = \"{until}\"\n"
        );
        let profile = Profile::parse("mine.toml", &format!("{text}\n{entry}")).expect("valid");
        let mut result = report_of(&[(verdict, Level::Must)]).results.remove(0);
        result.id = "storage-mode".to_owned();
        known(&profile, result, date(2026, 6, 15))
    }

    #[rstest::rstest]
    #[case::before("2026-06-16", Verdict::Fail, Verdict::KnownFailure)]
    #[case::on_the_last_day("2026-06-15", Verdict::Fail, Verdict::KnownFailure)]
    #[case::after("2026-06-14", Verdict::Fail, Verdict::Fail)]
    #[case::passes_before("2026-06-16", Verdict::Pass, Verdict::Fail)]
    #[case::passes_after("2026-06-14", Verdict::Pass, Verdict::Fail)]
    #[case::unreached("2026-06-14", Verdict::Inconclusive, Verdict::Inconclusive)]
    fn a_failure_is_known_until_its_day(
        #[case] until: &str,
        #[case] was: Verdict,
        #[case] becomes: Verdict,
    ) {
        let result = known_until(until, was);
        assert_eq!(result.verdict, becomes, "{}", result.observed);
        if was == Verdict::Fail {
            assert!(result.observed.contains(&format!("known until {until}: issue 7")));
        }
    }
}
