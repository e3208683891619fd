//! Refresh tokens.

use super::expect::{ENOUGH_BITS, bits, once, refused};
use crate::check::{Level, Objection, require};
use crate::probe::{REFRESH, REFRESH_BOUND, REFRESH_RACE, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-token-refresh-rotates",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a refresh gives a public client a new refresh token",
        sources: &["RFC 9700 §2.2.2", "RFC 9700 §4.14.2"],
        fix: "rotate the refresh tokens of public clients",
        part: &REFRESH,
        needs: &[],
        mutants: &["refresh-tokens-stay"],
        judge: |seen| {
            seen.good("refresh")?;
            let (first, second) = (seen.value("refresh-token-1")?, seen.value("refresh-token-2")?);
            let rotated = first != second;
            require(rotated, "a new one", if rotated { "a new one" } else { "the old one" })
        },
    },
    ServerCheck {
        id: "server-token-refresh-once",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a refresh token that was used is refused",
        sources: &["RFC 9700 §4.14.2"],
        fix: "end a refresh token in the statement that gives the next one",
        part: &REFRESH,
        needs: &[&need::STRICT_REFRESH],
        mutants: &["refresh-tokens-stay", "used-refresh-tokens-live-on"],
        judge: |seen| {
            seen.good("refresh-on")?;
            refused(seen, "replay")
        },
    },
    ServerCheck {
        id: "server-token-replay-ends-family",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "the reuse of a refresh token ends all that came of the sign-in",
        sources: &["RFC 9700 §4.14.2"],
        fix: "revoke the newest refresh token too when an old one comes again",
        part: &REFRESH,
        needs: &[&need::STRICT_REFRESH],
        mutants: &["families-survive", "refresh-tokens-stay", "used-refresh-tokens-live-on"],
        judge: |seen| {
            seen.good("refresh-on")?;
            let replay = seen.reply("replay")?;
            if replay.is_success() {
                return require(false, "a refusal of both", "the reuse succeeded");
            }
            refused(seen, "after-replay")
        },
    },
    ServerCheck {
        id: "server-token-unguessable",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "refresh tokens have 128 bits of randomness",
        sources: &["RFC 6749 §10.10"],
        fix: "draw tokens from a cryptographic generator, 22 letters and digits at least",
        part: &REFRESH,
        needs: &[],
        mutants: &["refresh-tokens-are-counted"],
        judge: |seen| {
            let names = ["refresh-token-1", "refresh-token-2", "refresh-token-3"];
            let mut samples = Vec::new();
            for name in names {
                samples.push(seen.value(name)?);
            }
            samples.dedup();
            if samples.len() < 2 {
                let one = "refresh tokens do not rotate: there is one to look at";
                return Err(Objection::NotClaimed(one.to_owned()));
            }
            let enough = bits(samples.into_iter()) >= ENOUGH_BITS;
            require(enough, "at least 128 bits", if enough { "as many" } else { "fewer" })
        },
    },
    ServerCheck {
        id: "server-token-refresh-client-bound",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a refresh token is refused from another client",
        sources: &["RFC 6749 §6", "RFC 6749 §10.4"],
        fix: "compare the client of a refresh with that of the sign-in",
        part: &REFRESH_BOUND,
        needs: &[&need::OTHER_CLIENT],
        mutants: &["refresh-tokens-are-not-bound-to-clients"],
        judge: |seen| {
            seen.good("still-good")?;
            refused(seen, "another-client")
        },
    },
    ServerCheck {
        id: "server-token-scope-bound",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a refresh gives no more than was allowed",
        sources: &["RFC 6749 §6"],
        fix: "refuse a scope with a word that was not granted: error=invalid_scope",
        part: &REFRESH_BOUND,
        needs: &[&need::MORE_SCOPES],
        mutants: &["refreshes-widen-the-scope"],
        judge: |seen| {
            seen.good("good")?;
            let reply = seen.reply("more-scope")?;
            let more = seen.value("more")?;
            let scope = reply.text("scope").unwrap_or_default();
            let given = reply.is_success() && scope.split(' ').any(|word| word == more);
            let observed = if given { format!("`{more}` was given") } else { reply.describe() };
            require(!given, format!("no `{more}`"), observed)
        },
    },
    ServerCheck {
        id: "server-token-refresh-race",
        area: ServerArea::Token,
        level: Level::Should,
        sentence: "a refresh token works once, also when it is used many times at once",
        sources: &["RFC 9700 §4.14.2"],
        fix: "look the token up and end it in one transaction",
        part: &REFRESH_RACE,
        needs: &[&need::STRICT_REFRESH],
        mutants: &["refreshes-race", "refresh-tokens-stay", "used-refresh-tokens-live-on"],
        judge: |seen| once(seen, "refresh#"),
    },
];
