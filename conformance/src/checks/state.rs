//! What binds the answer of the browser to who asked: the state.

use super::login::claimed_login;
use super::loopback::{goes_on, took};
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Observation, RunRecord};
use crate::profile::ComesBack;
use crate::scenarios::code::{CODE_FORGED_REFUSAL, CODE_STRAYS};
use crate::scenarios::login::{LOGIN, LOGIN_AGAIN};

/// The fewest characters of Base64 that hold 128 bits.
const SHORTEST_STATE: usize = 22;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "state-compared",
        area: Area::Code,
        level: Level::Must,
        sentence: "a callback with another state than the one that was sent is refused",
        sources: &["RFC 6749 §10.12", "RFC 9700 §2.1"],
        bugs: &[],
        fix: "compare the state of the callback with the one you sent, answer 400, and go on waiting",
        scenario: &CODE_STRAYS,
        mutants: &["state-not-compared"],
        judge: |seen| refuses_stray(seen, "wrong-state"),
    },
    Check {
        id: "state-required",
        area: Area::Code,
        level: Level::Must,
        sentence: "a callback without a state is refused",
        sources: &["RFC 6749 §10.12", "RFC 9700 §2.1"],
        bugs: &[],
        fix: "take a missing state for a wrong one",
        scenario: &CODE_STRAYS,
        mutants: &["missing-state-accepted", "state-not-compared"],
        judge: |seen| refuses_stray(seen, "without-state"),
    },
    Check {
        id: "state-guards-refusal",
        area: Area::Code,
        level: Level::Must,
        sentence: "a refusal that does not carry the state does not end the sign-in",
        sources: &["RFC 9700 §2.1"],
        bugs: &[],
        fix: "compare the state before you look at `error`",
        scenario: &CODE_FORGED_REFUSAL,
        mutants: &["state-not-compared", "wrong-state-ends-login"],
        judge: |seen| {
            let login = seen.run("login")?;
            login.visit("forged-refusal")?;
            goes_on(login)
        },
    },
    Check {
        id: "state-fresh",
        area: Area::Code,
        level: Level::Must,
        sentence: "each sign-in has a state of its own",
        sources: &["RFC 6749 §10.12"],
        bugs: &[],
        fix: "draw the state anew for each authorization request",
        scenario: &LOGIN_AGAIN,
        mutants: &["constant-state"],
        judge: |seen| differs_between_logins(seen, claimed_state(seen)?, "state"),
    },
    Check {
        id: "state-unguessable",
        area: Area::Code,
        level: Level::Must,
        sentence: "the state has room for 128 bits",
        sources: &["RFC 6749 §10.10"],
        bugs: &[],
        fix: "draw at least 16 bytes from the system's source of random numbers",
        scenario: &LOGIN,
        mutants: &["short-state"],
        judge: |seen| {
            let state = sent(seen.run("login")?, claimed_state(seen)?)?;
            let long_enough = state.len() >= SHORTEST_STATE;
            require(
                long_enough,
                format!("{SHORTEST_STATE} characters or more"),
                format!("{} characters", state.len()),
            )
        },
    },
    Check {
        id: "code-given-twice-refused",
        area: Area::Code,
        level: Level::Must,
        sentence: "a callback with two codes is refused",
        sources: &["RFC 6749 §3.1", "RFC 6749 §4.1.2"],
        bugs: &[],
        fix: "answer 400 when a parameter comes twice, and go on waiting",
        scenario: &CODE_STRAYS,
        mutants: &["last-code-counts"],
        judge: |seen| refuses_stray(seen, "two-codes"),
    },
    Check {
        id: "state-mismatch-goes-on",
        area: Area::Code,
        level: Level::Should,
        sentence: "a callback with a wrong state does not end the sign-in",
        sources: &["RFC 9700 §2.1"],
        bugs: &["mozilla-ai/cq#348", "stacklok/toolhive#6238"],
        fix: "answer 400 and go on waiting: anybody on the machine can send such a request",
        scenario: &CODE_STRAYS,
        mutants: &["wrong-state-ends-login", "state-not-compared"],
        judge: |seen| {
            seen.success("login")?;
            let login = seen.run("wrong-state")?;
            login.visit("wrong-state")?;
            goes_on(login)
        },
    },
    Check {
        id: "login-output-hides-code",
        area: Area::Code,
        level: Level::Must,
        sentence: "neither the code nor, outside the page's URL, the state is printed",
        sources: &["RFC 9700 §4.2.4", "OWASP ASVS 14.2.6"],
        bugs: &["Azure/azure-cli#17625"],
        fix: "write no request to the loopback listener into any log",
        scenario: &LOGIN,
        mutants: &["logs-code", "logs-state"],
        judge: |seen| {
            let login = seen.success("login")?;
            let state = sent(login, claimed_state(seen)?)?;
            let code = login.callback_parameter(claimed_login(seen)?.grant_parameter());
            let Some(code) = code else {
                return not_reached("the callback brought no code");
            };
            let said = login.said();
            let words = || said.split_whitespace().filter(|word| !word.contains("://"));
            let observed = if words().any(|word| word.contains(&code)) {
                "the code"
            } else if words().any(|word| word.contains(&state)) {
                "the state"
            } else {
                "neither"
            };
            require(observed == "neither", "neither", observed)
        },
    },
    Check {
        id: "redirect-names-loopback",
        area: Area::Code,
        level: Level::Must,
        sentence: "the redirect leads to this machine, by a name or address that nothing else has",
        sources: &["RFC 8252 §7.3"],
        bugs: &["cloudflare/workers-sdk#11959"],
        fix: "name 127.0.0.1 or [::1] in the redirect",
        scenario: &LOGIN,
        mutants: &["redirects-to-every-address"],
        judge: |seen| {
            let host = redirect_host(seen)?;
            let ours = matches!(host.as_str(), "127.0.0.1" | "[::1]" | "localhost");
            require(ours, "127.0.0.1, [::1] or localhost", host)
        },
    },
    Check {
        id: "redirect-names-address",
        area: Area::Code,
        level: Level::Should,
        sentence: "the redirect names an address, not localhost, which may lead elsewhere",
        sources: &["RFC 8252 §8.3"],
        bugs: &["balena-io/balena-cli#1765", "giantswarm/muster#1280"],
        fix: "name 127.0.0.1 or [::1] in the redirect",
        scenario: &LOGIN,
        mutants: &["redirects-to-localhost"],
        judge: |seen| {
            let host = redirect_host(seen)?;
            let documented = claimed_login(seen)?.redirects_to_localhost;
            if host == "localhost" && documented {
                let standard = "RFC 8252 §8.3 recommends an address".to_owned();
                return Err(Objection::Disagree { contract: "localhost".to_owned(), standard });
            }
            require(host != "localhost", "an address", host)
        },
    },
];

