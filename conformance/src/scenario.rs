//! A scenario: the stimulus, as data. What is in the home before, what the platform will misbehave
//! at, what the person and the browser do, and which commands run, in order.
//!
//! Scenarios speak of roles, never of a tool: the profile says what `Command::Identity` is called
//! and where the store lies. Many checks share one scenario, and so one run of it.

mod run;

use std::time::Duration;

use crate::profile::CliProfile;

pub use run::{KeyChoice, Opener, Run, Token, Url, Variable, run};

/// One stimulus, told as a story.
#[derive(Debug)]
pub struct Scenario {
    /// Its name, for reports and `--keep` directories.
    pub id: &'static str,
    /// What happens, in one sentence.
    pub story: &'static str,
    /// What the home holds before the first step.
    pub home: &'static [Seed],
    /// What the platform will misbehave at: a script in the platform's own language, in which
    /// routes go by the names of operations. Empty: nothing.
    pub script: &'static str,
    /// What happens, in order.
    pub steps: &'static [Step],
}

/// One thing that the home holds before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// The store, in this state.
    Store(StoreState),
    /// The configuration file names the URL of another platform than the one under test.
    ConfigNamesOtherPlatform,
}

/// The state of the store before the first step. Where it holds a key, that key is called
/// `stored`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// A key that the platform takes; mode 0600 in a directory 0700.
    HoldsKey,
    /// The same, beside members that are not the tool's ([`UNRELATED_MEMBER`]).
    HoldsKeyAmongOthers,
    /// The same key, but mode 0644.
    HoldsKeyLoosely,
    /// The path is a symbolic link to a file elsewhere in the home that holds the key.
    IsSymlink,
    /// A credential of 4 KiB: any later one is shorter.
    HoldsLongKey,
    /// Bytes that are neither YAML nor JSON.
    IsCorrupt,
    /// The path is a directory: nothing can be saved there, not even by root.
    IsDirectory,
}

/// The member, not the tool's own, that [`StoreState::HoldsKeyAmongOthers`] lays beside the key.
pub const UNRELATED_MEMBER: (&str, &str) = ("note_to_self", "keep me");

/// The name that a created API key is given.
pub const CREATED_KEY_NAME: &str = "a key for ci";

/// Where the sample command writes, from the sandbox's root.
pub const SAMPLE_OUTPUT: &str = "tmp/sample-output";

/// How far the platform's clock goes ahead in [`Change::TimePasses`].
pub const TIME_THAT_PASSES: Duration = Duration::from_hours(40 * 24);

/// One step of a scenario.
#[derive(Debug)]
pub enum Step {
    /// The tool is run.
    Run(Run),
    /// Something changes at the platform, or on the machine.
    Change(Change),
}

/// Something that changes between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The key of this name is revoked at the platform.
    RevokeKey(&'static str),
    /// The account's members get other values.
    ChangeAccount,
    /// Keys are minted until the account holds as many as it may.
    FillKeys,
    /// One of the keys that [`Change::FillKeys`] minted is revoked.
    MakeRoom,
    /// Forty days go by at the platform, so that dates before and after can be told apart.
    TimePasses,
    /// The port that the last login listened on is taken by another program.
    TakeLoginPort,
}

/// What the robot browser does with the page that it is asked to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browser {
    /// What the person does on the sign-in page.
    pub person: Person,
    /// Requests to the loopback listener before the genuine callback.
    pub before: &'static [Stray],
    /// Requests to the loopback listener after it.
    pub after: &'static [Stray],
}

/// What the person in front of the browser does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Signs in.
    SignsIn,
    /// Refuses.
    Denies,
    /// Never comes: no page is loaded.
    NeverComes,
    /// Presses Ctrl-C in the terminal instead.
    Interrupts,
}

/// A request to the loopback listener that is not the genuine callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// A connection that is opened and never written to, held until the run ends.
    IdleConnection,
    /// `GET /favicon.ico`.
    Favicon,
    /// `HEAD` of the callback, without parameters.
    Head,
    /// `GET` of another path, with a stranger's good key.
    WrongPath,
    /// The callback without any parameter.
    WithoutKey,
    /// The callback with an empty key.
    EmptyKey,
    /// `POST` of the callback with a stranger's good key.
    Post,
    /// The callback with a stranger's good key, asked for under a foreign host name.
    ForeignHost,
    /// The callback with a stranger's good key: after the genuine one, a duplicate.
    StrangersKey,
}

impl Stray {
    /// What observations call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdleConnection => "idle-connection",
            Self::Favicon => "favicon",
            Self::Head => "head",
            Self::WrongPath => "wrong-path",
            Self::WithoutKey => "without-key",
            Self::EmptyKey => "empty-key",
            Self::Post => "post",
            Self::ForeignHost => "foreign-host",
            Self::StrangersKey => "strangers-key",
        }
    }

    /// Whether it carries a stranger's good key, which is then called `stranger` and its name.
    pub fn is_forgery(self) -> bool {
        matches!(self, Self::WrongPath | Self::Post | Self::ForeignHost | Self::StrangersKey)
    }
}

/// The person signs in, and the browser does nothing else.
pub const SIGNS_IN: Browser = Browser { person: Person::SignsIn, before: &[], after: &[] };

impl Scenario {
    /// What this scenario needs that `cli` does not claim: a reason not to play it at all. `None`
    /// when some of its runs can be played; the others are left out.
    pub fn unclaimed(&self, cli: &CliProfile) -> Option<String> {
        if self.home.contains(&Seed::ConfigNamesOtherPlatform) && cli.url.config.is_none() {
            return Some("a configuration file that holds the URL".to_owned());
        }
        let reasons: Option<Vec<String>> = self.runs().map(|run| run.unclaimed(cli)).collect();
        reasons.and_then(|reasons| reasons.into_iter().next())
    }

    /// The longest that this scenario must wait for the tool's own time limits.
    pub fn forced_wait(&self) -> Duration {
        self.runs().filter_map(|run| run.time_limit).sum()
    }

    /// Its runs, in order.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run(run) => Some(run),
            Step::Change(_) => None,
        })
    }
}
