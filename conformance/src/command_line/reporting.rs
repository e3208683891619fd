//! Where reports go: the flags of every command that makes one, and what is written.

use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use super::refuse;
use crate::exit_code;
use crate::report::{self, Format, Report, ReportFileError};

/// What a command that reports is told.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ReportArguments {
    /// Write a report to a file (`-`: standard output), as text, json, junit, sarif, md, html,
    /// badge or github.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(super) reports: Vec<ReportTarget>,
    /// A JSON report from before: `md` says what has changed since.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Show a line for each check.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

/// A format and where it goes.
#[derive(Debug, Clone)]
pub(super) struct ReportTarget {
    format: Format,
    file: String,
}

impl FromStr for ReportTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) =
            text.split_once('=').ok_or("write it as FORMAT=FILE, as in json=out.json")?;
        let format = format.parse()?;
        if file.is_empty() {
            return Err("there is no file after the `=`".to_owned());
        }
        Ok(Self { format, file: file.to_owned() })
    }
}

/// Writes every report that was asked for, and returns the exit code that the report calls for.
pub(super) fn conclude(arguments: &ReportArguments, timings: bool, report: &Report) -> u8 {
    let baseline = match arguments.baseline.as_deref().map(Report::read).transpose() {
        Ok(baseline) => baseline,
        Err(error) => {
            // What was run is worth more than what it was to be compared with.
            let written = write_reports(arguments, timings, report, None);
            return refuse_baseline(&error, written);
        }
    };
    match write_reports(arguments, timings, report, baseline.as_ref()) {
        Ok(()) => exit_code::of(report),
        Err(why) => refuse(why, exit_code::HARNESS),
    }
}

fn refuse_baseline(error: &ReportFileError, written: Result<(), String>) -> u8 {
    let code = refuse(format!("--baseline: {error}"), exit_code::USAGE);
    written.map_or_else(|why| refuse(why, exit_code::HARNESS), |()| code)
}

/// Writes every report that was asked for, the text to standard output unless something else goes
/// there, and annotations where a code host reads them.
fn write_reports(
    arguments: &ReportArguments,
    timings: bool,
    report: &Report,
    baseline: Option<&Report>,
) -> Result<(), String> {
    let fails = |file: &str, error: &dyn std::fmt::Display| {
        format!("cannot write the report to {file}: {error}")
    };
    let mut annotated = false;
    for ReportTarget { format, file } in &arguments.reports {
        annotated |= *format == Format::Github;
        let document = format.write(report, baseline, arguments.verbose);
        let document = document.map_err(|error| fails(file, &error))?;
        let written = match file.as_str() {
            "-" => std::io::stdout().write_all(document.as_bytes()),
            file => std::fs::write(file, document),
        };
        written.map_err(|error| fails(file, &error))?;
    }
    let is_read_by_github =
        !annotated && std::env::var_os("GITHUB_ACTIONS").is_some_and(|on| on == "true");
    if arguments.reports.iter().any(|target| target.file == "-") {
        // Standard output is a document; the code host reads both streams.
        if is_read_by_github {
            anstream::eprint!("{}", report::github(report));
        }
        return Ok(());
    }
    let mut shown = report::text(report, arguments.verbose);
    if timings {
        shown.push_str(&report::timings(report));
    }
    if is_read_by_github {
        shown.push_str(&report::github(report));
    }
    let mut stdout = anstream::stdout();
    let written = stdout.write_all(shown.as_bytes());
    written.and_then(|()| stdout.flush()).map_err(|error| fails("standard output", &error))
}
