//! What a code gives, to whom, and how often.

use super::expect::{once, refused};
use crate::check::{Judgement, Level, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{CODE, CODE_MISTAKES, CODE_RACE, need};
use crate::server_check::{ServerArea, ServerCheck};

/// How far a lifetime may be off, in seconds.
const LIFETIME_MARGIN: u64 = 60;

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-token-reply",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "the reply is JSON with an access token, its type, and its lifetime as a number",
        sources: &["RFC 6749 §5.1"],
        fix: "answer 200 with access_token and token_type as texts and expires_in as a number",
        part: &CODE,
        needs: &[&need::STANDARD_REPLY],
        mutants: &["the-lifetime-is-a-text"],
        judge: |seen| {
            let reply = seen.good("exchange")?;
            let kind = reply.text("token_type").unwrap_or_default();
            let lifetime = reply.member("expires_in");
            let wrong = [
                (!reply.is_of_type("application/json"), "it is not application/json"),
                (reply.text("access_token").is_none(), "access_token is no text"),
                (!kind.eq_ignore_ascii_case("bearer"), "token_type is not Bearer"),
                (!lifetime.is_some_and(|value| value.is_u64()), "expires_in is no number"),
            ];
            let wrong = wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, why)| why);
            require(wrong.is_none(), "a reply as the standard has it", wrong.unwrap_or("it is"))
        },
    },
    ServerCheck {
        id: "server-token-lifetime",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "access tokens live as long as the contract says",
        sources: &["RFC 6749 §5.1"],
        fix: "give tokens the lifetime of the contract, or mend the profile",
        part: &CODE,
        needs: &[&need::STANDARD_REPLY],
        mutants: &["tokens-live-a-day"],
        judge: |seen| {
            let reply = seen.good("exchange")?;
            let Some(lifetime) = reply.member("expires_in").and_then(|value| value.as_u64()) else {
                return not_reached("the reply says no lifetime");
            };
            let expected = seen.platform.access_tokens.lifetime_seconds;
            let holds = lifetime.abs_diff(expected) <= LIFETIME_MARGIN;
            require(holds, format!("{expected} s"), format!("{lifetime} s"))
        },
    },
    ServerCheck {
        id: "server-token-works",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "the access token is taken where the contract says",
        sources: &["RFC 6749 §7"],
        fix: "let the API take the tokens that the token endpoint gives",
        part: &CODE,
        needs: &[&need::TOKENS_TAKEN],
        mutants: &["tokens-are-not-taken"],
        judge: |seen| {
            seen.good("exchange")?;
            let reply = seen.reply("use")?;
            require(reply.is_success(), "a success, 2xx", reply.describe())
        },
    },
    ServerCheck {
        id: "server-token-code-once",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code that was exchanged is refused",
        sources: &["RFC 6749 §4.1.2", "RFC 6749 §10.5"],
        fix: "mark the code as used in the statement that looks it up",
        part: &CODE,
        needs: &[],
        mutants: &["a-code-works-twice"],
        judge: |seen| {
            seen.good("exchange")?;
            refused(seen, "replay")
        },
    },
    ServerCheck {
        id: "server-token-replay-ends-tokens",
        area: ServerArea::Token,
        level: Level::Should,
        sentence: "a code that comes twice ends what it gave",
        sources: &["RFC 6749 §4.1.2"],
        fix: "revoke the tokens of a code that comes again: somebody has stolen it",
        part: &CODE,
        needs: &[&need::TOKENS_TAKEN],
        mutants: &["a-replay-is-harmless", "a-code-works-twice"],
        judge: |seen| {
            seen.good("use")?;
            if seen.reply("replay")?.is_success() {
                return require(false, "401", "the second exchange succeeded");
            }
            let reply = seen.reply("use-after-replay")?;
            require(reply.status == 401, "401", reply.describe())
        },
    },
    ServerCheck {
        id: "server-token-code-race",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code gives tokens once, also when it is exchanged many times at once",
        sources: &["RFC 6749 §4.1.2", "RFC 6749 §10.5"],
        fix: "look the code up and mark it as used in one transaction",
        part: &CODE_RACE,
        needs: &[],
        mutants: &["codes-race", "a-code-works-twice"],
        judge: |seen| once(seen, "exchange#"),
    },
    ServerCheck {
        id: "server-token-verifier-compared",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code is refused with another verifier than its challenge was made of",
        sources: &["RFC 7636 §4.6"],
        fix: "compare the hash of the code_verifier with the code_challenge of the request",
        part: &CODE_MISTAKES,
        needs: &[],
        mutants: &["verifiers-are-not-compared"],
        judge: |seen| mistaken(seen, "another-verifier"),
    },
    ServerCheck {
        id: "server-token-verifier-required",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code is refused without the verifier of its challenge",
        sources: &["RFC 7636 §4.6", "RFC 9700 §4.8.2"],
        fix: "refuse an exchange without a code_verifier where the request had a challenge",
        part: &CODE_MISTAKES,
        needs: &[],
        mutants: &["verifiers-are-optional"],
        judge: |seen| mistaken(seen, "no-verifier"),
    },
    ServerCheck {
        id: "server-token-redirect-bound",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code is refused with another redirect URI than it was sent to",
        sources: &["RFC 6749 §4.1.3"],
        fix: "compare the redirect_uri of the exchange with that of the request",
        part: &CODE_MISTAKES,
        needs: &[],
        mutants: &["codes-are-not-bound-to-redirects"],
        judge: |seen| mistaken(seen, "another-redirect"),
    },
    ServerCheck {
        id: "server-token-client-bound",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code is refused from another client than it was given to",
        sources: &["RFC 6749 §4.1.3", "RFC 6749 §5.2"],
        fix: "compare the client of the exchange with that of the request",
        part: &CODE_MISTAKES,
        needs: &[&need::OTHER_CLIENT],
        mutants: &["codes-are-not-bound-to-clients"],
        judge: |seen| mistaken(seen, "another-client"),
    },
];

/// That a mistaken exchange is refused, where a good one is not.
fn mistaken(seen: &Recording, name: &str) -> Judgement {
    seen.good("good")?;
    refused(seen, name)
}
