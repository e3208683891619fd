//! The loop: groups checks by scenario, plays each scenario once, judges what was seen, and says
//! what came of it. Emits events on the way, and prints nothing.

mod repetitions;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::check::{Check, Objection};
use crate::observation::Observation;
use crate::profile::Profile;
use crate::report::{CheckResult, Report, Timing, transcript};
use crate::scenario::Scenario;
use crate::stage::{Setting, StageError, play};
use crate::verdict::Verdict;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The profiles, in order, each with its subject: the program and its first arguments.
    pub profiles: Vec<(Arc<Profile>, Vec<String>)>,
    /// The checks, in the order of the catalogue.
    pub checks: Vec<&'static Check>,
    /// The program that was named, as reports show it; empty for the bundled one.
    pub program: Vec<String>,
    /// The `authspec` program, which browser openers call back.
    pub authspec: PathBuf,
    /// How many scenarios are played at once, beside those that only wait.
    pub jobs: usize,
    /// How often everything is run. At least 1.
    pub repeat: u32,
    /// How long one run of the subject may take.
    pub deadline: Duration,
    /// Where sandboxes and observations stay; `None`: nowhere.
    pub keep: Option<PathBuf>,
}

/// What happens during a run, for who shows progress.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// This many scenarios will be played, repetitions included.
    Planned(usize),
    /// This scenario was played.
    Played(&'static str),
}

/// Trouble of the harness itself that leaves nothing to report.
#[derive(Debug, Error)]
pub enum RunError {
    /// The robot browser cannot be set up.
    #[error("cannot set up the robot browser: {0}")]
    Robot(#[from] reqwest::Error),
    /// A judge or the stage has a mistake.
    #[error("the harness has a mistake, please report it: {0}")]
    Panicked(#[from] tokio::task::JoinError),
}

/// Runs everything and reports it.
///
/// # Errors
/// [`RunError`]; what goes wrong with one scenario stands in the report, as an error.
pub async fn run(plan: &Plan, tell: impl Fn(Event)) -> Result<Report, RunError> {
    let client = crate::robot::client()?;
    let rounds_scenarios: usize = plan
        .profiles
        .iter()
        .map(|(profile, _)| scenarios(plan, profile).len())
        .sum();
    tell(Event::Planned(rounds_scenarios * plan.repeat as usize));
    let mut rounds = Vec::new();
    for number in 0..plan.repeat.max(1) {
        rounds.push(Round::play(plan, &client, number, &tell).await?);
    }
    Ok(repetitions::merge(plan, rounds))
}

/// One repetition.
struct Round {
    results: Vec<CheckResult>,
    timing: Timing,
}

impl Round {
    async fn play(
        plan: &Plan,
        client: &reqwest::Client,
        number: u32,
        tell: &impl Fn(Event),
    ) -> Result<Self, RunError> {
        let (began, cpu_before) = (Instant::now(), children_cpu());
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
                let keep = plan
                    .keep
                    .as_deref()
                    .map(|keep| place(keep, number, profile, scenario));
                playing.spawn(async move {
                    // Who only waits takes nobody's place.
                    let waits = scenario.forced_wait() > Duration::ZERO;
                    let _slot = if waits {
                        None
                    } else {
                        slots.acquire().await.ok()
                    };
                    let seen = play(&setting, scenario, keep.as_deref()).await;
                    (position, scenario, keep, seen)
                });
            }
        }
        let mut timing = Timing::default();
        let mut results = Vec::new();
        while let Some(played) = playing.join_next().await {
            let (position, scenario, keep, seen) = played?;
            tell(Event::Played(scenario.id));
            if let Ok(seen) = &seen {
                timing.runs += seen.runs.len();
                let waited = forced_wait(scenario, seen);
                timing.longest_forced_wait_ms = timing.longest_forced_wait_ms.max(waited);
            }
            let (profile, _) = &plan.profiles[position];
            results.extend(judge_all(
                plan,
                position,
                profile,
                scenario,
                keep.as_deref(),
                &seen,
            ));
        }
        results.extend(unclaimed(plan));
        results.sort_by_key(|(order, _)| *order);
        timing.wall_ms = millis(began.elapsed());
        timing.subject_cpu_ms = millis(children_cpu().saturating_sub(cpu_before));
        Ok(Self {
            results: results.into_iter().map(|(_, result)| result).collect(),
            timing,
        })
    }
}

/// The position of a result: of its profile, and of its check in the plan.
type Order = (usize, usize);

/// The scenarios that `profile` can be played, those that must wait first.
fn scenarios(plan: &Plan, profile: &Profile) -> Vec<&'static Scenario> {
    let mut scenarios: Vec<&'static Scenario> = Vec::new();
    for check in &plan.checks {
        let known = scenarios
            .iter()
            .any(|known| std::ptr::eq(*known, check.scenario));
        if !known && check.scenario.unclaimed(&profile.cli).is_none() {
            scenarios.push(check.scenario);
        }
    }
    scenarios.sort_by_key(|scenario| std::cmp::Reverse(scenario.forced_wait()));
    scenarios
}

