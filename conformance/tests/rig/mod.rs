//! A mock platform that is probed, with a mistake or without one.

#![allow(dead_code, reason = "each test uses its part")]

use std::num::NonZeroU32;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use authspec::probe::credentials::{Credentials, NAMES, variable};
use authspec::probe::terms::{Browser, Grants, Terms};
use authspec::probe::{Plan, Probed, run};
use authspec::profile::Service;
use authspec::report::Report;
use authspec::server_checks::SERVER_CHECKS;
use authspec::verdict::Verdict;
use mock_server::{Fault, Lapse, Platform, PlatformProfile, Script};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use tokio::process::{Child, Command};
use tokio::sync::Notify;

/// The program.
pub(crate) const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// A platform with one mistake.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) profile: String,
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
    #[serde(default)]
    pub(crate) lapses: Vec<Lapse>,
    #[serde(default)]
    pub(crate) patch: toml::Table,
    pub(crate) tls: Option<crate::tls_front::Mistake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutants {
    mutant: Vec<Mutant>,
}

/// Every mutant.
pub(crate) fn mutants() -> Vec<Mutant> {
    let mutants: Mutants = toml::from_str(include_str!("../server_mutants.toml")).expect("TOML");
    mutants.mutant
}

/// The mutant of this name.
pub(crate) fn named(name: &str) -> Mutant {
    mutants().into_iter().find(|mutant| mutant.name == name).expect("a mutant")
}

/// A platform that is up, and what it lent.
pub(crate) struct Rig {
    pub(crate) platform: Platform,
    pub(crate) service: Service,
    pub(crate) lent: Credentials,
}

impl Rig {
    /// The platform of a profile, with one mistake or without.
    pub(crate) async fn start(profile: &str, mutant: Option<&Mutant>) -> Self {
        let service = Service::load(profile).expect("a built-in profile");
        Box::pin(Self::of(&service, mutant)).await
    }

    /// The platform of a profile of the test's own, with one mistake or without.
    pub(crate) async fn of(service: &Service, mutant: Option<&Mutant>) -> Self {
        let mut platform = service.platform.clone();
        if let Some(mutant) = mutant {
            platform = patched(&platform, &mutant.patch);
        }
        let platform = Box::pin(Platform::start(&platform)).await.expect("a platform");
        let expired = platform.mint_key("expired");
        platform.expire_key(&expired.id, 0);
        let secret = |secret: &mock_server::Secret| secret.expose().to_owned();
        let lent = Credentials {
            key: Some(secret(&platform.mint_key("lent").secret)),
            second_key: Some(secret(&platform.mint_foreign_key().secret)),
            expired: Some(secret(&expired.secret)),
            client_secret: platform.client_secret("standard-api").as_ref().map(secret),
            ..Credentials::default()
        };
        if let Some(mutant) = mutant {
            platform.script(Script { faults: mutant.faults.clone(), ..Script::default() });
            mutant.lapses.iter().for_each(|lapse| platform.lapse(*lapse));
        }
        Self { platform, service: service.clone(), lent }
    }

    /// A plan that probes everything, as fast as it goes.
    pub(crate) fn plan(&self) -> Plan {
        Plan {
            terms: Terms {
                service: self.service.clone(),
                url: self.platform.url().to_owned(),
                grants: Grants {
                    writes: true,
                    browser: Some(Browser::Robot),
                    credentials: self.lent.clone(),
                },
                rate: NonZeroU32::new(100_000).expect("not zero"),
            },
            checks: SERVER_CHECKS.clone(),
            deadline: Duration::from_secs(20),
            patience: Duration::from_secs(20),
            flags: Vec::new(),
            lent_by_environment: Vec::new(),
            authorities: Vec::new(),
        }
    }
}

/// `authspec probe` with these arguments, to which nothing is lent.
pub(crate) fn authspec(arguments: &[&str]) -> Command {
    let mut command = Command::new(AUTHSPEC);
    command.arg("probe").args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    for name in NAMES {
        command.env_remove(variable(name));
    }
    command
}

/// Presses Ctrl-C.
pub(crate) fn interrupt(program: &Child) {
    let id = program.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("it is told");
}

/// The report of a plan that can be played.
pub(crate) async fn probe(plan: &Plan) -> Probed {
    Box::pin(run(plan, Arc::new(Notify::new()))).await.expect("a server that can be probed")
}

/// The ids of the results with this verdict.
pub(crate) fn ids_with(report: &Report, verdict: Verdict) -> Vec<&str> {
    let results = report.results.iter().filter(|result| result.verdict == verdict);
    results.map(|result| result.id.as_str()).collect()
}

fn patched(profile: &PlatformProfile, patch: &toml::Table) -> PlatformProfile {
    let mut table = toml::Table::try_from(profile).expect("a table");
    lay_over(&mut table, patch);
    table.try_into().expect("a profile")
}

fn lay_over(table: &mut toml::Table, patch: &toml::Table) {
    for (name, value) in patch {
        match (table.get_mut(name), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(patch)) => lay_over(inner, patch),
            _ => {
                table.insert(name.clone(), value.clone());
            }
        }
    }
}
