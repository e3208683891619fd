//! Which of all sources the platform's URL comes from: the one whose platform is asked.

use crate::check::{Area, Check, Judgement, Level, not_reached, require};
use crate::observation::{Observation, RunRecord};
use crate::scenario::URL_SOURCES;
use crate::scenarios::lattice::URL_LATTICE;

/// What begins the name of a set that somebody signs in with.
const AT_SIGN_IN: &str = "sign-in: ";

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "url-precedence",
        area: Area::Transport,
        level: Level::Must,
        sentence: "of every set of sources of the platform's URL the one of the highest precedence is used, and no other platform is asked",
        sources: &["clig.dev Configuration"],
        bugs: &["pax8labs/pax8-cli#135", "0xMassi/webclaw#122"],
        fix: "resolve the URL in one place: option, variable, what was saved with the credential, file, the first that is there",
        scenario: &URL_LATTICE,
        mutants: &[
            "needs-store",
            "config-url-beats-variable",
            "ignores-config-url",
            "variable-url-beats-flag",
            "profile-url-beats-variable",
            "ignores-url",
            "file-url-beats-variable",
            "config-beats-file",
            "variable-beats-login-option",
            "standard-variable-url-beats-option",
            "standard-identity-url-beats-variable",
        ],
        judge: |seen| {
            let is_set = |run: &&RunRecord| run.label != "empty" && run.label != "blank";
            let mut runs: Vec<&RunRecord> = seen.runs.iter().filter(is_set).collect();
            // The smallest set that shows it is the one to look at.
            runs.sort_by_key(|run| run.label.split(", ").count());
            for run in &runs {
                let set = run.label.strip_prefix(AT_SIGN_IN).unwrap_or(&run.label);
                let expected = set.split(", ").next().unwrap_or(set);
                let asked = sources_asked(run);
                if asked != expected {
                    let of = |what: &str| format!("with {}: {what}", run.label);
                    return require(false, of(expected), of(&asked));
                }
            }
            if runs.is_empty() {
                return not_reached("no set of sources was tried");
            }
            let all = format!("the first of each of {} sets", runs.len());
            require(true, all.clone(), all)
        },
    },
    Check {
        id: "url-variable-empty-is-unset",
        area: Area::Transport,
        level: Level::Must,
        sentence: "a URL variable that is empty counts as not set",
        sources: &["XDG Base Directory §3, by analogy"],
        bugs: &["phylum-dev/cli#584", "kosli-dev/cli#1089"],
        fix: "treat an empty value as no value, and look at the next source",
        scenario: &URL_LATTICE,
        mutants: &[
            "empty-url-counts",
            "ignores-config-url",
            "file-url-beats-variable",
            "standard-config-url-beats-identity",
        ],
        judge: |seen| passed_over(seen, "empty"),
    },
    Check {
        id: "url-variable-blank-is-unset",
        area: Area::Transport,
        level: Level::Should,
        sentence: "a URL variable that holds blanks alone counts as not set",
        sources: &["XDG Base Directory §3, by analogy"],
        bugs: &["ScottArbeit/Grace#366"],
        fix: "trim the value, and treat an empty one as no value",
        scenario: &URL_LATTICE,
        mutants: &[
            "blank-url-counts",
            "ignores-config-url",
            "file-url-beats-variable",
            "standard-config-url-beats-identity",
        ],
        judge: |seen| passed_over(seen, "blank"),
    },
];

/// Whether the run called `label` asked the first source that is not the variable.
fn passed_over(seen: &Observation, label: &str) -> Judgement {
    let expected = match &seen.cli {
        cli if cli.reads_saved_url_with_variable() => "saved",
        cli if cli.reads_url_file_with_variable() => "file",
        cli if cli.url.default.is_some() => "the default",
        _ => "nobody",
    };
    let control = seen.run("variable")?;
    if sources_asked(control) != "variable" {
        return not_reached("the variable is not heeded when it names a platform either");
    }
    let asked = sources_asked(seen.run(label)?);
    require(asked == expected, expected, asked)
}

/// The sources whose platforms `run` asked, in order of precedence; where it asked none, a request
/// that left for another host is taken for one to the default.
fn sources_asked(run: &RunRecord) -> String {
    let asked = |source: &str| {
        // The option names the platform under test.
        let origin = if source == URL_SOURCES[0] { "platform" } else { source };
        run.exchanges.iter().any(|one| one.origin == origin)
    };
    let asked: Vec<&str> = URL_SOURCES.into_iter().filter(|source| asked(source)).collect();
    match (asked.is_empty(), run.egress.is_empty()) {
        (false, _) => asked.join(", "),
        (true, false) => "the default".to_owned(),
        (true, true) => "nobody".to_owned(),
    }
}
