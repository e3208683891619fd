//! The report as one page that needs nothing else: no script, no font, no network.

use askama::Template;

use super::{CheckResult, Report, area_title, tally};
use crate::exit_code;
use crate::verdict::Verdict;

/// Writes it.
///
/// # Errors
/// When the template cannot be filled, which would be a mistake of ours.
pub fn html(report: &Report) -> askama::Result<String> {
    let (state, headline) = headline(report);
    let page = Page {
        report,
        state,
        headline,
        program: match report.subject.program.as_slice() {
            [] => "the bundled reference CLI".to_owned(),
            program => program.join(" "),
        },
        took: format!(
            "{}.{:02} s",
            report.timing.wall_ms / 1000,
            report.timing.wall_ms % 1000 / 10
        ),
        counts: counts(&report.results),
        profiles: report.subject.profile.split(", ").map(|name| profile(report, name)).collect(),
        findings: report.results.iter().filter(|result| result.wants_attention()).collect(),
        known: report
            .results
            .iter()
            .filter(|result| result.verdict == Verdict::KnownFailure)
            .collect(),
    };
    page.render()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    /// A class of the style sheet: `good`, `bad` or `unsure`.
    state: &'static str,
    headline: String,
    program: String,
    took: String,
    counts: Vec<Tally>,
    profiles: Vec<ProfileRows<'a>>,
    findings: Vec<&'a CheckResult>,
    known: Vec<&'a CheckResult>,
}

/// How many results there are of a verdict.
struct Tally {
    class: &'static str,
    name: &'static str,
    count: usize,
}

/// A profile, area by area.
struct ProfileRows<'a> {
    name: &'a str,
    counts: Vec<Tally>,
    areas: Vec<AreaRows<'a>>,
}

/// An area, check by check.
struct AreaRows<'a> {
    title: &'static str,
    /// The class of the worst result.
    class: &'static str,
    passed: usize,
    judged: usize,
    results: Vec<&'a CheckResult>,
}

impl CheckResult {
    /// The class of the style sheet for its verdict.
    fn class(&self) -> &'static str {
        class_of(self.verdict)
    }
}

fn headline(report: &Report) -> (&'static str, String) {
    let judged = report.results.len() - report.summary.not_applicable;
    match exit_code::of(report) {
        exit_code::HOLDS => ("good", "All required checks hold".to_owned()),
        exit_code::FAILED => ("bad", format!("{} of {judged} checks failed", report.summary.fail)),
        exit_code::HARNESS => ("bad", "The suite itself failed".to_owned()),
        _ if judged == 0 => ("unsure", "Nothing was run".to_owned()),
        _ => ("unsure", format!("{} of {judged} checks are unknown", report.summary.inconclusive)),
    }
}

fn counts(results: &[CheckResult]) -> Vec<Tally> {
    let counts = Verdict::ALL.into_iter().map(|verdict| Tally {
        class: class_of(verdict),
        name: verdict.name(),
        count: tally(results, verdict),
    });
    counts.filter(|count| count.count > 0).collect()
}

fn profile<'a>(report: &'a Report, name: &'a str) -> ProfileRows<'a> {
    let results: Vec<&CheckResult> =
        report.results.iter().filter(|result| result.profile == name).collect();
    let areas = results.chunk_by(|one, other| one.area == other.area).map(|results| {
        let count = |verdict| results.iter().filter(|result| result.verdict == verdict).count();
        // The order of the verdicts in which one of them speaks for all.
        let worst = [Verdict::Error, Verdict::Fail, Verdict::Inconclusive, Verdict::KnownFailure];
        let worst = worst.into_iter().find(|verdict| count(*verdict) > 0);
        let passed = count(Verdict::Pass) + count(Verdict::Advisory);
        let judged = results.len() - count(Verdict::NotApplicable);
        let otherwise = if judged == 0 { Verdict::NotApplicable } else { Verdict::Pass };
        AreaRows {
            title: area_title(&results[0].area),
            class: class_of(worst.unwrap_or(otherwise)),
            passed,
            judged,
            results: results.to_vec(),
        }
    });
    let owned: Vec<CheckResult> = results.iter().map(|result| (*result).clone()).collect();
    ProfileRows { name, counts: counts(&owned), areas: areas.collect() }
}

fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotApplicable => "not-applicable",
        Verdict::Advisory => "advisory",
        Verdict::KnownFailure => "known",
        Verdict::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;

    #[test]
    fn it_needs_nothing_else_and_trusts_nothing() {
        let mut report = report_of(&Verdict::ALL.map(|verdict| (verdict, Level::Must)));
        for result in &mut report.results {
            result.observed = "<script>alert('x')</script>".to_owned();
            result.transcript = vec!["<img src=//example.com>".to_owned()];
        }
        let page = html(&report).expect("written");
        for word in ["<script", "<img", "http://", "https://", "@import", "<link"] {
            assert!(!page.contains(word), "{word}");
        }
        for verdict in Verdict::ALL {
            assert!(page.contains(verdict.name()), "{}", verdict.name());
        }
        let parsed = scraper::Html::parse_document(&page);
        let cards = scraper::Selector::parse("article.finding").expect("a selector");
        assert_eq!(parsed.select(&cards).count(), 3, "fail, inconclusive and error");
    }
}
