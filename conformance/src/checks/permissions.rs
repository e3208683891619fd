//! What a tool makes of files that it may not read or write, as a person who is not root.

use crate::check::{Area, Check, Level, Objection, not_reached, require, require_work};
use crate::observation::{Ending, FileSeen, Observation, RunRecord};
use crate::scenarios::permissions::{HOME_READ_ONLY, STORE_UNREADABLE};

/// The permission of a file's owner to read it.
const OWNER_READS: u32 = 0o400;

/// Words by which a message says that permissions are what is wrong, in lower case.
const CAUSES: [&str; 7] = [
    "permission",
    "denied",
    "eacces",
    "not readable",
    "unreadable",
    "cannot read",
    "could not read",
];

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "read-only-home-with-variable",
        area: Area::Environment,
        level: Level::Should,
        sentence: "with the credential in the environment the home need not be writable",
        sources: &["12-factor III"],
        bugs: &["Azure/azure-cli#19152", "affromero/flight-finder#6"],
        fix: "write to the home only what a person asked to be saved, and go on where a cache cannot be written",
        scenario: &HOME_READ_ONLY,
        mutants: &["needs-writable-home"],
        judge: |seen| {
            seen.answered(seen.success("writable")?)?;
            require_work(seen, seen.run("with variable")?)
        },
    },
    Check {
        id: "read-only-home-login-fails",
        area: Area::Environment,
        level: Level::Must,
        sentence: "a sign-in whose credential cannot be saved in a read-only home fails",
        sources: &["clig.dev Basics"],
        bugs: &["heroku/legacy-cli#613", "heroku/legacy-cli#1366"],
        fix: "exit non-zero when the credential file cannot be written",
        scenario: &HOME_READ_ONLY,
        mutants: &["ignores-write-failure", "token-login-forgets"],
        judge: |seen| {
            let login = refused_home(seen)?;
            require(login.ending.is_failure(), "a non-zero exit", login.ending.describe())
        },
    },
    Check {
        id: "read-only-home-named",
        area: Area::Environment,
        level: Level::Should,
        sentence: "a sign-in that cannot save its credential names the path that cannot be written",
        sources: &["OWASP ASVS 16.5.1", "clig.dev Errors"],
        bugs: &["heroku/legacy-cli#613", "heroku/cli#1562"],
        fix: "put the path into the message beside what the system said",
        scenario: &HOME_READ_ONLY,
        mutants: &["save-failure-unnamed"],
        judge: |seen| {
            let login = refused_home(seen)?;
            if !login.ending.is_failure() {
                return not_reached("it did not fail");
            }
            let named = names_store(seen, login);
            let expected = "the credential file or its directory named";
            let observed = format!("{}: {}", login.ending.describe(), login.first_words());
            require(named, expected, if named { expected.to_owned() } else { observed })
        },
    },
    Check {
        id: "unreadable-store-fails",
        area: Area::Environment,
        level: Level::Must,
        sentence: "a command whose credential file may not be read fails",
        sources: &["clig.dev Basics"],
        bugs: &["heroku/legacy-cli#1366", "heroku/cli#1562"],
        fix: "exit non-zero when the credential file cannot be opened",
        scenario: &STORE_UNREADABLE,
        mutants: &["unreadable-exits-zero"],
        judge: |seen| {
            let run = closed_store(seen, "identity")?;
            require(run.ending.is_failure(), "a non-zero exit", run.ending.describe())
        },
    },
    Check {
        id: "unreadable-store-named",
        area: Area::Environment,
        level: Level::Should,
        sentence: "who cannot read the credential file is told which file it is and that permissions forbid it, not that nobody is signed in",
        sources: &["OWASP ASVS 16.5.1", "clig.dev Errors"],
        bugs: &["heroku/legacy-cli#1366", "heroku/cli#1562"],
        fix: "treat only a file that is not there as nobody signed in, and report every other failure with its path",
        scenario: &STORE_UNREADABLE,
        mutants: &["unreadable-is-signed-out"],
        judge: |seen| {
            let run = closed_store(seen, "identity")?;
            let said = run.said_lower();
            let cause = CAUSES.iter().any(|cause| said.contains(cause));
            let expected = "the file named, that it may not be read, and any documented remedy";
            // Where any other mode than 0600 is documented to be reported, so is its remedy.
            let remedy = !seen.cli.store.is_refused_when_loose || said.contains("chmod 600");
            let ok = names_store(seen, run) && cause && remedy;
            let observed = format!("{}: {}", run.ending.describe(), run.first_words());
            require(ok, expected, if ok { expected.to_owned() } else { observed })
        },
    },
    Check {
        id: "unreadable-store-with-variable",
        area: Area::Environment,
        level: Level::Should,
        sentence: "with the credential in the environment the credential file need not be readable",
        sources: &["12-factor III"],
        bugs: &["anthropics/claude-code#1651", "Azure/azure-cli#19152"],
        fix: "look at the variable first, and at the file only when it is not set",
        scenario: &STORE_UNREADABLE,
        mutants: &[
            "needs-readable-store",
            "store-beats-environment",
            "profile-beats-variable",
            "profile-url-beats-variable",
            "file-beats-variable",
            "file-url-beats-variable",
            "key-before-variable",
            "standard-identity-beats-variable",
            "standard-identity-url-beats-variable",
        ],
        judge: |seen| require_work(seen, closed_store(seen, "with variable")?),
    },
    Check {
        id: "unreadable-store-logout",
        area: Area::Environment,
        level: Level::Must,
        sentence: "signing out does not claim to be done while the credential stays in a file that may not be read",
        sources: &["OWASP ASVS 7.4.1", "clig.dev Basics"],
        bugs: &["heroku/legacy-cli#1366"],
        fix: "remove the file, which takes no permission to read it, or exit non-zero",
        scenario: &STORE_UNREADABLE,
        mutants: &[
            "logout-leaves-unreadable",
            "logout-only-says-so",
            "logout-keeps-key",
            "logout-forgets-nothing",
        ],
        judge: |seen| {
            let logout = closed_store(seen, "logout")?;
            let stays = seen.store_after(logout).is_some_and(|file| holds_stored(seen, file));
            let what = if stays { "the file stays" } else { "the key is gone" };
            let observed = format!("{}, {what}", logout.ending.describe());
            let ok = !stays || logout.ending != Ending::Exited(0);
            require(ok, "the key gone, or no success", observed)
        },
    },
];

