//! What browsers and caches are told.

use super::expect::{self, uncached, unframed};
use crate::check::{Level, Objection, not_reached, require};
use crate::probe::recording::{Recording, Reply};
use crate::probe::{
    AUTHORIZE, CODE, CODE_LOGIN, CODE_LOGIN_PAGE, DEVICE, DEVICE_APPROVED, KEYS, LOOPBACK_KEY,
    LOOPBACK_PAGE, REFRESH, need,
};
use crate::server_check::{ServerArea, ServerCheck};

/// What is done about a cache that may keep a secret.
const UNCACHED: &str = "answer with Cache-Control: no-store wherever a secret is in the reply";

/// What is done about a page that may be framed.
const UNFRAMED: &str = "send Content-Security-Policy: frame-ancestors 'none' with every page";

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-headers-token-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep the tokens of a sign-in",
        sources: &["RFC 6749 §5.1"],
        fix: UNCACHED,
        part: &CODE,
        needs: &[],
        mutants: &["tokens-are-cached"],
        judge: |seen| uncached(seen, "exchange"),
    },
    ServerCheck {
        id: "server-headers-refresh-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep the tokens of a refresh",
        sources: &["RFC 6749 §5.1"],
        fix: UNCACHED,
        part: &REFRESH,
        needs: &[],
        mutants: &["refreshed-tokens-are-cached"],
        judge: |seen| uncached(seen, "refresh"),
    },
    ServerCheck {
        id: "server-headers-device-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep a device code",
        sources: &["RFC 8628 §3.2", "RFC 6749 §5.1"],
        fix: UNCACHED,
        part: &DEVICE,
        needs: &[],
        mutants: &["device-codes-are-cached"],
        judge: |seen| {
            if seen.good("request")?.text("device_code").is_none() {
                return not_reached("there is no device code in the reply");
            }
            uncached(seen, "request")
        },
    },
    ServerCheck {
        id: "server-headers-key-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep a new key",
        sources: &["RFC 9111 §5.2.2.5"],
        fix: UNCACHED,
        part: &KEYS,
        needs: &[],
        mutants: &["keys-are-cached"],
        judge: |seen| {
            seen.value("key")?;
            uncached(seen, "create")
        },
    },
    ServerCheck {
        id: "server-headers-login-key-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep the key that a login's code gives",
        sources: &["RFC 9111 §5.2.2.5"],
        fix: UNCACHED,
        part: &CODE_LOGIN,
        needs: &[],
        mutants: &["login-keys-are-cached"],
        judge: |seen| uncached(seen, "exchange"),
    },
    ServerCheck {
        id: "server-headers-redirect-uncached",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no cache may keep the redirect that carries a key",
        sources: &["RFC 9111 §5.2.2.5"],
        fix: UNCACHED,
        part: &LOOPBACK_KEY,
        needs: &[&need::ROBOT],
        mutants: &["redirects-with-keys-are-cached"],
        judge: |seen| {
            seen.value("key")?;
            let steps = seen.each("sign-in/")?;
            let with_key = steps.iter().rev().find(|(_, reply)| reply.location().is_some());
            let told = with_key.and_then(|(_, reply)| reply.header("cache-control"));
            let uncached = with_key.is_some_and(|(_, reply)| reply.is_uncached());
            let observed = told.unwrap_or("no Cache-Control");
            require(uncached, "Cache-Control: no-store", observed)
        },
    },
    ServerCheck {
        id: "server-headers-page-unframed",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no stranger's page may frame the authorization page",
        sources: &["RFC 9700 §4.16"],
        fix: UNFRAMED,
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["the-page-may-be-framed", "anybody-may-frame-the-page"],
        judge: |seen| unframed(page(seen)?),
    },
    ServerCheck {
        id: "server-headers-login-page-unframed",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no stranger's page may frame the login page",
        sources: &["RFC 9700 §4.16"],
        fix: UNFRAMED,
        part: &LOOPBACK_PAGE,
        needs: &[],
        mutants: &["the-login-page-may-be-framed"],
        judge: |seen| unframed(seen.reply("good")?),
    },
    ServerCheck {
        id: "server-headers-code-login-page-unframed",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no stranger's page may frame the login page that gives codes",
        sources: &["RFC 9700 §4.16"],
        fix: UNFRAMED,
        part: &CODE_LOGIN_PAGE,
        needs: &[],
        mutants: &["the-code-login-page-may-be-framed"],
        judge: |seen| unframed(seen.reply("good")?),
    },
    ServerCheck {
        id: "server-headers-device-page-unframed",
        area: ServerArea::Headers,
        level: Level::Must,
        sentence: "no stranger's page may frame the page that approves a device",
        sources: &["RFC 9700 §4.16", "RFC 8628 §5.4"],
        fix: UNFRAMED,
        part: &DEVICE_APPROVED,
        needs: &[&need::ROBOT],
        mutants: &["the-device-page-may-be-framed"],
        judge: |seen| unframed(seen.reply("page/page")?),
    },
    ServerCheck {
        id: "server-headers-page-no-referrer",
        area: ServerArea::Headers,
        level: Level::Should,
        sentence: "the authorization page tells no other page its URL",
        sources: &["RFC 9700 §4.2.4"],
        fix: "send Referrer-Policy: no-referrer with every page of a sign-in",
        part: &AUTHORIZE,
        needs: &[],
        mutants: &["the-page-tells-its-url"],
        judge: |seen| {
            let page = expect::page(page(seen)?)?;
            let told = page.header("referrer-policy").unwrap_or("no Referrer-Policy");
            let silent = ["no-referrer", "same-origin", "origin", "strict-origin"];
            let last = told.rsplit(',').next().unwrap_or_default().trim();
            require(silent.contains(&last), "Referrer-Policy: no-referrer", told)
        },
    },
];

/// The page that a good request leads to; some servers ask nobody.
fn page(seen: &Recording) -> Result<&Reply, Objection> {
    let page = seen.reply(seen.value("page")?)?;
    if page.location().is_some() {
        return Err(Objection::NotClaimed("the server shows no page".to_owned()));
    }
    Ok(page)
}
