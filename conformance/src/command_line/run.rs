//! `authspec run`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;
use super::{Itself, refuse, refuse_profile};
use crate::check::Level;
use crate::exit_code;
use crate::profile::{Profile, ProfileError, tools};
use crate::report::{Report, json, junit, text};
use crate::runner::{Plan, run as run_plan};
use crate::selection::Selection;

/// How long one run of a tool may take unless told otherwise, in seconds.
const DEADLINE_SECONDS: u64 = 20;

/// What `authspec run` is told.
#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// A built-in profile, or a TOML file; may be given several times.
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Run only the checks whose id matches this glob; may be given several times.
    #[arg(long = "check", value_name = "GLOB")]
    checks: Vec<String>,
    /// Leave out the checks whose id matches this glob; may be given several times.
    #[arg(long = "skip", value_name = "GLOB")]
    skips: Vec<String>,
    /// `must`: run only what is required; `should`: everything, as without this.
    #[arg(long)]
    level: Option<Level>,
    /// How many scenarios are played at once [default: twice the processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Run everything N times; a check whose results differ fails.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// End a run of the tool that takes longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = DEADLINE_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Write a report, as text, json or junit, to a file (`-`: standard output).
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<ReportTarget>,
    /// Keep the sandboxes, and what was seen in each, in this directory, which must be empty.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Show a line for each check.
    #[arg(long, short)]
    verbose: bool,
    /// The tool and its first arguments; without it, the bundled reference CLI.
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

/// A format and where it goes.
#[derive(Debug, Clone)]
pub(super) struct ReportTarget {
    format: Format,
    file: String,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Text,
    Json,
    Junit,
}

impl FromStr for ReportTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) =
            text.split_once('=').ok_or("write it as FORMAT=FILE, as in json=out.json")?;
        let format = match format {
            "text" => Format::Text,
            "json" => Format::Json,
            "junit" => Format::Junit,
            other => {
                return Err(format!("`{other}` is no format: there are text, json and junit"));
            }
        };
        if file.is_empty() {
            return Err("there is no file after the `=`".to_owned());
        }
        Ok(Self { format, file: file.to_owned() })
    }
}

/// Runs, reports, and returns the exit code.
pub(super) fn run(arguments: &RunArguments, itself: &Itself) -> u8 {
    let profiles = match load_profiles(arguments) {
        Ok(profiles) => profiles,
        Err(error) => return refuse_profile(error),
    };
    let plan = match plan(arguments, profiles, itself) {
        Ok(plan) => plan,
        Err((why, code)) => return refuse(why, code),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return refuse(format!("cannot set up: {error}"), exit_code::HARNESS),
    };
    let progress = Progress::new();
    let report = runtime.block_on(run_plan(&plan, |event| progress.tell(event)));
    progress.finish();
    match report {
        Ok(report) => match write_reports(arguments, &report) {
            Ok(()) => exit_code::of(&report),
            Err(why) => refuse(why, exit_code::HARNESS),
        },
        Err(error) => refuse(error, exit_code::HARNESS),
    }
}

fn load_profiles(arguments: &RunArguments) -> Result<Vec<Arc<Profile>>, ProfileError> {
    let names: Vec<&str> = if arguments.profiles.is_empty() {
        tools().collect()
    } else {
        arguments.profiles.iter().map(String::as_str).collect()
    };
    names.into_iter().map(|name| Profile::load(name).map(Arc::new)).collect()
}

