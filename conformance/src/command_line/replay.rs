//! `authspec replay`: what was seen once, judged again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::reporting::{ReportArguments, conclude};
use super::run::drive;
use super::subject::subject;
use super::{Itself, refuse, refuse_profile};
use crate::capsule::{Capsule, CapsuleError};
use crate::check::Check;
use crate::checks::CHECKS;
use crate::exit_code;
use crate::report::{Repeat, Report, SCHEMA, Scope, Subject, Summary, Timing};
use crate::runner::{Course, Plan, judge_again};

/// What `authspec replay` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ReplayArguments {
    /// What `run --keep` or `run --capsules` left: a directory, or the observation.json in it.
    #[arg(value_name = "CAPSULE")]
    capsule: PathBuf,
    /// Play the scenario again, instead of judging what was seen the last time.
    #[arg(long)]
    again: bool,
    /// End a run of the tool that takes longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Leave the tool on the network of the machine, for --again.
    #[arg(long, requires = "again")]
    share_network: bool,
    #[command(flatten)]
    reporting: ReportArguments,
    /// The tool and its first arguments, for --again; without it, the one that was run.
    #[arg(last = true, value_name = "PROGRAM", requires = "again")]
    program: Vec<String>,
}

/// Judges again, reports, and returns the exit code.
pub(super) fn replay(arguments: &ReplayArguments, itself: &Itself) -> u8 {
    let (capsule, profile, seen) = match Capsule::open(&arguments.capsule) {
        Ok(opened) => opened,
        Err(CapsuleError::Profile(error)) => return refuse_profile(*error),
        Err(error) => return refuse(error, exit_code::USAGE),
    };
    let checks = CHECKS.iter().filter(|check| check.scenario.id == seen.scenario);
    let checks: Vec<&'static Check> = checks.copied().collect();
    if checks.is_empty() {
        let version = capsule.authspec;
        let why = format!(
            "no check of this version looks at the scenario `{}`: authspec {version} kept it",
            seen.scenario
        );
        return refuse(why, exit_code::UNKNOWN);
    }
    let program =
        if arguments.program.is_empty() { capsule.program } else { arguments.program.clone() };
    let subject = if arguments.again {
        match subject(&program, &profile, itself) {
            Ok(subject) => subject,
            Err(why) => return refuse(why, exit_code::USAGE),
        }
    } else {
        Vec::new()
    };
    let plan = Plan {
        profiles: vec![(Arc::new(profile), subject)],
        checks,
        program,
        authspec: itself.program.clone(),
        jobs: 1,
        repeat: 1,
        deadline: Duration::from_secs(arguments.deadline),
        share_network: arguments.share_network,
        keep: None,
        course: Course::default(),
    };
    if arguments.again {
        return drive(&plan, &arguments.reporting, false);
    }
    let results = judge_again(&plan, &seen);
    let profiles = plan.profiles.iter().map(|(profile, _)| profile.name.clone());
    let report = Report {
        schema: SCHEMA,
        authspec: env!("CARGO_PKG_VERSION").to_owned(),
        subject: Subject { program: plan.program.clone(), profile: profiles.collect() },
        summary: Summary::of(&results),
        timing: Timing::default(),
        repeat: Repeat { times: 1, equal: true },
        scope: Scope { results: results.len(), ..Scope::default() },
        results,
    };
    conclude(&arguments.reporting, false, &report)
}
