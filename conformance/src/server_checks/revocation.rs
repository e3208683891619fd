//! Taking tokens back, RFC 7009.

use super::expect::{beside_a_good_one, refused};
use crate::check::{Judgement, Level, require};
use crate::probe::recording::Recording;
use crate::probe::{REVOCATION, REVOCATION_BOUND, REVOCATION_LIVE, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-revocation-unknown",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a token that nobody knows is revoked with 200",
        sources: &["RFC 7009 §2.2"],
        fix: "answer 200: what is unknown needs no revoking",
        part: &REVOCATION,
        needs: &[],
        mutants: &["unknown-tokens-are-not-found"],
        judge: |seen| done(seen, "unknown"),
    },
    ServerCheck {
        id: "server-revocation-needs-token",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a request without a token is refused",
        sources: &["RFC 7009 §2.2.1", "RFC 6749 §5.2"],
        fix: "answer 400 with error=invalid_request where there is no token",
        part: &REVOCATION,
        needs: &[],
        mutants: &["nothing-is-revoked-gladly"],
        judge: |seen| beside_a_good_one(seen, "unknown", refused(seen, "no-token")),
    },
    ServerCheck {
        id: "server-revocation-refuses-get",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "tokens are revoked by POST alone",
        sources: &["RFC 7009 §2.1"],
        fix: "serve revocation by POST: a URL is written into logs",
        part: &REVOCATION,
        needs: &[],
        mutants: &["revocation-works-by-get"],
        judge: |seen| beside_a_good_one(seen, "unknown", refused(seen, "get")),
    },
    ServerCheck {
        id: "server-revocation-ends-token",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a revoked refresh token is refused at once",
        sources: &["RFC 7009 §2", "RFC 7009 §2.1"],
        fix: "end the token before the answer is sent",
        part: &REVOCATION_LIVE,
        needs: &[&need::REFRESH],
        mutants: &["revocation-does-nothing"],
        judge: |seen| {
            seen.good("revoke")?;
            beside_a_good_one(seen, "good", refused(seen, "refresh"))
        },
    },
    ServerCheck {
        id: "server-revocation-ends-access",
        area: ServerArea::Revocation,
        level: Level::Should,
        sentence: "with a refresh token, the access tokens that it gave are revoked",
        sources: &["RFC 7009 §2.1"],
        fix: "end the access tokens of the same sign-in too",
        part: &REVOCATION_LIVE,
        needs: &[&need::REFRESH, &need::TOKENS_TAKEN],
        mutants: &["access-tokens-outlive-their-session", "revocation-does-nothing"],
        judge: |seen| {
            seen.good("revoke")?;
            beside_a_good_one(seen, "use", refused(seen, "use-after"))
        },
    },
    ServerCheck {
        id: "server-revocation-twice",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a token that was revoked is revoked again with 200",
        sources: &["RFC 7009 §2.2"],
        fix: "answer 200: what has ended needs no revoking",
        part: &REVOCATION_LIVE,
        needs: &[],
        mutants: &["nothing-is-revoked-twice"],
        judge: |seen| {
            seen.good("revoke")?;
            done(seen, "again")
        },
    },
    ServerCheck {
        id: "server-revocation-hint",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a mistaken token_type_hint does not keep a token from being revoked",
        sources: &["RFC 7009 §2.1"],
        fix: "search for the token among the other kinds too",
        part: &REVOCATION_BOUND,
        needs: &[],
        mutants: &["hints-are-trusted", "revocation-does-nothing"],
        judge: |seen| {
            let is_revoked = seen.reply("mistaken-hint")?.is_success();
            if !is_revoked && seen.reply("after-mistaken-hint")?.is_success() {
                // Where nothing is revoked at all, it is not for the hint.
                seen.good("without-hint")?;
            }
            beside_a_good_one(seen, "good", refused(seen, "after-mistaken-hint"))
        },
    },
    ServerCheck {
        id: "server-revocation-client-bound",
        area: ServerArea::Revocation,
        level: Level::Must,
        sentence: "a client cannot revoke another client's token",
        sources: &["RFC 7009 §2.1"],
        fix: "compare the client of the request with that of the token",
        part: &REVOCATION_BOUND,
        needs: &[&need::OTHER_CLIENT],
        mutants: &["anybody-revokes"],
        judge: |seen| {
            seen.good("good")?;
            seen.reply("another-client")?;
            let after = seen.reply("after-another-client")?;
            require(after.is_success(), "the token works on", after.describe())
        },
    },
];

fn done(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.reply(name)?;
    require(reply.status == 200, "200", reply.describe())
}
