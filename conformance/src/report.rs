//! What came of a run, as data; the formats each write it down in their own way.

mod badge;
mod file;
mod format;
mod github;
mod html;
mod json;
mod junit;
mod md;
mod merge;
mod sarif;
mod text;
mod timings;
mod transcript;

use serde::{Deserialize, Serialize};

pub use badge::badge;
pub use file::ReportFileError;
pub use format::{Format, FormatError};
pub use github::github;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use md::md;
pub use merge::{MergeError, merge};
pub use sarif::sarif;
pub use text::text;
pub use timings::timings;
pub use transcript::transcript;

use crate::check::{Area, Level};
use crate::profile::Place;
use crate::runner::Shard;
use crate::server_check::ServerArea;
use crate::verdict::Verdict;

/// The version of the JSON document.
pub const SCHEMA: u32 = 1;

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this document: [`SCHEMA`].
    pub schema: u32,
    /// The version of the program that made it.
    pub authspec: String,
    /// What was tested.
    pub subject: Subject,
    /// How many results there are of each verdict.
    pub summary: Summary,
    /// Where the time went.
    pub timing: Timing,
    /// How often everything was run, and whether it came out the same each time.
    pub repeat: Repeat,
    /// How much of what was asked for is in this report.
    #[serde(default)]
    pub scope: Scope,
    /// One result for each check on each profile, in the order of the catalogue.
    pub results: Vec<CheckResult>,
}

/// What was tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The program and its first arguments; empty for the bundled reference CLI; for a probe, the
    /// URL.
    pub program: Vec<String>,
    /// The profile; several are separated by commas.
    pub profile: String,
}

/// How many results there are of each verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Requirements that hold.
    pub pass: usize,
    /// Requirements that do not.
    pub fail: usize,
    /// Situations that were not reached.
    pub inconclusive: usize,
    /// What the profiles do not claim.
    pub not_applicable: usize,
    /// Contract and standard disagree.
    pub advisory: usize,
    /// Failures that the profiles know of.
    pub known_failure: usize,
    /// Failures of the harness.
    pub error: usize,
}

/// Where the time went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// From the first platform to the last verdict, in milliseconds; of the slowest repetition.
    pub wall_ms: u64,
    /// User and system time of the subject's processes, in milliseconds; of that repetition.
    pub subject_cpu_ms: u64,
    /// The longest that any one scenario had to wait for the protocol, or for the subject's own
    /// time limits, in milliseconds.
    pub longest_forced_wait_ms: u64,
    /// How many times the subject was started, in one repetition.
    pub runs: usize,
    /// The scenarios that took longest, the longest first; at most ten.
    #[serde(default)]
    pub slowest: Vec<ScenarioTiming>,
}

/// What it took to play one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioTiming {
    /// The scenario.
    pub scenario: String,
    /// The profile that it was played for.
    pub profile: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// How much of that it had to wait, in milliseconds.
    pub forced_wait_ms: u64,
    /// How many times the subject was started.
    pub runs: usize,
}

/// How much of what was asked for is in a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// The same for all shards of a run, and different for those of another.
    pub run: String,
    /// How many results there are: fewer means that the report was cut off.
    pub results: usize,
    /// Whether what must wait long was left out.
    pub quick: bool,
    /// What the order was drawn from.
    pub seed: Option<u64>,
    /// Which part of the run it is; `None`: the whole.
    pub shard: Option<Shard>,
    /// Why nothing but the proxy kept the tool from other hosts; `None` where the run had a network
    /// of its own, or no tool was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_network: Option<String>,
    /// The checks that were left out, and why.
    pub left_out: Vec<LeftOut>,
}

/// A check that was left out for a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The check.
    pub id: String,
    /// The profile.
    pub profile: String,
    /// Why.
    pub why: String,
}

/// How often everything was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How often.
    pub times: u32,
    /// Whether every repetition came to the same results, word for word.
    pub equal: bool,
}

