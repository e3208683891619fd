//! Where a credential is asked for, and none or an unknown one is shown.

use super::expect::{beside_what_was_lent, refused, unauthorized, unauthorized_or_malformed};
use crate::check::{Judgement, Level, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{REFUSALS, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-bearer-challenge",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "who shows no credential gets 401 and is told which scheme to use",
        sources: &["RFC 6750 §3", "RFC 9110 §15.5.2"],
        fix: "answer 401 with WWW-Authenticate: Bearer and a parameter, such as realm",
        part: &REFUSALS,
        needs: &[],
        mutants: &["the-challenge-is-basic", "the-challenge-has-no-parameter"],
        judge: |seen| {
            let reply = seen.reply("missing")?;
            let challenge = reply.header("www-authenticate").unwrap_or("no challenge");
            let bearer = challenge.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("bearer "));
            let holds = reply.status == 401 && bearer && challenge.contains('=');
            let observed = format!("{}, {challenge}", reply.status);
            require(holds, "401, a Bearer challenge with a parameter", observed)
        },
    },
    ServerCheck {
        id: "server-bearer-missing-names-no-error",
        area: ServerArea::Bearer,
        level: Level::Should,
        sentence: "who shows no credential is not told of an error in it",
        sources: &["RFC 6750 §3.1"],
        fix: "leave `error` out of the challenge where there was no credential",
        part: &REFUSALS,
        needs: &[],
        mutants: &["the-challenge-is-basic", "a-missing-credential-is-an-invalid-one"],
        judge: |seen| {
            let challenge = seen.reply("missing")?.header("www-authenticate");
            let Some(challenge) = challenge else { return not_reached("there is no challenge") };
            require(!challenge.contains("error="), "no error", challenge)
        },
    },
    ServerCheck {
        id: "server-bearer-unknown",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a credential that nobody knows is refused with 401",
        sources: &["RFC 6750 §3.1"],
        fix: "answer 401 to every credential that is not known",
        part: &REFUSALS,
        needs: &[],
        mutants: &["unknown-credentials-are-taken"],
        judge: |seen| beside_a_good_credential(seen, unauthorized(seen, "unknown")),
    },
    ServerCheck {
        id: "server-bearer-names-invalid-token",
        area: ServerArea::Bearer,
        level: Level::Should,
        sentence: "a credential that nobody knows is told as `invalid_token`",
        sources: &["RFC 6750 §3.1"],
        fix: "add error=\"invalid_token\" to the challenge where the credential is no good",
        part: &REFUSALS,
        needs: &[],
        mutants: &["the-challenge-names-no-error", "the-challenge-has-no-parameter"],
        judge: |seen| {
            let reply = seen.reply("unknown")?;
            if reply.status != 401 {
                return not_reached(format!("it was answered {}", reply.describe()));
            }
            let challenge = reply.header("www-authenticate").unwrap_or("no challenge");
            require(challenge.contains("invalid_token"), "error=\"invalid_token\"", challenge)
        },
    },
    ServerCheck {
        id: "server-bearer-refusal-is-json",
        area: ServerArea::Bearer,
        level: Level::Should,
        sentence: "a refusal is JSON, and shows neither the credential nor the server's insides",
        sources: &["ASVS 16.5.1"],
        fix: "answer refusals with a JSON object of your own words",
        part: &REFUSALS,
        needs: &[],
        mutants: &["refusals-show-a-trace"],
        judge: |seen| {
            let reply = seen.reply("unknown")?;
            if reply.status != 401 {
                return not_reached(format!("it was answered {}", reply.describe()));
            }
            let shows = ["authspec-no-such-credential", "Traceback", "    at ", "panicked"];
            let shown = shows.into_iter().find(|text| reply.body.contains(text));
            let observed = match shown {
                Some(text) => format!("it shows `{}`", text.trim()),
                None if reply.json().is_none() => "no JSON".to_owned(),
                None => "JSON".to_owned(),
            };
            require(observed == "JSON", "JSON", observed)
        },
    },
    ServerCheck {
        id: "server-bearer-empty",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "an empty credential is refused with 401 or 400",
        sources: &["RFC 6750 §2.1", "RFC 9110 §15.5.2"],
        fix: "treat `Authorization: Bearer` without a credential as no credential",
        part: &REFUSALS,
        needs: &[],
        mutants: &["empty-credentials-are-taken"],
        judge: |seen| beside_a_good_credential(seen, unauthorized_or_malformed(seen, "empty")),
    },
    ServerCheck {
        id: "server-bearer-other-scheme",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a credential of another scheme is refused with 401 or 400",
        sources: &["RFC 9110 §11.6.2"],
        fix: "look at the scheme of the Authorization header before its credential",
        part: &REFUSALS,
        needs: &[],
        mutants: &["any-scheme-is-taken"],
        judge: |seen| {
            beside_a_good_credential(seen, unauthorized_or_malformed(seen, "another-scheme"))
        },
    },
    ServerCheck {
        id: "server-bearer-unsigned",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a JWT that nobody signed is refused",
        sources: &["RFC 8725 §3.2"],
        fix: "take only the algorithm that the server signs with, never `none`",
        part: &REFUSALS,
        needs: &[&need::JWT],
        mutants: &["unsigned-tokens-are-taken"],
        judge: |seen| beside_a_good_credential(seen, refused(seen, "unsigned")),
    },
];

/// A refusal, beside a good credential that was taken.
fn beside_a_good_credential(seen: &Recording, refusal: Judgement) -> Judgement {
    beside_what_was_lent(seen, "good", &need::CREDENTIAL, refusal)
}
