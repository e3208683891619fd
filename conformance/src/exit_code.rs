//! The exit codes of the program, and the one place where they are decided.

use crate::check::Level;
use crate::probe::{Preflight, ProbeError};
use crate::report::{MergeError, Report};
use crate::verdict::Verdict;

/// All required checks hold.
pub const HOLDS: u8 = 0;
/// Some check failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or a wrong profile.
pub const USAGE: u8 = 2;
/// Nothing was run, or a MUST was inconclusive.
pub const UNKNOWN: u8 = 3;
/// The harness itself failed.
pub const HARNESS: u8 = 4;

/// The exit code that a report calls for. What is worse for trust in the report comes first: of
/// a harness that failed nothing is known, and a failure is worth more than what is not known.
pub fn of(report: &Report) -> u8 {
    let any = |verdict| report.results.iter().any(|result| result.verdict == verdict);
    let unreached = report
        .results
        .iter()
        .any(|result| result.verdict == Verdict::Inconclusive && result.level == Level::Must);
    let judged = report.results.iter().any(|result| result.verdict != Verdict::NotApplicable);
    if any(Verdict::Error) {
        HARNESS
    } else if any(Verdict::Fail) {
        FAILED
    } else if unreached || !judged {
        UNKNOWN
    } else {
        HOLDS
    }
}

/// The exit code that a probe calls for that came to no report: what was lent is the operator's to
/// mend, and of a server that was not reached, or not to the end, nothing is known.
pub fn of_unprobed(error: &ProbeError) -> u8 {
    match error {
        ProbeError::Setup(_) => HARNESS,
        ProbeError::Preflight(Preflight::Refused { .. } | Preflight::Weak { .. }) => USAGE,
        ProbeError::Preflight(_) | ProbeError::Interrupted { .. } => UNKNOWN,
    }
}

/// The exit code that shards call for that are no run: what is missing was not run; all else is
/// wrong usage.
pub fn of_unmerged(error: &MergeError) -> u8 {
    match error {
        MergeError::Missing { .. } => UNKNOWN,
        _ => USAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report_of;

    #[rstest::rstest]
    #[case::all_hold(&[(Verdict::Pass, Level::Must)], HOLDS)]
    #[case::known_failures_hold(&[(Verdict::KnownFailure, Level::Must)], HOLDS)]
    #[case::one_fails(&[(Verdict::Pass, Level::Must), (Verdict::Fail, Level::Should)], FAILED)]
    #[case::nothing_run(&[], UNKNOWN)]
    #[case::nothing_claimed(&[(Verdict::NotApplicable, Level::Must)], UNKNOWN)]
    #[case::must_unreached(&[(Verdict::Pass, Level::Must), (Verdict::Inconclusive, Level::Must)], UNKNOWN)]
    #[case::should_unreached(&[(Verdict::Pass, Level::Must), (Verdict::Inconclusive, Level::Should)], HOLDS)]
    #[case::failure_before_unreached(&[(Verdict::Inconclusive, Level::Must), (Verdict::Fail, Level::Must)], FAILED)]
    #[case::error_before_all(&[(Verdict::Fail, Level::Must), (Verdict::Error, Level::Must)], HARNESS)]
    fn a_report_calls_for_its_code(#[case] verdicts: &[(Verdict, Level)], #[case] code: u8) {
        assert_eq!(of(&report_of(verdicts)), code);
    }
}
