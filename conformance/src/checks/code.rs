//! The authorization code that the browser brings: state, proof key, issuer and exchange.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mock_server::Exchange;
use sha2::{Digest as _, Sha256};

use super::login::{claimed_login, delivered_key};
use super::loopback::refuses_forgery;
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord, parameter_of};
use crate::profile::{Brings, LoginProfile};
use crate::scenarios::code::{
    CODE_DISABLED, CODE_EXCHANGE_FAILS, CODE_METADATA_OF_ANOTHER, CODE_OF_ANOTHER_ISSUER,
    CODE_REFUSED, CODE_STRAYS, CODE_TOKEN_OF_OTHER_TYPE, CODE_TOKEN_TYPE_IN_CAPITALS,
};
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
        bugs: &["Infisical/infisical#1057"],
        fix: "compare the state of the callback with the one you sent, answer 400, and go on waiting",
        scenario: &CODE_STRAYS,
        mutants: &["state-not-compared"],
        judge: |seen| refuses_forgery(seen, "wrong-state"),
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
        mutants: &["missing-state-accepted"],
        judge: |seen| refuses_forgery(seen, "without-state"),
    },
    Check {
        id: "state-guards-refusal",
        area: Area::Code,
        level: Level::Must,
        sentence: "a refusal that does not carry the state does not end the sign-in",
        sources: &["RFC 9700 §2.1"],
        bugs: &[],
        fix: "compare the state before you look at `error`",
        scenario: &CODE_STRAYS,
        mutants: &["refusal-needs-no-state"],
        judge: |seen| {
            let login = seen.run("login")?;
            login.visit("forged-refusal")?;
            let went_on = login.visit("callback").is_ok();
            require(went_on, "it goes on waiting", if went_on { "it did" } else { "it ended" })
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
        id: "pkce-method",
        area: Area::Code,
        level: Level::Must,
        sentence: "the authorization request has a code challenge, by the method S256",
        sources: &["RFC 7636 §4.2", "OAuth 2.1 §4.1.1"],
        bugs: &[],
        fix: "send code_challenge, and code_challenge_method=S256",
        scenario: &LOGIN,
        mutants: &["plain-challenge"],
        judge: |seen| {
            proof_key(seen)?;
            let login = seen.run("login")?;
            sent(login, "client_id")?;
            let method = login.page_parameter("code_challenge_method").unwrap_or_default();
            let there = login.page_parameter("code_challenge").is_some();
            let observed = if there { method.clone() } else { "no challenge".to_owned() };
            require(there && method == "S256", "S256", observed)
        },
    },
    Check {
        id: "pkce-challenge",
        area: Area::Code,
        level: Level::Must,
        sentence: "the code challenge is the unpadded Base64url of the verifier's SHA-256",
        sources: &["RFC 7636 §4.2", "RFC 7636 appendix A"],
        bugs: &[],
        fix: "encode the 32 bytes of the digest with the URL-safe alphabet, without padding",
        scenario: &LOGIN,
        mutants: &["padded-challenge", "plain-challenge"],
        judge: |seen| {
            let login = seen.run("login")?;
            let verifier = verifier(seen, login)?;
            let challenge = sent(login, "code_challenge")?;
            let fits = challenge == BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            require(fits, "it is", if fits { "it is" } else { "it is another text" })
        },
    },
    Check {
        id: "pkce-verifier",
        area: Area::Code,
        level: Level::Must,
        sentence: "the code verifier has 43 to 128 characters that need no escape",
        sources: &["RFC 7636 §4.1"],
        bugs: &[],
        fix: "encode 32 random bytes as Base64url: 43 characters",
        scenario: &LOGIN,
        mutants: &["short-verifier"],
        judge: |seen| {
            let verifier = verifier(seen, seen.run("login")?)?;
            let unreserved =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
            let fits = (43..=128).contains(&verifier.len()) && verifier.chars().all(unreserved);
            let observed = format!("{} characters", verifier.len());
            require(fits, "43 to 128 unreserved characters", observed)
        },
    },
    Check {
        id: "pkce-fresh",
        area: Area::Code,
        level: Level::Must,
        sentence: "each sign-in has a code verifier of its own",
        sources: &["RFC 7636 §4.1"],
        bugs: &[],
        fix: "draw the verifier anew for each authorization request",
        scenario: &LOGIN_AGAIN,
        mutants: &["constant-verifier"],
        judge: |seen| {
            proof_key(seen)?;
            differs_between_logins(seen, "code_challenge", "challenge")
        },
    },
    Check {
        id: "pkce-stays-inside",
        area: Area::Code,
        level: Level::Must,
        sentence: "the code verifier is sent to the token endpoint alone, and is neither printed nor saved",
        sources: &["RFC 7636 §7.1"],
        bugs: &[],
        fix: "keep the verifier in memory until the exchange",
        scenario: &LOGIN,
        mutants: &["prints-verifier"],
        judge: |seen| {
            let login = seen.run("login")?;
            let verifier = verifier(seen, login)?;
            let on_disk = login.after.files_where(|_, file| file.text.contains(&verifier));
            let opened = login.openings.iter().flat_map(|one| &one.arguments);
            let place = if login.said().contains(&verifier) {
                "printed".to_owned()
            } else if opened.into_iter().any(|argument| argument.contains(&verifier)) {
                "in the page's URL".to_owned()
            } else if let Some(path) = on_disk.first() {
                format!("saved in {path}")
            } else {
                "nowhere else".to_owned()
            };
            require(place == "nowhere else", "nowhere else", place)
        },
    },
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
        mutants: &["code-sent-twice"],
        judge: |seen| {
            let login = seen.run("login")?;
            exchange(seen, login)?;
            let times = exchanges(seen, login)?.count();
            require(times == 1, "once", format!("{times} times"))
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
        id: "code-given-twice-refused",
        area: Area::Code,
        level: Level::Must,
        sentence: "a callback with two codes is refused",
        sources: &["RFC 6749 §3.1", "RFC 6749 §4.1.2"],
        bugs: &[],
        fix: "answer 400 when a parameter comes twice, and go on waiting",
        scenario: &CODE_STRAYS,
        mutants: &["last-code-counts"],
        judge: |seen| refuses_forgery(seen, "two-codes"),
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
            let login = seen.run("login")?;
            login.visit("wrong-issuer")?;
            let strangers = &seen.key("stranger wrong-issuer")?.secret;
            let took_it = login.requests().any(|one| one.body.contains(strangers));
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
        mutants: &["exact-token-type"],
        judge: |seen| {
            oauth_login(seen)?;
            let login = seen.run("login")?;
            delivered_key(seen, login)?;
            let observed = format!("{}: {}", login.ending.describe(), login.first_words());
            require(login.ending == Ending::Exited(0), "exit 0", observed)
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
            let observed = format!("{}: {}", login.ending.describe(), login.first_words());
            let expected = format!("a failure that names {}", words.join(", "));
            require(missing.is_empty() && login.ending.is_failure(), expected, observed)
        },
    },
];

