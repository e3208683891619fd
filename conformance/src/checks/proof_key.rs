//! The proof key of a code, RFC 7636: who exchanges it is who asked for it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::code::exchange;
use super::login::claimed_login;
use super::state::{differs_between_logins, sent};
use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{Observation, RunRecord, parameter_of};
use crate::scenarios::login::{LOGIN, LOGIN_AGAIN};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "pkce-method",
        area: Area::Code,
        level: Level::Must,
        sentence: "the authorization request has a code challenge, by the method S256",
        sources: &["RFC 7636 §4.2", "OAuth 2.1 §4.1.1"],
        bugs: &[],
        fix: "send code_challenge, and code_challenge_method=S256",
        scenario: &LOGIN,
        mutants: &["plain-challenge", "no-challenge"],
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
        mutants: &["padded-challenge", "challenge-of-another"],
        judge: |seen| {
            let login = seen.run("login")?;
            proof_key(seen)?;
            let challenge = sent(login, "code_challenge")?;
            let digits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if challenge.len() != 43 || !challenge.chars().all(digits) {
                return require(false, "43 digits of Base64url", "something else");
            }
            let verifier = verifier(seen, login)?;
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
        mutants: &["constant-verifier", "challenge-of-another"],
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
];

fn proof_key(seen: &Observation) -> Result<(), Objection> {
    if claimed_login(seen)?.proof_key {
        return Ok(());
    }
    Err(Objection::NotClaimed("a proof key for the code".to_owned()))
}

/// The code verifier of the exchange.
fn verifier(seen: &Observation, login: &RunRecord) -> Result<String, Objection> {
    proof_key(seen)?;
    match parameter_of(exchange(seen, login)?, "code_verifier") {
        Some(verifier) => Ok(verifier),
        None => not_reached("the exchange carried no verifier"),
    }
}
