//! A session that renews itself: RFC 6749 §6, and what people lost where it was not kept.

use mock_server::Exchange;

use crate::check::{Area, Check, Level, Objection, not_reached, require, require_work};
use crate::observation::{Ending, Observation, RunRecord, credential_of, parameter_of};
use crate::profile::SessionProfile;
use crate::scenarios::refresh::{
    REFRESH_DUE, REFRESH_ENDED, REFRESH_FAILS, REFRESH_NEARLY_DUE, REFRESH_NOT_DUE,
    REFRESH_REJECTED_FOR_EVER, REFRESH_UPON_REJECTION, REFRESH_WITHOUT_ROTATION,
};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "refresh-when-due",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "an access token that has ended is renewed before it is used",
        sources: &["RFC 6749 §6"],
        bugs: &["Azure/azure-cli#15901"],
        fix: "compare the saved end with the clock before each request",
        scenario: &REFRESH_DUE,
        mutants: &["never-renews-early", "profile-beats-variable"],
        judge: |seen| {
            let run = seen.run("identity")?;
            let sent_old = run.sent_bearer(&seen.key("access")?.secret);
            if !sent_old && renewals(run).next().is_none() {
                return not_reached("the session was not used");
            }
            let observed = if sent_old { "the ended token sent" } else { "renewed first" };
            require(!sent_old, "renewed first", observed)
        },
    },
    Check {
        id: "refresh-in-time",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "an access token that is about to end is renewed within the documented margin",
        sources: &["RFC 6749 §6"],
        bugs: &["croct-tech/cli#15"],
        fix: "renew when less than the documented time is left, not at the very end",
        scenario: &REFRESH_NEARLY_DUE,
        mutants: &["renews-without-margin", "never-renews-early", "profile-beats-variable"],
        judge: |seen| {
            claimed(seen)?;
            let run = seen.success("identity")?;
            let renewed = renewals(run).next().is_some();
            require(renewed, "renewed", if renewed { "renewed" } else { "not renewed" })
        },
    },
    Check {
        id: "refresh-not-needlessly",
        area: Area::Refresh,
        level: Level::Should,
        sentence: "an access token that is far from its end is not renewed",
        sources: &["RFC 6749 §1.5"],
        bugs: &["anthropics/claude-code#58066"],
        fix: "use the token until shortly before its end",
        scenario: &REFRESH_NOT_DUE,
        mutants: &["renews-every-time"],
        judge: |seen| {
            let run = seen.success("identity")?;
            let times = renewals(run).count();
            if times == 0 && !run.sent_bearer(&seen.key("access")?.secret) {
                return not_reached("the session was not used");
            }
            require(times == 0, "0 renewals", format!("{times} renewals"))
        },
    },
    Check {
        id: "refresh-form",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "the refresh token is sent as a form to the token endpoint, and nowhere else",
        sources: &["RFC 6749 §6", "RFC 9700 §4.3.2"],
        bugs: &["pax8labs/pax8-cli#135"],
        fix: "POST grant_type, refresh_token and client_id, with nothing in the query",
        scenario: &REFRESH_DUE,
        mutants: &["renews-with-access-token"],
        judge: |seen| {
            let run = seen.run("identity")?;
            let renewal = renewal(run)?;
            let refresh = &seen.key("refresh")?.secret;
            let elsewhere = run.requests().any(|one| {
                one.query.contains(refresh)
                    || one.path.contains(refresh)
                    || credential_of(one).is_some_and(|(_, sent)| sent == refresh)
                    || (one.body.contains(refresh) && !is_renewal(one))
            });
            let complete = parameter_of(renewal, "client_id").is_some();
            if parameter_of(renewal, "refresh_token").as_ref() != Some(refresh) {
                return require(false, "a form at the token endpoint", "another refresh_token");
            }
            let observed = match (elsewhere, complete) {
                (true, _) => "the refresh token is somewhere else, too",
                (false, false) => "a form without client_id",
                (false, true) => "a form at the token endpoint",
            };
            require(!elsewhere && complete, "a form at the token endpoint", observed)
        },
    },
    Check {
        id: "refresh-saves-rotated",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a new refresh token takes the place of the one that was used",
        sources: &["RFC 6749 §6", "RFC 9700 §4.14.2"],
        bugs: &["aws/aws-cli#10628"],
        fix: "save the whole answer before you use the new access token",
        scenario: &REFRESH_DUE,
        mutants: &["keeps-used-refresh-token", "renews-without-saving", "forgets-what-it-saves"],
        judge: |seen| {
            let run = seen.success("identity")?;
            renewal(run)?;
            let Some(new) = run.given("token", "refresh_token") else {
                return not_reached("the platform sent no new refresh token");
            };
            let saved = seen.session_member(run, |session| &session.refresh);
            let ok = saved.as_ref() == Some(&new);
            require(
                ok,
                "the new one is saved",
                if ok { "the new one is saved" } else { "it is not" },
            )
        },
    },
    Check {
        id: "refresh-lasts",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a session can be renewed again and again, by one command after the other",
        sources: &["RFC 6749 §6"],
        bugs: &["aws/aws-cli#10628", "openai/codex#26520"],
        fix: "each renewal uses what the last one has saved",
        scenario: &REFRESH_DUE,
        mutants: &[
            "keeps-used-refresh-token",
            "renews-without-saving",
            "forgets-what-it-saves",
            "gives-up-upon-rejection",
            "standard-identity-beats-variable",
        ],
        judge: |seen| {
            renewal(seen.success("identity")?)?;
            for label in ["again", "hours later"] {
                let run = seen.run(label)?;
                require_work(seen, run)?;
            }
            require(true, "exit 0", "exit 0")
        },
    },
    Check {
        id: "refresh-keeps-when-none",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "when the platform sends no new refresh token, the old one is kept",
        sources: &["RFC 6749 §6"],
        bugs: &["knowsuchagency/mcp2cli#58", "modelcontextprotocol/rust-sdk#949"],
        fix: "replace the saved refresh token only when the answer has one",
        scenario: &REFRESH_WITHOUT_ROTATION,
        mutants: &["drops-refresh-token"],
        judge: |seen| {
            let run = seen.success("identity")?;
            renewal(run)?;
            let saved = seen.session_member(run, |session| &session.refresh);
            let kept = saved.as_ref() == Some(&seen.key("refresh")?.secret);
            require(kept, "kept", if kept { "kept" } else { "gone" })
        },
    },
    Check {
        id: "refresh-upon-rejection",
        area: Area::Refresh,
        level: Level::Should,
        sentence: "a token that is rejected before its time is renewed, and the request sent once more",
        sources: &["RFC 6750 §3.1"],
        bugs: &["anthropics/claude-code#54443"],
        fix: "upon a 401 renew once, and try the request once more",
        scenario: &REFRESH_UPON_REJECTION,
        mutants: &[
            "gives-up-upon-rejection",
            "profile-beats-variable",
            "renews-every-time",
            "renews-with-access-token",
            "sends-client-secret",
            "standard-identity-beats-variable",
        ],
        judge: |seen| {
            let run = seen.run("identity")?;
            if !run.requests().any(|one| one.status == 401) {
                return not_reached("no token was rejected");
            }
            let renewed = renewals(run).next().is_some();
            let again = seen.identity_requests(run).last().is_some_and(|one| one.status == 200);
            let ok = renewed && again && run.ending == Ending::Exited(0);
            let observed = match (renewed, again) {
                (false, _) => "not renewed".to_owned(),
                (true, false) => format!("renewed, {}", run.ending.describe()),
                (true, true) => format!("renewed, sent once more, {}", run.ending.describe()),
            };
            require(ok, "renewed, sent once more, exit 0", observed)
        },
    },
    Check {
        id: "refresh-does-not-loop",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a platform that rejects every token is asked twice at the most, and the command fails",
        sources: &["RFC 6750 §3.1"],
        bugs: &["beamable/BeamableProduct#4391", "vaadin/vaadin-connect#335"],
        fix: "renew once a command, not once a rejection",
        scenario: &REFRESH_REJECTED_FOR_EVER,
        mutants: &["renews-upon-every-rejection"],
        judge: |seen| {
            let run = seen.run("identity")?;
            let asked = seen.identity_requests(run).count();
            if asked == 0 {
                return not_reached("the platform was not asked");
            }
            let ok = asked <= 2 && renewals(run).count() <= 1 && run.ending.is_failure();
            let often = if asked <= 2 { "twice at the most" } else { "more than twice" };
            let observed = format!("{}, asked {often}", run.ending.describe());
            require(ok, "a non-zero exit, asked twice at the most", observed)
        },
    },
    Check {
        id: "refresh-failure-keeps-session",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a platform that fails for a while does not cost the session",
        sources: &["RFC 6749 §5.2"],
        bugs: &["cline/cline#12255", "internxt/cli#645", "anthropics/claude-code#94855"],
        fix: "keep the session upon anything but invalid_grant",
        scenario: &REFRESH_FAILS,
        mutants: &[
            "failed-renewal-ends-session",
            "renews-with-access-token",
            "sends-client-secret",
        ],
        judge: |seen| {
            let run = seen.run("identity")?;
            if !renewals(run).any(|one| one.status == 503) {
                return not_reached("no renewal was answered with 503");
            }
            let later = seen.run("later")?;
            require_work(seen, later)
        },
    },
    Check {
        id: "refresh-failure-told",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a renewal that fails for a while fails the command, and is not told as the end of the session",
        sources: &["clig.dev Errors"],
        bugs: &["decocms/studio#6122", "cli/cli#12891"],
        fix: "say that the platform fails, and give no advice to sign in",
        scenario: &REFRESH_FAILS,
        mutants: &["failed-renewal-blames-session"],
        judge: |seen| {
            let run = seen.run("identity")?;
            if !renewals(run).any(|one| one.status == 503) {
                return not_reached("no renewal was answered with 503");
            }
            let command = sign_in_again(seen);
            let named = run.said().contains(command);
            let what = if named { "named" } else { "not named" };
            let observed = format!("{}, `{command}` {what}", run.ending.describe());
            let expected = format!("a non-zero exit, `{command}` not named");
            require(run.ending.is_failure() && !named, expected, observed)
        },
    },
    Check {
        id: "refresh-ended-names-login",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "when the session has ended for good, the message names the command that signs in",
        sources: &["RFC 6749 §5.2"],
        bugs: &["openai/codex#5678", "cloudfoundry/cf-java-client#1026"],
        fix: "recognize invalid_grant, and name the command",
        scenario: &REFRESH_ENDED,
        mutants: &["session-end-unexplained"],
        judge: |seen| {
            let run = refused(seen)?;
            let command = sign_in_again(seen);
            let named = run.said().contains(command);
            let what = if named { "named" } else { "not named" };
            let observed = format!("{}, `{command}` {what}", run.ending.describe());
            let expected = format!("a non-zero exit, `{command}` named");
            require(run.ending.is_failure() && named, expected, observed)
        },
    },
    Check {
        id: "refresh-ended-asks-once",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a refresh token that is refused is not sent again by the same command",
        sources: &["RFC 6749 §5.2"],
        bugs: &["openai/codex#5678", "beamable/BeamableProduct#4351"],
        fix: "take invalid_grant for the end of the session",
        scenario: &REFRESH_ENDED,
        mutants: &["retries-invalid-grant"],
        judge: |seen| {
            let times = renewals(refused(seen)?).count();
            require(times == 1, "once", format!("{times} times"))
        },
    },
    Check {
        id: "refresh-output-hides-tokens",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a renewal prints no token",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["Azure/azure-cli#17625"],
        fix: "write no request and no answer of the token endpoint into any log",
        scenario: &REFRESH_DUE,
        mutants: &["logs-refresh-token"],
        judge: |seen| {
            let run = seen.success("identity")?;
            renewal(run)?;
            let found = seen.name_secrets_in(&run.said());
            require(found == "none", "none", found)
        },
    },
    Check {
        id: "refresh-keeps-mode",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "the file of the session has mode 0600 also after a renewal",
        sources: &["OWASP ASVS 13.3.1"],
        bugs: &["railwayapp/cli#1027"],
        fix: "write each time as you write the first time",
        scenario: &REFRESH_DUE,
        mutants: &["loose-session-file"],
        judge: |seen| {
            let run = seen.success("identity")?;
            renewal(run)?;
            let Some(file) = seen.session_file_after(run) else {
                return not_reached("there is no file");
            };
            require(file.mode == 0o600, "mode 0600", format!("mode {:04o}", file.mode))
        },
    },
];

