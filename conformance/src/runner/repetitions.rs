//! Makes one report of several repetitions.

use super::course::fingerprint;
use super::{Plan, Round};
use crate::report::{CheckResult, Repeat, Report, SCHEMA, Scope, Subject, Summary, Timing};
use crate::verdict::Verdict;

/// What is expected of a check whose results differ.
const SAME_EACH_TIME: &str = "the same result each time";

/// Merges the repetitions: a check whose results differ fails, since it says nothing.
pub(super) fn merge(plan: &Plan, mut rounds: Vec<Round>) -> Report {
    let timing = slowest(&rounds);
    let times = u32::try_from(rounds.len()).unwrap_or(u32::MAX);
    let left_out = rounds.last_mut().map(|round| std::mem::take(&mut round.left_out));
    let mut rounds = rounds.into_iter().map(|round| round.results);
    let mut results = rounds.next().unwrap_or_default();
    let mut equal = true;
    for (round, number) in rounds.zip(2_u32..) {
        // A round that was given up has fewer results.
        for other in round {
            let same = |first: &&mut CheckResult| {
                (&first.id, &first.profile) == (&other.id, &other.profile)
            };
            let Some(first) = results.iter_mut().find(same) else { continue };
            let is_known_to_waver = first.expected == SAME_EACH_TIME;
            if !is_known_to_waver && !says_the_same(first, &other) {
                equal = false;
                *first = wavering(first, other, number, plan.repeat);
            }
        }
    }
    let names = plan.profiles.iter().map(|(profile, _)| profile.name.as_str());
    let names: Vec<&str> = names.collect();
    Report {
        schema: SCHEMA,
        authspec: env!("CARGO_PKG_VERSION").to_owned(),
        subject: Subject { program: plan.program.clone(), profile: names.join(", ") },
        summary: Summary::of(&results),
        timing,
        repeat: Repeat { times, equal },
        scope: Scope {
            run: fingerprint(plan),
            results: results.len(),
            quick: plan.course.quick,
            seed: plan.course.seed,
            shard: plan.course.shard,
            // Who made the network knows.
            shared_network: None,
            left_out: left_out.unwrap_or_default(),
        },
        results,
    }
}

fn slowest(rounds: &[Round]) -> Timing {
    let timings = rounds.iter().map(|round| &round.timing);
    timings.max_by_key(|timing| timing.wall_ms).cloned().unwrap_or_default()
}

fn says_the_same(one: &CheckResult, other: &CheckResult) -> bool {
    (one.verdict, &one.expected, &one.observed) == (other.verdict, &other.expected, &other.observed)
}

fn wavering(first: &CheckResult, other: CheckResult, number: u32, times: u32) -> CheckResult {
    CheckResult {
        verdict: Verdict::Fail,
        expected: SAME_EACH_TIME.to_owned(),
        observed: format!(
            "{} at first ({}), {} in repetition {number} of {times} ({})",
            first.verdict.name(),
            first.observed,
            other.verdict.name(),
            other.observed
        ),
        ..other
    }
}
