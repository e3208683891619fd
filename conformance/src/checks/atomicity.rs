//! What stands on the disk between two system calls of a save: what others may read there, and
//! what a `kill -9` would leave.

use super::refresh::renewal;
use crate::check::{Area, Check, Judgement, Level, not_reached, require};
use crate::observation::{Ending, FileSeen, FileTree, Observation, RunRecord};
use crate::scenarios::refresh::REFRESH_TRACED;
use crate::scenarios::store::{SAVE_KILLED, STORE_LOOSE, STORE_REPLACED, STORE_TRACED};

/// The permissions of anybody but the owner.
const OTHERS: u32 = 0o077;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "storage-never-loose",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "at no moment of a save may others read a file that holds the credential",
        sources: &["OWASP ASVS 13.3.1"],
        bugs: &["coda/packs-sdk#1267", "usestrix/strix#945", "RapidataAI/rapidata-python-sdk#557"],
        fix: "create the file with mode 0600 before the first byte is in it; do not rely on chmod",
        scenario: &STORE_TRACED,
        mutants: &[
            "loose-for-a-moment",
            "loose-file-mode",
            "loose-session-file",
            "loose-session-for-a-moment",
        ],
        judge: |seen| {
            let login = seen.success("login")?;
            never_loose(login, &seen.key("given")?.secret)
        },
    },
    Check {
        id: "storage-tightened-first",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "a credential file that others may read is tightened before the new credential is in it",
        sources: &["OWASP ASVS 13.3.1"],
        bugs: &["profullstack/sh1pt#712", "MystenLabs/MemWal#520"],
        fix: "write a new file with mode 0600 and rename it over the old one",
        scenario: &STORE_LOOSE,
        mutants: &[
            "loose-for-a-moment",
            "keeps-loose-mode",
            "loose-file-mode",
            "loose-session-file",
            "loose-session-for-a-moment",
        ],
        judge: |seen| {
            let login = seen.success("login")?;
            never_loose(login, &seen.key("given")?.secret)
        },
    },
    Check {
        id: "storage-atomic",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "whenever a save is killed, the credential file is the whole old or the whole new one",
        sources: &["POSIX rename"],
        bugs: &["aws/aws-cli#10628", "anthropics/claude-code#28922", "openclaw/openclaw#88028"],
        fix: "write a temporary file beside it, and rename that over it",
        scenario: &STORE_REPLACED,
        mutants: &["writes-in-place", "writes-session-in-place"],
        judge: |seen| {
            let login = seen.success("login")?;
            let store = seen.store_path();
            whole_at_every_moment(login, &store)
        },
    },
    Check {
        id: "refresh-atomic",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "whenever a renewal is killed, the session is the whole old or the whole new one",
        sources: &["POSIX rename"],
        bugs: &["aws/aws-cli#10628", "profullstack/sh1pt#712"],
        fix: "write a temporary file beside it, and rename that over it",
        scenario: &REFRESH_TRACED,
        mutants: &["writes-session-in-place"],
        judge: |seen| {
            let run = seen.success("identity")?;
            whole_at_every_moment(run, &session_path(seen))
        },
    },
    Check {
        id: "refresh-never-loose",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "at no moment of a renewal may others read a file that holds a token",
        sources: &["OWASP ASVS 13.3.1"],
        bugs: &["railwayapp/cli#1027"],
        fix: "write each time as you write the first time",
        scenario: &REFRESH_TRACED,
        mutants: &["loose-session-for-a-moment", "loose-session-file"],
        judge: |seen| {
            let run = seen.success("identity")?;
            let Some(token) = run.given("token", "access_token") else {
                return not_reached("the session was not renewed");
            };
            never_loose(run, &token)
        },
    },
    Check {
        id: "save-leaves-nothing-behind",
        area: Area::Atomicity,
        level: Level::Should,
        sentence: "after a save no temporary file or backup holds the credential",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["pensarai/apex#918"],
        fix: "rename the temporary file, and make no backup",
        scenario: &STORE_TRACED,
        mutants: &["saves-elsewhere", "logs-secret"],
        judge: |seen| {
            let login = seen.success("login")?;
            let secret = &seen.key("given")?.secret;
            let store = seen.store_path();
            let holding = login.after.files_where(|_, file| file.text.contains(secret));
            if holding.is_empty() {
                return not_reached("no file holds the key");
            }
            let others: Vec<_> = holding.into_iter().filter(|path| *path != store).collect();
            let observed =
                if others.is_empty() { "the store alone".to_owned() } else { others.join(", ") };
            require(others.is_empty(), "the store alone", observed)
        },
    },
    Check {
        id: "killed-save-recovers",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "a save that was killed harms no later command, and signing out leaves nothing of it",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["anthropics/claude-code#95236", "earendil-works/pi#4919", "profullstack/sh1pt#712"],
        fix: "sweep up temporary files of your own that nobody holds, at the latest when the person signs out",
        scenario: &SAVE_KILLED,
        mutants: &[
            "leaves-temporary-files",
            "logout-forgets-nothing",
            "logout-keeps-key",
            "hangs-after-logout",
            "logout-keeps-copy",
            "logout-only-says-so",
            "logs-secret",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            let killed = seen.run("login")?;
            killed.traced()?;
            if killed.ending != Ending::Signalled(9) {
                return not_reached("it ended before it could be killed");
            }
            let again = seen.run("login again")?;
            let logout = seen.run("logout")?;
            let secret = &seen.key("given")?.secret;
            let left = logout.after.files_where(|_, file| file.text.contains(secret));
            let observed = if again.ending != Ending::Exited(0) {
                format!("signing in again: {}", again.ending.describe())
            } else if logout.ending != Ending::Exited(0) {
                format!("signing out: {}", logout.ending.describe())
            } else if left.is_empty() {
                "it recovers".to_owned()
            } else {
                "a file that still holds the key".to_owned()
            };
            require(observed == "it recovers", "it recovers", observed)
        },
    },
    Check {
        id: "no-secret-in-arguments",
        area: Area::Atomicity,
        level: Level::Must,
        sentence: "no program that the tool starts has a secret among its arguments",
        sources: &["clig.dev Arguments", "OWASP ASVS 14.2.1"],
        bugs: &["rjwalters/loom#5982", "fabriziosalmi/proxxx#283"],
        fix: "hand secrets to other programs by their standard input",
        scenario: &REFRESH_TRACED,
        mutants: &["refresh-token-in-argv"],
        judge: |seen| {
            let login = seen.success("identity")?;
            renewal(login)?;
            let trace = login.traced()?;
            // The first two are the gate and the tool itself, which a person may have given a key.
            let own = |words: &&Vec<String>| words.ends_with(&login.argv) || login.argv == **words;
            let started = trace.programs.iter().filter(|words| !own(words));
            let told = started.into_iter().find_map(|words| {
                let secrets = seen.secrets_in(&words.join(" "));
                secrets.first().map(|secret| format!("{secret} given to {}", words[0]))
            });
            let observed = told.clone().unwrap_or_else(|| "none".to_owned());
            require(told.is_none(), "none", observed)
        },
    },
];

