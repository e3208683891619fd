//! What a tool does when the platform keeps it waiting for ever.

use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord};
use crate::scenario::LONGEST_STALL;
use crate::scenarios::trouble::{STALLED_BODY, STALLED_CONNECTION, STALLED_HEADERS};

/// Words by which a message says that time was up, in lower case.
const WORDS: [&str; 10] = [
    "timed out",
    "timeout",
    "time-out",
    "time out",
    "timedout",
    "in time",
    "deadline",
    "too long",
    "not answer",
    "not respond",
];

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "stall-connection",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a platform that takes the connection and hears nothing is given up, in words that name it or the time-out",
        sources: &["clig.dev Robustness"],
        bugs: &["kernel/cli#202", "langchain-ai/openwiki#541"],
        fix: "give every request a time limit, and say that it was over",
        scenario: &STALLED_CONNECTION,
        mutants: &["request-without-limit", "stall-unexplained", "unreachable-exits-zero"],
        judge: |seen| {
            if !matches!(seen.run("identity")?.ending, Ending::TimedOut(_)) {
                // What is not heard is not written down: the next run is the same command.
                asked(seen, "later")?;
            }
            gives_up(seen)
        },
    },
    Check {
        id: "stall-headers",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a platform that never answers a request is given up, in words that name it or the time-out",
        sources: &["clig.dev Robustness"],
        bugs: &["cloudfoundry/cli#1059", "kernel/cli#202"],
        fix: "give every request a time limit, not only the connection, and say that it was over",
        scenario: &STALLED_HEADERS,
        mutants: &["request-without-limit", "stall-unexplained", "unreachable-exits-zero"],
        judge: |seen| asked(seen, "identity").and_then(|()| gives_up(seen)),
    },
    Check {
        id: "stall-body",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a platform that stops in the middle of its answer is given up, in words that name it or the time-out",
        sources: &["clig.dev Robustness"],
        bugs: &["langchain-ai/openwiki#541", "cloudfoundry/cli#1059"],
        fix: "let the time limit of a request end with the last byte of its answer, not with the first",
        scenario: &STALLED_BODY,
        mutants: &["request-without-limit", "stall-unexplained", "unreachable-exits-zero"],
        judge: |seen| asked(seen, "identity").and_then(|()| gives_up(seen)),
    },
];

/// Whether the run called `label` asked the platform what it stalls at.
fn asked(seen: &Observation, label: &str) -> Result<(), Objection> {
    let run = seen.run(label)?;
    match seen.identity_requests(run).next() {
        Some(_) => Ok(()),
        None => not_reached("the platform was not asked"),
    }
}

/// Whether the tool gave up by itself, soon enough, and said why.
fn gives_up(seen: &Observation) -> Judgement {
    let run = seen.run("identity")?;
    let longest = u64::try_from(LONGEST_STALL.as_millis()).unwrap_or(u64::MAX);
    let expected = "a non-zero exit, the platform or the time-out named";
    if matches!(run.ending, Ending::TimedOut(_)) || run.elapsed_ms > longest {
        return require(false, expected, "still waiting");
    }
    // Who cannot ask when all is well either has not given up because of the platform.
    seen.success("later")?;
    let named = names_cause(seen, run);
    let observed = format!("{}: {}", run.ending.describe(), run.first_words());
    let ok = run.ending.is_failure() && named;
    require(ok, expected, if ok { expected.to_owned() } else { observed })
}

fn names_cause(seen: &Observation, run: &RunRecord) -> bool {
    let said = run.said_lower();
    let authority = seen.platform_url.split_once("://").map_or("", |(_, rest)| rest);
    WORDS.iter().any(|word| said.contains(word)) || said.contains(authority)
}