/// What came of one check on one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check.
    pub id: String,
    /// The profile.
    pub profile: String,
    /// What the check is about, as [`Area`] is written.
    pub area: String,
    /// The check's level.
    pub level: Level,
    /// The requirement.
    pub sentence: String,
    /// What came of it.
    pub verdict: Verdict,
    /// The scenario that it was judged by.
    pub scenario: String,
    /// What had to be.
    pub expected: String,
    /// What was; for what was not judged, why not.
    pub observed: String,
    /// The clauses of the contract and of standards that the requirement comes from.
    pub source: Vec<String>,
    /// What to do about a failure.
    pub fix: String,
    /// The command that runs this check alone.
    pub again: String,
    /// Where the profile speaks of it.
    #[serde(default)]
    pub place: Option<Place>,
    /// What was typed, printed and sent, for results that somebody must look into.
    pub transcript: Vec<String>,
    /// The saved observation, when sandboxes are kept.
    pub capsule: Option<String>,
}

impl CheckResult {
    /// Whether somebody must look into it.
    pub fn wants_attention(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Inconclusive | Verdict::Error)
    }
}

/// How many of the scenarios that took longest are told.
const MOST_SLOW: usize = 10;

impl Timing {
    /// Takes the cost of one scenario into account.
    pub fn add(&mut self, cost: ScenarioTiming) {
        self.runs += cost.runs;
        self.longest_forced_wait_ms = self.longest_forced_wait_ms.max(cost.forced_wait_ms);
        self.slowest.push(cost);
        self.keep_the_slowest();
    }

    /// Drops what is not among the slowest.
    pub(crate) fn keep_the_slowest(&mut self) {
        self.slowest.sort_by(|one, other| {
            let names = |cost: &ScenarioTiming| (cost.profile.clone(), cost.scenario.clone());
            other.elapsed_ms.cmp(&one.elapsed_ms).then_with(|| names(one).cmp(&names(other)))
        });
        self.slowest.truncate(MOST_SLOW);
    }
}

impl Summary {
    /// Counts the verdicts of `results`.
    pub fn of(results: &[CheckResult]) -> Self {
        let count = |verdict| tally(results, verdict);
        Self {
            pass: count(Verdict::Pass),
            fail: count(Verdict::Fail),
            inconclusive: count(Verdict::Inconclusive),
            not_applicable: count(Verdict::NotApplicable),
            advisory: count(Verdict::Advisory),
            known_failure: count(Verdict::KnownFailure),
            error: count(Verdict::Error),
        }
    }

    /// How many results there are.
    pub fn count(&self) -> usize {
        self.pass
            + self.fail
            + self.inconclusive
            + self.not_applicable
            + self.advisory
            + self.known_failure
            + self.error
    }
}

/// How many of `results` have this verdict.
fn tally(results: &[CheckResult], verdict: Verdict) -> usize {
    results.iter().filter(|result| result.verdict == verdict).count()
}

/// The title of an area by the name that results carry.
fn area_title(name: &str) -> &'static str {
    let client = Area::ALL.iter().find(|area| area.name() == name).map(|area| area.title());
    let server = ServerArea::ALL.iter().find(|area| area.name() == name).map(|area| area.title());
    client.or(server).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A report with one result for each of these verdicts.
    pub(crate) fn report_of(verdicts: &[(Verdict, Level)]) -> Report {
        let results: Vec<CheckResult> = verdicts
            .iter()
            .enumerate()
            .map(|(number, (verdict, level))| CheckResult {
                id: format!("check-{number}"),
                profile: "example".to_owned(),
                area: "storage".to_owned(),
                level: *level,
                sentence: "the credential file may be read by its owner alone".to_owned(),
                verdict: *verdict,
                scenario: "token-login".to_owned(),
                expected: "mode 0600".to_owned(),
                observed: "mode 0644".to_owned(),
                source: vec!["docs EX-1".to_owned()],
                fix: "create the file with mode 0600".to_owned(),
                again: format!(
                    "authspec run --profile example --check check-{number} -- ./example"
                ),
                transcript: vec!["$ example login".to_owned(), "  exit 0".to_owned()],
                place: Some(Place { file: "ci/example.toml".to_owned(), line: 12, column: 5 }),
                capsule: None,
            })
            .collect();
        Report {
            schema: SCHEMA,
            authspec: "0.0.0".to_owned(),
            subject: Subject {
                program: vec!["./example".to_owned()],
                profile: "example".to_owned(),
            },
            summary: Summary::of(&results),
            timing: Timing {
                wall_ms: 1200,
                subject_cpu_ms: 300,
                longest_forced_wait_ms: 1000,
                runs: 9,
                slowest: Vec::new(),
            },
            repeat: Repeat { times: 1, equal: true },
            scope: Scope { results: results.len(), ..Scope::default() },
            results,
        }
    }
}
