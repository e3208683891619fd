//! The authorization code that the browser brings: who sent it, and what it is exchanged for.

use mock_server::Exchange;

use super::login::{claimed_login, delivered_key};
use super::loopback::took;
use crate::check::{Area, Check, Level, Objection, not_reached, require, require_success};
use crate::observation::{Ending, Observation, RunRecord, parameter_of};
use crate::profile::{Brings, LoginProfile};
use crate::scenario::HOSTILE_WORDS;
use crate::scenarios::code::{
    CODE_DISABLED, CODE_EXCHANGE_FAILS, CODE_HOSTILE_REFUSAL, CODE_METADATA_OF_ANOTHER,
    CODE_OF_ANOTHER_ISSUER, CODE_REFUSED, CODE_TOKEN_OF_OTHER_TYPE, CODE_TOKEN_TYPE_IN_CAPITALS,
};
use crate::scenarios::login::LOGIN;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "code-exchange-form",
        area: Area::Code,
        level: Level::Must,
        sentence: "the code is exchanged by a POST whose form repeats client and redirect, with nothing in the query",
        sources: &["RFC 6749 §4.1.3", "OAuth 2.1 §4.1.3"],
        bugs: &[],
        fix: "send grant_type, code, client_id, code_verifier and the same redirect_uri as a form",
        scenario: &LOGIN,
        mutants: &["exchange-without-redirect"],
        judge: |seen| {
            oauth_login(seen)?;
            let login = seen.run("login")?;
            let exchange = exchange(seen, login)?;
            let same = |name: &str| {
                parameter_of(exchange, name).is_some()
                    && parameter_of(exchange, name) == login.page_parameter(name)
            };
            let wrong = if !exchange.query.is_empty() {
                "a query"
            } else if parameter_of(exchange, "grant_type").as_deref() != Some("authorization_code")
            {
                "another grant_type"
            } else if !same("client_id") {
                "another client_id"
            } else if !same("redirect_uri") {
                "another redirect_uri, or none"
            } else {
                "as it should be"
            };
            require(wrong == "as it should be", "as it should be", wrong)
        },
    },
    Check {
        id: "code-sent-once",
        area: Area::Code,
        level: Level::Must,
        sentence: "a code is sent to the platform once, also when its exchange fails",
        sources: &["RFC 6749 §4.1.2", "RFC 9700 §4.5"],
        bugs: &[],
        fix: "give up when the exchange fails: the platform may have used the code up",
        scenario: &CODE_EXCHANGE_FAILS,
        mutants: &["code-sent-twice", "code-exchanged-twice"],
        judge: |seen| {
            let login = seen.run("login")?;
            exchange(seen, login)?;
            let times = exchanges(seen, login)?.count();
            require(times == 1, "once", format!("{times} times"))
        },
    },
    Check {
        id: "code-exchanged-once",
        area: Area::Code,
        level: Level::Must,
        sentence: "a code whose exchange has worked is not exchanged again",
        sources: &["RFC 6749 §4.1.2", "RFC 9700 §4.5"],
        bugs: &["langchain-ai/openwiki#311"],
        fix: "forget the code once it was sent: a second use undoes what the first one gave",
        scenario: &LOGIN,
        mutants: &["code-exchanged-twice"],
        judge: |seen| {
            let login = seen.run("login")?;
            exchange(seen, login)?;
            let times = exchanges(seen, login)?.count();
            require(times == 1, "once", format!("{times} times"))
        },
    },
    Check {
        id: "code-client-is-public",
        area: Area::Code,
        level: Level::Must,
        sentence: "the tool sends no client secret: what everybody can read in it is none",
        sources: &["RFC 8252 §8.5", "RFC 6749 §2.1"],
        bugs: &[],
        fix: "register the tool as a public client, and send client_id alone",
        scenario: &LOGIN,
        mutants: &["sends-client-secret"],
        judge: |seen| {
            oauth_login(seen)?;
            let exchange = exchange(seen, seen.run("login")?)?;
            let sent = parameter_of(exchange, "client_secret").is_some();
            require(!sent, "no secret", if sent { "a secret" } else { "no secret" })
        },
    },
    Check {
        id: "code-exchange-failure-fails",
        area: Area::Code,
        level: Level::Must,
        sentence: "a sign-in whose code cannot be exchanged fails and saves nothing",
        sources: &["clig.dev Basics"],
        bugs: &["cloudflare/workers-sdk#2874"],
        fix: "exit non-zero unless the platform gave a token",
        scenario: &CODE_EXCHANGE_FAILS,
        mutants: &["failed-exchange-exits-zero"],
        judge: |seen| {
            let login = seen.run("login")?;
            exchange(seen, login)?;
            if exchanges(seen, login)?.any(|one| one.status == 200) {
                return not_reached("the exchange was tried again, and worked");
            }
            let saved = seen.signed_in_with(login).is_some();
            let what = if saved { "something saved" } else { "nothing saved" };
            let observed = format!("{}, {what}", login.ending.describe());
            require(login.ending.is_failure() && !saved, "a non-zero exit, nothing saved", observed)
        },
    },
    Check {
        id: "issuer-compared",
        area: Area::Code,
        level: Level::Must,
        sentence: "a code that comes from another issuer than the one that was asked is not exchanged",
        sources: &["RFC 9207 §2.4", "RFC 9700 §4.4.2"],
        bugs: &[],
        fix: "compare the parameter iss with the issuer of the metadata, character by character",
        scenario: &CODE_OF_ANOTHER_ISSUER,
        mutants: &["ignores-issuer"],
        judge: |seen| {
            seen.success("login")?;
            let login = seen.run("wrong-issuer")?;
            login.visit("wrong-issuer")?;
            let took_it = took(seen, login, "wrong-issuer")?;
            let observed = if took_it { "exchanged" } else { "not exchanged" };
            require(!took_it, "not exchanged", observed)
        },
    },
    Check {
        id: "metadata-issuer-compared",
        area: Area::Code,
        level: Level::Must,
        sentence: "metadata that names another issuer than the one that was asked is not used",
        sources: &["RFC 8414 §3.3"],
        bugs: &[],
        fix: "compare `issuer` with the URL that you built the metadata's from, and stop when they differ",
        scenario: &CODE_METADATA_OF_ANOTHER,
        mutants: &["any-description"],
        judge: |seen| {
            if !claimed_login(seen)?.discovery {
                return Err(Objection::NotClaimed("discovery".to_owned()));
            }
            let login = seen.run("login")?;
            if login.requests_to("metadata").next().is_none() {
                return not_reached("the metadata was not asked for");
            }
            let opened = login.opened_page().is_some();
            let what = if opened { "a page opened" } else { "no page opened" };
            let observed = format!("{}, {what}", login.ending.describe());
            let ok = login.ending.is_failure() && !opened;
            require(ok, "a non-zero exit, no page opened", observed)
        },
    },
    Check {
        id: "token-type-known",
        area: Area::Code,
        level: Level::Must,
        sentence: "a token of a type that the tool does not know is not used",
        sources: &["RFC 6749 §7.1"],
        bugs: &[],
        fix: "fail unless token_type is Bearer",
        scenario: &CODE_TOKEN_OF_OTHER_TYPE,
        mutants: &["any-token-type"],
        judge: |seen| {
            oauth_login(seen)?;
            let login = seen.run("login")?;
            let token = delivered_key(seen, login)?;
            let saved = seen.signed_in_with(login) == Some(token);
            let used = login.ending == Ending::Exited(0) || saved;
            require(!used, "refused", if used { "taken" } else { "refused" })
        },
    },
    Check {
        id: "token-type-in-any-case",
        area: Area::Code,
        level: Level::Must,
        sentence: "the token type is compared without regard to case",
        sources: &["RFC 6749 §7.1", "RFC 6749 §5.1"],
        bugs: &[],
        fix: "compare token_type with Bearer without regard to case",
        scenario: &CODE_TOKEN_TYPE_IN_CAPITALS,
        mutants: &["exact-token-type", "code-exchanged-twice"],
        judge: |seen| {
            oauth_login(seen)?;
            let login = seen.run("login")?;
            delivered_key(seen, login)?;
            require_success(login)
        },
    },
    Check {
        id: "refusal-fails",
        area: Area::Code,
        level: Level::Must,
        sentence: "a sign-in that the person refuses ends at once, not as a success, and says so",
        sources: &["RFC 6749 §4.1.2.1"],
        bugs: &["instantdb/instant#538"],
        fix: "take `error` of the callback for the end: say what it is, and exit non-zero",
        scenario: &CODE_REFUSED,
        mutants: &["refusal-exits-zero", "ignores-refusal"],
        judge: |seen| {
            claimed_code(seen)?;
            let login = seen.run("login")?;
            if !login.led_back {
                return not_reached("the browser did not come back with the refusal");
            }
            login.callback()?;
            let observed = match &login.ending {
                Ending::TimedOut(_) => "still waiting".to_owned(),
                ending => ending.describe(),
            };
            require(login.ending.is_failure(), "a non-zero exit", observed)
        },
    },
    Check {
        id: "refusal-shown-harmlessly",
        area: Area::Code,
        level: Level::Must,
        sentence: "what a refusal says is printed without what would steer a terminal",
        sources: &["RFC 6749 §4.1.2.1", "OWASP ASVS 1.2.1"],
        bugs: &[],
        fix: "take control characters out of everything that came from outside before you print it",
        scenario: &CODE_HOSTILE_REFUSAL,
        mutants: &["raw-description"],
        judge: |seen| {
            let login = seen.run("login")?;
            login.visit("hostile-refusal")?;
            if !login.said().contains(HOSTILE_WORDS) {
                return not_reached("it did not print what the refusal said");
            }
            let raw = login.said().contains('\u{1b}');
            require(!raw, "no escape code", if raw { "an escape code" } else { "no escape code" })
        },
    },
    Check {
        id: "refusal-page-escaped",
        area: Area::Code,
        level: Level::Must,
        sentence: "the page that answers a refusal holds no markup of what the refusal says",
        sources: &["RFC 6749 §4.1.2.1", "OWASP ASVS 1.2.1"],
        bugs: &[
            "punkpeye/mcp-remote#369",
            "PrefectHQ/fastmcp#2090",
            "freee/freee-mcp#448",
            "anomalyco/opencode#17364",
        ],
        fix: "escape what came from outside, or answer with a fixed page",
        scenario: &CODE_HOSTILE_REFUSAL,
        mutants: &["page-unescaped"],
        judge: |seen| {
            let page = &seen.run("login")?.visit("hostile-refusal")?.body;
            let raw = page.to_lowercase().contains("<script>alert");
            require(!raw, "no markup", if raw { "a script" } else { "no markup" })
        },
    },
    Check {
        id: "disabled-tokens-explained",
        area: Area::Code,
        level: Level::Must,
        sentence: "where the organization allows no personal tokens, the message says what to ask an admin for",
        sources: &["RFC 6749 §4.1.2.1"],
        bugs: &[],
        fix: "recognize the refusal, and name the setting that an admin can change",
        scenario: &CODE_DISABLED,
        mutants: &["disabled-tokens-unexplained"],
        judge: |seen| {
            let words = &seen.cli.messages.disabled;
            if words.is_empty() {
                return Err(Objection::NotClaimed("tokens that can be disabled".to_owned()));
            }
            let login = seen.run("login")?;
            if !login.led_back {
                return not_reached("the browser did not come back with the refusal");
            }
            let said = login.said();
            let missing: Vec<&String> = words.iter().filter(|word| !said.contains(*word)).collect();
            let ok = missing.is_empty() && login.ending.is_failure();
            let expected = format!("a failure that names {}", words.join(", "));
            let told = || format!("{}: {}", login.ending.describe(), login.first_words());
            require(ok, expected.clone(), if ok { expected } else { told() })
        },
    },
];

