//! The report as Markdown: the summary of a CI job, in one screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CheckResult, Report, tally};
use crate::exit_code;
use crate::verdict::Verdict;

/// How many rows of one kind are shown: the rest is counted.
const MOST_ROWS: usize = 10;

/// The longest text in a cell, in characters.
const LONGEST_CELL: usize = 120;

/// Writes it. `baseline`: a report from before, to say what has changed since.
pub fn md(report: &Report, baseline: Option<&Report>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "## {}\n", headline(report));
    let _ = writeln!(out, "{}\n", circumstances(report));
    write_profiles(&mut out, report);
    if let Some(baseline) = baseline {
        write_changes(&mut out, report, baseline);
    }
    write_failures(&mut out, report);
    if !report.scope.left_out.is_empty() {
        let count = report.scope.left_out.len();
        let _ = writeln!(out, "{count} results were left out: {}.\n", why_left_out(report));
    }
    if let Some(why) = &report.scope.shared_network {
        let _ = writeln!(out, "Only the proxy kept the tool from other hosts: {}.\n", cell(why));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn headline(report: &Report) -> String {
    let judged = report.results.len() - report.summary.not_applicable;
    match exit_code::of(report) {
        exit_code::HOLDS => format!("✅ authspec: {judged} checks, all required ones hold"),
        exit_code::FAILED => {
            format!("❌ authspec: {} of {judged} checks failed", report.summary.fail)
        }
        exit_code::HARNESS => "💥 authspec: the suite itself failed".to_owned(),
        _ if judged == 0 => "❔ authspec: nothing was run".to_owned(),
        _ => format!("❔ authspec: {} of {judged} checks unknown", report.summary.inconclusive),
    }
}

fn circumstances(report: &Report) -> String {
    let program = match report.subject.program.as_slice() {
        [] => "the bundled reference CLI".to_owned(),
        program => format!("`{}`", program.join(" ")),
    };
    let Timed { seconds, hundredths } = timed(report.timing.wall_ms);
    let mut words =
        format!("{program} · authspec {} · {seconds}.{hundredths:02} s", report.authspec);
    if let Some(shard) = report.scope.shard {
        let _ = write!(words, " · part {shard}");
    }
    if let Some(seed) = report.scope.seed {
        let _ = write!(words, " · seed {seed}");
    }
    words
}

struct Timed {
    seconds: u64,
    hundredths: u64,
}

fn timed(ms: u64) -> Timed {
    Timed { seconds: ms / 1000, hundredths: ms % 1000 / 10 }
}

/// A row for each profile, with a column for each verdict that there is.
fn write_profiles(out: &mut String, report: &Report) {
    let shown: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| tally(&report.results, *verdict) > 0).collect();
    if shown.is_empty() {
        return;
    }
    let names = shown.iter().map(|verdict| format!(" {} |", verdict.name()));
    let _ = writeln!(out, "| profile |{}", names.collect::<String>());
    let _ = writeln!(out, "|:--|{}", "--:|".repeat(shown.len()));
    for profile in report.subject.profile.split(", ") {
        let of_profile: Vec<CheckResult> =
            report.results.iter().filter(|result| result.profile == profile).cloned().collect();
        let counts = shown.iter().map(|verdict| format!(" {} |", tally(&of_profile, *verdict)));
        let _ = writeln!(out, "| {profile} |{}", counts.collect::<String>());
    }
    out.push('\n');
}

fn write_changes(out: &mut String, report: &Report, baseline: &Report) {
    let changes = changes(report, baseline);
    let _ = writeln!(out, "### What changed\n");
    if changes.is_empty() {
        let _ = writeln!(out, "Nothing since the baseline.\n");
        return;
    }
    for change in changes.iter().take(MOST_ROWS) {
        let _ = writeln!(out, "- {change}");
    }
    write_rest(out, changes.len(), "- ");
    out.push('\n');
}

