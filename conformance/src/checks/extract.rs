//! What other tools have saved, found and printed for a shell.

use std::collections::BTreeMap;

use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord};
use crate::profile::ExtractProfile;
use crate::scenario::ELSEWHERE;
use crate::scenarios::extract::{EXTRACT_ALL, EXTRACT_EACH, SOURCE_LABELS};
use crate::shell;

type Assignments = BTreeMap<String, String>;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "extract-finds-each",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "what each of the documented tools has saved is found, and printed under its provider's names",
        sources: &[],
        bugs: &[],
        fix: "read every documented file, and map its provider to the documented variables",
        scenario: &EXTRACT_EACH,
        mutants: &[
            "extract-skips-claude-key",
            "extract-skips-claude-session",
            "extract-skips-codex",
            "extract-skips-env-cache",
            "extract-skips-keychain",
            "extract-skips-oauth",
            "extract-skips-opencode",
            "extract-skips-amp",
            "extract-many-names",
        ],
        judge: |seen| {
            let extract = claimed(seen)?;
            let mut missed = Vec::new();
            for (label, source) in SOURCE_LABELS.iter().zip(&extract.sources) {
                let run = seen.run(label)?;
                let found = names_of(extract, &source.provider)
                    .all(|name| run.stdout.lines().any(|line| assigns(line, name)));
                if !found {
                    missed.push(source.path.as_str());
                }
            }
            let observed =
                if missed.is_empty() { "all of them".to_owned() } else { missed.join(", ") };
            require(missed.is_empty(), "all of them", observed)
        },
    },
    Check {
        id: "extract-quotes",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "what is printed survives a shell, whatever characters the credential has",
        sources: &["POSIX Shell Command Language §2.2"],
        bugs: &[],
        fix: "put the value between single quotes, and each single quote in it as '\\''",
        scenario: &EXTRACT_ALL,
        mutants: &[
            "extract-unquoted",
            "extract-double-quotes",
            "extract-bare-quotes",
            "extract-says-more",
        ],
        judge: |seen| {
            claimed(seen)?;
            let all = seen.success("all")?;
            if all.stdout.is_empty() {
                return not_reached("it printed nothing");
            }
            let observed = match shell::assignments(&all.stdout) {
                Ok(_) => "safe".to_owned(),
                Err(line) => format!("`{line}`"),
            };
            require(observed == "safe", "safe", observed)
        },
    },
    Check {
        id: "extract-priority",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "of several credentials of one provider the one of the highest priority is printed, once under each name",
        sources: &[],
        bugs: &[],
        fix: "bring providers to one name first, then keep the first of each",
        scenario: &EXTRACT_ALL,
        mutants: &[
            "extract-upside-down",
            "extract-many-names",
            "extract-skips-claude-key",
            "extract-skips-codex",
        ],
        judge: |seen| {
            let extract = claimed(seen)?;
            let printed = printed(seen, "all")?;
            for provider in extract.names.keys() {
                let first = extract.sources.iter().position(|one| one.provider == *provider);
                let Some(first) = first else { continue };
                let key = &seen.key(&format!("source {}", first + 1))?.secret;
                for name in names_of(extract, provider) {
                    if printed.get(name) != Some(key) {
                        return require(false, "the first of each", format!("{name} is another"));
                    }
                }
            }
            require(true, "the first of each", "the first of each")
        },
    },
    Check {
        id: "extract-skips-ended",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "sessions that have ended are not printed",
        sources: &[],
        bugs: &[],
        fix: "compare the documented member with the clock",
        scenario: &EXTRACT_ALL,
        mutants: &["extract-ignores-expiry"],
        judge: |seen| prints_no_session(seen, "sessions over"),
    },
    Check {
        id: "extract-keys-only",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "without sessions, only keys are printed",
        sources: &[],
        bugs: &[],
        fix: "leave out every source of sessions, and every session in a source that has both",
        scenario: &EXTRACT_ALL,
        mutants: &["extract-ignores-no-oauth"],
        judge: |seen| prints_no_session(seen, "keys only"),
    },
    Check {
        id: "extract-elsewhere",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "where another home is named, nothing of one's own home is printed",
        sources: &[],
        bugs: &[],
        fix: "look for every file in the home that was named",
        scenario: &EXTRACT_ALL,
        mutants: &["extract-ignores-homedir", "extract-skips-claude-key"],
        judge: |seen| {
            claimed(seen)?;
            seen.success("all")?;
            let printed = printed(seen, "elsewhere")?;
            let theirs = &seen.key(&format!("source {ELSEWHERE}"))?.secret;
            let found = printed.values().any(|value| value == theirs);
            let others = printed.values().any(|value| value != theirs);
            let observed = match (found, others) {
                (true, false) => "that home's alone",
                (_, true) => "one's own as well",
                (false, false) => "nothing",
            };
            require(observed == "that home's alone", "that home's alone", observed)
        },
    },
    Check {
        id: "extract-exports",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "each line is an export where that is asked for, and none where it is not",
        sources: &[],
        bugs: &[],
        fix: "write `export ` before each assignment, and nothing else",
        scenario: &EXTRACT_ALL,
        mutants: &["extract-ignores-export", "extract-says-more"],
        judge: |seen| {
            claimed(seen)?;
            let exports = |label: &str| {
                let run = seen.success(label)?;
                if run.stdout.is_empty() {
                    return not_reached("it printed nothing");
                }
                let exported = run.stdout.lines().filter(|line| line.starts_with("export "));
                Ok((exported.count(), run.stdout.lines().count()))
            };
            let ((with, lines), (without, _)) = (exports("exported")?, exports("all")?);
            let observed = format!("{with} of {lines} with it, {without} without");
            let expected = format!("{lines} of {lines} with it, 0 without");
            require(observed == expected, expected, observed)
        },
    },
    Check {
        id: "extract-nothing",
        area: Area::Extraction,
        level: Level::Must,
        sentence: "finding nothing is a success that prints nothing",
        sources: &["clig.dev Output"],
        bugs: &[],
        fix: "print assignments on standard output, and all talk on standard error",
        scenario: &EXTRACT_ALL,
        mutants: &["extract-says-more"],
        judge: |seen| {
            claimed(seen)?;
            if seen.success("all")?.stdout.is_empty() {
                return not_reached("it found nothing where there was something either");
            }
            let run = seen.run("nothing")?;
            let printed =
                if run.stdout.is_empty() { "nothing printed" } else { "something printed" };
            let observed = format!("{}, {printed}", run.ending.describe());
            let ok = run.ending == Ending::Exited(0) && run.stdout.is_empty();
            require(ok, "exit 0, nothing printed", observed)
        },
    },
];

