//! `authspec report`: what is done with reports that were saved.

use std::path::PathBuf;

use super::refuse;
use super::reporting::{ReportArguments, conclude};
use crate::exit_code;
use crate::report::{Report, merge};

/// What is done.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ReportCommand {
    /// Make one report of the shards of a run.
    Merge {
        /// The JSON report of every shard, in any order.
        #[arg(required = true, value_name = "SHARD.json")]
        shards: Vec<PathBuf>,
        #[command(flatten)]
        reporting: ReportArguments,
    },
    /// Show a JSON report again, or in another format.
    Show {
        /// The report.
        #[arg(value_name = "REPORT.json")]
        file: PathBuf,
        /// Show the ten scenarios that took longest.
        #[arg(long)]
        timings: bool,
        #[command(flatten)]
        reporting: ReportArguments,
    },
}

/// Does it, and returns the exit code that the report calls for.
pub(super) fn report(command: &ReportCommand) -> u8 {
    match command {
        ReportCommand::Merge { shards, reporting } => match merge(shards) {
            Ok(report) => conclude(reporting, false, &report),
            Err(error) => refuse(&error, exit_code::of_unmerged(&error)),
        },
        ReportCommand::Show { file, timings, reporting } => match Report::read(file) {
            Ok(report) => conclude(reporting, *timings, &report),
            Err(error) => refuse(error, exit_code::USAGE),
        },
    }
}