/// Whether the callback called `what` was refused, in the sign-in of that name: what it carried was
/// not taken, and it was answered so, or the sign-in failed.
fn refuses_stray(seen: &Observation, what: &str) -> Judgement {
    seen.success("login")?;
    let login = seen.run(what)?;
    let status = login.visit(what)?.status.unwrap_or(0);
    let told = status / 100 == 4;
    if told && login.ending.was_forced() {
        return not_reached("the sign-in neither went on nor failed");
    }
    let observed = if took(seen, login, what)? {
        "a stranger's code is taken"
    } else if !told && !login.ending.is_failure() {
        "answered as if it were the genuine one"
    } else {
        "refused"
    };
    require(observed == "refused", "refused", observed)
}

/// The host of the redirect that the page was told.
fn redirect_host(seen: &Observation) -> Result<String, Objection> {
    let ComesBack::Url(parameter) = &claimed_login(seen)?.comes_back else {
        return Err(Objection::NotClaimed("a redirect that the page is told".to_owned()));
    };
    let redirect = url::Url::parse(&sent(seen.run("login")?, parameter)?);
    match redirect.as_ref().ok().and_then(url::Url::host_str) {
        Some(host) => Ok(host.to_owned()),
        None => not_reached("the redirect is no URL"),
    }
}

/// The parameter that carries the state, by the profile's claim.
fn claimed_state(seen: &Observation) -> Result<&str, Objection> {
    let state = claimed_login(seen)?.state_parameter.as_deref();
    state.ok_or_else(|| Objection::NotClaimed("a state that comes back with the browser".into()))
}

/// The parameter `name` of the authorization request.
pub(super) fn sent(login: &RunRecord, name: &str) -> Result<String, Objection> {
    match login.page_parameter(name) {
        Some(value) => Ok(value),
        None => not_reached(format!("no page with `{name}` was opened")),
    }
}

/// Whether two sign-ins in a row sent different values of `parameter`.
pub(super) fn differs_between_logins(seen: &Observation, parameter: &str, what: &str) -> Judgement {
    let first = sent(seen.run("login")?, parameter)?;
    let second = sent(seen.run("login again")?, parameter)?;
    let expected = format!("another {what} the second time");
    let observed = if first == second { format!("the same {what}") } else { expected.clone() };
    require(first != second, expected, observed)
}