fn plan(
    arguments: &RunArguments,
    profiles: Vec<Arc<Profile>>,
    itself: &Itself,
) -> Result<Plan, (String, u8)> {
    let usage = |why: String| (why, exit_code::USAGE);
    let selection = Selection {
        only: arguments.checks.clone(),
        skip: arguments.skips.clone(),
        level: arguments.level,
    };
    let checks = selection.select().map_err(|error| (error.to_string(), exit_code::UNKNOWN))?;
    let mut subjects = Vec::new();
    for profile in &profiles {
        subjects.push(subject(arguments, profile, itself).map_err(usage)?);
    }
    if let Some(keep) = &arguments.keep {
        refuse_full_directory(keep).map_err(usage)?;
    }
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Ok(Plan {
        profiles: profiles.into_iter().zip(subjects).collect(),
        checks,
        program: arguments.program.clone(),
        authspec: itself.program.clone(),
        jobs: arguments.jobs.map_or(processors * 2, usize::from),
        repeat: arguments.repeat,
        deadline: Duration::from_secs(arguments.deadline),
        keep: arguments.keep.clone(),
    })
}

/// What is run for this profile: what was named, else what the profile names, else the bundled
/// reference CLI, which knows the built-in profiles alone.
fn subject(
    arguments: &RunArguments,
    profile: &Profile,
    itself: &Itself,
) -> Result<Vec<String>, String> {
    let named =
        [&arguments.program, &profile.cli.program].into_iter().find(|argv| !argv.is_empty());
    if let Some(argv) = named {
        let mut argv = argv.clone();
        argv[0] = find_program(&argv[0])?;
        return Ok(argv);
    }
    if !tools().any(|name| name == profile.name) {
        let name = &profile.name;
        return Err(format!(
            "which program is `{name}`? name it after `--`, or as `program` in [cli]"
        ));
    }
    let program = itself.program.to_string_lossy().into_owned();
    let arguments = itself.reference.iter().cloned();
    Ok(std::iter::once(program).chain(arguments).chain([profile.name.clone()]).collect())
}

/// The absolute path of a program, so that it is found from any directory and with any PATH.
fn find_program(name: &str) -> Result<String, String> {
    let candidates: Vec<PathBuf> = if name.contains('/') {
        vec![PathBuf::from(name)]
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|directory| directory.join(name)).collect()
    };
    let found = candidates.iter().find(|candidate| is_executable(candidate));
    let absolute = found.and_then(|found| std::path::absolute(found).ok());
    match absolute {
        Some(path) => Ok(path.to_string_lossy().into_owned()),
        None if name.contains('/') => Err(format!("`{name}` is not a program that can be run")),
        None => Err(format!(
            "there is no program `{name}` on PATH; one of this directory is `./{name}`"
        )),
    }
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
}

fn refuse_full_directory(keep: &Path) -> Result<(), String> {
    let entries = match std::fs::read_dir(keep) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("--keep {}: {error}", keep.display())),
    };
    if entries.count() > 0 {
        return Err(format!("--keep {}: the directory is not empty", keep.display()));
    }
    Ok(())
}

/// Writes every report that was asked for, and the text to standard output unless something else
/// goes there.
fn write_reports(arguments: &RunArguments, report: &Report) -> Result<(), String> {
    write_reports_to(&arguments.reports, arguments.verbose, report)
}

/// As [`write_reports`], for any command that reports.
pub(super) fn write_reports_to(
    targets: &[ReportTarget],
    verbose: bool,
    report: &Report,
) -> Result<(), String> {
    let fails = |file: &str, error: &dyn std::fmt::Display| {
        format!("cannot write the report to {file}: {error}")
    };
    for target in targets {
        let document = match target.format {
            Format::Text => anstream::adapter::strip_str(&text(report, verbose)).to_string(),
            Format::Json => json(report).map_err(|error| fails(&target.file, &error))?,
            Format::Junit => junit(report).map_err(|error| fails(&target.file, &error))?,
        };
        let written = match target.file.as_str() {
            "-" => std::io::stdout().write_all(document.as_bytes()),
            file => std::fs::write(file, document),
        };
        written.map_err(|error| fails(&target.file, &error))?;
    }
    if targets.iter().any(|target| target.file == "-") {
        return Ok(());
    }
    let mut stdout = anstream::stdout();
    let written = stdout.write_all(text(report, verbose).as_bytes());
    written.and_then(|()| stdout.flush()).map_err(|error| fails("standard output", &error))
}