/// The sign-in in the home that cannot be written, once the key was found to be good.
fn refused_home(seen: &Observation) -> Result<&RunRecord, Objection> {
    seen.success("writable")?;
    let login = seen.run("login")?;
    if !login.sent_bearer(&seen.key("given")?.secret) {
        return not_reached("the key was never verified");
    }
    Ok(login)
}

/// The run called `label`, before which the file could no longer be read, and before that it was
/// what the tool used.
fn closed_store<'a>(seen: &'a Observation, label: &str) -> Result<&'a RunRecord, Objection> {
    if !seen.success("readable")?.sent_bearer(&seen.key("stored")?.secret) {
        return not_reached("the key of the file was not used when it could be read either");
    }
    let run = seen.run(label)?;
    if seen.store_before(run).is_none_or(|file| file.mode & OWNER_READS != 0) {
        return not_reached("the file was no longer there, or could be read again");
    }
    Ok(run)
}

/// Whether a file still holds the stored key, as far as one can tell of one that may not be read.
fn holds_stored(seen: &Observation, file: &FileSeen) -> bool {
    let held = seen.keys.get("stored").is_some_and(|key| file.text.contains(&key.secret));
    held || file.mode & OWNER_READS == 0
}

/// Whether what `run` said names the store, by its name or by the path of a directory above it.
fn names_store(seen: &Observation, run: &RunRecord) -> bool {
    let said = run.said();
    let store = seen.store_path();
    let (directories, file) = store.rsplit_once('/').unwrap_or(("", &store));
    let mut above = Some(directories);
    let root = seen.volatile.iter().find(|(_, name)| name == "sandbox");
    let root = root.map_or("", |(path, _)| path.as_str());
    let mut named = said.contains(file);
    while let Some(directory) = above.filter(|directory| !directory.is_empty()) {
        named |= said.contains(&format!("{root}/{directory}"));
        above = directory.rsplit_once('/').map(|(above, _)| above);
    }
    named
}