/// A result for each check whose scenario the profile cannot be played at all.
fn unclaimed(plan: &Plan) -> Vec<(Order, CheckResult)> {
    let mut results = Vec::new();
    for (position, (profile, _)) in plan.profiles.iter().enumerate() {
        for (number, check) in plan.checks.iter().enumerate() {
            if let Some(what) = check.scenario.unclaimed(&profile.cli) {
                let objection = Err(Objection::NotClaimed(what));
                results.push(((position, number), result(profile, check, objection, None)));
            }
        }
    }
    results
}

/// Judges what was seen by each of the plan's checks that belong to the scenario.
fn judge_all(
    plan: &Plan,
    position: usize,
    profile: &Profile,
    scenario: &Scenario,
    keep: Option<&Path>,
    seen: &Result<Observation, StageError>,
) -> Vec<(Order, CheckResult)> {
    let capsule = match (keep, seen) {
        (Some(keep), Ok(seen)) => save(keep, seen),
        _ => None,
    };
    let of_scenario =
        |(_, check): &(usize, &&'static Check)| std::ptr::eq(check.scenario, scenario);
    let checks = plan.checks.iter().enumerate().filter(of_scenario);
    let judged = checks.map(|(number, check)| {
        let mut result = match seen {
            Ok(seen) => judge(profile, check, seen),
            Err(error) => trouble(profile, check, error),
        };
        result.capsule.clone_from(&capsule);
        ((position, number), result)
    });
    judged.collect()
}

/// Judges what was seen by one check, and takes what the profile knows of it into account.
pub fn judge(profile: &Profile, check: &Check, seen: &Observation) -> CheckResult {
    result(profile, check, (check.judge)(seen), Some(seen))
}

fn result(
    profile: &Profile,
    check: &Check,
    judgement: crate::check::Judgement,
    seen: Option<&Observation>,
) -> CheckResult {
    let redact = |text: String| seen.map_or(text.clone(), |seen| seen.redact(&text));
    let (verdict, expected, observed) = match judgement {
        Ok(evidence) => (Verdict::Pass, evidence.expected, evidence.observed),
        Err(Objection::Failed(evidence)) => (Verdict::Fail, evidence.expected, evidence.observed),
        Err(Objection::NotReached(why)) => (Verdict::Inconclusive, String::new(), why),
        Err(Objection::NotClaimed(what)) => (
            Verdict::NotApplicable,
            String::new(),
            format!("the profile does not claim {what}"),
        ),
    };
    let clauses = profile.clauses(check.id).into_iter();
    let mut result = CheckResult {
        id: check.id.to_owned(),
        profile: profile.name.clone(),
        area: check.area.name().to_owned(),
        level: check.level,
        sentence: check.sentence.to_owned(),
        verdict,
        scenario: check.scenario.id.to_owned(),
        expected: redact(expected),
        observed: redact(observed),
        source: clauses
            .chain(check.sources.iter().map(|source| (*source).to_owned()))
            .collect(),
        fix: check.fix.to_owned(),
        transcript: Vec::new(),
        capsule: None,
    };
    apply_known_failure(profile, &mut result);
    if let (true, Some(seen)) = (result.wants_attention(), seen) {
        result.transcript = transcript(seen);
    }
    result
}

/// A failure that the profile knows of is one; an entry that no longer holds fails, so that it is
/// taken out.
fn apply_known_failure(profile: &Profile, result: &mut CheckResult) {
    let entry = profile
        .known_failures
        .iter()
        .find(|entry| *entry.check.get_ref() == result.id);
    let Some(entry) = entry else { return };
    match result.verdict {
        Verdict::Fail => {
            result.verdict = Verdict::KnownFailure;
            result.observed = format!("{} (known: {})", result.observed, entry.reason);
        }
        Verdict::Pass | Verdict::NotApplicable | Verdict::Advisory => {
            result.expected = format!("a failure, as [[known_failures]] says: {}", entry.reason);
            result.observed = format!("{}: it no longer fails", result.verdict.name());
            result.fix = String::from("take the entry out of [[known_failures]] in the profile");
            result.verdict = Verdict::Fail;
        }
        Verdict::Inconclusive | Verdict::KnownFailure | Verdict::Error => {}
    }
}

/// The result of a check whose scenario the harness could not play.
fn trouble(profile: &Profile, check: &Check, error: &StageError) -> CheckResult {
    let not_reached = Err(Objection::NotReached(error.to_string()));
    CheckResult {
        verdict: Verdict::Error,
        fix: "see that the program can be started, and that there is room for temporary files"
            .to_owned(),
        ..result(profile, check, not_reached, None)
    }
}

fn place(keep: &Path, round: u32, profile: &Profile, scenario: &Scenario) -> PathBuf {
    let name = if round == 0 {
        scenario.id.to_owned()
    } else {
        format!("{}.{}", scenario.id, round + 1)
    };
    keep.join(&profile.name).join(name)
}

/// Saves the observation beside the sandbox that it was made in. `None` when it cannot be saved,
/// which takes nothing from what was seen.
fn save(keep: &Path, seen: &Observation) -> Option<String> {
    let path = keep.join("observation.json");
    let text = serde_json::to_vec_pretty(seen).ok()?;
    std::fs::write(&path, text).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// How long the scenario really had to wait for the subject's own time limits.
fn forced_wait(scenario: &Scenario, seen: &Observation) -> u64 {
    let waits = scenario
        .runs()
        .filter_map(|run| Some((run.label, run.time_limit?)));
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

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
