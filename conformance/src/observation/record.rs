//! What was seen of one run of the tool.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mock_server::Exchange;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::exchange::{credential_of, is_from_browser};
use super::files::FileTree;
use crate::check::{Objection, not_reached};
use crate::tracer::Trace;

/// The origin of exchanges with the platform that only the configuration file names.
pub const OTHER_PLATFORM: &str = "other platform";

/// What was seen of one run of the tool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunRecord {
    /// What the scenario calls this run.
    pub label: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The variables that this run was given beside those of every run, as `NAME=value`.
    pub environment: Vec<String>,
    /// How it ended.
    pub ending: Ending,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// How long it took to end after Ctrl-C, in milliseconds, when that was pressed.
    pub interrupted_ms: Option<u64>,
    /// What it wrote to standard output; on a terminal, everything that it wrote.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// What the platform, and the hosts that it stands in for, were asked meanwhile.
    pub exchanges: Vec<Exchange>,
    /// Other hosts that it tried to reach, as `host:port` or as a whole URL.
    pub egress: Vec<String>,
    /// The times that it started a browser.
    pub openings: Vec<Opening>,
    /// The requests that the robot browser made to its loopback listener, in order.
    pub visits: Vec<Visit>,
    /// The port of the loopback listener.
    pub login_port: Option<u16>,
    /// Whether the platform led the browser back to that port.
    pub led_back: bool,
    /// Whether the person decided on the page of a code.
    pub decided: bool,
    /// The local addresses on which that port was listened on while the browser was open, where
    /// they were looked up.
    pub listening: BTreeSet<IpAddr>,
    /// Whether that port still took connections after the program had ended.
    pub port_open_after: bool,
    /// The files that were opened, of those in directories that were there before.
    pub opened: BTreeSet<String>,
    /// What stood before the cursor each time that something was typed.
    pub prompts: Vec<String>,
    /// What was seen from below, of a run that was traced.
    pub trace: Option<Trace>,
    /// The account at the platform, as it was during the run.
    pub account: Map<String, Value>,
    /// The sandbox before the run.
    pub before: FileTree,
    /// The sandbox after it.
    pub after: FileTree,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself, with this exit code.
    Exited(i32),
    /// By this signal, which was not ours unless Ctrl-C was pressed.
    Signalled(i32),
    /// It was ended after this many milliseconds, the deadline.
    TimedOut(u64),
    /// It was ended after having written this many bytes.
    TooMuchOutput(usize),
    /// It was ended because the browser could not come back to it, for this reason.
    BrowserGaveUp(String),
}

impl Default for Ending {
    fn default() -> Self {
        Self::Exited(0)
    }
}

impl Ending {
    /// As people read it: a phrase that goes on after "it".
    pub fn describe(&self) -> String {
        match self {
            Self::Exited(code) => format!("exit {code}"),
            Self::Signalled(signal) => format!("ended by signal {signal}"),
            Self::TimedOut(after) => format!("still running after {after} ms, and was ended"),
            Self::TooMuchOutput(bytes) => format!("wrote over {bytes} bytes, and was ended"),
            Self::BrowserGaveUp(why) => format!("waited in vain for the browser: {why}"),
        }
    }

    /// Whether the program ended by itself and reported a failure: a non-zero exit code.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Exited(code) if *code != 0)
    }

    /// Whether the harness had to end it.
    pub fn was_forced(&self) -> bool {
        !matches!(self, Self::Exited(_) | Self::Signalled(_))
    }
}

/// One start of a browser opener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The name that it was started by, for example `xdg-open`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, as `NAME=value`.
    pub environment: Vec<String>,
}

/// One request of the robot browser to the loopback listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// What it was: `callback`, or the name of a stray request.
    pub what: String,
    /// The URL that was asked for.
    pub url: String,
    /// The status of the reply; `None` when there was none.
    pub status: Option<u16>,
    /// The reply's body.
    pub body: String,
}

impl RunRecord {
    /// What the tool itself asked of the platform: not what the browser did, nor what went to
    /// other hosts.
    pub fn requests(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|one| one.origin == "platform" && !is_from_browser(one))
    }

    /// What the tool asked of `operation` at the platform.
    pub fn requests_to(&self, operation: &str) -> impl Iterator<Item = &Exchange> {
        self.requests().filter(move |one| one.operation.as_deref() == Some(operation))
    }

    /// The member `member` of the last answer of `operation` that was a success.
    pub fn given(&self, operation: &str, member: &str) -> Option<String> {
        let answers = self.requests_to(operation).filter(|one| one.status / 100 == 2);
        let body: Value = serde_json::from_str(&answers.last()?.reply_body).ok()?;
        body.get(member)?.as_str().map(str::to_owned)
    }

    /// Whether a request of the tool to the platform carried this bearer.
    pub fn sent_bearer(&self, secret: &str) -> bool {
        self.requests().any(|one| {
            credential_of(one).is_some_and(|(scheme, sent)| {
                scheme.eq_ignore_ascii_case("bearer") && sent == secret
            })
        })
    }

    /// Everything that it wrote, on both streams.
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Everything that it wrote, in lower case: for messages whose case is nobody's business.
    pub fn said_lower(&self) -> String {
        self.said().to_lowercase()
    }

    /// The first line of what it wrote to standard error, or to standard output, for reports.
    pub fn first_words(&self) -> String {
        let line = self.stderr.lines().chain(self.stdout.lines()).find(|line| !line.is_empty());
        line.map_or_else(|| "nothing said".to_owned(), |line| format!("`{}`", line.trim()))
    }

    /// The genuine callback, which must have been answered for anything to be known.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when the browser never came back to the tool.
    pub fn callback(&self) -> Result<&Visit, Objection> {
        self.visit("callback")
    }

    /// What was seen from below.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when tracing is not possible here, and why.
    pub fn traced(&self) -> Result<&Trace, Objection> {
        match &self.trace {
            Some(Trace { failure: Some(why), .. }) => {
                not_reached(format!("it could not be traced: {why}"))
            }
            Some(trace) => Ok(trace),
            None => not_reached("it was not traced"),
        }
    }

    /// The value of the query parameter `name` of the genuine callback.
    pub fn callback_parameter(&self, name: &str) -> Option<String> {
        let callback = self.visits.iter().find(|visit| visit.what == "callback")?;
        let url = url::Url::parse(&callback.url).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The visit called `what`, which must have been answered for anything to be known.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it was not made, or nothing answered.
    pub fn visit(&self, what: &str) -> Result<&Visit, Objection> {
        match self.visits.iter().find(|visit| visit.what == what && visit.status.is_some()) {
            Some(visit) => Ok(visit),
            None => not_reached(format!("`{what}` never reached the loopback listener")),
        }
    }

    /// The value of the query parameter `name` of the page that the browser was asked to open.
    pub fn page_parameter(&self, name: &str) -> Option<String> {
        let page = self.opened_page()?;
        page.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The page that a browser opener was asked to open.
    pub fn opened_page(&self) -> Option<url::Url> {
        let arguments = self.openings.iter().flat_map(|opening| &opening.arguments);
        arguments.into_iter().find_map(|argument| url::Url::parse(argument).ok())
    }
}