/// The parameter that carries the state, by the profile's claim.
fn claimed_state(seen: &Observation) -> Result<&str, Objection> {
    let state = claimed_login(seen)?.state_parameter.as_deref();
    state.ok_or_else(|| Objection::NotClaimed("a state that comes back with the browser".into()))
}

fn claimed_code(seen: &Observation) -> Result<&LoginProfile, Objection> {
    let login = claimed_login(seen)?;
    if login.brings_code() {
        return Ok(login);
    }
    Err(Objection::NotClaimed("a code that the browser brings".to_owned()))
}

fn oauth_login(seen: &Observation) -> Result<&LoginProfile, Objection> {
    let login = claimed_login(seen)?;
    if login.is_oauth() { Ok(login) } else { Err(Objection::NotClaimed("OAuth 2.1".to_owned())) }
}

fn proof_key(seen: &Observation) -> Result<(), Objection> {
    if claimed_login(seen)?.proof_key {
        return Ok(());
    }
    Err(Objection::NotClaimed("a proof key for the code".to_owned()))
}

/// The parameter `name` of the authorization request.
fn sent(login: &RunRecord, name: &str) -> Result<String, Objection> {
    match login.page_parameter(name) {
        Some(value) => Ok(value),
        None => not_reached(format!("no page with `{name}` was opened")),
    }
}

/// The requests that exchanged a code.
fn exchanges<'a>(
    seen: &'a Observation,
    login: &'a RunRecord,
) -> Result<impl Iterator<Item = &'a Exchange>, Objection> {
    match &claimed_login(seen)?.brings {
        Brings::Code { exchange, .. } => Ok(login.requests_to(exchange)),
        Brings::Key(_) => Err(Objection::NotClaimed("a code that the browser brings".to_owned())),
    }
}

fn exchange<'a>(seen: &'a Observation, login: &'a RunRecord) -> Result<&'a Exchange, Objection> {
    match exchanges(seen, login)?.next() {
        Some(exchange) => Ok(exchange),
        None => not_reached("no code was exchanged"),
    }
}

/// The code verifier of the exchange.
fn verifier(seen: &Observation, login: &RunRecord) -> Result<String, Objection> {
    proof_key(seen)?;
    match parameter_of(exchange(seen, login)?, "code_verifier") {
        Some(verifier) => Ok(verifier),
        None => not_reached("the exchange carried no verifier"),
    }
}

/// Whether two sign-ins in a row sent different values of `parameter`.
fn differs_between_logins(seen: &Observation, parameter: &str, what: &str) -> Judgement {
    let first = sent(seen.run("login")?, parameter)?;
    let second = sent(seen.run("login again")?, parameter)?;
    let expected = format!("another {what} the second time");
    let observed = if first == second { format!("the same {what}") } else { expected.clone() };
    require(first != second, expected, observed)
}
