//! The report as a badge: the endpoint document of shields.io.

use serde_json::json;

use super::Report;
use crate::exit_code;

/// Writes it.
pub fn badge(report: &Report) -> String {
    let summary = &report.summary;
    let judged = report.results.len() - summary.not_applicable;
    let (message, color) = match exit_code::of(report) {
        exit_code::HOLDS if summary.known_failure > 0 => {
            (format!("{} of {judged} checks", judged - summary.known_failure), "green")
        }
        exit_code::HOLDS => (format!("{judged} checks"), "brightgreen"),
        exit_code::FAILED => (format!("{} of {judged} failing", summary.fail), "red"),
        exit_code::HARNESS => ("the suite failed".to_owned(), "lightgrey"),
        _ => ("unknown".to_owned(), "lightgrey"),
    };
    let badge = json!({
        "schemaVersion": 1,
        "label": "authspec",
        "message": message,
        "color": color,
        "isError": exit_code::of(report) != exit_code::HOLDS,
    });
    format!("{badge:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;
    use crate::verdict::Verdict;

    #[rstest::rstest]
    #[case(&[Verdict::Pass, Verdict::Pass, Verdict::NotApplicable], "2 checks", "brightgreen")]
    #[case(&[Verdict::Pass, Verdict::KnownFailure], "1 of 2 checks", "green")]
    #[case(&[Verdict::Pass, Verdict::Fail], "1 of 2 failing", "red")]
    #[case(&[Verdict::Fail, Verdict::Error], "the suite failed", "lightgrey")]
    #[case(&[Verdict::Inconclusive], "unknown", "lightgrey")]
    #[case(&[], "unknown", "lightgrey")]
    fn a_badge_says_it_in_a_word(
        #[case] verdicts: &[Verdict],
        #[case] message: &str,
        #[case] color: &str,
    ) {
        let verdicts: Vec<_> = verdicts.iter().map(|verdict| (*verdict, Level::Must)).collect();
        let badge: serde_json::Value =
            serde_json::from_str(&badge(&report_of(&verdicts))).expect("JSON");
        assert_eq!(
            (badge["message"].as_str(), badge["color"].as_str()),
            (Some(message), Some(color))
        );
        assert_eq!((&badge["schemaVersion"], &badge["label"]), (&json!(1), &json!("authspec")));
    }
}
