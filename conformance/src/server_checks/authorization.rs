//! The authorization endpoint: what it takes, what it refuses, and where it says so.

use super::expect::{goes_on, good_goes_on, none_taken};
use crate::check::{Evidence, Judgement, Level, Objection, require};
use crate::probe::recording::{Recording, Reply};
use crate::probe::{AUTHORIZE, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-authorization-unknown-client",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a client that nobody knows gets an error page, and no redirect",
        sources: &["RFC 6749 §3.1.2.4", "RFC 6749 §4.1.2.1"],
        fix: "look the client up before anything else, and answer a page where there is none",
        part: &AUTHORIZE,
        needs: &[&need::CLIENTS],
        mutants: &["strangers-are-redirected"],
        judge: |seen| no_way_back(seen, "unknown-client"),
    },
    ServerCheck {
        id: "server-authorization-foreign-redirect",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a redirect URI at another host gets an error page, and no redirect",
        sources: &["RFC 6749 §3.1.2.4", "RFC 9700 §4.1.3"],
        fix: "compare the redirect URI with the registered ones before any redirect",
        part: &AUTHORIZE,
        needs: &[&need::CLIENTS],
        mutants: &["any-host-is-redirected-to"],
        judge: |seen| no_way_back(seen, "redirect/another host"),
    },
    ServerCheck {
        id: "server-authorization-exact-redirect",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "all of a redirect URI but a loopback port is compared exactly",
        sources: &["RFC 8252 §8.4", "RFC 9700 §4.1.3"],
        fix: "compare scheme, host and path character by character, without a prefix or a pattern",
        part: &AUTHORIZE,
        needs: &[&need::CLIENTS],
        mutants: &["redirects-are-compared-by-prefix"],
        judge: |seen| {
            good_goes_on(seen)?;
            // Another host has a check of its own.
            none_taken(seen, "redirect/", |name, reply| {
                name != "another host" && (goes_on(reply) || reply.location().is_some())
            })
        },
    },
    ServerCheck {
        id: "server-authorization-any-port",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a loopback redirect URI is taken with any port",
        sources: &["RFC 8252 §7.3"],
        fix: "leave the port out when a loopback redirect URI is compared",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["ports-are-compared"],
        judge: |seen| {
            good_goes_on(seen)?;
            let other = seen.reply("other-port")?;
            require(goes_on(other), "the second port goes on as the first", other.describe())
        },
    },
    ServerCheck {
        id: "server-authorization-error-state",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "an error comes back with `state` as it was sent",
        sources: &["RFC 6749 §4.1.2.1"],
        fix: "keep `state` as one decoded text, and encode it once into every redirect",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["an-error-loses-its-state"],
        judge: |seen| {
            let reply = error_redirect(seen)?;
            let state = reply.parameter("state");
            let same = state.as_deref() == Some(seen.value("error-state")?);
            require(same, "the same state", if same { "the same" } else { "another one, or none" })
        },
    },
    ServerCheck {
        id: "server-authorization-unknown-type",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a response type that is not supported is told as `unsupported_response_type`",
        sources: &["RFC 6749 §4.1.2.1"],
        fix: "redirect with error=unsupported_response_type",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["an-unknown-type-is-a-server-error"],
        judge: |seen| {
            let reply = error_redirect(seen)?;
            let error = reply.error();
            let told = error.as_deref() == Some("unsupported_response_type");
            require(told, "unsupported_response_type", reply.describe())
        },
    },
    ServerCheck {
        id: "server-authorization-needs-type",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a request without a response type is refused",
        sources: &["RFC 6749 §3.1.1", "RFC 6749 §4.1.2.1"],
        fix: "redirect with error=invalid_request where there is no response_type",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["the-response-type-may-be-missing"],
        judge: |seen| mistaken(seen, "no-type"),
    },
    ServerCheck {
        id: "server-authorization-needs-challenge",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a public client's request without a code challenge is refused",
        sources: &["RFC 7636 §4.4.1", "RFC 9700 §2.1.1"],
        fix: "require PKCE of public clients: error=invalid_request without a code_challenge",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["pkce-is-optional"],
        judge: |seen| mistaken(seen, "no-challenge"),
    },
    ServerCheck {
        id: "server-authorization-refuses-plain",
        area: ServerArea::Authorization,
        level: Level::Should,
        sentence: "the challenge method `plain` is refused",
        sources: &["RFC 7636 §7.2"],
        fix: "redirect with error=invalid_request unless the method is S256",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["plain-is-taken"],
        judge: |seen| mistaken(seen, "plain"),
    },
    ServerCheck {
        id: "server-authorization-unknown-method",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a challenge method that is not supported is refused",
        sources: &["RFC 7636 §4.4.1"],
        fix: "redirect with error=invalid_request for a method that is not supported",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["any-challenge-method-is-taken"],
        judge: |seen| mistaken(seen, "unknown-method"),
    },
    ServerCheck {
        id: "server-authorization-repeated-parameter",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a parameter that is there twice makes the request invalid",
        sources: &["RFC 6749 §3.1", "RFC 6749 §4.1.2.1"],
        fix: "redirect with error=invalid_request where a parameter is repeated",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["the-last-parameter-wins"],
        judge: |seen| mistaken(seen, "repeated"),
    },
    ServerCheck {
        id: "server-authorization-unknown-parameter",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a parameter that nobody knows is ignored",
        sources: &["RFC 6749 §3.1"],
        fix: "ignore parameters that are not known",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["unknown-parameters-are-refused"],
        judge: |seen| {
            good_goes_on(seen)?;
            let reply = seen.reply("unknown-parameter")?;
            require(goes_on(reply), "it goes on", reply.describe())
        },
    },
    ServerCheck {
        id: "server-authorization-error-issuer",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "an error names the issuer where the metadata says so",
        sources: &["RFC 9207 §2", "RFC 9207 §2.3"],
        fix: "add `iss` to error redirects too, equal to the metadata's issuer",
        part: &AUTHORIZE,
        needs: &[&need::METADATA],
        mutants: &["an-error-loses-its-issuer"],
        judge: |seen| {
            let reply = seen.reply("unknown-type")?;
            super::sign_in::names_the_issuer(seen, reply.parameter("iss").as_deref())
        },
    },
];

/// The redirect with an error, which the client and the redirect URI are good enough for.
fn error_redirect(seen: &Recording) -> Result<&Reply, Objection> {
    good_goes_on(seen)?;
    let reply = seen.reply("unknown-type")?;
    if reply.parameter("error").is_some() {
        return Ok(reply);
    }
    let expected = "a redirect with an error".to_owned();
    Err(Objection::Failed(Evidence { expected, observed: reply.describe() }))
}

/// That a mistake leads to no redirect at all.
fn no_way_back(seen: &Recording, name: &str) -> Judgement {
    good_goes_on(seen)?;
    let reply = seen.reply(name)?;
    let refused = reply.is_refusal() && reply.location().is_none();
    require(refused, "an error page", reply.describe())
}

/// That a mistake is refused: by a redirect that names an error, or by a page.
fn mistaken(seen: &Recording, name: &str) -> Judgement {
    good_goes_on(seen)?;
    let reply = seen.reply(name)?;
    let redirected = reply.parameter("error").is_some() && reply.parameter("code").is_none();
    require(redirected || reply.is_refusal(), "an error", reply.describe())
}
