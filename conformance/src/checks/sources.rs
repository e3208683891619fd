//! Which of all sources a credential comes from, and what the tool says of it.

use super::errors::names;
use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord, credential_of};
use crate::scenarios::lattice::CREDENTIAL_LATTICE;
use crate::scenarios::session::{STATUS, STORE_UNREAD};

/// The sources, the one that wins first: what the lattice calls each, and the credential in it.
const SOURCES: [(&str, &str); 4] =
    [("option", "option"), ("variable", "environment"), ("store", "stored"), ("session", "access")];

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "credential-precedence",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "of every set of sources the one of the highest precedence is used, and no other is sent",
        sources: &["clig.dev Configuration"],
        bugs: &["firebase/firebase-tools#2790", "pulumi/pulumi#13919"],
        fix: "resolve the credential in one place: option, variable, store, session, the first that is there",
        scenario: &CREDENTIAL_LATTICE,
        mutants: &[
            "variable-beats-flag",
            "standard-variable-beats-file",
            "store-beats-environment",
            "needs-store",
            "session-first",
            "key-before-variable",
            "ignores-key",
            "file-beats-variable",
            "ignores-url",
            "session-before-key",
            "caches-identity",
            "profile-beats-variable",
            "standard-identity-beats-variable",
        ],
        judge: |seen| {
            let mut runs: Vec<&RunRecord> = seen.runs.iter().collect();
            runs.sort_by_key(|run| run.label.split(", ").count());
            let mut judged = 0;
            for run in runs.iter().filter(|run| run.label != "nothing") {
                let expected = expected_source(&run.label);
                let sent = sent_sources(seen, run);
                judged += 1;
                if sent != [expected] {
                    let sent = if sent.is_empty() { "none".to_owned() } else { sent.join(", ") };
                    let told = format!("with {}: {sent}", run.label);
                    return require(false, format!("with {}: {expected}", run.label), told);
                }
            }
            if judged == 0 {
                return not_reached("no set of sources was tried");
            }
            let all = format!("the first of each of {judged} sets");
            require(true, all.clone(), all)
        },
    },
    Check {
        id: "variable-leaves-store-unread",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "with the credential variable set the credential file is not even opened",
        sources: &[],
        bugs: &["anthropics/claude-code#1651"],
        fix: "look at the variable before you open the file",
        scenario: &STORE_UNREAD,
        mutants: &["reads-all-the-same", "file-beats-variable", "file-url-beats-variable"],
        judge: |seen| {
            if !seen.cli.store.is_unread_with_variable {
                return Err(Objection::NotClaimed("a store that is left unread".to_owned()));
            }
            let store = seen.store_path();
            if !seen.success("without variable")?.opened.contains(&store) {
                return not_reached(
                    "the file was not seen to be opened without the variable either",
                );
            }
            let opened = seen.success("with variable")?.opened.contains(&store);
            require(!opened, "not opened", if opened { "opened" } else { "not opened" })
        },
    },
    Check {
        id: "status-names-source",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the status command names the source that is in use: the variable, or the file",
        sources: &["clig.dev Basics"],
        bugs: &["supabase/cli#6480", "anthropics/claude-code#53728"],
        fix: "print where the credential comes from, as the resolver found it",
        scenario: &STATUS,
        mutants: &["key-before-variable", "session-first", "ignores-key", "session-before-key"],
        judge: |seen| {
            claimed_shadow(seen)?;
            let variable = seen.cli.credential.as_ref().map_or("", |one| one.variable.as_str());
            let store = seen.store_path();
            let file = store.rsplit('/').next().unwrap_or(&store);
            let with = seen.success("with variable")?.stdout.contains(variable);
            let without = seen.success("without variable")?.stdout.contains(file);
            let observed = match (with, without) {
                (true, true) => "both named",
                (false, _) => "the variable is not named",
                (true, false) => "the file is not named",
            };
            require(with && without, "both named", observed)
        },
    },
    Check {
        id: "status-warns-of-shadowed",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the status command warns of each credential that another one shadows",
        sources: &[],
        bugs: &["superfly/flyctl#5173", "vercel/vercel#14992"],
        fix: "go on looking after the first source, and say what is shadowed on standard error",
        scenario: &STATUS,
        mutants: &["silent-shadow-at-status", "ignores-key"],
        judge: |seen| {
            let word = claimed_shadow(seen)?;
            let warnings = |label: &str| {
                let run = seen.success(label)?;
                Ok(run.stderr.lines().filter(|line| line.contains(word)).count())
            };
            let (with, without) = (warnings("with variable")?, warnings("without variable")?);
            let observed = format!("{with} with the variable, {without} without");
            require((with, without) == (2, 1), "2 with the variable, 1 without", observed)
        },
    },
    Check {
        id: "status-signed-out-fails",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the status command fails when there is no credential",
        sources: &["clig.dev Basics"],
        bugs: &["cli/cli#8845", "pantheon-systems/terminus#1697"],
        fix: "exit non-zero when no source has a credential",
        scenario: &STATUS,
        mutants: &["status-exits-zero", "logout-keeps-key", "logout-keeps-session"],
        judge: |seen| {
            claimed_shadow(seen)?;
            seen.success("without variable")?;
            seen.success("logout")?;
            let run = seen.run("signed out")?;
            require(run.ending.is_failure(), "a non-zero exit", run.ending.describe())
        },
    },
    Check {
        id: "status-asks-nobody",
        area: Area::Precedence,
        level: Level::Should,
        sentence: "the status command sends no request and prints no secret",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["pivotal-cf/pivnet-cli#49"],
        fix: "name the source, not what is in it",
        scenario: &STATUS,
        mutants: &["status-shows-secret"],
        judge: |seen| {
            claimed_shadow(seen)?;
            let run = seen.success("without variable")?;
            // Something of what it found must be on the screen for what is not to mean anything.
            if run.said() == seen.run("signed out")?.said() || run.said().is_empty() {
                return not_reached("it says the same of nothing at all");
            }
            let found = seen.name_secrets_in(&run.said());
            let asked = run.requests().count();
            let observed = format!("{asked} requests, secrets: {found}");
            require(asked == 0 && found == "none", "0 requests, secrets: none", observed)
        },
    },
    Check {
        id: "signed-out-words",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "who is not signed in is told in the documented words",
        sources: &[],
        bugs: &["npm/cli#3618"],
        fix: "say what is documented: scripts and people look for it",
        scenario: &CREDENTIAL_LATTICE,
        mutants: &["signed-out-in-other-words"],
        judge: |seen| {
            let words = &seen.cli.messages.signed_out;
            if words.is_empty() {
                return Err(Objection::NotClaimed("words for who is not signed in".to_owned()));
            }
            let run = seen.run("nothing")?;
            if run.ending == Ending::Exited(0) {
                return not_reached("it did not fail");
            }
            names(words, &run.said())
        },
    },
];

/// The first source of this set.
fn expected_source(set: &str) -> &str {
    set.split(", ").next().unwrap_or(set)
}

/// The sources whose credential `run` sent, in the order of precedence.
fn sent_sources(seen: &Observation, run: &RunRecord) -> Vec<&'static str> {
    let sent: Vec<&str> =
        run.requests().filter_map(credential_of).map(|(_, credential)| credential).collect();
    let of = |key: &str| seen.keys.get(key).is_some_and(|key| sent.contains(&key.secret.as_str()));
    SOURCES.iter().filter(|(_, key)| of(key)).map(|(source, _)| *source).collect()
}

/// The word for a shadowed source, by the profile's claim.
fn claimed_shadow(seen: &Observation) -> Result<&str, Objection> {
    let status = seen.cli.status.as_ref();
    let status = status.ok_or_else(|| Objection::NotClaimed("a status command".to_owned()))?;
    Ok(&status.shadows)
}