pub(super) fn claimed_code(seen: &Observation) -> Result<&LoginProfile, Objection> {
    let login = claimed_login(seen)?;
    if login.brings_code() {
        return Ok(login);
    }
    Err(Objection::NotClaimed("a code that the browser brings".to_owned()))
}

pub(super) fn oauth_login(seen: &Observation) -> Result<&LoginProfile, Objection> {
    let login = claimed_login(seen)?;
    if login.is_oauth() { Ok(login) } else { Err(Objection::NotClaimed("OAuth 2.1".to_owned())) }
}

/// The requests that exchanged a code.
pub(super) fn exchanges<'a>(
    seen: &'a Observation,
    login: &'a RunRecord,
) -> Result<impl Iterator<Item = &'a Exchange>, Objection> {
    match &claimed_login(seen)?.brings {
        Brings::Code { exchange, .. } => Ok(login.requests_to(exchange)),
        Brings::Key(_) => Err(Objection::NotClaimed("a code that the browser brings".to_owned())),
    }
}

pub(super) fn exchange<'a>(
    seen: &'a Observation,
    login: &'a RunRecord,
) -> Result<&'a Exchange, Objection> {
    match exchanges(seen, login)?.next() {
        Some(exchange) => Ok(exchange),
        None => not_reached("no code was exchanged"),
    }
}
