//! The token endpoint, asked with mistakes.

use super::expect::{answer, error_is, refused_where};
use crate::check::{Judgement, Level, Objection, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{TOKEN, need};
use crate::server_check::{ServerArea, ServerCheck};

/// RFC 6749 section 5.2, RFC 8628 section 3.5.
const ERRORS: [&str; 10] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
];

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-token-error-shape",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "errors are JSON with a registered error code, and status 400 or 401",
        sources: &["RFC 6749 §5.2"],
        fix: "answer errors with 400 and a JSON object whose `error` is of RFC 6749 section 5.2",
        part: &TOKEN,
        needs: &[],
        mutants: &["token-errors-are-successes"],
        judge: |seen| {
            let replies = seen.each("error/")?;
            let good = |error: Option<String>| error.is_some_and(|e| ERRORS.contains(&&*e));
            let wrong = replies.iter().find(|(_, reply)| {
                let status = [400, 401].contains(&reply.status);
                !status || !reply.is_of_type("application/json") || !good(reply.text("error"))
            });
            let observed = wrong.map_or("all are".to_owned(), |(name, reply)| {
                let kind = reply.header("content-type").unwrap_or("no type");
                format!("{name}: {}, {kind}", reply.describe())
            });
            require(wrong.is_none(), "JSON errors with 400 or 401", observed)
        },
    },
    ServerCheck {
        id: "server-token-unknown-grant",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a grant type that nobody knows is told as `unsupported_grant_type`",
        sources: &["RFC 6749 §5.2"],
        fix: "answer 400 with error=unsupported_grant_type",
        part: &TOKEN,
        needs: &[],
        mutants: &["an-unknown-grant-is-invalid"],
        judge: |seen| {
            reads_what_it_is_asked(seen)?;
            error_is(seen, "error/unknown-grant", "unsupported_grant_type")
        },
    },
    ServerCheck {
        id: "server-token-needs-grant",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a request without a grant type is refused, and breaks nothing",
        sources: &["RFC 6749 §5.2"],
        fix: "answer 400 with error=invalid_request where grant_type is missing",
        part: &TOKEN,
        needs: &[],
        mutants: &["no-grant-breaks-the-server"],
        judge: |seen| refused_where(seen, "no-grant", || reads_what_it_is_asked(seen)),
    },
    ServerCheck {
        id: "server-token-refuses-password",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "the password grant is refused",
        sources: &["RFC 9700 §2.4"],
        fix: "take the password grant out of the server: it hands passwords to tools",
        part: &TOKEN,
        needs: &[],
        mutants: &["passwords-give-tokens"],
        judge: |seen| refused_where(seen, "password", || reads_what_it_is_asked(seen)),
    },
    ServerCheck {
        id: "server-token-refuses-get",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "tokens are given by POST alone",
        sources: &["RFC 6749 §3.2"],
        fix: "serve the token endpoint by POST: a URL is written into logs",
        part: &TOKEN,
        needs: &[],
        mutants: &["tokens-are-given-by-get"],
        judge: |seen| {
            refused_where(seen, "get", || {
                reads_what_it_is_asked(seen)?;
                let get = seen.reply("get")?;
                let post = seen.reply("error/unknown-refresh");
                if post.is_ok_and(|post| answer(post) == answer(get)) {
                    return not_reached("GET is answered as POST is: it may be served");
                }
                Ok(())
            })
        },
    },
    ServerCheck {
        id: "server-token-unknown-code",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a code that nobody has is told as `invalid_grant`",
        sources: &["RFC 6749 §5.2"],
        fix: "answer 400 with error=invalid_grant",
        part: &TOKEN,
        needs: &[&need::AUTHORIZE],
        mutants: &["an-unknown-code-is-invalid"],
        judge: |seen| names(seen, "error/unknown-code", "invalid_grant"),
    },
    ServerCheck {
        id: "server-token-unknown-refresh",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a refresh token that nobody has is told as `invalid_grant`",
        sources: &["RFC 6749 §5.2"],
        fix: "answer 400 with error=invalid_grant: a tool signs the user out by it",
        part: &TOKEN,
        needs: &[&need::REFRESH],
        mutants: &["an-unknown-refresh-token-is-invalid"],
        judge: |seen| names(seen, "error/unknown-refresh", "invalid_grant"),
    },
    ServerCheck {
        id: "server-token-unknown-client",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a client that nobody knows is told as `invalid_client`",
        sources: &["RFC 6749 §5.2"],
        fix: "answer 401 or 400 with error=invalid_client",
        part: &TOKEN,
        needs: &[&need::CLIENTS, &need::REFRESH],
        mutants: &["an-unknown-client-is-invalid"],
        judge: |seen| names(seen, "unknown-client", "invalid_client"),
    },
];

/// The control of requests that are refused: a grant that the profile has is answered otherwise
/// than one that nobody has. Who answers all alike has not read what it was asked.
fn reads_what_it_is_asked(seen: &Recording) -> Result<(), Objection> {
    let stranger = seen.reply("error/unknown-grant")?;
    let known = ["error/unknown-code", "error/unknown-refresh"];
    let mut known = known.iter().filter_map(|name| seen.reply(name).ok());
    if known.any(|reply| answer(reply) != answer(stranger)) {
        return Ok(());
    }
    let answered = stranger.describe();
    not_reached(format!("every grant is answered alike, known or not: {answered}"))
}

/// That the reply names this error, whatever its status, which another check judges.
fn names(seen: &Recording, name: &str, error: &str) -> Judgement {
    reads_what_it_is_asked(seen)?;
    let reply = seen.reply(name)?;
    require(reply.error().as_deref() == Some(error), error, reply.describe())
}
