//! Logins whose end is an API key: handed to a loopback port, or given for a code.

use super::expect::{answer, none_taken, once, page, refused, refused_where};
use crate::check::{Level, not_reached, require};
use crate::probe::recording::{Recording, parameter};
use crate::probe::{
    CODE_LOGIN, CODE_LOGIN_PAGE, CODE_LOGIN_RACE, LOOPBACK_KEY, LOOPBACK_PAGE, need,
    parameter_of_key,
};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-authorization-needs-port",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the login page is refused without a port",
        sources: &["RFC 9700 §4.11.2"],
        fix: "answer as the contract says where the port is missing",
        part: &LOOPBACK_PAGE,
        needs: &[],
        mutants: &["the-port-may-be-missing"],
        judge: |seen| {
            seen.good("good")?;
            let profile = seen.platform.loopback_key.as_ref();
            let expected = profile.map_or(400, |profile| profile.missing_port.status);
            let reply = seen.reply("without-port")?;
            require(reply.status == expected, expected.to_string(), reply.describe())
        },
    },
    ServerCheck {
        id: "server-authorization-port-is-a-number",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the login page takes as a port nothing but one number from 1 to 65535",
        sources: &["RFC 9700 §4.11.2"],
        fix: "parse the port as a number and put that into the redirect, never the text",
        part: &LOOPBACK_PAGE,
        needs: &[],
        mutants: &["any-port-is-taken"],
        judge: |seen| {
            seen.good("good")?;
            none_taken(seen, "no-port/", |_, reply| !reply.is_refusal())
        },
    },
    ServerCheck {
        id: "server-authorization-key-to-loopback",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the key goes to the address of the contract, at the port that was asked for",
        sources: &["RFC 8252 §8.3", "RFC 9700 §4.11.2"],
        fix: "redirect to 127.0.0.1 by number, and to nothing that the request can change",
        part: &LOOPBACK_KEY,
        needs: &[],
        mutants: &["the-key-goes-to-a-name"],
        judge: |seen| {
            let callback = seen.value("callback")?;
            let profile = seen.platform.loopback_key.as_ref();
            let redirect = profile.map_or("", |profile| profile.redirect.as_str());
            let expected = redirect.split('?').next().unwrap_or_default();
            let expected = expected.replace("{port}", seen.value("port")?);
            let observed = callback.split(['?', '#']).next().unwrap_or_default();
            require(observed == expected, expected, observed)
        },
    },
    ServerCheck {
        id: "server-authorization-key-needs-action",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a browser that is signed in gives no key before somebody acts",
        sources: &["RFC 6749 §10.12", "RFC 8252 §8.6"],
        fix: "mint the key after a press of a button, not when the page is opened",
        part: &LOOPBACK_KEY,
        needs: &[&need::ROBOT],
        mutants: &["a-signed-in-browser-gives-keys"],
        judge: |seen| {
            seen.value("key")?;
            let again = seen.reply(seen.value("again")?)?;
            if again.parameter(&key_parameter(seen)).is_some() {
                return require(false, "a page", "a key");
            }
            page(again)?;
            require(true, "a page", "a page")
        },
    },
    ServerCheck {
        id: "server-authorization-login-once",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a login gives one key, however often its end is asked for",
        sources: &["RFC 6749 §10.5"],
        fix: "forget the login's state when the key is minted",
        part: &LOOPBACK_KEY,
        needs: &[&need::ROBOT],
        mutants: &["a-login-ends-twice"],
        judge: |seen| {
            seen.value("key")?;
            let again = seen.reply("finish-again")?;
            if again.parameter(&key_parameter(seen)).is_some() {
                return require(false, "no second key", "a second key");
            }
            if !again.is_refusal() {
                page(again)?;
            }
            require(true, "no second key", "no second key")
        },
    },
    ServerCheck {
        id: "server-authorization-callback-is-loopback",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the login page takes no callback that is not on the user's own machine",
        sources: &["RFC 8252 §8.4", "RFC 9700 §4.11.2"],
        fix: "take only http URLs of 127.0.0.1, [::1] and localhost as a callback",
        part: &CODE_LOGIN_PAGE,
        needs: &[],
        mutants: &["any-callback-is-taken"],
        judge: |seen| {
            seen.good("good")?;
            none_taken(seen, "callback/", |_, reply| !reply.is_refusal())
        },
    },
    ServerCheck {
        id: "server-authorization-login-state",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the login's code comes back with the state as it was sent",
        sources: &["RFC 6749 §10.12"],
        fix: "send the state back in the callback",
        part: &CODE_LOGIN,
        needs: &[],
        mutants: &["a-login-loses-its-state"],
        judge: |seen| {
            let profile = seen.platform.code_login.as_ref();
            let name = profile.map_or("state", |profile| profile.state_parameter.as_str());
            let state = parameter(seen.value("callback")?, name);
            let same = state.as_deref() == Some(seen.value("state")?);
            require(same, "the same state", if same { "the same" } else { "another one, or none" })
        },
    },
    ServerCheck {
        id: "server-authorization-no-key-in-url",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the callback carries a code, and no key",
        sources: &["RFC 9700 §4.3.1"],
        fix: "hand over a code in the callback, and the key in exchange for it",
        part: &CODE_LOGIN,
        needs: &[],
        mutants: &["the-callback-carries-a-key"],
        judge: |seen| {
            let callback = seen.value("callback")?;
            seen.value("exchange/key")?;
            let Ok(url) = url::Url::parse(callback) else { return not_reached("no callback") };
            let format = &seen.platform.keys.format;
            let key = url.query_pairs().find(|(_, value)| format.matches(value));
            let name = key.map(|(name, _)| format!("a key as `{name}`"));
            require(name.is_none(), "no key", name.unwrap_or_else(|| "none".to_owned()))
        },
    },
];

