//! The report for people: what was tested, a line for each area, and everything that a person
//! needs about what did not pass. Fits a terminal of 80 columns.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter, fill};

use crate::report::{CheckResult, Report, area_title};
use crate::verdict::Verdict;

/// The width that texts are wrapped at, in columns.
const WIDTH: usize = 80;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNSURE: Style = AnsiColor::Yellow.on_default();
const QUIET: Style = Style::new().dimmed();
const LOUD: Style = Style::new().bold();

/// Writes it, with colours: whoever prints it takes them out where they do not belong. `verbose`:
/// a line for each check, not only for those that want attention.
pub fn text(report: &Report, verbose: bool) -> String {
    let mut out = String::new();
    write_header(&mut out, report);
    for profile in report.subject.profile.split(", ") {
        write_profile(&mut out, report, profile, verbose);
    }
    let mut told = BTreeMap::new();
    for result in report.results.iter().filter(|result| result.wants_attention()) {
        write_attention(&mut out, result);
        write_transcript(&mut out, result, &mut told);
    }
    write_summary(&mut out, report);
    out
}

fn write_header(out: &mut String, report: &Report) {
    let subject = match report.subject.program.as_slice() {
        [] => "the bundled reference CLI".to_owned(),
        program => program.join(" "),
    };
    let _ = writeln!(out, "{LOUD}authspec {}{LOUD:#}  {subject}", report.authspec);
}

fn write_profile(out: &mut String, report: &Report, profile: &str, verbose: bool) {
    let _ = writeln!(out, "\n{LOUD}{profile}{LOUD:#}");
    let results: Vec<_> =
        report.results.iter().filter(|result| result.profile == profile).collect();
    let mut areas: Vec<&str> = results.iter().map(|result| result.area.as_str()).collect();
    areas.dedup();
    for area in areas {
        let of_area: Vec<_> = results.iter().filter(|result| result.area == area).collect();
        let passed = of_area.iter().filter(|result| result.verdict == Verdict::Pass).count();
        let others = Verdict::ALL.iter().filter(|verdict| **verdict != Verdict::Pass);
        let counts: Vec<String> = others
            .filter_map(|verdict| {
                let count = of_area.iter().filter(|result| result.verdict == *verdict).count();
                let style = style_of(*verdict);
                (count > 0).then(|| format!("{style}{count} {}{style:#}", verdict.name()))
            })
            .collect();
        let worst = of_area.iter().find(|result| result.wants_attention());
        let usual = if passed > 0 { Verdict::Pass } else { Verdict::NotApplicable };
        let (mark, style) = mark_of(worst.map_or(usual, |result| result.verdict));
        let more =
            if counts.is_empty() { String::new() } else { format!(", {}", counts.join(", ")) };
        let title = area_title(area);
        let _ = writeln!(out, "  {style}{mark}{style:#} {title:<18} {passed:>3} pass{more}");
        if verbose {
            for result in of_area {
                write_line(out, result);
            }
        }
    }
}

fn write_line(out: &mut String, result: &CheckResult) {
    let (mark, style) = mark_of(result.verdict);
    let _ = writeln!(out, "      {style}{mark}{style:#} {}", result.id);
}

fn write_attention(out: &mut String, result: &CheckResult) {
    let (mark, style) = mark_of(result.verdict);
    let level = result.level.name().to_uppercase();
    let _ = writeln!(
        out,
        "\n{style}{mark} {}{style:#}  {QUIET}{} · {level} · {}{QUIET:#}",
        result.id,
        result.profile,
        result.verdict.name()
    );
    let sources = result.source.join("; ");
    let rows = [
        ("", result.sentence.as_str()),
        ("source", &sources),
        ("expected", &result.expected),
        ("observed", &result.observed),
        ("fix", &result.fix),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let first = if name.is_empty() { "  ".to_owned() } else { format!("  {name:<9} ") };
        let rest = if name.is_empty() { "  " } else { "            " };
        let options = Options::new(WIDTH).initial_indent(&first).subsequent_indent(rest);
        let options = options
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        let _ = writeln!(out, "{}", fill(value, options));
    }
    // In one piece, however long: it is there to be copied.
    let _ = writeln!(out, "  again     {}", result.again);
    if let Some(capsule) = &result.capsule {
        let _ = writeln!(out, "  capsule   {capsule}");
    }
}

