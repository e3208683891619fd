//! A scenario: the stimulus, as data. What is in the home before, what the platform will misbehave
//! at, what the person and the browser do, and which commands run, in order.
//!
//! Scenarios speak of roles, never of a tool: the profile says what `Command::Identity` is called
//! and where the store lies. Many checks share one scenario, and so one run of it.

mod browser;
mod home;
mod run;
mod url_sources;

use std::time::Duration;

use crate::observation::OTHER_PLATFORM;
use crate::profile::{Brings, CliProfile, fill};

pub use browser::{Browser, HOSTILE_WORDS, Person, SIGNS_IN, Stray};
pub use home::{
    ACCESS_TOKEN_LIFETIME, ELSEWHERE, OtherTools, Seed, SessionState, Sources, StoreState,
    UNRELATED_MEMBER,
};
pub use run::{KeyChoice, Machine, Opener, Run, Token, Url, Variable, run};
pub use url_sources::{URL_SOURCES, UrlFiles, UrlVariable};

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
    /// routes go by the names of operations: `{identity}`, `{request}`, `{poll}` and `{exchange}`
    /// are those that the profile names for the identity command, a sign-in by a code, and the
    /// exchange of a code. Empty: nothing.
    pub script: &'static str,
    /// What happens, in order.
    pub steps: &'static [Step],
}

/// The name that a created API key is given.
pub const CREATED_KEY_NAME: &str = "a key for ci";

/// Where the sample command writes, from the sandbox's root.
pub const SAMPLE_OUTPUT: &str = "tmp/sample-output";

/// How long a tool has to wait between two polls.
pub const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The time limit of a request that a run has which is up against a platform that stalls, where the
/// tool lets it be set.
pub const STALL_LIMIT: Duration = Duration::from_secs(1);

/// How long a tool may wait for a platform that stalls, where its limit cannot be set.
pub const LONGEST_STALL: Duration = Duration::from_mins(1);

/// How far the platform's clock goes ahead in [`Change::TimePasses`].
pub const TIME_THAT_PASSES: Duration = Duration::from_hours(40 * 24);

/// A script by which the platform drops every connection.
pub const DROPS_EVERYTHING: &str = r#"
    [[faults]]
    on = "* /*"
    drop = true
"#;

/// One step of a scenario.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// The tool is run.
    Run(Run),
    /// The tool is run so many times at once.
    Crowd(Run, usize),
    /// The tool is run; once the platform has answered a renewal, it is run another time beside.
    Meanwhile(Run, Run),
    /// The first is run so many times at once, each time with a key of its own, and meanwhile the
    /// second so many times one after another. All writers are traced.
    Throng {
        /// What is run at once.
        writer: Run,
        /// How many times.
        writers: usize,
        /// What is run meanwhile.
        reader: Run,
        /// How many times.
        reads: usize,
    },
    /// Something changes at the platform, or on the machine.
    Change(Change),
}

impl Step {
    /// The runs that it consists of.
    pub fn runs(&self) -> Vec<&Run> {
        match self {
            Self::Run(run) | Self::Crowd(run, _) => vec![run],
            Self::Meanwhile(first, second) | Self::Throng { writer: first, reader: second, .. } => {
                vec![first, second]
            }
            Self::Change(_) => Vec::new(),
        }
    }
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
    /// Two hours go by at the platform: longer than an access token lives.
    HoursPass,
    /// The port that the last login listened on is taken by another program.
    TakeLoginPort,
    /// The home holds these sources of a credential, and no others.
    Sources(Sources),
    /// The home holds these sources of the URL, each naming a platform of its own, and no others.
    UrlFiles(UrlFiles),
    /// The home holds what other tools have saved so, and nothing else of theirs.
    OtherTools(OtherTools),
    /// The platform's clock goes two hours back.
    HoursAreTurnedBack,
    /// The organization has personal tokens disabled from now on.
    DisablePersonalTokens,
    /// Nothing in the home may be written any more, the home itself included.
    LockHome,
    /// The store's mode becomes 000: nobody but root may read it.
    CloseStore,
    /// The platform misbehaves no longer.
    ClearScript,
    /// The session of the home is ended at the platform, and all of its family with it.
    EndSession,
}

impl Scenario {
    /// What this scenario needs that `cli` does not claim: a reason not to play it at all. `None`
    /// when some of its runs can be played; the others are left out.
    pub fn unclaimed(&self, cli: &CliProfile) -> Option<String> {
        let unclaimed = self.home.iter().find_map(|seed| seed.unclaimed(cli));
        if unclaimed.is_some() {
            return unclaimed;
        }
        let reasons: Option<Vec<String>> =
            self.runs().map(|run| self.unclaimed_by(run, cli)).collect();
        reasons.and_then(|reasons| reasons.into_iter().next())
    }