fn claimed(seen: &Observation) -> Result<&ExtractProfile, Objection> {
    let extract = seen.cli.extract.as_ref();
    extract.ok_or_else(|| Objection::NotClaimed("that it finds what others have saved".into()))
}

/// The variables that a credential of `provider` is printed under.
fn names_of<'a>(extract: &'a ExtractProfile, provider: &str) -> impl Iterator<Item = &'a str> {
    extract.names.get(provider).into_iter().flatten().map(String::as_str)
}

/// Whether this line assigns to `name`, however its value is quoted.
fn assigns(line: &str, name: &str) -> bool {
    let bare = line.strip_prefix("export ").unwrap_or(line);
    bare.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
}

/// What the run called `label` assigned.
fn printed(seen: &Observation, label: &str) -> Result<Assignments, Objection> {
    let run: &RunRecord = seen.success(label)?;
    match shell::assignments(&run.stdout) {
        Ok(assignments) => Ok(assignments.into_iter().collect()),
        Err(_) => not_reached("what it printed is no list of assignments"),
    }
}

/// Whether the run called `label` printed none of the sessions, where one was printed otherwise.
fn prints_no_session(seen: &Observation, label: &str) -> Judgement {
    claimed(seen)?;
    if printed(seen, "sessions")?.is_empty() {
        return not_reached("no session was printed where one should be");
    }
    let printed = printed(seen, label)?.len();
    require(printed == 0, "0 assignments", format!("{printed} assignments"))
}
