//! What a tool does, and says, when it is not signed in, refused, or gets no proper answer.

use super::precedence::names_variable;
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Observation, RunRecord};
use crate::scenarios::session::{IDENTITY_CHANGES, SIGNED_OUT};
use crate::scenarios::trouble::{FORBIDDEN, HTML_ANSWER, RATE_LIMITED, SERVER_ERROR, UNREACHABLE};

/// Words that say, in lower case, that the credential is to blame.
const BLAMING_WORDS: [&str; 9] = [
    "sign in again",
    "log in again",
    "login again",
    "not signed in",
    "not logged in",
    "invalid token",
    "invalid key",
    "invalid api key",
    "unauthorized",
];

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "signed-out-fails",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a command that needs a credential and finds none fails",
        sources: &["clig.dev Basics"],
        bugs: &[
            "cli/cli#8845",
            "kionsoftware/kion-cli#63",
            "Axway-API-Management-Plus/apim-cli#278",
        ],
        fix: "exit non-zero when nobody is signed in",
        scenario: &SIGNED_OUT,
        mutants: &["signed-out-exits-zero"],
        judge: |seen| {
            works(seen, "with variable")?;
            let identity = seen.run("identity")?;
            require(identity.ending.is_failure(), "a non-zero exit", identity.ending.describe())
        },
    },
    Check {
        id: "signed-out-asks-nothing",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a command that finds no credential does not ask the platform without one",
        sources: &["RFC 6750 §2"],
        bugs: &["npm/cli#3618"],
        fix: "look for the credential before you send anything",
        scenario: &SIGNED_OUT,
        mutants: &["anonymous-request"],
        judge: |seen| {
            works(seen, "with variable")?;
            let identity = seen.run("identity")?;
            let asked = identity.requests().count();
            require(asked == 0, "0 requests", format!("{asked} requests"))
        },
    },
    Check {
        id: "signed-out-names-login",
        area: Area::Errors,
        level: Level::Must,
        sentence: "who is not signed in is told which command signs in",
        sources: &["clig.dev Errors"],
        bugs: &["npm/cli#3618"],
        fix: "end the message with the command to run",
        scenario: &SIGNED_OUT,
        mutants: &["signed-out-unhelpful"],
        judge: |seen| {
            works(seen, "with variable")?;
            names_login(seen, talk(seen, "identity")?)
        },
    },
    Check {
        id: "signed-out-names-variable",
        area: Area::Errors,
        level: Level::Should,
        sentence: "who is not signed in is told which variable would do",
        sources: &["clig.dev Errors"],
        bugs: &["npm/cli#3618"],
        fix: "name the variable beside the command: in CI it is the way",
        scenario: &SIGNED_OUT,
        mutants: &["signed-out-hides-variable"],
        judge: |seen| {
            works(seen, "with variable")?;
            names_variable(seen, &talk(seen, "identity")?.said())
        },
    },
    Check {
        id: "unauthorized-fails",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a command whose credential is rejected fails",
        sources: &["RFC 6750 §3.1", "clig.dev Basics"],
        bugs: &["jfrog/jfrog-cli#802", "cloudsmith-io/cloudsmith-cli#352"],
        fix: "exit non-zero when the platform answers 401",
        scenario: &IDENTITY_CHANGES,
        mutants: &["unauthorized-exits-zero", "ignores-unauthorized"],
        judge: |seen| {
            seen.success("before")?;
            let revoked = seen.run("revoked")?;
            if !seen.identity_requests(revoked).any(|one| one.status == 401) {
                return not_reached("the platform was not asked");
            }
            require(revoked.ending.is_failure(), "a non-zero exit", revoked.ending.describe())
        },
    },
    Check {
        id: "unauthorized-names-login",
        area: Area::Errors,
        level: Level::Must,
        sentence: "who is rejected is told which command signs in again",
        sources: &["RFC 6750 §3.1", "clig.dev Errors"],
        bugs: &["Shopify/cli#3585", "vercel/vercel#2606", "openai/codex#5678"],
        fix: "end the message with the command to run",
        scenario: &IDENTITY_CHANGES,
        mutants: &["unauthorized-unhelpful", "ignores-unauthorized", "panics-on-unauthorized"],
        judge: |seen| {
            seen.success("before")?;
            let revoked = seen.run("revoked")?;
            if !seen.identity_requests(revoked).any(|one| one.status == 401) {
                return not_reached("the platform was not asked");
            }
            names_login(seen, revoked)
        },
    },
    Check {
        id: "server-error-fails",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a command that the platform answers with 500 fails",
        sources: &["clig.dev Basics"],
        bugs: &["jfrog/jfrog-cli#802"],
        fix: "exit non-zero on every status that is not a success",
        scenario: &SERVER_ERROR,
        mutants: &["server-error-exits-zero"],
        judge: |seen| {
            let run = answered_with(seen, 500)?;
            require(run.ending.is_failure(), "a non-zero exit", run.ending.describe())
        },
    },
    Check {
        id: "server-error-told-apart",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a failure of the platform is not told as a failure of the credential",
        sources: &["clig.dev Errors"],
        bugs: &["cli/cli#8293", "cli/cli#12891", "cli/cli#14054"],
        fix: "say that the platform failed, with the status, and give no advice to sign in",
        scenario: &SERVER_ERROR,
        mutants: &["server-error-is-unauthorized"],
        judge: |seen| {
            answered_with(seen, 500)?;
            blames_no_credential(seen, talk(seen, "identity")?)
        },
    },
    Check {
        id: "server-error-keeps-key",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a failure of the platform leaves the saved credential alone",
        sources: &["clig.dev Robustness"],
        bugs: &["cline/cline#12255", "internxt/cli#645", "shorebirdtech/shorebird#3910"],
        fix: "never clear a credential because of a status that does not speak of it",
        scenario: &SERVER_ERROR,
        mutants: &["any-error-signs-out"],
        judge: |seen| {
            let run = answered_with(seen, 500)?;
            let kept = seen.saved_secret(run).as_ref() == Some(&seen.key("stored")?.secret);
            require(kept, "the key is saved", if kept { "it is" } else { "it is gone" })
        },
    },
    Check {
        id: "rate-limit-waits",
        area: Area::Errors,
        level: Level::Must,
        sentence: "429 with Retry-After is not followed by another request before that time",
        sources: &["RFC 6585 §4", "RFC 9110 §10.2.3"],
        bugs: &["lastpass/lastpass-cli#399"],
        fix: "wait as long as Retry-After says, or fail and say how long to wait",
        scenario: &RATE_LIMITED,
        mutants: &["retries-at-once"],
        judge: |seen| {
            let run = answered_with(seen, 429)?;
            let times: Vec<u64> = seen.identity_requests(run).map(|one| one.at_ms).collect();
            let hasty = times.windows(2).any(|pair| pair[1] - pair[0] < 950);
            let observed = if hasty { "asked again at once" } else { "no hasty request" };
            require(!hasty, "no hasty request", observed)
        },
    },
    Check {
        id: "rate-limit-told-apart",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a rate limit is not told as a failure of the credential",
        sources: &["RFC 6585 §4"],
        bugs: &["decocms/studio#6122", "cli/cli#8293"],
        fix: "say that there were too many requests and how long to wait",
        scenario: &RATE_LIMITED,
        mutants: &["server-error-is-unauthorized"],
        judge: |seen| {
            answered_with(seen, 429)?;
            blames_no_credential(seen, talk(seen, "identity")?)
        },
    },
    Check {
        id: "html-answer-fails",
        area: Area::Errors,
        level: Level::Should,
        sentence: "200 with an HTML page is a failure, not an identity",
        sources: &["sysexits EX_PROTOCOL"],
        bugs: &["cloudflare/workers-sdk#2874"],
        fix: "check that the answer is the expected JSON before you use it",
        scenario: &HTML_ANSWER,
        mutants: &["trusts-any-body"],
        judge: |seen| {
            let run = answered_with(seen, 200)?;
            require(run.ending.is_failure(), "a non-zero exit", run.ending.describe())
        },
    },
    Check {
        id: "unreachable-fails",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a command that cannot reach the platform fails",
        sources: &["clig.dev Basics"],
        bugs: &["cli/cli#14054"],
        fix: "exit non-zero when the connection fails",
        scenario: &UNREACHABLE,
        mutants: &["unreachable-exits-zero"],
        judge: |seen| {
            works(seen, "within reach")?;
            let run = seen.run("identity")?;
            require(run.ending.is_failure(), "a non-zero exit", run.ending.describe())
        },
    },
    Check {
        id: "unreachable-told-apart",
        area: Area::Errors,
        level: Level::Should,
        sentence: "a platform that cannot be reached is not told as a failure of the credential",
        sources: &["clig.dev Errors"],
        bugs: &["cli/cli#8293", "cli/cli#12891"],
        fix: "say which host could not be reached, and give no advice to sign in",
        scenario: &UNREACHABLE,
        mutants: &["unreachable-is-unauthorized"],
        judge: |seen| {
            works(seen, "within reach")?;
            blames_no_credential(seen, talk(seen, "identity")?)
        },
    },
    Check {
        id: "unauthorized-names-causes",
        area: Area::Errors,
        level: Level::Should,
        sentence: "who is rejected is told in the documented words what the cause may be",
        sources: &["clig.dev Errors"],
        bugs: &["Shopify/cli#3585", "openai/codex#5678"],
        fix: "name the status, and each cause that is documented",
        scenario: &IDENTITY_CHANGES,
        mutants: &["causes-unnamed"],
        judge: |seen| {
            let words = &seen.cli.messages.rejected;
            if words.is_empty() {
                return Err(Objection::NotClaimed("causes of a rejection".to_owned()));
            }
            let revoked = seen.run("revoked")?;
            if !seen.identity_requests(revoked).any(|one| one.status == 401) {
                return not_reached("no credential was rejected");
            }
            names(words, &revoked.said())
        },
    },
    Check {
        id: "forbidden-told-apart",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a missing permission fails the command, and is not told as a failure of the credential",
        sources: &["RFC 6750 §3.1"],
        bugs: &["windmill-labs/windmill#8953", "buildinternet/uploads#351"],
        fix: "say that the permission is missing and whom to ask; signing in again does not help",
        scenario: &FORBIDDEN,
        mutants: &["forbidden-blames-login"],
        judge: |seen| {
            let run = answered_with(seen, 403)?;
            if !run.ending.is_failure() {
                return require(false, "a non-zero exit", run.ending.describe());
            }
            blames_no_credential(seen, talk(seen, "identity")?)
        },
    },
    Check {
        id: "forbidden-keeps-key",
        area: Area::Errors,
        level: Level::Must,
        sentence: "a missing permission does not cost the saved credential",
        sources: &["RFC 6750 §3.1"],
        bugs: &["cloudsmith-io/cloudsmith-cli#352", "ProtonDriveApps/sdk#43"],
        fix: "touch the saved credential only when the person signs in or out",
        scenario: &FORBIDDEN,
        mutants: &["forbidden-signs-out", "any-error-signs-out"],
        judge: |seen| {
            let run = answered_with(seen, 403)?;
            let kept = seen.saved_secret(run).as_ref() == Some(&seen.key("stored")?.secret);
            require(kept, "the key is saved", if kept { "it is" } else { "it is gone" })
        },
    },
];

