//! Which credential is used when there are several, and whether the person is told.

use super::transport::parts;
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, credential_of};
use crate::profile::Command;
use crate::scenarios::session::{
    BYPASS, BYPASS_ELSEWHERE, ENVIRONMENT_ALONE, ENVIRONMENT_AND_STORE, ENVIRONMENT_EMPTY,
    ENVIRONMENT_REJECTED, ENVIRONMENT_REJECTED_ALONE,
};
use crate::scenarios::token_login::TOKEN_LOGIN_SHADOWED;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "environment-beats-store",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the credential of the environment beats the stored one",
        sources: &["clig.dev Configuration"],
        bugs: &["pulumi/pulumi#13919", "firebase/firebase-tools#9870"],
        fix: "look at the variable first, and at the file only when it is not set",
        scenario: &ENVIRONMENT_AND_STORE,
        mutants: &[
            "store-beats-environment",
            "file-beats-variable",
            "key-before-variable",
            "profile-beats-variable",
            "standard-identity-beats-variable",
        ],
        judge: |seen| {
            seen.success("without variable")?;
            let run = seen.run("with variable")?;
            let sent = sent_keys(seen, "with variable")?;
            require(run.sent_bearer(&seen.key("environment")?.secret), "key environment", sent)
        },
    },
    Check {
        id: "environment-suffices",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the credential of the environment is enough, in an empty home",
        sources: &["12-factor III"],
        bugs: &["cli/cli#3009"],
        fix: "do not ask for a file where the variable is set",
        scenario: &ENVIRONMENT_ALONE,
        mutants: &["needs-store", "ignores-url"],
        judge: |seen| {
            let secret = &seen.key("environment")?.secret;
            let without = |label: &&str| seen.run(label).is_ok_and(|run| !run.sent_bearer(secret));
            let without: Vec<&str> = ["identity", "keys"].into_iter().filter(without).collect();
            seen.run("identity")?;
            let observed = if without.is_empty() {
                "used".to_owned()
            } else {
                format!("not used by {}", without.join(", "))
            };
            require(without.is_empty(), "used", observed)
        },
    },
    Check {
        id: "environment-is-trimmed",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "a line end after the credential of the environment is dropped",
        sources: &["RFC 6750 §2.1"],
        bugs: &["influxdata/influxdb#16547", "humio/cli#72"],
        fix: "trim the variable's value",
        scenario: &ENVIRONMENT_ALONE,
        mutants: &["keeps-white-space-of-variable"],
        judge: |seen| {
            seen.success("identity")?;
            let run = seen.run("padded")?;
            if run.requests().next().is_none() && run.ending == Ending::Exited(0) {
                return not_reached("the platform was not asked");
            }
            let ok = run.sent_bearer(&seen.key("environment")?.secret);
            let observed = format!("{}: {}", run.ending.describe(), run.first_words());
            require(
                ok,
                "the key, trimmed",
                if ok { "the key, trimmed".to_owned() } else { observed },
            )
        },
    },
    Check {
        id: "environment-empty-is-unset",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "a credential variable that is empty counts as not set",
        sources: &["XDG Base Directory §3, by analogy"],
        bugs: &["phylum-dev/cli#584", "kosli-dev/cli#1089"],
        fix: "treat an empty value as no value",
        scenario: &ENVIRONMENT_EMPTY,
        mutants: &["empty-variable-counts", "ignores-key", "ignores-url"],
        judge: |seen| uses_stored_key(seen, "empty"),
    },
    Check {
        id: "environment-blank-is-unset",
        area: Area::Precedence,
        level: Level::Should,
        sentence: "a credential variable that holds blanks alone counts as not set",
        sources: &["XDG Base Directory §3, by analogy"],
        bugs: &["ScottArbeit/Grace#366"],
        fix: "trim the value, and treat an empty one as no value",
        scenario: &ENVIRONMENT_EMPTY,
        mutants: &["blank-variable-counts", "ignores-key", "ignores-url"],
        judge: |seen| uses_stored_key(seen, "blank"),
    },
    Check {
        id: "environment-is-not-saved",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the credential of the environment is not written to any file",
        sources: &["12-factor III"],
        bugs: &["pulumi/pulumi#13919", "mvanhorn/cli-printing-press#2720"],
        fix: "keep what came from the environment in memory",
        scenario: &ENVIRONMENT_AND_STORE,
        mutants: &["stores-variable", "logs-secret"],
        judge: |seen| {
            let run = seen.success("with variable")?;
            let secret = &seen.key("environment")?.secret;
            if !run.sent_bearer(secret) {
                return not_reached("the key of the environment was not used");
            }
            let files = run.after.files_where(|_, file| file.text.contains(secret));
            let observed =
                if files.is_empty() { "in no file".to_owned() } else { files.join(", ") };
            require(files.is_empty(), "in no file", observed)
        },
    },
    Check {
        id: "environment-rejected-is-final",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "when the credential of the environment is rejected, no other one is tried in its place",
        sources: &[],
        bugs: &["anthropics/claude-code#91777", "firebase/firebase-tools#2790"],
        fix: "choose the credential once, and fail when it is rejected",
        scenario: &ENVIRONMENT_REJECTED,
        mutants: &["falls-back-to-store"],
        judge: |seen| {
            seen.success("without variable")?;
            let run = seen.run("with variable")?;
            if !run.sent_bearer(&seen.key("environment")?.secret) {
                return not_reached("the key of the environment was not used");
            }
            let sent = sent_keys(seen, "with variable")?;
            let fell_back = run.sent_bearer(&seen.key("stored")?.secret);
            require(!fell_back, "key environment", sent)
        },
    },
    Check {
        id: "environment-rejected-is-named",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "when the credential of the environment is rejected, the message names the variable",
        sources: &[],
        bugs: &["superfly/flyctl#5173", "CleverCloud/clever-tools#595", "cli/cli#3799"],
        fix: "remember where the credential came from, and say so when it is rejected",
        scenario: &ENVIRONMENT_REJECTED_ALONE,
        mutants: &["blames-login-for-variable", "unauthorized-unhelpful", "panics-on-unauthorized"],
        judge: |seen| {
            let run = seen.run("identity")?;
            if !run.sent_bearer(&seen.key("environment")?.secret) || !run.ending.is_failure() {
                return not_reached("the key of the environment was not rejected");
            }
            names_variable(seen, &run.said())
        },
    },
    Check {
        id: "shadow-told-at-login",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "signing in says that a variable shadows what was saved",
        sources: &[],
        bugs: &["superfly/flyctl#5173", "vercel/vercel#14992", "cli/cli#3799"],
        fix: "after saving, look whether the variable is set, and say on standard error that it wins",
        scenario: &TOKEN_LOGIN_SHADOWED,
        mutants: &["silent-shadow-at-login"],
        judge: |seen| names_variable(seen, &seen.success("login")?.stderr),
    },
    Check {
        id: "shadow-told-at-identity",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the identity command says that a variable shadows the stored credential",
        sources: &[],
        bugs: &["anthropics/claude-code#53728"],
        fix: "say on standard error which credential is used when another one is stored",
        scenario: &TOKEN_LOGIN_SHADOWED,
        mutants: &["silent-shadow-at-identity"],
        judge: |seen| {
            if seen.saved_secret(seen.success("login")?).is_none() {
                return not_reached("there is no stored key to shadow");
            }
            // Where a tool has a status command, that is the one that tells.
            let claims_status = seen.cli.commands.contains_key(&Command::Status);
            let teller = if claims_status { "status" } else { "identity" };
            names_variable(seen, &seen.success(teller)?.said())
        },
    },
    Check {
        id: "shadow-told-at-logout",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "signing out says that a variable still holds a credential",
        sources: &["clig.dev Basics"],
        bugs: &["Automattic/vip-cli#2946", "CleverCloud/clever-tools#595"],
        fix: "after clearing, look whether the variable is set, and say on standard error that it still works",
        scenario: &TOKEN_LOGIN_SHADOWED,
        mutants: &["silent-shadow-at-logout"],
        judge: |seen| {
            seen.success("login")?;
            names_variable(seen, &seen.success("logout")?.stderr)
        },
    },
    Check {
        id: "bypass-uses-its-key",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the bypass variable sends its own key to its own host, in the documented scheme",
        sources: &[],
        bugs: &[],
        fix: "call the other host directly when the variable is set",
        scenario: &BYPASS,
        mutants: &["ignores-bypass"],
        judge: |seen| {
            let run = seen.run("sample")?;
            let Some(bypass) = &seen.cli.bypass else {
                return Err(Objection::NotClaimed("a bypass".to_owned()));
            };
            let expected = (bypass.scheme.as_str(), "the key", bypass.upstream.as_str());
            let used = run.exchanges.iter().any(|one| {
                one.origin == bypass.upstream
                    && one.status < 400
                    && credential_of(one).is_some_and(|(scheme, _)| scheme == bypass.scheme)
            });
            let ok = used && run.ending == Ending::Exited(0);
            let observed = format!("{}: {}", run.ending.describe(), run.first_words());
            let expected = format!("`{} {}` accepted by {}", expected.0, expected.1, expected.2);
            require(ok, expected.clone(), if ok { expected } else { observed })
        },
    },
    Check {
        id: "bypass-skips-platform",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "with the bypass variable set, the platform is asked nothing",
        sources: &[],
        bugs: &[],
        fix: "decide for the bypass before anything is sent to the platform",
        scenario: &BYPASS,
        mutants: &["bypass-asks-platform"],
        judge: |seen| {
            let run = seen.success("sample")?;
            if !run.exchanges.iter().any(|one| one.origin != "platform") {
                return not_reached("the other host was not asked");
            }
            let asked = run.requests().count();
            require(
                asked == 0,
                "0 requests to the platform",
                format!("{asked} requests to the platform"),
            )
        },
    },
    Check {
        id: "bypass-only-there",
        area: Area::Precedence,
        level: Level::Must,
        sentence: "the key of the bypass is never sent to the platform",
        sources: &["RFC 6750 §5.3"],
        bugs: &["anthropics/claude-code#36350"],
        fix: "use the bypass for the commands that it is documented for, and for no other",
        scenario: &BYPASS_ELSEWHERE,
        mutants: &["bypass-everywhere"],
        judge: |seen| {
            let run = seen.run("identity")?;
            if run.requests().next().is_none() {
                return not_reached("the platform was not asked");
            }
            let Some(bypass) = &seen.cli.bypass else {
                return Err(Objection::NotClaimed("a bypass".to_owned()));
            };
            let set = format!("{}=", bypass.variable);
            let Some(key) = run.environment.iter().find_map(|one| one.strip_prefix(&set)) else {
                return not_reached("the variable was not set");
            };
            if run.requests().flat_map(parts).any(|(_, text)| text.contains(key)) {
                return require(false, "key stored", "the key of the bypass");
            }
            let ok = run.sent_bearer(&seen.key("stored")?.secret);
            require(ok, "key stored", sent_keys(seen, "identity")?)
        },
    },
];

