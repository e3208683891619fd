//! Where the time of a run went, for people.

use std::fmt::Write as _;

use super::Report;

/// Writes the scenarios that took longest.
pub fn timings(report: &Report) -> String {
    let mut out = String::new();
    let slowest = &report.timing.slowest;
    let _ = writeln!(out, "\nthe scenarios that took longest");
    let _ = writeln!(out, "  took      waited    runs");
    for cost in slowest {
        let _ = writeln!(
            out,
            "  {:>6} ms {:>6} ms {:>5}  {} of {}",
            cost.elapsed_ms, cost.forced_wait_ms, cost.runs, cost.scenario, cost.profile
        );
    }
    if slowest.is_empty() {
        let _ = writeln!(out, "  none was played");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::ScenarioTiming;
    use crate::report::tests::report_of;
    use crate::verdict::Verdict;

    #[test]
    fn the_ten_slowest_stay_and_come_first() {
        let mut report = report_of(&[(Verdict::Pass, Level::Must)]);
        for number in 0..30 {
            report.timing.add(ScenarioTiming {
                scenario: format!("scenario-{number}"),
                profile: "example".to_owned(),
                elapsed_ms: 100 * number,
                forced_wait_ms: 0,
                runs: 1,
            });
        }
        assert_eq!((report.timing.slowest.len(), report.timing.runs), (10, 39));
        let shown = timings(&report);
        assert_eq!(
            shown.lines().nth(3),
            Some("    2900 ms      0 ms     1  scenario-29 of example")
        );
    }
}