/// What is different from `baseline`: what got worse first, then what got better, then what is new
/// or gone.
fn changes(report: &Report, baseline: &Report) -> Vec<String> {
    let key = |result: &CheckResult| (result.profile.clone(), result.id.clone());
    let mut before: BTreeMap<_, Verdict> =
        baseline.results.iter().map(|result| (key(result), result.verdict)).collect();
    let (mut worse, mut better, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for result in &report.results {
        let now = result.verdict;
        let name = format!("`{}` ({})", result.id, result.profile);
        match before.remove(&key(result)) {
            Some(was) if was == now => {}
            Some(was) => {
                let change = format!("{name}: {} → **{}**", was.name(), now.name());
                match (is_good(was), is_good(now)) {
                    (true, false) => worse.push(format!("🔴 {change}")),
                    (false, true) => better.push(format!("🟢 {change}")),
                    _ => others.push(format!("⚪ {change}")),
                }
            }
            None if is_good(now) => others.push(format!("⚪ {name}: new, {}", now.name())),
            None => worse.push(format!("🔴 {name}: new, **{}**", now.name())),
        }
    }
    // A part of a run, or a quick one, is silent about the rest.
    if report.scope.shard.is_none() && report.scope.left_out.is_empty() {
        let gone = before.into_keys();
        others.extend(gone.map(|(profile, id)| format!("⚪ `{id}` ({profile}): no longer there")));
    }
    worse.into_iter().chain(better).chain(others).collect()
}

fn is_good(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Fail | Verdict::Inconclusive | Verdict::Error)
}

fn write_failures(out: &mut String, report: &Report) {
    let mut wanting: Vec<&CheckResult> =
        report.results.iter().filter(|result| result.wants_attention()).collect();
    if wanting.is_empty() {
        return;
    }
    // Failures are known; what is not known comes after them.
    wanting.sort_by_key(|result| (result.verdict == Verdict::Inconclusive, result.level));
    let _ = writeln!(out, "### What to look at\n");
    let _ = writeln!(out, "| check | | expected | observed |\n|:--|:--|:--|:--|");
    for result in wanting.iter().take(MOST_ROWS) {
        let _ = writeln!(
            out,
            "| `{}`<br>{} | {} {} | {} | {} |",
            result.id,
            result.profile,
            result.level.name().to_uppercase(),
            result.verdict.name(),
            cell(&result.expected),
            cell(&result.observed),
        );
    }
    out.push('\n');
    write_rest(out, wanting.len(), "");
    let first = wanting[0];
    let _ = writeln!(out, "**{}**: {}. {}.\n", first.id, first.sentence, first.fix);
    let _ = writeln!(out, "```sh\n{}\n```\n", first.again);
}

fn write_rest(out: &mut String, count: usize, before: &str) {
    if count > MOST_ROWS {
        let _ = writeln!(out, "{before}… and {} more\n", count - MOST_ROWS);
    }
}

fn why_left_out(report: &Report) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for left_out in &report.scope.left_out {
        let reason = left_out.why.split(':').next().unwrap_or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join(", ")
}

/// Text as a table cell takes it: of one line, nothing in it that Markdown or HTML would read.
fn cell(text: &str) -> String {
    let mut cell: String = text.chars().take(LONGEST_CELL).collect();
    if text.chars().count() > LONGEST_CELL {
        cell.push('…');
    }
    let mut out = String::new();
    for c in cell.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '$' | '@' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;

    #[test]
    fn each_verdict_is_told() {
        let report = report_of(&Verdict::ALL.map(|verdict| (verdict, Level::Must)));
        insta::assert_snapshot!(md(&report, None));
    }

    #[test]
    fn what_changed_is_told_worst_first() {
        let verdicts = |verdicts: &[Verdict]| {
            report_of(&verdicts.iter().map(|one| (*one, Level::Must)).collect::<Vec<_>>())
        };
        let before = verdicts(&[Verdict::Pass, Verdict::Fail, Verdict::Pass, Verdict::Pass]);
        let mut now = verdicts(&[Verdict::Pass, Verdict::Pass, Verdict::Fail]);
        now.results[0].id = "new-check".to_owned();
        assert_eq!(
            changes(&now, &before),
            [
                "🔴 `check-2` (example): pass → **fail**",
                "🟢 `check-1` (example): fail → **pass**",
                "⚪ `new-check` (example): new, pass",
                "⚪ `check-0` (example): no longer there",
                "⚪ `check-3` (example): no longer there",
            ]
        );
        assert!(md(&before, Some(&before)).contains("Nothing since the baseline"));
    }

    #[test]
    fn it_fits_one_screen_whatever_failed() {
        let mut report = report_of(&[(Verdict::Fail, Level::Must); 150]);
        for result in &mut report.results {
            result.observed = "<b>|`x`\n".repeat(60);
        }
        let before = report_of(&[(Verdict::Pass, Level::Must); 150]);
        let text = md(&report, Some(&before));
        assert!(text.lines().count() <= 45, "{text}");
        assert!(text.contains("… and 140 more"));
        assert!(!text.contains("<b>"), "{text}");
    }
}
