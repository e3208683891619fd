//! The loopback listener: what may reach it, and what it makes of it (RFC 8252 §7.3, §8.3, §8.10).

use super::login::{claimed_login, delivered_key};
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord};
use crate::scenarios::login::{LOGIN, LOGIN_IDLE_CONNECTION, LOGIN_STRAYS, LOGIN_TWO_CALLBACKS};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "loopback-only",
        area: Area::Loopback,
        level: Level::Must,
        sentence: "the listener is bound to loopback addresses alone",
        sources: &["RFC 8252 §8.3"],
        bugs: &["stacklok/toolhive#6238", "anomalyco/opencode#41255"],
        fix: "bind to 127.0.0.1 or ::1, never to all addresses",
        scenario: &LOGIN,
        mutants: &["listens-on-every-address"],
        judge: |seen| {
            let login = seen.run("login")?;
            if login.listening.is_empty() {
                return not_reached("no listening socket was seen");
            }
            let exposed = login.listening.iter().any(|address| !address.is_loopback());
            let shown: Vec<String> = login.listening.iter().map(ToString::to_string).collect();
            require(!exposed, "loopback addresses alone", shown.join(", "))
        },
    },
    Check {
        id: "loopback-every-family",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "a redirect to localhost is listened for on IPv4 and on IPv6",
        sources: &["RFC 8252 §7.3", "RFC 8252 §8.3"],
        bugs: &[
            "cloudflare/workers-sdk#5937",
            "balena-io/balena-cli#1765",
            "giantswarm/muster#1280",
        ],
        fix: "bind both 127.0.0.1 and ::1 on one port, or name the address that you listen on",
        scenario: &LOGIN,
        mutants: &["listens-on-one-family"],
        judge: |seen| {
            let login = seen.run("login")?;
            let callback = url::Url::parse(&login.callback()?.url).ok();
            if callback.as_ref().and_then(url::Url::host_str) != Some("localhost") {
                return Err(Objection::NotClaimed("a redirect to localhost".to_owned()));
            }
            if login.listening.is_empty() {
                return not_reached("no listening socket was seen");
            }
            let newer = login.listening.iter().filter(|address| address.is_ipv6()).count();
            let (v4, v6) = (newer < login.listening.len(), newer > 0);
            let shown: Vec<String> = login.listening.iter().map(ToString::to_string).collect();
            require(v4 && v6, "127.0.0.1 and ::1", shown.join(", "))
        },
    },
    Check {
        id: "loopback-ignores-favicon",
        area: Area::Loopback,
        level: Level::Must,
        sentence: "a favicon request, or a HEAD, before the callback does not end the sign-in",
        sources: &["RFC 8252 §8.10"],
        bugs: &["twitchdev/twitch-cli#156", "imbue-ai/mngr#1794"],
        fix: "answer 404 to any other path and go on waiting",
        scenario: &LOGIN_STRAYS,
        mutants: &["first-request-ends-login"],
        judge: |seen| {
            let login = seen.run("login")?;
            login.visit("favicon")?;
            goes_on(login)
        },
    },
    Check {
        id: "loopback-exact-path",
        area: Area::Loopback,
        level: Level::Must,
        sentence: "a key on any other path than the callback's is not taken",
        sources: &["RFC 8252 §8.10"],
        bugs: &["mozilla-ai/cq#348"],
        fix: "compare the whole path before you look at the parameters",
        scenario: &LOGIN_STRAYS,
        mutants: &["accepts-any-path"],
        judge: |seen| refuses_forgery(seen, "wrong-path"),
    },
    Check {
        id: "loopback-needs-key",
        area: Area::Loopback,
        level: Level::Must,
        sentence: "a callback without a key, or with an empty one, is refused and does not end the sign-in",
        sources: &["RFC 6749 §3.1"],
        bugs: &["mozilla-ai/cq#348", "flexcompute/Flow360#1985"],
        fix: "answer 400 unless there is exactly one key that is not empty, and go on waiting",
        scenario: &LOGIN_STRAYS,
        mutants: &[
            "accepts-callback-without-key",
            "no-challenge",
            "padded-challenge",
            "plain-challenge",
        ],
        judge: |seen| {
            let login = seen.run("strays")?;
            let without = login.visit("without-key")?.status;
            let empty = login.visit("empty-key").map_or(None, |visit| visit.status);
            let shown =
                |status: Option<u16>| status.map_or("no answer".to_owned(), |s| s.to_string());
            // The contracts that bring a key name the status; no clause does for a code.
            let code = claimed_login(seen)?.brings_code();
            let is_refusal = |status: u16| status == 400 || code && status / 100 == 4;
            let refused = [without, empty].iter().all(|status| status.is_some_and(is_refusal));
            let goes_on = login.visit("wrong-path").is_ok();
            let observed = format!(
                "{} without a key, {} with an empty one, and it {}",
                shown(without),
                shown(empty),
                if goes_on { "goes on" } else { "ends" },
            );
            let status = if code { "400 to 499" } else { "400" };
            let expected = format!("{status} without a key, and with an empty one, and it goes on");
            require(refused && goes_on, expected, observed)
        },
    },
    Check {
        id: "loopback-refuses-post",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "a POST to the callback is not taken: any web page can send one",
        sources: &["RFC 8252 §8.10"],
        bugs: &[],
        fix: "answer 405 to any other method than GET",
        scenario: &LOGIN_STRAYS,
        mutants: &["accepts-post"],
        judge: |seen| refuses_forgery(seen, "post"),
    },
    Check {
        id: "loopback-refuses-foreign-host",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "a callback under a foreign host name is not taken: DNS can point anywhere",
        sources: &["WICG Private Network Access, DNS Rebinding"],
        bugs: &[],
        fix: "answer 400 unless the Host header names the listener itself",
        scenario: &LOGIN_STRAYS,
        mutants: &["accepts-any-host"],
        judge: |seen| refuses_forgery(seen, "foreign-host"),
    },
    Check {
        id: "loopback-idle-connection",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "a connection that a browser opens and does not use does not hold up the callback",
        sources: &["clig.dev Robustness"],
        bugs: &["balena-io/balena-cli#1404", "kychee-com/run402#450"],
        fix: "serve each connection on its own, and bound how long a request may take to arrive",
        scenario: &LOGIN_IDLE_CONNECTION,
        mutants: &["serves-one-connection-at-a-time"],
        judge: |seen| {
            let login = seen.run("login")?;
            let Some(visit) = login.visits.iter().find(|visit| visit.what == "callback") else {
                return not_reached("the browser never came back");
            };
            let answered = visit.status.is_some();
            require(
                answered,
                "an answer",
                if answered { "an answer" } else { "none in five seconds" },
            )
        },
    },
    Check {
        id: "loopback-first-callback-counts",
        area: Area::Loopback,
        level: Level::Must,
        sentence: "a second callback cannot replace what the first one delivered",
        sources: &["RFC 9700 §4.2.4"],
        bugs: &["langchain-ai/openwiki#311"],
        fix: "close the listener, or answer without effect, once a callback was taken",
        scenario: &LOGIN_TWO_CALLBACKS,
        mutants: &["last-callback-wins"],
        judge: |seen| {
            let login = seen.success("login")?;
            let first = delivered_key(seen, login)?;
            let Some(saved) = seen.signed_in_with(login) else {
                return not_reached("no key was saved");
            };
            let first_counts = saved == first && !took(seen, login, "strangers-key")?;
            let observed = if first_counts { "the first" } else { "the second" };
            require(first_counts, "the first", observed)
        },
    },
    Check {
        id: "loopback-page-hides-key",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "the page that answers the callback does not show the key",
        sources: &["RFC 6749 §10.14", "RFC 9700 §4.2.4"],
        bugs: &[],
        fix: "answer with a fixed page, or a redirect to one",
        scenario: &LOGIN,
        mutants: &["page-shows-key"],
        judge: |seen| {
            let login = seen.run("login")?;
            let found = seen.name_secrets_in(&login.callback()?.body);
            require(found == "none", "no secret on the page", found)
        },
    },
    Check {
        id: "loopback-closes",
        area: Area::Loopback,
        level: Level::Should,
        sentence: "once the sign-in has ended, nothing listens on its port any more",
        sources: &["RFC 8252 §8.3"],
        bugs: &["kernel/cli#204"],
        fix: "close the listener after the callback, and leave no child that inherited it",
        scenario: &LOGIN,
        mutants: &["listener-outlives-login"],
        judge: |seen| {
            let login = seen.success("login")?;
            login.callback()?;
            let open = login.port_open_after;
            require(!open, "closed", if open { "it still takes connections" } else { "closed" })
        },
    },
];

