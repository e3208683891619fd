//! One repetition: every scenario of every profile, side by side.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::results::{Placed, results_of, unclaimed};
use super::{Event, Plan, RunError};
use crate::observation::Observation;
use crate::process::millis;
use crate::profile::Profile;
use crate::report::{CheckResult, Timing};
use crate::scenario::Scenario;
use crate::stage::{Setting, StageError, play};

/// What came of one repetition.
pub(super) struct Round {
    pub(super) results: Vec<CheckResult>,
    pub(super) timing: Timing,
}

/// A scenario that was played: for which profile of the plan, what it was, and what was seen.
type Played = (usize, &'static Scenario, Result<Observation, StageError>);

impl Round {
    /// Plays everything. `number` counts repetitions from 1.
    pub(super) async fn play(
        plan: &Plan,
        client: &reqwest::Client,
        number: u32,
        tell: &impl Fn(Event),
    ) -> Result<Self, RunError> {
        let (began, cpu_before) = (Instant::now(), children_cpu());
        let mut playing = start_all(plan, client, number);
        let mut timing = Timing::default();
        let mut placed: Vec<Placed> = unclaimed(plan);
        while let Some(played) = playing.join_next().await {
            let (profile, scenario, seen) = played?;
            tell(Event::Played(scenario.id));
            if let Ok(seen) = &seen {
                timing.runs += seen.runs.len();
                let waited = forced_wait_ms(scenario, seen);
                timing.longest_forced_wait_ms = timing.longest_forced_wait_ms.max(waited);
            }
            placed.extend(results_of(plan, profile, scenario, &seen));
        }
        placed.sort_by_key(|(place, _)| *place);
        timing.wall_ms = millis(began.elapsed());
        timing.subject_cpu_ms = millis(children_cpu().saturating_sub(cpu_before));
        let results = placed.into_iter().map(|(_, result)| result).collect();
        Ok(Self { results, timing })
    }
}

/// How many scenarios one repetition plays.
pub(super) fn scenarios_of(plan: &Plan) -> usize {
    plan.profiles.iter().map(|(profile, _)| scenarios(plan, profile).len()).sum()
}

/// The scenarios that `profile` can be played, those that must wait first.
fn scenarios(plan: &Plan, profile: &Profile) -> Vec<&'static Scenario> {
    let mut scenarios: Vec<&'static Scenario> = Vec::new();
    for check in &plan.checks {
        let known = scenarios.iter().any(|known| std::ptr::eq(*known, check.scenario));
        if !known && check.scenario.unclaimed(&profile.cli).is_none() {
            scenarios.push(check.scenario);
        }
    }
    scenarios.sort_by_key(|scenario| std::cmp::Reverse(scenario.forced_wait()));
    scenarios
}

/// Starts every scenario; as many at once as the plan has jobs, and those that only wait beside
/// them: they take nobody's place.
fn start_all(plan: &Plan, client: &reqwest::Client, number: u32) -> JoinSet<Played> {
    let slots = Arc::new(Semaphore::new(plan.jobs.max(1)));
    let mut playing = JoinSet::new();
    for (position, (profile, subject)) in plan.profiles.iter().enumerate() {
        let setting = Arc::new(Setting {
            profile: Arc::clone(profile),
            subject: subject.clone(),
            authspec: plan.authspec.clone(),
            deadline: plan.deadline,
            client: client.clone(),
        });
        for scenario in scenarios(plan, profile) {
            let (setting, slots) = (Arc::clone(&setting), Arc::clone(&slots));
            let keep = kept_at(plan, number, profile, scenario);
            playing.spawn(async move {
                let waits = scenario.forced_wait() > Duration::ZERO;
                let _slot = if waits { None } else { slots.acquire().await.ok() };
                (position, scenario, play(&setting, scenario, keep.as_deref()).await)
            });
        }
    }
    playing
}

/// Where the sandbox of this scenario stays, if it does.
fn kept_at(plan: &Plan, number: u32, profile: &Profile, scenario: &Scenario) -> Option<PathBuf> {
    let name = match number {
        1 => scenario.id.to_owned(),
        _ => format!("{}.{number}", scenario.id),
    };
    Some(plan.keep.as_ref()?.join(&profile.name).join(name))
}

/// How long the scenario really had to wait for the subject's own time limits and for its protocol.
fn forced_wait_ms(scenario: &Scenario, seen: &Observation) -> u64 {
    let waits = scenario.runs().map(|run| (run.label, run.forced_wait()));
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