/// What the profile claims of the session.
pub(super) fn claimed(seen: &Observation) -> Result<&SessionProfile, Objection> {
    let session = seen.cli.session.as_ref();
    session.ok_or_else(|| Objection::NotClaimed("a session that is renewed".to_owned()))
}

fn is_renewal(exchange: &Exchange) -> bool {
    exchange.operation.as_deref() == Some("token")
        && parameter_of(exchange, "grant_type").as_deref() == Some("refresh_token")
}

/// The requests of `run` that asked for a renewal.
pub(super) fn renewals(run: &RunRecord) -> impl Iterator<Item = &Exchange> {
    run.requests().filter(|one| is_renewal(one))
}

/// The first renewal of `run`, which must have been asked for for anything to be known.
pub(super) fn renewal(run: &RunRecord) -> Result<&Exchange, Objection> {
    match renewals(run).next() {
        Some(renewal) => Ok(renewal),
        None => not_reached("no renewal was asked for"),
    }
}

/// The identity run, once its refresh token was refused.
fn refused(seen: &Observation) -> Result<&RunRecord, Objection> {
    let run = seen.run("identity")?;
    if renewals(run).any(|one| (400..500).contains(&one.status)) {
        return Ok(run);
    }
    not_reached("the refresh token was not sent, so that it could not be refused")
}

fn sign_in_again(seen: &Observation) -> &str {
    let messages = &seen.cli.messages;
    messages.sign_in_again.as_ref().unwrap_or(&messages.sign_in)
}
