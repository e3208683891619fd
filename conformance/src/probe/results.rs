//! From recordings to a report: every check is judged, and no secret is left in what it says.

use std::time::Duration;

use super::Plan;
use super::recording::{Recording, Sent};
use super::redaction::Redaction;
use crate::check::{Objection, not_reached};
use crate::judging::{judged, known, today};
use crate::report::{CheckResult, Repeat, Report, SCHEMA, Scope, Subject, Summary, Timing};
use crate::server_check::ServerCheck;
use crate::shell::typed;

/// The most exchanges of a part that are shown.
const MOST_LINES: usize = 60;

/// The longest line that is shown, in characters.
const LONGEST_LINE: usize = 160;

/// The report of a probe.
pub(super) fn report(
    plan: &Plan,
    recordings: &[Recording],
    redaction: &Redaction,
    took: Duration,
) -> Report {
    let results: Vec<CheckResult> =
        plan.checks.iter().map(|check| result(plan, check, recordings, redaction)).collect();
    Report {
        schema: SCHEMA,
        authspec: env!("CARGO_PKG_VERSION").to_owned(),
        subject: Subject {
            program: vec![plan.terms.url.clone()],
            profile: plan.terms.service.name.clone(),
        },
        summary: Summary::of(&results),
        timing: Timing {
            wall_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            ..Timing::default()
        },
        repeat: Repeat { times: 1, equal: true },
        scope: Scope { results: results.len(), ..Scope::default() },
        results,
    }
}

fn result(
    plan: &Plan,
    check: &ServerCheck,
    recordings: &[Recording],
    redaction: &Redaction,
) -> CheckResult {
    let service = &plan.terms.service;
    let recording = recordings.iter().find(|recording| recording.part == check.part.id);
    let mut is_lent = true;
    let (verdict, evidence) = judged(|| {
        let judgement = match (check.unmet(&plan.terms), recording) {
            (Some(need), _) => Err(need.objection()),
            (None, Some(recording)) => (check.judge)(recording),
            (None, None) => not_reached("it was not played"),
        };
        is_lent = !matches!(judgement, Err(Objection::NotLent(_)));
        judgement
    });
    let clauses = service.clauses(check.id).into_iter();
    let sources = clauses.chain(check.sources.iter().map(|source| (*source).to_owned()));
    let result = CheckResult {
        id: check.id.to_owned(),
        profile: service.name.clone(),
        area: check.area.name().to_owned(),
        level: check.level,
        sentence: check.sentence.to_owned(),
        verdict,
        scenario: check.part.id.to_owned(),
        expected: evidence.expected,
        observed: evidence.observed,
        source: sources.collect(),
        fix: check.fix.to_owned(),
        again: again(plan, check),
        place: None,
        transcript: Vec::new(),
        capsule: None,
    };
    // What an operator did not lend says nothing of an entry of the profile.
    let entry = service.known_failure(check.id).filter(|_| is_lent);
    let mut result = known(entry, result, today());
    result.expected = redaction.redact(&result.expected);
    result.observed = redaction.redact(&result.observed);
    if let Some(recording) = recording.filter(|_| result.wants_attention()) {
        result.transcript = transcript(recording, redaction);
    }
    result
}

/// The command that judges this check alone, ready to be typed. What is lent by the environment is
/// named, so that nobody wonders why a check is not applicable, and never shown.
fn again(plan: &Plan, check: &ServerCheck) -> String {
    let lent = plan.lent_by_environment.iter().map(|name| format!("{name}=\"${name}\" "));
    let mut words = vec!["authspec", "probe", "--profile", &plan.terms.service.origin];
    words.extend(plan.flags.iter().map(String::as_str));
    words.extend(["--check", check.id, &plan.terms.url]);
    lent.collect::<String>() + &typed(&words)
}

fn transcript(recording: &Recording, redaction: &Redaction) -> Vec<String> {
    let mut lines: Vec<String> = recording.sent.iter().take(MOST_LINES).map(tell).collect();
    let left_out = recording.sent.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        lines.push(format!("… and {left_out} requests more"));
    }
    lines.extend(recording.ended.as_ref().map(|why| format!("ended: {why}")));
    lines.into_iter().map(|line| shorten(&redaction.redact(&line))).collect()
}

fn tell(sent: &Sent) -> String {
    let what = match &sent.reply {
        None => "no answer".to_owned(),
        Some(reply) => match reply.location() {
            Some(location) => format!("{} → {location}", reply.status),
            None => reply.describe(),
        },
    };
    let (url, query) = sent.url.split_once('?').unwrap_or((&sent.url, ""));
    let query = if query.is_empty() { "" } else { "?…" };
    format!("{:<24} {} {url}{query} → {what}", sent.name, sent.method)
}

fn shorten(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
