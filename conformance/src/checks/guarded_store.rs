//! A store that others can reach, and a key that others can see being typed.

use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::Observation;
use crate::profile::Command;
use crate::scenarios::store::{KEY_TYPED, STORE_LOOSE_READ, STORE_OF_ANOTHER};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "storage-loose-refused",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a credential file that others may read is not used, and the message says how to mend it",
        sources: &[],
        bugs: &["railwayapp/cli#1027", "aws/aws-cli#7369"],
        fix: "look at the mode before you read, and name `chmod 600` and the file",
        scenario: &STORE_LOOSE_READ,
        mutants: &["loose-file-used"],
        judge: |seen| refused_with_remedy(seen, "chmod 600"),
    },
    Check {
        id: "storage-foreign-refused",
        area: Area::Storage,
        level: Level::Should,
        sentence: "a credential file of another user is not used",
        sources: &[],
        bugs: &["heroku/legacy-cli#1366"],
        fix: "compare the file's owner with your own user before you read",
        scenario: &STORE_OF_ANOTHER,
        mutants: &["foreign-file-used"],
        judge: |seen| refused_with_remedy(seen, ""),
    },
    Check {
        id: "typed-key-hidden",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a key that is typed at the terminal does not appear on it",
        sources: &["OWASP ASVS 14.2.6", "clig.dev Arguments"],
        bugs: &["supabase/cli#1041"],
        fix: "turn the terminal's echo off while the key is typed",
        scenario: &KEY_TYPED,
        mutants: &["echoes-key", "prompts-without-terminal"],
        judge: |seen| {
            asks_for_key(seen)?;
            let login = seen.success("login")?;
            let found = seen.name_secrets_in(&login.said());
            let typed = !login.prompts.is_empty()
                && seen.saved_secret(login).as_ref() == Some(&seen.key("given")?.secret);
            if found == "none" && !typed {
                return not_reached("no key was typed and saved");
            }
            require(found == "none", "none", found)
        },
    },
    Check {
        id: "no-prompt-without-terminal",
        area: Area::Storage,
        level: Level::Should,
        sentence: "without a terminal nothing is asked: what is needed is read, and no prompt is printed",
        sources: &["clig.dev Interactivity"],
        bugs: &["cloudfoundry/cli#1172", "tilework-tech/nori-skillsets#530"],
        fix: "print a prompt only where standard input is a terminal",
        scenario: &KEY_TYPED,
        mutants: &["prompts-without-terminal"],
        judge: |seen| {
            asks_for_key(seen)?;
            if seen.cli.store.login_is_refused_over_it {
                return Err(Objection::NotClaimed("that signing in replaces what is saved".into()));
            }
            let typed = seen.success("login")?;
            if typed.prompts.iter().all(String::is_empty) {
                return not_reached("there was no prompt on the terminal either");
            }
            let piped = seen.success("piped")?.said();
            let asked =
                typed.prompts.iter().any(|prompt| !prompt.is_empty() && piped.contains(prompt));
            require(!asked, "no prompt", if asked { "a prompt" } else { "no prompt" })
        },
    },
];

/// Whether the tool reads a key from standard input, by the profile's claim.
fn asks_for_key(seen: &Observation) -> Result<(), Objection> {
    let login = seen.cli.commands.get(&Command::LoginWithToken);
    if login.is_some_and(|invocation| !invocation.input.is_empty()) {
        return Ok(());
    }
    Err(Objection::NotClaimed("a key on standard input".to_owned()))
}

/// Whether the file was refused before anything was sent, in words that name it and the remedy.
fn refused_with_remedy(seen: &Observation, remedy: &str) -> Judgement {
    if !seen.cli.store.is_refused_when_loose {
        return Err(Objection::NotClaimed("a store that is refused when others reach it".into()));
    }
    let run = seen.run("identity")?;
    if seen.store_before(run).is_none() {
        return not_reached("there is no such file: to make one of another user takes root");
    }
    let asked = run.requests().count();
    let path = seen.store_path();
    let file = path.rsplit('/').next().unwrap_or(&path);
    let named = run.said().contains(file) && run.said().contains(remedy);
    let ok = run.ending.is_failure() && asked == 0 && named;
    let what = if named { "named" } else { "not named" };
    let observed = format!("{}, {asked} requests, file and remedy {what}", run.ending.describe());
    require(ok, "a non-zero exit, 0 requests, file and remedy named", observed)
}
