//! `authspec serve`: a platform for a person with a login bug.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use mock_server::{Control, Options, StandIn, StateFileError};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{refuse, refuse_hosting, refuse_profile};
use crate::exit_code;
use crate::hosting::{Hosted, HostingError, Wishes, host};
use crate::profile::Service;

/// What `authspec serve` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArguments {
    /// A built-in profile, or a TOML file.
    #[arg(long)]
    profile: String,
    /// Where to listen; port 0 is any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the control API listens, instead of under /_authspec/ of the platform itself.
    #[arg(long, value_name = "ADDRESS")]
    control_listen: Option<SocketAddr>,
    /// Faults that the platform is to have, in a TOML file.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Speak TLS, by a throw-away authority whose file is named.
    #[arg(long)]
    tls: bool,
    /// Keep accounts, clients, keys and tokens in this file, from one start to the next.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write URLs and environment to this file, as JSON, once it listens.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Print JSON: one document of URLs and environment, then one for each request.
    #[arg(long)]
    json: bool,
}

/// Serves until it is told to stop, and returns the exit code.
pub(super) fn serve(arguments: &ServeArguments) -> u8 {
    let service = match Service::load(&arguments.profile) {
        Ok(service) => service,
        Err(error) => return refuse_profile(error),
    };
    if !arguments.listen.ip().is_loopback() {
        let warning = "others can reach the platform there, and sign in as anybody";
        anstream::eprintln!("authspec: {} is not a loopback address: {warning}", arguments.listen);
    }
    allow_many_connections();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => match runtime.block_on(serve_until_told(arguments, &service)) {
            Ok(()) => exit_code::HOLDS,
            Err(Trouble::Hosting(error)) => refuse_hosting(error),
            Err(error) => refuse(error, exit_code::HARNESS),
        },
        Err(error) => refuse(format!("cannot set up: {error}"), exit_code::HARNESS),
    }
}

/// Allows as many open files as the system lets this process have: each connection is one, and the
/// usual limit is that of programs from another time.
fn allow_many_connections() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Where it is refused, there are fewer connections at a time.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Hosting(#[from] HostingError),
    #[error(transparent)]
    State(#[from] StateFileError),
    #[error("cannot write the ready file: {0}")]
    ReadyFile(std::io::Error),
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
}

async fn serve_until_told(arguments: &ServeArguments, service: &Service) -> Result<(), Trouble> {
    let control = arguments.control_listen.map_or(Control::SamePort, Control::Own);
    let state = arguments.state.clone();
    let options = Options { listen: arguments.listen, control, authority: None, state };
    let wishes = Wishes { options, tls: arguments.tls, script: arguments.script.clone() };
    let mut terminated = signal(SignalKind::terminate()).map_err(Trouble::Signals)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(Trouble::Signals)?;
    let hosted = host(service, wishes).await?;
    announce(arguments, service, &hosted).map_err(Trouble::ReadyFile)?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        () = show_requests(arguments, &hosted) => {}
    }
    Ok(hosted.platform.save()?)
}

/// Says where the platform is, to people or programs.
fn announce(arguments: &ServeArguments, service: &Service, hosted: &Hosted) -> std::io::Result<()> {
    let environment: serde_json::Map<_, _> =
        hosted.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let ready = json!({
        "url": hosted.platform.url(),
        "control_url": hosted.platform.control_url(),
        "ca_file": hosted.authority_file(),
        "proxy_url": hosted.stand_in.as_ref().map(StandIn::url),
        "env": environment,
    });
    if arguments.json {
        print(&ready.to_string());
    } else {
        print(&format!("{} listens at {}", service.title, hosted.platform.url()));
        for (name, value) in &hosted.environment {
            let value = shlex::try_quote(value).unwrap_or_default();
            print(&format!("  export {name}={value}"));
        }
        if let Some(control) = hosted.platform.control_url() {
            print(&format!("  control API: {control}"));
        }
        for host in hosted.platform.hard_coded_hosts() {
            print(&format!("  stands in for: {}", String::from(host.clone())));
        }
    }
    match &arguments.ready_file {
        Some(file) => std::fs::write(file, format!("{ready}\n")),
        None => Ok(()),
    }
}

/// Shows each request as it comes, and each host that was refused. Never ends.
async fn show_requests(arguments: &ServeArguments, hosted: &Hosted) {
    let journal = hosted.platform.journal();
    let (mut shown, mut refused) = (0, 0);
    loop {
        for exchange in journal.since(shown) {
            shown = exchange.number;
            if arguments.json {
                let told = json!({ "at_ms": exchange.at_ms, "request": hosted.tell(&exchange) });
                print(&told.to_string());
            } else {
                print(&hosted.tell(&exchange));
            }
        }
        for host in hosted.stand_in.iter().flat_map(StandIn::refused).skip(refused) {
            refused += 1;
            if arguments.json {
                print(&json!({ "refused": host }).to_string());
            } else {
                print(&format!("refused: {host}"));
            }
        }
        tokio::select! {
            () = journal.more_than(shown) => {}
            () = next_refusal(hosted, refused) => {}
        }
    }
}

async fn next_refusal(hosted: &Hosted, seen: usize) {
    match &hosted.stand_in {
        Some(stand_in) => stand_in.refused_more_than(seen).await,
        None => std::future::pending().await,
    }
}

/// Prints a line at once, whoever reads it; that nobody does is no reason to stop serving.
fn print(line: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
