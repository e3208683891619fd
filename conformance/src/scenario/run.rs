//! One run of the tool within a scenario, and all that can be out of the ordinary about it.

use std::time::Duration;

use super::{Browser, LONGEST_STALL, Person, SIGNS_IN, STALL_LIMIT, Step, UrlVariable};
use crate::profile::{CliProfile, Command, LoginProfile};

/// One run of the tool.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is out of the ordinary by itself")]
pub struct Run {
    /// What checks call it. Unique in its scenario.
    pub label: &'static str,
    /// What it is asked to do.
    pub command: Command,
    /// The credential that stands on the command line, for commands that take one.
    pub token: Token,
    /// The credential variable.
    pub variable: Variable,
    /// Whether the option that carries a credential is given.
    pub flag: bool,
    /// The URL that the tool is given by its variable.
    pub url: Url,
    /// Whether the variable of the bypass is set.
    pub bypass: bool,
    /// The key that `{id}` of the command line names.
    pub revokes: KeyChoice,
    /// What the browser does when it is asked to open a page.
    pub browser: Browser,
    /// Whether the browser opener works.
    pub opener: Opener,
    /// The umask that the tool starts with.
    pub umask: u32,
    /// The width of the terminal that it runs on; `None`: no terminal, only pipes.
    pub terminal: Option<u16>,
    /// The login time limit that is set, where the profile says how.
    pub time_limit: Option<Duration>,
    /// What is out of the ordinary about the machine.
    pub machine: Machine,
    /// Whether it is watched from below, system call by system call.
    pub traced: bool,
    /// Whether it is killed once a file holds the credential that it was given.
    pub killed: bool,
    /// Whether it signs in over a saved credential although that is documented to be refused.
    pub over_saved: bool,
    /// The longest that the protocol makes it wait, between two polls for example.
    pub waits: Duration,
    /// Whether it is up against a platform that stalls, and has [`STALL_LIMIT`] where that can be set.
    pub stalled: bool,
    /// Whether the variable is left out that allows plain HTTP and foreign hosts.
    pub strict: bool,
}

/// A credential on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A key that the platform takes, called `given`.
    Valid,
    /// A key of the right form that the platform never minted, called `given`.
    Rejected,
    /// A good key between blanks, with a line end.
    Padded,
    /// Nothing but blanks.
    Blank,
    /// A good key with a control character in its middle, which no header may carry.
    Broken,
}

/// What the credential variable is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// It is not set.
    Unset,
    /// A key that the platform takes, called `environment`.
    Valid,
    /// The same, with a line end.
    Padded,
    /// A key of the right form that the platform never minted, called `environment`.
    Rejected,
    /// The empty string.
    Empty,
    /// Blanks alone.
    Blank,
}

/// What the URL variable is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Url {
    /// The platform under test.
    Platform,
    /// The same, with a slash at its end.
    PlatformWithSlash,
    /// It is not set.
    Unset,
    /// It is not set, and the option names the platform under test.
    Option,
    /// Another platform of the same kind.
    Other,
    /// Another platform of the same kind, but the option names the one under test.
    OptionOverOther,
    /// A loopback port on which nothing listens.
    Closed,
    /// Each source that is there names a platform of its own.
    Each {
        /// Whether the option is given.
        option: bool,
        /// What the variable is set to.
        variable: UrlVariable,
    },
}

impl Url {
    /// Whether the option is given.
    pub fn has_option(self) -> bool {
        matches!(self, Self::Option | Self::OptionOverOther | Self::Each { option: true, .. })
    }
}

/// The key that a revocation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChoice {
    /// The newest key of the account.
    Newest,
    /// An id that the platform never gave out.
    Unknown,
}

/// Whether the browser opener works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// It does.
    Works,
    /// It fails, as on a machine without a browser.
    Fails,
}

/// What is out of the ordinary about the machine that the tool runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Nothing.
    Usual,
    /// There is no home: neither `HOME` nor a directory of the XDG specification is set.
    NoHome,
    /// The disk is full: no file can grow by a byte.
    FullDisk,
    /// Its time zone is fourteen hours ahead.
    FarTimeZone,
    /// Standard input is a pipe that stays open and silent.
    SilentInput,
    /// The person wants no colours: `NO_COLOR` is set.
    NoColour,
    /// The person is no administrator: what the permissions of files forbid holds for the tool, also
    /// where the suite is root's.
    Unprivileged,
}

/// A run of `command` with nothing out of the ordinary about it.
pub const fn run(label: &'static str, command: Command) -> Run {
    Run {
        label,
        command,
        token: Token::Valid,
        variable: Variable::Unset,
        flag: false,
        url: Url::Platform,
        bypass: false,
        revokes: KeyChoice::Newest,
        browser: SIGNS_IN,
        opener: Opener::Works,
        umask: 0o022,
        terminal: None,
        time_limit: None,
        machine: Machine::Usual,
        traced: false,
        killed: false,
        over_saved: false,
        waits: Duration::ZERO,
        stalled: false,
        strict: false,
    }
}

