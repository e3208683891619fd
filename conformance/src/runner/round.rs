//! One repetition: every scenario of every profile, side by side.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::task::JoinSet;

use super::course::{Part, left_out_after_failure, left_out_for_speed, parts};
use super::results::{Placed, results_of, unclaimed};
use super::{Event, Plan, RunError, capsule};
use crate::observation::Observation;
use crate::process::millis;
use crate::report::{CheckResult, LeftOut, ScenarioTiming, Timing};
use crate::scenario::Scenario;
use crate::stage::{Setting, StageError, play};
use crate::verdict::Verdict;

/// What came of one repetition.
pub(super) struct Round {
    pub(super) results: Vec<CheckResult>,
    pub(super) timing: Timing,
    /// The checks that were not judged, though the plan has them.
    pub(super) left_out: Vec<LeftOut>,
    /// Whether it ended at a failure, before everything was played.
    pub(super) given_up: bool,
}

/// A part that was played, how long that took, and what was seen.
type Played = (Part, Duration, Result<Observation, StageError>);

impl Round {
    /// Plays everything. `number` counts repetitions from 1.
    pub(super) async fn play(
        plan: &Plan,
        client: &reqwest::Client,
        number: u32,
        tell: &impl Fn(Event),
    ) -> Result<Self, RunError> {
        let (began, cpu_before) = (Instant::now(), children_cpu());
        let settings = settings(plan, client);
        let mut ahead = VecDeque::from(parts(plan));
        let mut playing = JoinSet::new();
        let mut under_way: Vec<Part> = Vec::new();
        let mut timing = Timing::default();
        let mut placed: Vec<Placed> = unclaimed(plan);
        let mut given_up = false;
        loop {
            // Those that only wait are played beside the others: they take nobody's place.
            while under_way.iter().filter(|part| !part.waits()).count() < plan.jobs.max(1)
                && let Some(part) = ahead.pop_front()
            {
                under_way.push(part);
                start(&mut playing, plan, &settings[part.profile], part, number);
            }
            let Some(ended) = playing.join_next().await else { break };
            let (part, elapsed, seen) = ended?;
            under_way.retain(|other| !other.same(part));
            tell(Event::Played(part.scenario.id));
            timing.add(cost(plan, part, elapsed, &seen));
            let results = results_of(plan, part.profile, part.scenario, &seen);
            let results = capsule::settle(plan, part, number, results);
            given_up = plan.course.fail_fast && results.iter().any(|(_, result)| failed(result));
            placed.extend(results);
            if given_up {
                break;
            }
        }
        // Whoever is still under way is ended, with everything that it has started.
        playing.shutdown().await;
        capsule::tidy_up(plan);
        under_way.extend(ahead);
        placed.sort_by_key(|(place, _)| *place);
        timing.wall_ms = millis(began.elapsed());
        timing.subject_cpu_ms = millis(children_cpu().saturating_sub(cpu_before));
        let results = placed.into_iter().map(|(_, result)| result).collect();
        let mut left_out = left_out_for_speed(plan);
        left_out.extend(left_out_after_failure(plan, &under_way));
        Ok(Self { results, timing, left_out, given_up })
    }
}

fn failed(result: &CheckResult) -> bool {
    matches!(result.verdict, Verdict::Fail | Verdict::Error)
}

/// What the scenarios of each profile of the plan have in common.
fn settings(plan: &Plan, client: &reqwest::Client) -> Vec<Arc<Setting>> {
    let settings = plan.profiles.iter().map(|(profile, subject)| {
        Arc::new(Setting {
            profile: Arc::clone(profile),
            subject: subject.clone(),
            authspec: plan.authspec.clone(),
            deadline: plan.deadline,
            client: client.clone(),
        })
    });
    settings.collect()
}

fn start(
    playing: &mut JoinSet<Played>,
    plan: &Plan,
    setting: &Arc<Setting>,
    part: Part,
    number: u32,
) {
    let setting = Arc::clone(setting);
    let kept = capsule::of(plan, part, number);
    playing.spawn(async move {
        let began = Instant::now();
        let directory = kept.as_ref().map(|(directory, _)| directory.as_path());
        let seen = play(&setting, part.scenario, directory).await;
        let seen = seen.and_then(|seen| {
            if let Some((directory, capsule)) = &kept {
                capsule.save(directory)?;
            }
            Ok(seen)
        });
        (part, began.elapsed(), seen)
    });
}

/// What it took to play a part.
fn cost(
    plan: &Plan,
    part: Part,
    elapsed: Duration,
    seen: &Result<Observation, StageError>,
) -> ScenarioTiming {
    let (profile, _) = &plan.profiles[part.profile];
    ScenarioTiming {
        scenario: part.scenario.id.to_owned(),
        profile: profile.name.clone(),
        elapsed_ms: millis(elapsed),
        forced_wait_ms: seen.as_ref().map_or(0, |seen| forced_wait_ms(part.scenario, seen)),
        runs: seen.as_ref().map_or(0, |seen| seen.runs.len()),
    }
}

/// How long the scenario really had to wait for the subject's own time limits and for its protocol.
fn forced_wait_ms(scenario: &Scenario, seen: &Observation) -> u64 {
    let waits = scenario.runs().map(|run| (run.label, run.forced_wait_of(&seen.cli)));
    let waited = waits.filter_map(|(label, limit)| {
        let record = seen.runs.iter().find(|record| record.label == label)?;
        Some(record.elapsed_ms.min(millis(limit)))
    });
    waited.sum()
}

/// User and system time of every process that was started and has ended.
fn children_cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return Duration::ZERO;
    };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
