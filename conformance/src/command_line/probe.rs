//! `authspec probe`: is a real server what the profile says?

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::reporting::{ReportArguments, conclude};
use super::{refuse, refuse_profile};
use crate::check::Level;
use crate::exit_code;
use crate::probe::chromium;
use crate::probe::credentials::{self, Credentials, CredentialsError};
use crate::probe::terms::{Browser, Grants, Terms};
use crate::probe::{Plan, ProbeError, Probed, run as run_plan, server_url};
use crate::profile::Service;
use crate::selection::Selection;

/// The most requests a second unless told otherwise.
const RATE: NonZeroU32 = NonZeroU32::new(20).expect("twenty is not zero");

/// How long an answer is waited for unless told otherwise, in seconds.
const DEADLINE_SECONDS: u64 = 10;

/// How long a person is waited for unless told otherwise, in seconds.
const PATIENCE_SECONDS: u64 = 300;

/// What `authspec probe` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = CREDENTIALS)]
pub(super) struct ProbeArguments {
    /// The server's URL, as tools are given it.
    url: String,
    /// A built-in profile, or a TOML file.
    #[arg(long)]
    profile: String,
    /// Allow what creates something at the server; it is removed again at the end.
    #[arg(long)]
    allow_writes: bool,
    /// Who signs in: the robot, which posts the forms of the pages, Chromium, or you.
    #[arg(long, value_name = "WHO")]
    sign_in: Option<Browser>,
    /// A TOML file with credentials, which nobody else may read.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Ask for this credential at a hidden prompt; may be given several times.
    #[arg(long = "ask", value_name = "NAME")]
    prompts: Vec<String>,
    /// Trust the certificates of this PEM file too; may be given several times.
    #[arg(long = "ca", value_name = "FILE")]
    authorities: Vec<PathBuf>,
    /// The most requests in any second.
    #[arg(long, value_name = "N", default_value_t = RATE)]
    rate: NonZeroU32,
    /// Give up on an answer after this.
    #[arg(long, value_name = "SECONDS", default_value_t = DEADLINE_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Give up on a person after this.
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Run only the checks whose id matches this glob; may be given several times.
    #[arg(long = "check", value_name = "GLOB")]
    checks: Vec<String>,
    /// Leave out the checks whose id matches this glob; may be given several times.
    #[arg(long = "skip", value_name = "GLOB")]
    skips: Vec<String>,
    /// `must`: run only what is required; `should`: everything, as without this.
    #[arg(long)]
    level: Option<Level>,
    #[command(flatten)]
    report: ReportArguments,
}

const CREDENTIALS: &str = "Credentials, never on the command line:
  AUTHSPEC_KEY            key            an API key of the account
  AUTHSPEC_SECOND_KEY     second-key     an API key of another account
  AUTHSPEC_TOKEN          token          an access token
  AUTHSPEC_EXPIRED        expired        a credential that was good once
  AUTHSPEC_CLIENT_SECRET  client-secret  the secret of the confidential client
  AUTHSPEC_USERNAME       username       who signs in, where you do not
  AUTHSPEC_PASSWORD       password       with which password
The second column is their name in --credentials FILE and for --ask NAME.";

/// Probes, reports, and returns the exit code.
pub(super) fn probe(arguments: &ProbeArguments) -> u8 {
    let service = match Service::load(&arguments.profile) {
        Ok(service) => service,
        Err(error) => return refuse_profile(error),
    };
    let plan = match plan(arguments, service) {
        Ok(plan) => plan,
        Err((why, code)) => return refuse(why, code),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(format!("cannot set up: {error}"), exit_code::HARNESS),
    };
    announce(&plan);
    let probed = runtime.block_on(probe_until_interrupted(&plan));
    // Nobody waits for a line of the terminal any more, though it may still be read for.
    runtime.shutdown_background();
    match probed {
        Ok(probed) => finish(arguments, &probed),
        Err(error) => refuse(&error, exit_code::of_unprobed(&error)),
    }
}

