//! A check: one requirement, and how an observation is judged by it.

use serde::{Deserialize, Serialize};

use crate::observation::{Ending, Observation, RunRecord};
use crate::scenario::Scenario;

/// One requirement of a command-line tool.
///
/// A check does no I/O: it sees an [`Observation`] and nothing else, so that it can be tried in
/// microseconds, and an observation saved yesterday can be judged again today.
#[derive(Debug)]
pub struct Check {
    /// Its name, for ever: reports, profiles and people refer to it.
    pub id: &'static str,
    /// What it is about.
    pub area: Area,
    /// How much weight it has.
    pub level: Level,
    /// The requirement, in one sentence.
    pub sentence: &'static str,
    /// The clauses of standards that it comes from. Those of contracts stand in the profiles.
    pub sources: &'static [&'static str],
    /// Real bugs that it would have caught, as `owner/repository#number`.
    pub bugs: &'static [&'static str],
    /// What an author does about a failure.
    pub fix: &'static str,
    /// The stimulus that reaches the situation.
    pub scenario: &'static Scenario,
    /// The mutants of the reference CLI that it must fail. Never empty.
    pub mutants: &'static [&'static str],
    /// The judgement.
    pub judge: fn(&Observation) -> Judgement,
}

/// How much weight a check has.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A clause demands it, or a user loses a session, a secret or a CI result.
    Must,
    /// The rest.
    Should,
}

impl Level {
    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// What a check is about. In the order in which reports show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Signing in with the browser.
    Login,
    /// The loopback listener that the browser comes back to.
    Loopback,
    /// The code that the browser brings, and what it is exchanged for.
    Code,
    /// Signing in by a code that is approved on any device.
    Device,
    /// Signing in with a credential on the command line.
    TokenLogin,
    /// The file that the credential is kept in.
    Storage,
    /// What stands on the disk while it is written.
    Atomicity,
    /// Which credential is used.
    Precedence,
    /// A session that renews itself.
    Refresh,
    /// Which platform is spoken to, and what is sent where.
    Transport,
    /// Who is signed in.
    Identity,
    /// What is said, and where, when something goes wrong.
    Errors,
    /// Signing out.
    Logout,
    /// API keys.
    Keys,
    /// What other tools have saved.
    Extraction,
    /// A machine that is not what one expects.
    Environment,
    /// What the tool prints, and how it ends.
    Output,
}

impl Area {
    /// Every area, in order.
    pub const ALL: [Self; 17] = [
        Self::Login,
        Self::Loopback,
        Self::Code,
        Self::Device,
        Self::TokenLogin,
        Self::Storage,
        Self::Atomicity,
        Self::Precedence,
        Self::Refresh,
        Self::Transport,
        Self::Identity,
        Self::Errors,
        Self::Logout,
        Self::Keys,
        Self::Extraction,
        Self::Environment,
        Self::Output,
    ];

    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Loopback => "loopback",
            Self::Code => "code",
            Self::Device => "device",
            Self::TokenLogin => "token-login",
            Self::Storage => "storage",
            Self::Atomicity => "atomicity",
            Self::Precedence => "precedence",
            Self::Refresh => "refresh",
            Self::Transport => "transport",
            Self::Identity => "identity",
            Self::Errors => "errors",
            Self::Logout => "logout",
            Self::Keys => "keys",
            Self::Extraction => "extraction",
            Self::Environment => "environment",
            Self::Output => "output",
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Login => "browser login",
            Self::Loopback => "loopback listener",
            Self::Code => "authorization code",
            Self::Device => "device code",
            Self::TokenLogin => "token login",
            Self::Storage => "storage",
            Self::Atomicity => "atomicity",
            Self::Precedence => "precedence",
            Self::Refresh => "refresh",
            Self::Transport => "transport",
            Self::Identity => "identity",
            Self::Errors => "errors",
            Self::Logout => "logout",
            Self::Keys => "API keys",
            Self::Extraction => "extraction",
            Self::Environment => "environment",
            Self::Output => "output",
        }
    }
}

/// What a judge returns: what it saw, or why it objects.
pub type Judgement = Result<Evidence, Objection>;

/// A requirement that was found to hold, with what showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What had to be.
    pub expected: String,
    /// What was.
    pub observed: String,
}

/// Why a requirement was not found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It does not hold.
    Failed(Evidence),
    /// The situation was not reached: nothing is known.
    NotReached(String),
    /// The profile does not claim it.
    NotClaimed(String),
    /// The operator neither lent nor allowed what would show it, and it is no less claimed.
    NotLent(String),
    /// It does not hold, but the contract documents it so: contract and standard disagree.
    Disagree {
        /// What the contract says, and the tool does.
        contract: String,
        /// What the standard says.
        standard: String,
    },
}

/// Holds `expected` against `observed`: evidence when `holds`, else a failure.
///
/// Both texts are read side by side, so they speak of the same thing: `mode 0600`, `mode 0644`.
///
/// # Errors
/// [`Objection::Failed`] when it does not hold.
pub fn require(holds: bool, expected: impl Into<String>, observed: impl Into<String>) -> Judgement {
    let evidence = Evidence { expected: expected.into(), observed: observed.into() };
    if holds { Ok(evidence) } else { Err(Objection::Failed(evidence)) }
}

/// Whether `run` succeeded: `exit 0` each time, and what it said only when it did not.
///
/// # Errors
/// [`Objection::Failed`] when it did not.
pub fn require_success(run: &RunRecord) -> Judgement {
    let ok = run.ending == Ending::Exited(0);
    let told = || format!("{}: {}", run.ending.describe(), run.first_words());
    require(ok, "exit 0", if ok { "exit 0".to_owned() } else { told() })
}

/// Whether `run` succeeded, and by an answer of the platform: without one nothing is known.
///
/// # Errors
/// [`Objection::Failed`] when it did not succeed, [`Objection::NotReached`] when it did without one.
pub fn require_work(seen: &Observation, run: &RunRecord) -> Judgement {
    let success = require_success(run)?;
    seen.answered(run)?;
    Ok(success)
}

/// The objection that the situation was not reached, and why.
///
/// # Errors
/// Always: it exists to be returned with `?`.
pub fn not_reached<T>(why: impl Into<String>) -> Result<T, Objection> {
    Err(Objection::NotReached(why.into()))
}
