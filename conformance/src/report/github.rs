//! The report as workflow commands of GitHub Actions: annotations at the profile's line.

use std::fmt::Write as _;

use super::{CheckResult, Report};
use crate::verdict::Verdict;

/// Writes one annotation for each result that somebody should look at.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for result in &report.results {
        let kind = match result.verdict {
            Verdict::Fail | Verdict::Error => "error",
            Verdict::Inconclusive => "warning",
            Verdict::KnownFailure => "notice",
            Verdict::Pass | Verdict::NotApplicable | Verdict::Advisory => continue,
        };
        let _ = writeln!(out, "::{kind} {}::{}", properties(result), message(&words(result)));
    }
    out
}

fn properties(result: &CheckResult) -> String {
    let title = format!("authspec: {} ({})", result.id, result.profile);
    let title = format!("title={}", property(&title));
    match &result.place {
        Some(place) => {
            format!(
                "file={},line={},col={},{title}",
                property(&place.file),
                place.line,
                place.column
            )
        }
        None => title,
    }
}

fn words(result: &CheckResult) -> String {
    let mut words = format!("{}: {}\n", result.verdict.name(), result.sentence);
    for (name, value) in
        [("expected", &result.expected), ("observed", &result.observed), ("fix", &result.fix)]
    {
        if !value.is_empty() {
            let _ = writeln!(words, "{name}: {value}");
        }
    }
    let _ = write!(words, "again: {}", result.again);
    words
}

/// Text as a workflow command takes it after the second `::`.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a workflow command takes it in a property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;

    #[test]
    fn each_verdict_has_its_annotation() {
        let mut report = report_of(&Verdict::ALL.map(|verdict| (verdict, Level::Must)));
        report.results[1].observed = "50 %, in\ntwo lines".to_owned();
        report.results[2].place = None;
        insta::assert_snapshot!(github(&report));
    }
}