/// The positive control of what is not done: that the run called `label` asked the platform, and
/// succeeded.
pub(super) fn works(seen: &Observation, label: &str) -> Result<(), Objection> {
    if seen.success(label)?.requests().next().is_some() {
        return Ok(());
    }
    not_reached(format!("`{label}` did not ask the platform"))
}

/// The run called `label`, which must have said something for what it did not say to count.
fn talk<'a>(seen: &'a Observation, label: &str) -> Result<&'a RunRecord, Objection> {
    let run = seen.run(label)?;
    if run.said().is_empty() {
        return not_reached(format!("`{label}` said nothing at all"));
    }
    Ok(run)
}

/// The identity run, once the platform has answered it with `status`.
fn answered_with(seen: &Observation, status: u16) -> Result<&RunRecord, Objection> {
    let run = seen.run("identity")?;
    if seen.identity_requests(run).any(|one| one.status == status) {
        return Ok(run);
    }
    not_reached(format!("the platform was not asked, so that it could not answer {status}"))
}

/// Whether what was said holds all of these words.
pub(super) fn names(words: &[String], said: &str) -> Judgement {
    let said = said.to_lowercase();
    let missing: Vec<&str> = words
        .iter()
        .filter(|word| !said.contains(&word.to_lowercase()))
        .map(String::as_str)
        .collect();
    let expected = format!("{} named", words.join(", "));
    let observed =
        if missing.is_empty() { expected.clone() } else { format!("no {}", missing.join(", ")) };
    require(missing.is_empty(), expected, observed)
}

/// Whether `run` names the command that signs in.
fn names_login(seen: &Observation, run: &RunRecord) -> Judgement {
    let command = &seen.cli.messages.sign_in;
    let named = run.said_lower().contains(&command.to_lowercase());
    let expected = format!("`{command}` named");
    let observed = if named { expected.clone() } else { format!("`{command}` not named") };
    require(named, expected, observed)
}

/// Whether `run` neither names the command that signs in nor says in other words that the
/// credential is to blame.
fn blames_no_credential(seen: &Observation, run: &RunRecord) -> Judgement {
    let said = run.said_lower();
    let command = seen.cli.messages.sign_in.to_lowercase();
    let words = BLAMING_WORDS.into_iter().chain([command.as_str()]);
    let found = words.into_iter().find(|words| said.contains(words));
    let observed = found.map_or("no such words".to_owned(), |words| format!("`{words}`"));
    require(found.is_none(), "no such words", observed)
}
