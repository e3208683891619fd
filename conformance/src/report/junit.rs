//! The report as JUnit XML, for CI systems: a failed check is a failure, what was not reached or
//! not played is an error, and what the profile does not claim is skipped.

use quick_junit::{
    NonSuccessKind, Report as Document, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use crate::report::{CheckResult, Report};
use crate::verdict::Verdict;

/// Writes it.
///
/// # Errors
/// When it cannot be written as XML, which would be a mistake of ours.
pub fn junit(report: &Report) -> Result<String, SerializeError> {
    let mut document = Document::new("authspec");
    for profile in report.subject.profile.split(", ") {
        let mut suite = TestSuite::new(profile);
        let results = report.results.iter().filter(|result| result.profile == profile);
        suite.add_test_cases(results.map(case));
        document.add_test_suite(suite);
    }
    let text = document.to_string()?;
    // The schema of Jenkins knows the sum of what was skipped of a suite, and not of all suites.
    let of_all_suites = format!(" skipped=\"{}\"", document.skipped);
    Ok(text.replacen(&of_all_suites, "", 1))
}

fn case(result: &CheckResult) -> TestCase {
    let mut status = match result.verdict {
        Verdict::Pass | Verdict::Advisory => TestCaseStatus::success(),
        Verdict::NotApplicable | Verdict::KnownFailure => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::Error => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    status.set_type(result.verdict.name());
    if result.verdict != Verdict::Pass {
        status.set_message(format!("{}: {}", result.verdict.name(), result.observed));
    }
    if result.wants_attention() {
        status.set_description(description(result));
    }
    let mut case = TestCase::new(result.id.clone(), status);
    case.set_classname(format!("{}.{}", result.profile, result.area));
    case
}

fn description(result: &CheckResult) -> String {
    format!(
        "{}\nexpected: {}\nobserved: {}\nfix: {}\nagain: {}\n\n{}\n",
        result.sentence,
        result.expected,
        result.observed,
        result.fix,
        result.again,
        result.transcript.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;

    #[test]
    fn each_verdict_has_its_element() {
        let text = junit(&report_of(&Verdict::ALL.map(|verdict| (verdict, Level::Must))))
            .expect("written");
        insta::assert_snapshot!(text);
    }
}