impl Run {
    /// The same, called otherwise.
    #[must_use]
    pub const fn called(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// With this credential on the command line.
    #[must_use]
    pub const fn token(mut self, token: Token) -> Self {
        self.token = token;
        self
    }

    /// With the credential variable set so.
    #[must_use]
    pub const fn variable(mut self, variable: Variable) -> Self {
        self.variable = variable;
        self
    }

    /// With the option that carries a credential.
    #[must_use]
    pub const fn flag(mut self) -> Self {
        self.flag = true;
        self
    }

    /// With the URL variable set so.
    #[must_use]
    pub const fn url(mut self, url: Url) -> Self {
        self.url = url;
        self
    }

    /// With the variable of the bypass set.
    #[must_use]
    pub const fn bypass(mut self) -> Self {
        self.bypass = true;
        self
    }

    /// Revoking this key.
    #[must_use]
    pub const fn revokes(mut self, key: KeyChoice) -> Self {
        self.revokes = key;
        self
    }

    /// With a browser that does this.
    #[must_use]
    pub const fn browser(mut self, browser: Browser) -> Self {
        self.browser = browser;
        self
    }

    /// With an opener that fails.
    #[must_use]
    pub const fn opener_fails(mut self) -> Self {
        self.opener = Opener::Fails;
        self
    }

    /// With this umask.
    #[must_use]
    pub const fn umask(mut self, umask: u32) -> Self {
        self.umask = umask;
        self
    }

    /// On a terminal of this many columns.
    #[must_use]
    pub const fn terminal(mut self, columns: u16) -> Self {
        self.terminal = Some(columns);
        self
    }

    /// With the login time limit set to this, which it will have to wait for.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// With so long a wait that the protocol forces.
    #[must_use]
    pub const fn waits(mut self, seconds: u64) -> Self {
        self.waits = Duration::from_secs(seconds);
        self
    }

    /// On such a machine.
    #[must_use]
    pub const fn machine(mut self, machine: Machine) -> Self {
        self.machine = machine;
        self
    }

    /// Watched from below.
    #[must_use]
    pub const fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// Killed once a file holds the credential that it was given.
    #[must_use]
    pub const fn killed(mut self) -> Self {
        self.killed = true;
        self.traced()
    }

    /// Over a saved credential, where that is documented to be refused.
    #[must_use]
    pub const fn over_saved(mut self) -> Self {
        self.over_saved = true;
        self
    }

    /// Up against a platform that stalls.
    #[must_use]
    pub const fn stalled(mut self) -> Self {
        self.stalled = true;
        self
    }

    /// Without the variable that allows plain HTTP and foreign hosts.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// As a step of a scenario.
    pub const fn step(self) -> Step {
        Step::Run(self)
    }

    /// As a step of a scenario in which so many are started at once.
    pub const fn crowd(self, size: usize) -> Step {
        Step::Crowd(self, size)
    }
}

impl Run {
    /// The longest that this run must wait, where the tool's time limits can be set.
    pub fn forced_wait(&self) -> Duration {
        let stall = if self.stalled { STALL_LIMIT } else { Duration::ZERO };
        self.time_limit.unwrap_or_default() + self.waits + stall
    }

    /// The longest that this run of this tool must wait.
    pub fn forced_wait_of(&self, cli: &CliProfile) -> Duration {
        if self.stalled && cli.time_limit.is_none() { LONGEST_STALL } else { self.forced_wait() }
    }

    /// What this run needs that `cli` does not claim; `None` when it can be played.
    pub fn unclaimed(&self, cli: &CliProfile) -> Option<String> {
        if !cli.commands.contains_key(&self.command) {
            return Some(format!("a command for {:?}", self.command));
        }
        let login = cli.login.as_ref();
        let in_browser = self.command == Command::Login;
        let takes_url_option = !cli.url.flag.is_empty()
            && (self.command.signs_in() || !cli.url.flag_is_for_signing_in);
        let wants_url_option = self.url.has_option();
        let denies_in_browser = in_browser && self.browser.person == Person::Denies;
        // Without a code nothing comes back with a refusal: the tool waits until its time is up.
        let hears_refusal =
            login.is_some_and(LoginProfile::brings_code) || self.time_limit.is_some();
        let missing = [
            (in_browser && login.is_none(), "a browser login"),
            (self.command == Command::LoginOnDevice && cli.device.is_none(), "a sign-in by a code"),
            (
                self.browser.needs_state()
                    && login.is_none_or(|login| login.state_parameter.is_none()),
                "a state that comes back with the browser",
            ),
            (denies_in_browser && !hears_refusal, "a refusal that comes back with the browser"),
            (
                self.browser.needs_issuer() && login.is_none_or(|login| !login.issuer),
                "an issuer that comes back with the browser",
            ),
            (
                self.command.extracts() && cli.extract.is_none(),
                "that it finds what other tools have saved",
            ),
            (self.flag && cli.flag.is_none(), "an option that carries the credential"),
            (
                self.variable != Variable::Unset && cli.credential.is_none(),
                "a variable that carries the credential",
            ),
            (wants_url_option && !takes_url_option, "an option that names the platform"),
            (
                self.strict && cli.url.allowance.is_none(),
                "a variable that allows plain HTTP and foreign hosts",
            ),
            (self.bypass && cli.bypass.is_none(), "a variable that bypasses the platform"),
            (
                self.time_limit.is_some()
                    && login.is_none_or(|login| login.time_limit_variable.is_none()),
                "a login time limit that can be set",
            ),
        ];
        let first = missing.into_iter().find(|(is_missing, _)| *is_missing);
        first.map(|(_, what)| what.to_owned())
    }
}
