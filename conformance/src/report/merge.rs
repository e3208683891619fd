//! One report of the shards of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{CheckResult, Report, ReportFileError, Summary};
use crate::checks::CHECKS;
use crate::runner::Shard;

/// Why reports are not the shards of one run.
#[derive(Debug, Error)]
pub enum MergeError {
    /// A file is no report.
    #[error(transparent)]
    File(#[from] ReportFileError),
    /// A report was made by another version.
    #[error(
        "{} was made by authspec {theirs}, and this is authspec {}: merge with the version that ran",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    OtherVersion {
        /// The report.
        path: PathBuf,
        /// The version that made it.
        theirs: String,
    },
    /// A report is whole.
    #[error("{} is the report of a whole run and no shard: `run --shard I/N` makes those", path.display())]
    NoShard {
        /// The report.
        path: PathBuf,
    },
    /// Two reports are not of one run.
    #[error(
        "{} and {} are not of one run: {what} is not the same in both",
        one.display(),
        other.display()
    )]
    OtherRun {
        /// A report.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// A shard is there twice.
    #[error("shard {shard} is there twice: {} and {}", one.display(), other.display())]
    Doubled {
        /// The shard.
        shard: Shard,
        /// A report of it.
        one: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// Shards are missing.
    #[error("{} of {of} shards missing: {}; nothing is known of their checks", missing.len(), list(missing, *of))]
    Missing {
        /// Which, from 1.
        missing: Vec<usize>,
        /// Of how many.
        of: usize,
    },
    /// A result is in two of them.
    #[error("`{id}` of {profile} is in more than one shard: the reports are not of one run")]
    Overlap {
        /// The check.
        id: String,
        /// The profile.
        profile: String,
    },
}

fn list(missing: &[usize], of: usize) -> String {
    let names: Vec<String> = missing.iter().map(|index| format!("{index}/{of}")).collect();
    names.join(", ")
}

/// Reads the shards of a run, and makes the report of the whole run of them.
///
/// # Errors
/// [`MergeError`] when a file is no shard of this version, or they are not the shards of one run,
/// each once.
pub fn merge(paths: &[PathBuf]) -> Result<Report, MergeError> {
    let mut shards: BTreeMap<usize, (&Path, Report)> = BTreeMap::new();
    for path in paths {
        let report = Report::read(path)?;
        if report.authspec != env!("CARGO_PKG_VERSION") {
            return Err(MergeError::OtherVersion { path: path.clone(), theirs: report.authspec });
        }
        let Some(shard) = report.scope.shard else {
            return Err(MergeError::NoShard { path: path.clone() });
        };
        if let Some((first, known)) = shards.values().next()
            && let Some(what) = difference(known, &report)
        {
            let (one, other) = (first.to_path_buf(), path.clone());
            return Err(MergeError::OtherRun { one, other, what });
        }
        if let Some((one, _)) = shards.insert(shard.index, (path, report)) {
            let (one, other) = (one.to_owned(), path.clone());
            return Err(MergeError::Doubled { shard, one, other });
        }
    }
    let of = shards.values().find_map(|(_, report)| report.scope.shard).map_or(0, |shard| shard.of);
    let missing: Vec<usize> = (1..=of).filter(|index| !shards.contains_key(index)).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing, of });
    }
    let mut reports = shards.into_values().map(|(_, report)| report);
    let Some(first) = reports.next() else { return Err(MergeError::Missing { missing, of }) };
    whole(reports.fold(first, add))
}

/// What shows that two reports are not of one run.
fn difference(one: &Report, other: &Report) -> Option<&'static str> {
    let of = |report: &Report| report.scope.shard.map(|shard| shard.of);
    let differences = [
        (one.subject.profile != other.subject.profile, "the profile"),
        (one.subject.program != other.subject.program, "the program"),
        (of(one) != of(other), "the number of shards"),
        (one.scope.quick != other.scope.quick, "--quick"),
        (one.scope.run != other.scope.run, "what was asked for (checks, profile text)"),
    ];
    differences.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
}

fn add(mut whole: Report, shard: Report) -> Report {
    whole.results.extend(shard.results);
    let timing = &mut whole.timing;
    timing.wall_ms = timing.wall_ms.max(shard.timing.wall_ms);
    timing.subject_cpu_ms += shard.timing.subject_cpu_ms;
    timing.runs += shard.timing.runs;
    timing.longest_forced_wait_ms =
        timing.longest_forced_wait_ms.max(shard.timing.longest_forced_wait_ms);
    timing.slowest.extend(shard.timing.slowest);
    timing.keep_the_slowest();
    for left_out in shard.scope.left_out {
        // What is left out for speed is left out by every shard.
        if !whole.scope.left_out.contains(&left_out) {
            whole.scope.left_out.push(left_out);
        }
    }
    whole.scope.shared_network = whole.scope.shared_network.or(shard.scope.shared_network);
    if whole.scope.seed != shard.scope.seed {
        whole.scope.seed = None;
    }
    whole.repeat.equal &= shard.repeat.equal;
    whole
}

/// The report in the order of plan and catalogue, and no shard any more.
fn whole(mut report: Report) -> Result<Report, MergeError> {
    let place = {
        let profiles: Vec<String> = report.subject.profile.split(", ").map(str::to_owned).collect();
        move |result: &CheckResult| {
            let profile = profiles.iter().position(|profile| *profile == result.profile);
            (profile, CHECKS.iter().position(|check| check.id == result.id))
        }
    };
    report.results.sort_by_cached_key(&place);
    let twice = report.results.windows(2).find(|pair| place(&pair[0]) == place(&pair[1]));
    if let Some([result, _]) = twice {
        let (id, profile) = (result.id.clone(), result.profile.clone());
        return Err(MergeError::Overlap { id, profile });
    }
    report.summary = Summary::of(&report.results);
    report.scope.results = report.results.len();
    report.scope.shard = None;
    Ok(report)
}