fn session_path(seen: &Observation) -> String {
    seen.cli.session.as_ref().map_or_else(String::new, |session| seen.in_the_tree(&session.path))
}

/// Whether no file that held `secret` was open to others, at any moment of `run`.
fn never_loose(run: &RunRecord, secret: &str) -> Judgement {
    let trace = run.traced()?;
    let holding = |tree: &FileTree| -> Vec<(String, u32)> {
        let holds = |(_, file): &(&String, &FileSeen)| file.text.contains(secret);
        let files = tree.0.iter().filter(holds);
        files.map(|(path, file)| (path.clone(), file.mode)).collect()
    };
    let held: Vec<(String, u32)> = trace.moments.iter().flat_map(holding).collect();
    if held.is_empty() {
        return not_reached("no file ever held it");
    }
    match held.iter().find(|(_, mode)| mode & OTHERS != 0) {
        None => require(true, "mode 0600 throughout", "mode 0600 throughout"),
        Some((_, mode)) => {
            require(false, "mode 0600 throughout", format!("mode {mode:04o}, for a moment"))
        }
    }
}

/// Whether the file at `path` was as before or as after, at every moment of `run`.
fn whole_at_every_moment(run: &RunRecord, path: &str) -> Judgement {
    let trace = run.traced()?;
    let text = |tree: &FileTree| tree.follow(path).map(|file| file.text.clone());
    let (before, after) = (text(&run.before), text(&run.after));
    if before == after || before.is_none() {
        return not_reached("the file was not replaced");
    }
    let mut moments = trace.moments.iter().map(text);
    let half = moments.find(|moment| *moment != before && *moment != after);
    let observed = match half {
        None => "the old or the new one, throughout",
        Some(None) => "no file, for a moment",
        Some(Some(text)) if text.is_empty() => "an empty file, for a moment",
        Some(Some(_)) => "neither the old nor the new one, for a moment",
    };
    let expected = "the old or the new one, throughout";
    require(observed == expected, expected, observed)
}
