//! Good credentials, and what is nearly one.

use super::expect::{beside_a_good_one, beside_what_was_lent, refused, unauthorized};
use crate::check::{Level, Objection, require};
use crate::probe::{BEARER, EXPIRED, SCOPE, TOKEN_KINDS, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-bearer-scheme-case",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "the scheme is taken in any case",
        sources: &["RFC 9110 §11.1"],
        fix: "compare the scheme of the Authorization header without regard to case",
        part: &BEARER,
        needs: &[],
        mutants: &["the-scheme-has-a-case"],
        judge: |seen| {
            seen.good("good")?;
            let tried = seen.each("scheme/")?;
            let refused = tried.iter().find(|(_, reply)| !reply.is_success());
            let observed = refused.map_or("all are taken".to_owned(), |(scheme, reply)| {
                format!("`{scheme}`: {}", reply.describe())
            });
            require(refused.is_none(), "all are taken", observed)
        },
    },
    ServerCheck {
        id: "server-bearer-not-in-query",
        area: ServerArea::Bearer,
        level: Level::Should,
        sentence: "a credential in the URL is not taken",
        sources: &["RFC 6750 §5.3", "RFC 9700 §4.3.2"],
        fix: "ignore access_token in the query: URLs are written into logs",
        part: &BEARER,
        needs: &[],
        mutants: &["the-query-carries-credentials"],
        judge: |seen| beside_a_good_one(seen, "good", refused(seen, "query")),
    },
    ServerCheck {
        id: "server-bearer-tampered",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a good credential with one character changed is refused",
        sources: &["RFC 6750 §3.1", "RFC 6749 §7"],
        fix: "compare the whole credential, and check the signature of a JWT",
        part: &BEARER,
        needs: &[],
        mutants: &["keys-are-found-by-prefix"],
        judge: |seen| beside_a_good_one(seen, "good", refused(seen, "tampered")),
    },
    ServerCheck {
        id: "server-bearer-identity",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "the identity has every member of the contract",
        sources: &["RFC 6750 §2"],
        fix: "answer the identity with the members that the contract names",
        part: &BEARER,
        needs: &[&need::IDENTITY],
        mutants: &["the-identity-lacks-the-email"],
        judge: |seen| {
            let reply = seen.good("good")?;
            let profile = seen.platform.identity.as_ref();
            let shape = profile.and_then(|identity| identity.reply.body.as_ref()?.as_object());
            let Some(shape) = shape else {
                return Err(Objection::NotClaimed("the contract names no members".to_owned()));
            };
            let missing = shape.iter().map(|(name, _)| name);
            let missing = missing.filter(|name| reply.member(name).is_none_or(|it| it.is_null()));
            let missing: Vec<_> = missing.map(|name| format!("no `{name}`")).collect();
            let observed = if missing.is_empty() { "all".to_owned() } else { missing.join(", ") };
            require(missing.is_empty(), "all", observed)
        },
    },
    ServerCheck {
        id: "server-bearer-expired",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a credential that has expired is refused with 401",
        sources: &["RFC 6750 §3.1", "RFC 6749 §7"],
        fix: "look at the end of a credential's life at each use",
        part: &EXPIRED,
        needs: &[],
        mutants: &["nothing-expires"],
        judge: |seen| {
            let refusal = unauthorized(seen, "expired");
            beside_what_was_lent(seen, "good", &need::CREDENTIAL, refusal)
        },
    },
    ServerCheck {
        id: "server-bearer-scope",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a token that does not allow enough is refused with 403",
        sources: &["RFC 6750 §3.1"],
        fix: "tell 401, who are you, from 403, you may not",
        part: &SCOPE,
        needs: &[],
        mutants: &["too-little-scope-is-unauthenticated"],
        judge: |seen| {
            seen.good("good")?;
            let reply = seen.reply("less-allowed")?;
            require(reply.status == 403, "403", reply.describe())
        },
    },
    ServerCheck {
        id: "server-bearer-names-insufficient-scope",
        area: ServerArea::Bearer,
        level: Level::Should,
        sentence: "a token that does not allow enough is told as `insufficient_scope`",
        sources: &["RFC 6750 §3.1"],
        fix: "add error=\"insufficient_scope\" to the challenge",
        part: &SCOPE,
        needs: &[],
        mutants: &["too-little-scope-is-not-named", "too-little-scope-is-unauthenticated"],
        judge: |seen| {
            seen.good("good")?;
            let challenge = seen.reply("less-allowed")?.header("www-authenticate");
            let challenge = challenge.unwrap_or("no challenge");
            let named = challenge.contains("insufficient_scope");
            require(named, "error=\"insufficient_scope\"", challenge)
        },
    },
    ServerCheck {
        id: "server-bearer-refresh-token",
        area: ServerArea::Bearer,
        level: Level::Must,
        sentence: "a refresh token is no access token",
        sources: &["ASVS 9.2.2", "RFC 6749 §1.5"],
        fix: "look for a bearer credential among the access tokens alone",
        part: &TOKEN_KINDS,
        needs: &[&need::REFRESH],
        mutants: &["refresh-tokens-open-doors"],
        judge: |seen| beside_a_good_one(seen, "access-token", refused(seen, "refresh-token")),
    },
];