pub(super) static TOKEN_CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-token-key-once",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a login's code gives one key",
        sources: &["RFC 6749 §10.5"],
        fix: "mark the code as used in the statement that looks it up",
        part: &CODE_LOGIN,
        needs: &[],
        mutants: &["a-login-code-works-twice"],
        judge: |seen| {
            seen.value("exchange/key")?;
            refused(seen, "exchange-again")
        },
    },
    ServerCheck {
        id: "server-token-key-race",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a login's code gives one key, also when it is exchanged many times at once",
        sources: &["RFC 6749 §10.5"],
        fix: "look the code up and mark it as used in one transaction",
        part: &CODE_LOGIN_RACE,
        needs: &[],
        mutants: &["a-login-code-races", "a-login-code-works-twice"],
        judge: |seen| once(seen, "exchange#"),
    },
    ServerCheck {
        id: "server-token-key-unknown-code",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a login's code that nobody has is refused as the contract says",
        sources: &["RFC 6749 §5.2"],
        fix: "answer as the contract says for a code that is unknown, used or expired",
        part: &CODE_LOGIN_PAGE,
        needs: &[],
        mutants: &["any-login-code-works"],
        judge: |seen| {
            let profile = seen.platform.code_login.as_ref();
            let expected = profile.map_or(400, |profile| profile.invalid_code.status);
            let reply = seen.reply("unknown-code")?;
            if !reply.is_success() {
                seen.good("good")?;
            }
            require(reply.status == expected, expected.to_string(), reply.describe())
        },
    },
    ServerCheck {
        id: "server-token-key-by-post",
        area: ServerArea::Token,
        level: Level::Must,
        sentence: "a login's code is exchanged by POST alone",
        sources: &["RFC 9700 §4.3.2"],
        fix: "serve the exchange by POST: a URL is written into logs",
        part: &CODE_LOGIN_PAGE,
        needs: &[],
        mutants: &["login-codes-are-exchanged-by-get"],
        judge: |seen| {
            refused_where(seen, "get", || {
                seen.good("good")?;
                if answer(seen.reply("unknown-code")?) == answer(seen.reply("get")?) {
                    return not_reached("GET is answered as POST is: it may be served");
                }
                Ok(())
            })
        },
    },
];

/// The parameter of the redirect that carries the key.
fn key_parameter(seen: &Recording) -> String {
    let profile = seen.platform.loopback_key.as_ref();
    profile.map(|profile| parameter_of_key(&profile.redirect)).unwrap_or_default()
}
