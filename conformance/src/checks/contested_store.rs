//! Several saves at once, and somebody who reads meanwhile.

use std::collections::BTreeSet;

use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{Ending, FileTree, Observation, RunRecord};
use crate::scenarios::store::{READS, STORE_CONTESTED, WRITERS};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "parallel-saves-whole",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "while several sign in at once, the credential file is one of theirs or the old one at every moment, and who reads it is signed in",
        sources: &["POSIX rename"],
        bugs: &[
            "anthropics/claude-code#28922",
            "anthropics/claude-code#29112",
            "cloudfoundry/cli#1071",
        ],
        fix: "write a file of a name of your own beside it, and rename that over it",
        scenario: &STORE_CONTESTED,
        mutants: &["writes-in-place", "writes-session-in-place"],
        judge: |seen| {
            let known = keys_of_contest(seen)?;
            let mut moments = Vec::new();
            for run in writers(seen)? {
                moments.extend(&run.traced()?.moments);
            }
            // A file that is renamed while a directory is listed may be missed there.
            let texts: BTreeSet<&str> =
                moments.into_iter().filter_map(|tree| text_of_store(seen, tree)).collect();
            let half = texts
                .iter()
                .map(|text| what_it_holds(seen, text, &known))
                .find(|it| *it != "whole");
            if half.is_none() && texts.len() < 2 {
                return not_reached("nobody was seen to save anything there");
            }
            let readers = runs_called(seen, "reader ");
            if readers.len() != READS {
                return not_reached("not all readers were started");
            }
            let failed = readers.iter().find(|run| run.ending != Ending::Exited(0));
            if half.is_none() && failed.is_some() {
                // Who fails when nobody else is there says nothing of the others.
                seen.success("afterwards")?;
            }
            let observed = match (half, failed) {
                (Some(what), _) => format!("{what}, for a moment"),
                (None, Some(reader)) => format!("a reader: {}", reader.first_words()),
                (None, None) => "whole, and everybody signed in".to_owned(),
            };
            let expected = "whole, and everybody signed in";
            require(observed == expected, expected, observed)
        },
    },
    Check {
        id: "parallel-saves-succeed",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "of several who sign in at once nobody fails because others do too",
        sources: &["clig.dev Robustness"],
        bugs: &["google/containerregistry#115", "kubernetes/kubernetes#123884", "aws/aws-cli#9632"],
        fix: "wait for your turn at the file, or give every save a temporary file of its own",
        scenario: &STORE_CONTESTED,
        mutants: &["shares-temporary-file", "gives-up-when-busy"],
        judge: |seen| {
            keys_of_contest(seen)?;
            let failed = writers(seen)?.into_iter().find(|run| run.ending != Ending::Exited(0));
            let observed = failed.map_or_else(
                || "all succeed".to_owned(),
                |run| format!("{}: {}", run.ending.describe(), run.first_words()),
            );
            require(failed.is_none(), "all succeed", observed)
        },
    },
    Check {
        id: "parallel-saves-leave-one",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "after several have signed in at once the credential file is whole and holds the key of one of them",
        sources: &["POSIX rename"],
        bugs: &["anthropics/claude-code#28922", "aws/aws-cli#9632"],
        fix: "replace the file as a whole: never two programs in one file",
        scenario: &STORE_CONTESTED,
        mutants: &[
            "token-login-forgets",
            "saves-under-other-field",
            "saves-elsewhere",
            "keeps-first-key",
        ],
        judge: |seen| {
            let known = keys_of_contest(seen)?;
            let afterwards = seen.run("afterwards")?;
            let text = text_of_store(seen, &afterwards.before).unwrap_or_default();
            let old = &seen.key("stored")?.secret;
            let saved = seen.store_member(text, &seen.cli.store.secret);
            let observed = match what_it_holds(seen, text, &known) {
                "whole" if saved.as_ref() == Some(old) => "the old key alone",
                "whole" => "the key of one of them",
                other => other,
            };
            let expected = "the key of one of them";
            require(observed == expected, expected, observed)
        },
    },
];

/// The runs whose labels begin so.
fn runs_called<'a>(seen: &'a Observation, label: &str) -> Vec<&'a RunRecord> {
    seen.runs.iter().filter(|run| run.label.starts_with(label)).collect()
}

/// Those who saved at once.
fn writers(seen: &Observation) -> Result<Vec<&RunRecord>, Objection> {
    if let Some(unclaimed) = seen.left_out.get("writer") {
        return Err(Objection::NotClaimed(unclaimed.clone()));
    }
    let writers = runs_called(seen, "writer ");
    if writers.len() != WRITERS {
        return not_reached("not all writers were started");
    }
    Ok(writers)
}

/// The keys that the file may rightly hold, once the platform has found all of them to be good.
fn keys_of_contest(seen: &Observation) -> Result<BTreeSet<&str>, Objection> {
    let verified =
        |key: &str| writers(seen).map(|runs| runs.iter().any(|run| run.sent_bearer(key)));
    let mut keys = BTreeSet::from([seen.key("stored")?.secret.as_str()]);
    for number in 1..=WRITERS {
        let key = &seen.key(&format!("given {number}"))?.secret;
        if !verified(key)? {
            return not_reached("not all keys were verified");
        }
        keys.insert(key);
    }
    Ok(keys)
}

fn text_of_store<'a>(seen: &Observation, tree: &'a FileTree) -> Option<&'a str> {
    tree.follow(&seen.store_path()).map(|file| file.text.as_str())
}

/// What a store of this text is, in words: `whole` when it holds one of the known keys.
fn what_it_holds(seen: &Observation, text: &str, known: &BTreeSet<&str>) -> &'static str {
    if text.is_empty() {
        return "an empty file";
    }
    match seen.store_member(text, &seen.cli.store.secret) {
        Some(key) if known.contains(key.as_str()) => "whole",
        Some(_) => "a key that is nobody's",
        None => "a file without a key",
    }
}