/// Whether the forged callback called `what` was without effect: it was answered, the sign-in
/// went on, and what was saved is not the stranger's key.
pub(super) fn refuses_forgery(seen: &Observation, what: &str) -> Judgement {
    let login = seen.run("strays")?;
    let status = login.visit(what)?.status.unwrap_or(0);
    let took_it = took(seen, login, what)?;
    let refused = (400..500).contains(&status) && !took_it;
    if login.ending != Ending::Exited(0) && refused {
        return not_reached("the sign-in did not succeed afterwards");
    }
    let what = if claimed_login(seen)?.brings_code() { "code" } else { "key" };
    let observed = if took_it {
        format!("{status}, and a stranger's {what} is taken")
    } else {
        format!("{status}, and a stranger's {what} is not taken")
    };
    let expected = format!("a status of 400 to 499, and a stranger's {what} is not taken");
    require(refused, expected, observed)
}

/// Whether the sign-in `login` took what the stranger's callback called `what` carried: it saved
/// the key, or sent the code, or the key, to the platform.
pub(super) fn took(seen: &Observation, login: &RunRecord, what: &str) -> Result<bool, Objection> {
    let strangers = seen.key(&format!("stranger {what}"))?.secret.as_str();
    let sent =
        login.requests().any(|one| one.body.contains(strangers) || one.query.contains(strangers));
    let used = login.sent_bearer(strangers);
    Ok(sent || used || seen.saved_secret(login).as_deref() == Some(strangers))
}

/// Whether the sign-in `login` went on to its genuine end after what a stranger sent.
pub(super) fn goes_on(login: &RunRecord) -> Judgement {
    let went_on = login.visit("callback").is_ok();
    if went_on && login.ending != Ending::Exited(0) {
        return not_reached("the sign-in did not succeed afterwards");
    }
    require(went_on, "it goes on waiting", if went_on { "it did" } else { "it ended" })
}