/// What happened, or, where `told` says that it stands above already, where that is. `told` holds
/// the check at which each scenario of each profile was told.
fn write_transcript<'a>(
    out: &mut String,
    result: &'a CheckResult,
    told: &mut BTreeMap<(&'a str, &'a str), &'a str>,
) {
    if result.transcript.is_empty() {
        return;
    }
    let scenario = (result.profile.as_str(), result.scenario.as_str());
    if let Some(above) = told.get(&scenario) {
        let _ = writeln!(out, "  {QUIET}what happened: see {above}, above{QUIET:#}");
        return;
    }
    told.insert(scenario, &result.id);
    let _ = writeln!(out, "  {QUIET}what happened in `{}`:{QUIET:#}", result.scenario);
    for line in &result.transcript {
        let _ = writeln!(out, "  {QUIET}│{QUIET:#} {line}");
    }
}

fn write_summary(out: &mut String, report: &Report) {
    let summary = &report.summary;
    let counts = [
        (summary.pass, Verdict::Pass),
        (summary.fail, Verdict::Fail),
        (summary.inconclusive, Verdict::Inconclusive),
        (summary.not_applicable, Verdict::NotApplicable),
        (summary.advisory, Verdict::Advisory),
        (summary.known_failure, Verdict::KnownFailure),
        (summary.error, Verdict::Error),
    ];
    let shown: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| {
            let style = style_of(*verdict);
            format!("{style}{count} {}{style:#}", verdict.name())
        })
        .collect();
    let seconds = |ms: u64| format!("{}.{:02} s", ms / 1000, ms % 1000 / 10);
    let timing = &report.timing;
    let runs = match timing.runs {
        // A probe runs no tool.
        0 => String::new(),
        1 => ", 1 run of the tool".to_owned(),
        runs => format!(", {runs} runs of the tool"),
    };
    let checks = if report.results.len() == 1 { "check" } else { "checks" };
    let _ = writeln!(
        out,
        "\n{LOUD}{} {checks}{LOUD:#}: {}  {QUIET}in {}{runs}{QUIET:#}",
        report.results.len(),
        if shown.is_empty() { "nothing was run".to_owned() } else { shown.join(", ") },
        seconds(timing.wall_ms),
    );
    if report.repeat.times > 1 {
        let equal = if report.repeat.equal { "all equal" } else { "not all equal" };
        let _ = writeln!(out, "{} repetitions, {equal}", report.repeat.times);
    }
    write_scope(out, report);
}

/// What this report is silent about, and how to make it again.
fn write_scope(out: &mut String, report: &Report) {
    let scope = &report.scope;
    if let Some(shard) = scope.shard {
        let empty = if report.results.is_empty() { ", which holds no check" } else { "" };
        let _ = writeln!(out, "part {shard}{empty}: `authspec report merge` makes it whole");
    }
    if let Some(seed) = scope.seed {
        let _ = writeln!(out, "{QUIET}in the order of --seed {seed}{QUIET:#}");
    }
    if let Some(why) = &scope.shared_network {
        let line = format!("only the proxy kept the tool from other hosts ({why})");
        let _ = writeln!(out, "{QUIET}{line}{QUIET:#}");
    }
    let mut reasons: Vec<&str> = scope.left_out.iter().map(|one| one.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in reasons {
        let left_out = scope.left_out.iter().filter(|one| one.why == reason);
        let mut ids: Vec<&str> = left_out.map(|one| one.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let line = format!("left out ({reason}): {}", ids.join(", "));
        let options = Options::new(WIDTH).subsequent_indent("  ").break_words(false);
        let options = options.word_splitter(WordSplitter::NoHyphenation);
        let _ = writeln!(out, "{UNSURE}{}{UNSURE:#}", fill(&line, options));
    }
}

fn mark_of(verdict: Verdict) -> (&'static str, Style) {
    let mark = match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail | Verdict::Error => "✗",
        Verdict::Inconclusive => "?",
        Verdict::NotApplicable => "-",
        Verdict::Advisory | Verdict::KnownFailure => "!",
    };
    (mark, style_of(verdict))
}

fn style_of(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Fail | Verdict::Error => BAD,
        Verdict::Inconclusive | Verdict::Advisory | Verdict::KnownFailure => UNSURE,
        Verdict::NotApplicable => QUIET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;

    #[test]
    fn what_wants_attention_is_told_whole() {
        let report = report_of(&[(Verdict::Pass, Level::Must), (Verdict::Fail, Level::Must)]);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text(&report, true)));
    }

    #[test]
    fn nothing_is_wider_than_a_terminal() {
        let mut report = report_of(&[(Verdict::Fail, Level::Must)]);
        report.results[0].sentence = "a sentence of many words ".repeat(12);
        let shown = text(&report, true);
        for line in anstream::adapter::strip_str(&shown).to_string().lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
