//! Plays one scenario: a platform, a sandbox and the tool between them, and everything that is
//! seen of them written down. The only place that sees both the platform and the process.

mod crowd;
mod keys;
mod launch;
mod other_tools;
mod seeds;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mock_server::{Exchange, Platform, PlatformProfile, Script};
use thiserror::Error;
use tokio::net::TcpSocket;

use crate::egress::Egress;
use crate::observation::{Ending, FileTree, OTHER_PLATFORM, Observation, RunRecord};
use crate::opened_files::OpenedFiles;
use crate::opener::Mailbox;
use crate::process::{LONGEST_OUTPUT, Process, millis};
use crate::profile::{Command, Profile};
use crate::robot::{Robot, SharedDiary, Surroundings, Way};
use crate::sandbox::Sandbox;
use crate::scenario::{
    ACCESS_TOKEN_LIFETIME, Change, Opener, POLL_INTERVAL, Run, Scenario, Step, TIME_THAT_PASSES,
};
use crate::tracer::Gate;
use keys::Keys;

/// How long the robot may go on after the tool has ended: duplicates of a callback come late.
const ROBOT_GRACE: Duration = Duration::from_secs(5);

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
        match step {
            Step::Change(change) => stage.change(*change, runs.last())?,
            Step::Meanwhile(first, second) => {
                let unclaimed = scenario.unclaimed_by(first, &setting.profile.cli);
                let unclaimed =
                    unclaimed.or_else(|| scenario.unclaimed_by(second, &setting.profile.cli));
                if let Some(unclaimed) = unclaimed {
                    left_out.insert(first.label.to_owned(), unclaimed.clone());
                    left_out.insert(second.label.to_owned(), unclaimed);
                    continue;
                }
                runs.extend(stage.run_meanwhile(first, second).await?);
            }
            Step::Crowd(run, size) => {
                if let Some(unclaimed) = scenario.unclaimed_by(run, &setting.profile.cli) {
                    left_out.insert(run.label.to_owned(), unclaimed);
                    continue;
                }
                runs.extend(stage.run_crowd(run, *size).await?);
            }
            Step::Run(run) => {
                if let Some(unclaimed) = scenario.unclaimed_by(run, &setting.profile.cli) {
                    left_out.insert(run.label.to_owned(), unclaimed);
                    continue;
                }
                runs.push(stage.run(run).await?);
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
    /// The platform that the configuration file names, to be told from the one under test.
    other: Option<Platform>,
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
        let other = if scenario.needs_other_platform() {
            Some(Platform::start(&service).await?)
        } else {
            None
        };
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
            other,
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

    fn change(&mut self, change: Change, last: Option<&RunRecord>) -> Result<(), StageError> {
        match change {
            Change::RevokeKey(name) => {
                if let Some(key) = self.keys.get(name) {
                    self.platform.revoke_key(&key.id);
                }
            }
            Change::ChangeAccount => keys::change_account(&self.platform),
            Change::FillKeys => self.keys.fill(&self.platform, &self.setting.profile),
            Change::MakeRoom => self.keys.make_room(&self.platform),
            Change::TimePasses => self.platform.clock().advance(TIME_THAT_PASSES),
            Change::HoursAreTurnedBack => {
                let clock = self.platform.clock();
                clock.set(clock.now() - ACCESS_TOKEN_LIFETIME * 2);
            }
            Change::HoursPass => self.platform.clock().advance(ACCESS_TOKEN_LIFETIME * 2),
            Change::OtherTools(tools) => self.lay_other_tools(tools)?,
            Change::Sources(sources) => self.lay_sources(sources)?,
            Change::DisablePersonalTokens => self.platform.allow_personal_tokens(false),
            Change::ClearScript => self.platform.clear_script(),
            Change::EndSession => self.platform.revoke_family(self.keys.secret("refresh")),
            Change::TakeLoginPort => {
                if let Some(port) = last.and_then(|run| run.login_port) {
                    self.held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?);
                }
            }
        }
        Ok(())
    }

    /// Runs the tool once and writes down everything that is seen meanwhile.
    async fn run(&mut self, run: &Run) -> Result<RunRecord, StageError> {
        let (launch, own_environment) = self.launch(run)?;
        let before = FileTree::read(self.sandbox.root())?;
        let already_seen = self.journal_ends();
        let account = self.platform.account();
        self.mailbox.set_failing(run.opener == Opener::Fails);

        let directories = before.directories();
        let opened = OpenedFiles::watch(self.sandbox.root(), directories)?;
        let gate = match run.traced {
            true => Some(Gate::new(self.sandbox.gate())?),
            false => None,
        };
        let mut process = Process::start(&launch, gate.as_ref())
            .map_err(|source| StageError::Subject { program: launch.argv[0].clone(), source })?;
        let tracing = gate.map(|gate| gate.follow(process.group(), self.sandbox.root()));
        let diary = SharedDiary::default();
        let ending = self.attend(run, &mut process, &diary).await?;
        let ended = Instant::now();

        let left_processes = process.left_processes().await;
        let mut diary = std::mem::take(&mut *diary.lock().unwrap_or_else(PoisonError::into_inner));
        let port_open_after = diary.port.is_some_and(takes_connections);
        let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
        let started = process.started();
        process.finish().await;
        diary.openings.extend(self.mailbox.rest());

        let exchanges = self.exchanges_since(already_seen);
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
            left_processes,
            opened: opened.seen(),
            trace: tracing.map(|tracing| tracing.join().unwrap_or_default()),
            account,
            before,
            after: FileTree::read(self.sandbox.root())?,
        })
    }

    /// How far the journals of the platform and of the other one go.
    fn journal_ends(&self) -> [u64; 2] {
        let end =
            |platform: &Platform| platform.journal().snapshot().last().map_or(0, |one| one.number);
        [end(&self.platform), self.other.as_ref().map_or(0, end)]
    }

    /// What both were asked since their journals went so far.
    fn exchanges_since(&self, [platform, other]: [u64; 2]) -> Vec<Exchange> {
        let mut exchanges = self.platform.journal().since(platform);
        let elsewhere = self.other.iter().flat_map(|platform| platform.journal().since(other));
        exchanges.extend(
            elsewhere.map(|exchange| Exchange { origin: OTHER_PLATFORM.to_owned(), ..exchange }),
        );
        exchanges
    }

    /// Waits for the tool to end, with the robot browser beside it; ends it when it must be.
    async fn attend(
        &mut self,
        run: &Run,
        process: &mut Process,
        diary: &SharedDiary,
    ) -> Result<Ending, StageError> {
        let deadline = self.setting.deadline + run.time_limit.unwrap_or_default();
        let overdue = tokio::time::sleep(deadline);
        let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
        let surroundings = self.surroundings(run);
        let mut robot = Robot {
            browser: run.browser,
            opener: run.opener,
            mailbox: &mut self.mailbox,
            streams: [Arc::clone(&stdout), Arc::clone(&stderr)],
            group: process.group(),
            surroundings,
            diary: Arc::clone(diary),
            client: self.setting.client.clone(),
        };
        let browsing = robot.attend();
        tokio::pin!(overdue, browsing);
        let mut done = false;
        loop {
            let stopped = tokio::select! {
                status = process.wait() => {
                    let begun = diary.lock().unwrap_or_else(PoisonError::into_inner).browsing;
                    if begun && !done {
                        // What it is in the middle of belongs to this run.
                        let _ = tokio::time::timeout(ROBOT_GRACE, browsing).await;
                    }
                    return Ok(ending_of(status?));
                }
                () = &mut overdue => Ending::TimedOut(millis(deadline)),
                () = stdout.is_full() => Ending::TooMuchOutput(LONGEST_OUTPUT),
                () = stderr.is_full() => Ending::TooMuchOutput(LONGEST_OUTPUT),
                came_back = &mut browsing, if !done => match came_back {
                    Ok(()) => {
                        done = true;
                        continue;
                    }
                    Err(why) => Ending::BrowserGaveUp(why),
                },
            };
            process.kill().await;
            return Ok(stopped);
        }
    }

    fn surroundings(&self, run: &Run) -> Surroundings {
        let cli = &self.setting.profile.cli;
        let device = cli.device.as_ref().filter(|_| run.command == Command::LoginOnDevice);
        let (page, way) = match (device, &cli.login) {
            (Some(device), _) => {
                (device.page.clone(), Way::Code { parameter: device.code_parameter.clone() })
            }
            (None, Some(login)) => {
                let way = Way::Browser {
                    comes_back: login.comes_back.clone(),
                    grant_parameter: login.grant_parameter().to_owned(),
                    state_parameter: login.state_parameter.clone(),
                };
                (login.page.clone(), way)
            }
            // Nobody is sent anywhere: any page will do to wait for in vain.
            (None, None) => (String::new(), Way::Code { parameter: String::new() }),
        };
        Surroundings {
            page: format!("{}{page}", self.platform.url()),
            way,
            of_strangers: self.keys.of_strangers(),
        }
    }

    fn observe(self, scenario: &Scenario, runs: Vec<RunRecord>) -> Observation {
        let mut volatile = Vec::new();
        let mut name = |text: String, name: &str| volatile.push((text, name.to_owned()));
        name(self.sandbox.root().to_string_lossy().into_owned(), "sandbox");
        name(self.platform.url().to_owned(), "platform");
        if let Some(other) = &self.other {
            name(other.url().to_owned(), OTHER_PLATFORM);
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

/// The service with the shortest waits that its protocols allow: a poll a second, and access tokens
/// of an hour, so that a scenario knows how long theirs live.
fn in_a_hurry(service: &PlatformProfile) -> PlatformProfile {
    let mut service = service.clone();
    service.access_tokens.lifetime_seconds = ACCESS_TOKEN_LIFETIME.as_secs();
    if let Some(device) = service.oauth.as_mut().and_then(|oauth| oauth.device.as_mut()) {
        device.interval_seconds = POLL_INTERVAL.as_secs();
    }
    if let Some(headless) = &mut service.headless_login {
        headless.interval_seconds = POLL_INTERVAL.as_secs();
    }
    service
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

fn ending_of(status: std::process::ExitStatus) -> Ending {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Signalled(signal.unwrap_or(0)),
    }
}

fn takes_connections(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