fn plan(arguments: &ProbeArguments, service: Service) -> Result<Plan, (String, u8)> {
    let usage = |why: String| (why, exit_code::USAGE);
    let url = server_url(&arguments.url).map_err(|error| usage(error.to_string()))?;
    let selection = Selection {
        only: arguments.checks.clone(),
        skip: arguments.skips.clone(),
        level: arguments.level,
    };
    let checks = selection.select_server();
    let checks = checks.map_err(|error| (error.to_string(), exit_code::UNKNOWN))?;
    let environment = |name: &str| std::env::var(name).ok();
    let file = arguments.credentials.as_deref();
    let credentials = Credentials::read(file, environment, &arguments.prompts);
    let credentials = credentials.map_err(|error: CredentialsError| usage(error.to_string()))?;
    let is_set = |name: &String| environment(name).is_some_and(|value| !value.is_empty());
    let variables = credentials::NAMES.map(credentials::variable);
    let (writes, browser) = (arguments.allow_writes, arguments.sign_in);
    if browser == Some(Browser::Chromium) {
        chromium::find().map_err(|error| usage(error.to_string()))?;
    }
    Ok(Plan {
        terms: Terms {
            service,
            url,
            grants: Grants { writes, browser, credentials },
            rate: arguments.rate,
        },
        checks,
        deadline: Duration::from_secs(arguments.deadline),
        patience: Duration::from_secs(arguments.patience),
        flags: flags(arguments),
        lent_by_environment: variables.into_iter().filter(is_set).collect(),
        authorities: authorities(&arguments.authorities).map_err(usage)?,
    })
}

/// The flags that decide what is asked of the server and how, as they are typed.
fn flags(arguments: &ProbeArguments) -> Vec<String> {
    let mut flags = Vec::new();
    if arguments.allow_writes {
        flags.push("--allow-writes".to_owned());
    }
    let sign_in = arguments.sign_in.as_ref().and_then(ValueEnum::to_possible_value);
    let mut with = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    if let Some(who) = sign_in {
        with("--sign-in", who.get_name().to_owned());
    }
    if let Some(file) = &arguments.credentials {
        with("--credentials", file.display().to_string());
    }
    arguments.prompts.iter().for_each(|name| with("--ask", name.clone()));
    arguments.authorities.iter().for_each(|file| with("--ca", file.display().to_string()));
    if arguments.rate != RATE {
        with("--rate", arguments.rate.to_string());
    }
    if arguments.deadline != DEADLINE_SECONDS {
        with("--deadline", arguments.deadline.to_string());
    }
    if arguments.patience != PATIENCE_SECONDS {
        with("--patience", arguments.patience.to_string());
    }
    flags
}

fn authorities(files: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut all = Vec::new();
    for file in files {
        let shown = file.display();
        let pem = std::fs::read(file).map_err(|error| format!("cannot read {shown}: {error}"))?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let read = read.map_err(|error| format!("{shown} holds no certificates: {error}"))?;
        if read.is_empty() {
            return Err(format!("{shown} holds no certificates: give a PEM file"));
        }
        all.extend(read);
    }
    Ok(all)
}

/// Says what is about to happen to somebody's server.
fn announce(plan: &Plan) {
    let writes = match (plan.terms.grants.writes, plan.terms.grants.browser) {
        (true, _) => "what it creates is removed again",
        (false, Some(_)) => "sessions are begun and ended again, and nothing else is created",
        (false, None) => "nothing is created that lasts",
    };
    let (url, rate) = (&plan.terms.url, plan.terms.rate);
    anstream::eprintln!("authspec: probing {url}: at most {rate} requests a second; {writes}");
}

async fn probe_until_interrupted(plan: &Plan) -> Result<Probed, ProbeError> {
    let interrupted = Arc::new(Notify::new());
    let told = Arc::clone(&interrupted);
    let listening = signal(SignalKind::interrupt())
        .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
    let watching = tokio::spawn(async move {
        let Ok((mut interrupt, mut terminate)) = listening else { return };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        anstream::eprintln!("authspec: interrupted: removing what was created");
        told.notify_one();
    });
    let probed = run_plan(plan, interrupted).await;
    watching.abort();
    probed
}

fn finish(arguments: &ProbeArguments, probed: &Probed) -> u8 {
    let code = conclude(&arguments.report, false, &probed.report);
    for left in &probed.left_behind {
        anstream::eprintln!("authspec: left at the server: {left}");
    }
    anstream::eprintln!("authspec: {} requests were sent", probed.requests);
    code
}