/// The names of the keys that the run called `label` sent to the platform.
fn sent_keys(seen: &Observation, label: &str) -> Result<String, Objection> {
    let headers = seen.run(label)?.requests().filter_map(credential_of);
    let mut names: Vec<String> =
        headers.map(|(_, credential)| seen.name_secrets_in(credential)).collect();
    names.dedup();
    Ok(if names.is_empty() { "no key at all".to_owned() } else { names.join(", then ") })
}

fn uses_stored_key(seen: &Observation, label: &str) -> Judgement {
    let run = seen.run(label)?;
    if run.requests().next().is_none() && run.ending == Ending::Exited(0) {
        return not_reached("the platform was not asked");
    }
    let used = run.sent_bearer(&seen.key("stored")?.secret);
    let observed = format!("{}: {}", run.ending.describe(), run.first_words());
    require(used, "key stored", if used { "key stored".to_owned() } else { observed })
}

/// Whether this talk names the credential variable.
pub(super) fn names_variable(seen: &Observation, talk: &str) -> Judgement {
    let Some(credential) = &seen.cli.credential else {
        return Err(Objection::NotClaimed("a variable that carries the credential".to_owned()));
    };
    let named = talk.contains(&credential.variable);
    let expected = format!("{} named", credential.variable);
    require(named, expected, if named { "named" } else { "not named" })
}
