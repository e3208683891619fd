//! Plays one scenario: a platform, a sandbox and the tool between them, and everything that is
//! seen of them written down. The only place that sees both the platform and the process.

mod attendance;
mod change;
mod crowd;
mod keys;
mod launch;
mod other_tools;
mod seeds;
mod service;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mock_server::{Exchange, Platform, Script};
use thiserror::Error;
use tokio::net::TcpSocket;

use crate::egress::Egress;
use crate::observation::{FileTree, Observation, RunRecord};
use crate::opened_files::OpenedFiles;
use crate::opener::Mailbox;
use crate::process::{Process, millis};
use crate::profile::Profile;
use crate::robot::SharedDiary;
use crate::sandbox::Sandbox;
use crate::scenario::{Opener, Run, Scenario, Step};
use crate::tracer::Gate;
use attendance::{ending_of, settled};
use keys::{GIVEN, Keys};
use service::in_a_hurry;

/// What every scenario of a run has in common.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The tool: its program and first arguments.
    pub subject: Vec<String>,
    /// The `authspec` program, which browser openers call back.
    pub authspec: PathBuf,
    /// How long one run of the tool may take.
    pub deadline: Duration,
    /// What robots ask with.
    pub client: reqwest::Client,
}

/// Trouble of the harness itself: never a verdict.
#[derive(Debug, Error)]
pub enum StageError {
    /// The platform could not be started.
    #[error("the mock platform: {0}")]
    Platform(#[from] mock_server::StartError),
    /// A scenario's script is not the platform's language.
    #[error("the script of scenario `{0}`: {1}")]
    Script(&'static str, mock_server::ScriptError),
    /// The tool could not be started.
    #[error("cannot start `{program}`: {source}")]
    Subject {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file, a socket or a process could not be dealt with.
    #[error("the sandbox: {0}")]
    Sandbox(#[from] io::Error),
}

/// Plays `scenario` and returns what was seen. `keep`: where the sandbox is to stay.
///
/// # Errors
/// [`StageError`], when what the tool does could not be seen.
pub async fn play(
    setting: &Setting,
    scenario: &'static Scenario,
    keep: Option<&Path>,
) -> Result<Observation, StageError> {
    let mut stage = Stage::set(setting, scenario, keep).await?;
    stage.lay_seeds(scenario)?;
    if !scenario.script.is_empty() {
        let script = scenario.script_for(&setting.profile.cli);
        let script =
            Script::from_toml(&script).map_err(|error| StageError::Script(scenario.id, error))?;
        stage.platform.script(script);
    }
    let mut runs: Vec<RunRecord> = Vec::new();
    let mut left_out = BTreeMap::new();
    for step in scenario.steps {
        if runs.last().is_some_and(|run| run.ending.was_forced()) {
            break;
        }
        let unclaimed = |run: &Run| scenario.unclaimed_by(run, &setting.profile.cli);
        let runs_of_step = step.runs();
        if let Some(why) = runs_of_step.iter().find_map(|run| unclaimed(run)) {
            left_out.extend(runs_of_step.iter().map(|run| (run.label.to_owned(), why.clone())));
            continue;
        }
        match step {
            Step::Change(change) => stage.change(*change, runs.last())?,
            Step::Run(run) => runs.push(stage.run(run).await?),
            Step::Crowd(run, size) => runs.extend(stage.run_crowd(run, *size).await?),
            Step::Throng { writer, writers, reader, reads } => {
                runs.extend(stage.run_throng((writer, *writers), (reader, *reads)).await?);
            }
            Step::Meanwhile(first, second) => {
                runs.extend(stage.run_meanwhile(first, second).await?);
            }
        }
    }
    let observation = Observation { left_out, ..stage.observe(scenario, runs) };
    match keep {
        Some(keep) => save(keep, observation),
        None => Ok(observation),
    }
}

/// Everything that one scenario is played with.
struct Stage<'a> {
    setting: &'a Setting,
    platform: Platform,
    /// Platforms that other sources name, each with a name, to be told from the one under test.
    others: Vec<(&'static str, Platform)>,
    sandbox: Sandbox,
    mailbox: Mailbox,
    egress: Egress,
    keys: Keys,
    began: Timestamp,
    /// Ports that are held so that nobody else listens on them.
    held: Vec<TcpListener>,
    /// Bound and never listened on: nobody else gets its port, and connections are refused.
    _closed: TcpSocket,
    closed_port: u16,
}

impl<'a> Stage<'a> {
    async fn set(
        setting: &'a Setting,
        scenario: &Scenario,
        keep: Option<&Path>,
    ) -> Result<Self, StageError> {
        let service = in_a_hurry(&setting.profile.platform);
        let platform = Platform::start(&service).await?;
        let mut others = Vec::new();
        for name in scenario.other_platforms() {
            others.push((*name, Platform::start(&service).await?));
        }
        let sandbox = Sandbox::new(&setting.authspec, keep)?;
        let mailbox = Mailbox::listen(&sandbox.mailbox())?;
        let egress = Egress::start().await?;
        let keys = Keys::new(&platform, &setting.profile, scenario);
        let began = now_at(&platform);
        let closed = TcpSocket::new_v4()?;
        closed.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            setting,
            platform,
            others,
            sandbox,
            mailbox,
            egress,
            keys,
            began,
            held: Vec::new(),
            closed_port: closed.local_addr()?.port(),
            _closed: closed,
        })
    }

    /// Runs the tool once and writes down everything that is seen meanwhile.
    async fn run(&mut self, run: &Run) -> Result<RunRecord, StageError> {
        let (launch, own_environment) = self.launch(run, GIVEN)?;
        let before = FileTree::read(self.sandbox.root())?;
        let already_seen = self.journal_ends();
        let account = self.platform.account();
        self.mailbox.set_failing(run.opener == Opener::Fails);

        let directories = before.directories();
        let opened = OpenedFiles::watch(self.sandbox.root(), directories)?;
        let gate = if run.traced { Some(Gate::new(self.sandbox.gate())?) } else { None };
        let mut process = Process::start(&launch, gate.as_ref())
            .map_err(|source| StageError::Subject { program: launch.argv[0].clone(), source })?;
        let killed_by = run.killed.then(|| self.keys.secret("given").to_owned());
        let tracing = gate.map(|gate| gate.follow(process.group(), self.sandbox.root(), killed_by));
        let diary = SharedDiary::default();
        let ending = self.attend(run, &mut process, &diary).await;
        let ended = Instant::now();

        // What it started may still hold a port for a moment.
        process.group_ends().await;
        let mut diary = std::mem::take(&mut *diary.lock().unwrap_or_else(PoisonError::into_inner));
        let port_open_after = diary.port.is_some_and(takes_connections);
        let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
        let started = process.started();
        let prompts = process.prompts();
        process.finish().await;
        let (ending, trace) = settled(ending, tracing).await?;
        diary.openings.extend(self.mailbox.rest());

        let exchanges = self.exchanges_since(&already_seen);
        Ok(RunRecord {
            label: run.label.to_owned(),
            argv: launch.argv,
            environment: own_environment,
            ending,
            elapsed_ms: millis(ended - started),
            interrupted_ms: diary.interrupted.map(|pressed| millis(ended - pressed)),
            stdout: stdout.text(),
            stderr: stderr.text(),
            exchanges,
            egress: self.egress.take(),
            openings: diary.openings,
            visits: diary.visits,
            login_port: diary.port,
            led_back: diary.led_back,
            decided: diary.decided,
            listening: diary.listening,
            port_open_after,
            opened: opened.seen(),
            prompts,
            trace,
            account,
            before,
            after: FileTree::read(self.sandbox.root())?,
        })
    }

    /// The URL of the other platform called `name`.
    fn url_of(&self, name: &str) -> Option<String> {
        let named = self.others.iter().find(|(other, _)| *other == name);
        named.map(|(_, platform)| platform.url().to_owned())
    }

    /// How far the journals of the platform and of the others go.
    fn journal_ends(&self) -> Vec<u64> {
        let platforms =
            [&self.platform].into_iter().chain(self.others.iter().map(|(_, platform)| platform));
        let journals = platforms.map(Platform::journal);
        journals.map(|journal| journal.snapshot().last().map_or(0, |one| one.number)).collect()
    }

    /// What all were asked since their journals went so far.
    fn exchanges_since(&self, ends: &[u64]) -> Vec<Exchange> {
        let mut exchanges = self.platform.journal().since(ends[0]);
        for ((name, platform), end) in self.others.iter().zip(&ends[1..]) {
            let of = |exchange| Exchange { origin: (*name).to_owned(), ..exchange };
            exchanges.extend(platform.journal().since(*end).into_iter().map(of));
        }
        exchanges
    }

    fn observe(self, scenario: &Scenario, runs: Vec<RunRecord>) -> Observation {
        let mut volatile = Vec::new();
        let mut name = |text: String, name: &str| volatile.push((text, name.to_owned()));
        name(self.sandbox.root().to_string_lossy().into_owned(), "sandbox");
        name(self.platform.url().to_owned(), "platform");
        for (other, platform) in &self.others {
            name(platform.url().to_owned(), other);
        }
        name(format!("127.0.0.1:{}", self.closed_port), "closed port");
        for (upstream, at) in self.platform.upstreams() {
            name(at.url().to_owned(), upstream);
        }
        for run in &runs {
            if let Some(port) = run.login_port {
                name(port.to_string(), "port");
            }
            for (member, value) in &run.account {
                if let Some(text) = value.as_str() {
                    name(text.to_owned(), &format!("account {member}"));
                }
            }
        }
        let (keys, secrets) = self.keys.into_seen(&self.platform);
        Observation {
            scenario: scenario.id.to_owned(),
            cli: self.setting.profile.cli.clone(),
            platform_url: self.platform.url().to_owned(),
            keys,
            secrets,
            volatile,
            began: self.began,
            ended: now_at(&self.platform),
            runs,
            kept_at: None,
            left_out: BTreeMap::new(),
        }
    }
}

/// Saves the observation beside the sandbox that it was made in.
fn save(keep: &Path, observation: Observation) -> Result<Observation, StageError> {
    let path = keep.join("observation.json");
    let kept_at = Some(path.to_string_lossy().into_owned());
    let observation = Observation { kept_at, ..observation };
    let text = serde_json::to_vec_pretty(&observation).map_err(io::Error::from)?;
    std::fs::write(path, text)?;
    Ok(observation)
}

/// The platform's own time.
fn now_at(platform: &Platform) -> Timestamp {
    Timestamp::try_from(platform.clock().now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn takes_connections(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