    /// What this run of it needs that `cli` does not claim; `None` when it can be played.
    pub fn unclaimed_by(&self, run: &Run, cli: &CliProfile) -> Option<String> {
        let own = || run.unclaimed(cli);
        let of_story = self
            .session_without_file(run, cli)
            .or_else(|| self.config_left_unread(run, cli))
            .or_else(|| self.login_over_saved(run, cli))
            .or_else(|| self.url_source_unclaimed(run, cli));
        let of_story = of_story.map(str::to_owned);
        of_story.or_else(|| self.missing_sign_in(run, cli)).or_else(own)
    }

    /// A session beside the store takes a file of its own.
    fn session_without_file(&self, run: &Run, cli: &CliProfile) -> Option<&'static str> {
        let laid = self.last_change_before(run, |change| match change {
            Change::Sources(sources) => Some(*sources),
            _ => None,
        });
        let wants = laid.is_some_and(|sources| sources.session);
        let has = cli.session.as_ref().is_some_and(|session| session.path != cli.store.path);
        (wants && !has).then_some("a session in a file of its own")
    }

    /// What `pick` takes of the last change before `run` that it takes anything of.
    fn last_change_before<T>(&self, run: &Run, pick: fn(&Change) -> Option<T>) -> Option<T> {
        let is_this = |step: &&Step| matches!(step, Step::Run(other) if other.label == run.label);
        let before = self.steps.iter().take_while(|step| !is_this(step));
        let changes = before.filter_map(|step| match step {
            Step::Change(change) => pick(change),
            _ => None,
        });
        changes.last()
    }

    /// Some tools read no file at all while the credential variable is set.
    fn config_left_unread(&self, run: &Run, cli: &CliProfile) -> Option<&'static str> {
        let unread = cli.url.config.as_ref().is_some_and(|config| config.is_unread_with_variable);
        let wants = self.home.contains(&Seed::ConfigNamesOtherPlatform)
            && (run.url, run.variable) == (Url::Unset, Variable::Valid);
        (wants && unread).then_some("a configuration file beside the credential variable")
    }

    fn login_over_saved(&self, run: &Run, cli: &CliProfile) -> Option<&'static str> {
        if !self.begins_signed_in() || !run.command.signs_in() {
            return None;
        }
        match (cli.store.login_is_refused_over_it, run.over_saved) {
            (true, false) => Some("that signing in replaces what is saved"),
            (false, true) => Some("that signing in over it is refused"),
            _ => None,
        }
    }

    /// Without the sign-in before it, a run shows nothing of what it is for.
    fn missing_sign_in(&self, run: &Run, cli: &CliProfile) -> Option<String> {
        let before = self.runs().take_while(|before| before.label != run.label);
        let mut sign_ins = before.filter(|before| before.command.signs_in());
        sign_ins.find_map(|sign_in| sign_in.unclaimed(cli)).filter(|_| !self.begins_signed_in())
    }

    fn begins_signed_in(&self) -> bool {
        self.home.iter().any(|seed| matches!(seed, Seed::Store(_) | Seed::Session(_)))
    }

    /// The script, for a tool that speaks so.
    pub fn script_for(&self, cli: &CliProfile) -> String {
        let device = cli.device.as_ref();
        let exchange = cli.login.as_ref().and_then(|login| match &login.brings {
            Brings::Code { exchange, .. } => Some(exchange.clone()),
            Brings::Key(_) => None,
        });
        let of = |operation: Option<String>| operation.unwrap_or_else(|| "token".to_owned());
        let values = [
            ("identity".to_owned(), cli.identity_operation().to_owned()),
            ("request".to_owned(), of(device.map(|device| device.request.clone()))),
            ("poll".to_owned(), of(device.map(|device| device.poll.clone()))),
            ("exchange".to_owned(), of(exchange)),
        ];
        fill(self.script, &values)
    }

    /// The longest that this scenario must wait, for the tool's own time limits and for what its
    /// protocol demands, where the tool's limits can be set.
    pub fn forced_wait(&self) -> Duration {
        self.runs().map(Run::forced_wait).sum()
    }

    /// The same for this tool, whose limits may not be to be set.
    pub fn forced_wait_of(&self, cli: &CliProfile) -> Duration {
        self.runs().map(|run| run.forced_wait_of(cli)).sum()
    }

    /// The names of the other platforms of the same kind that it takes.
    pub fn other_platforms(&self) -> &'static [&'static str] {
        let other = self.home.contains(&Seed::ConfigNamesOtherPlatform)
            || self.runs().any(|run| matches!(run.url, Url::Other | Url::OptionOverOther));
        match (self.tells_url_sources_apart(), other) {
            (true, _) => &URL_SOURCES[1..],
            (false, true) => &[OTHER_PLATFORM],
            (false, false) => &[],
        }
    }

    /// The sources that its home holds at one time or another, of those that its changes lay down.
    pub fn sources(&self) -> Sources {
        let none = Sources { store: false, session: false };
        self.steps.iter().fold(none, |all, step| match step {
            Step::Change(Change::Sources(one)) => {
                Sources { store: all.store || one.store, session: all.session || one.session }
            }
            _ => all,
        })
    }

    /// Its runs, in order.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.steps.iter().flat_map(Step::runs)
    }
}
