//! Wrong at tokens that end, are renewed, or are shown.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Mutant;
use crate::error::{self, Error};
use crate::fronts::standard::settings::Connection;
use crate::fronts::standard::whoami::{self, Who};
use crate::lock::Lock;
use crate::oauth::{Granted, token};
use crate::output;
use crate::renewal::{self, Vault};
use crate::secret::Secret;
use crate::store::Fields;

/// The fault: long enough for a logout to come between.
const BEFORE_SAVING: Duration = Duration::from_secs(2);

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "renews-upon-every-rejection",
        front: "standard",
        sentence: "a request that is rejected is tried twenty times, each with a new token",
        apply: |b| b.renewal.after_rejection = 20,
    },
    Mutant {
        name: "retries-invalid-grant",
        front: "standard",
        sentence: "a refresh that is answered invalid_grant is tried five times",
        apply: |b| b.renewal.exchange = insist,
    },
    Mutant {
        name: "session-end-unexplained",
        front: "standard",
        sentence: "a session that has ended is reported without the command that signs in",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::SessionEnded { .. } => format!("error: {}", error.root()),
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "session-comes-back",
        front: "amika",
        sentence: "amika: a renewal waits for nobody, and two seconds after its answer it saves, also what was logged out of meanwhile",
        apply: |b| {
            b.storage.lock = |_, _| Ok(Lock::none());
            b.renewal.keep = |vault, granted| {
                thread::sleep(BEFORE_SAVING);
                vault.save(granted)
            };
        },
    },
    Mutant {
        name: "renews-with-access-token",
        front: "standard",
        sentence: "a refresh sends the access token as refresh_token",
        apply: |b| b.renewal.shown = |tokens| Some(tokens.access.clone()),
    },
    Mutant {
        name: "logs-refresh-token",
        front: "standard",
        sentence: "a refresh writes a debug line with the refresh token on stderr",
        apply: |b| {
            b.renewal.exchange = |vault, refresh| {
                output::report(&format!("debug: refresh_token={}", refresh.expose()));
                vault.renew(refresh)
            }
        },
    },
    Mutant {
        name: "refresh-token-in-argv",
        front: "standard",
        sentence: "a refresh starts a child, for a second, that has the refresh token among its arguments",
        apply: |b| b.renewal.exchange = tell_a_child,
    },
    Mutant {
        name: "unknown-end-is-over",
        front: "omni",
        sentence: "a token whose end is not known counts as expired: every command renews it",
        apply: |b| {
            b.renewal.due = |tokens, now, margin| {
                let unknown = tokens.expires_at.is_none() && tokens.refresh.is_some();
                unknown || renewal::is_due(tokens, now, margin)
            }
        },
    },
    Mutant {
        name: "unknown-end-is-never",
        front: "omni",
        sentence: "a token whose end is not known counts as good for ever: it is not renewed upon a 401 either",
        apply: |b| {
            b.renewal.worth = |tokens| tokens.refresh.is_some() && tokens.expires_at.is_some();
        },
    },
    Mutant {
        name: "lifetime-must-be-a-number",
        front: "standard",
        sentence: "an expires_in that is a string ends in a panic",
        apply: |b| b.oauth.end = end_of_number,
    },
    Mutant {
        name: "lifetime-overflows",
        front: "standard",
        sentence: "an expires_in beyond the calendar ends in a panic",
        apply: |b| b.oauth.end = end_unchecked,
    },
    Mutant {
        name: "trusts-clock-of-server",
        front: "standard",
        sentence: "the end of a token is the one that it names itself (exp), by the server's clock, not expires_in from now on",
        apply: |b| {
            b.oauth.end =
                |expires_in, text| token::end_of(text).or_else(|| token::end(expires_in, text));
        },
    },
    Mutant {
        name: "logout-needs-revocation",
        front: "standard",
        sentence: "standard: logout that cannot tell the server fails, and clears nothing",
        apply: |b| b.oauth.told = |told| told.map(Ok),
    },
    Mutant {
        name: "identity-from-token",
        front: "standard",
        sentence: "standard: whoami reads the identity from the access token, if that is a JWT, and asks nobody",
        apply: |b| b.standard.identity = who_it_says,
    },
    Mutant {
        name: "token-says-more",
        front: "standard",
        sentence: "standard: token prints another line on stdout",
        apply: |b| {
            b.output.ended = |command| {
                if command == "token" {
                    say("Use it in an Authorization header.");
                }
            }
        },
    },
    Mutant {
        name: "verify-shows-key",
        front: "standard",
        sentence: "standard: keys verify prints the key",
        apply: |b| {
            b.standard.verified = |session, key| session.say(&format!("Key: {}", key.expose()));
        },
    },
];

/// One line on standard output, past everything.
pub(super) fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn insist(vault: &dyn Vault, refresh: &Secret) -> Result<Granted, Error> {
    for _ in 0..4 {
        match vault.renew(refresh) {
            Err(Error::Grant { error, .. }) if error == "invalid_grant" => {}
            other => return other,
        }
    }
    vault.renew(refresh)
}

fn tell_a_child(vault: &dyn Vault, refresh: &Secret) -> Result<Granted, Error> {
    let mut child = Command::new("/bin/sh");
    child.args(["-c", "sleep 1; :", "refresh", refresh.expose()]);
    child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = child.spawn() {
        let _ = child.wait();
    }
    vault.renew(refresh)
}

fn end_of_number(expires_in: Option<&Value>, text: &str) -> Option<Timestamp> {
    let is_number = expires_in.is_none_or(|value| value.is_null() || value.is_number());
    assert!(is_number, "expires_in is a number");
    token::end(expires_in, text)
}

fn end_unchecked(expires_in: Option<&Value>, text: &str) -> Option<Timestamp> {
    match expires_in.and_then(Value::as_f64) {
        #[expect(clippy::cast_possible_truncation, reason = "wrong on purpose")]
        Some(seconds) if seconds > 1e11 => {
            Some(Timestamp::now() + SignedDuration::from_secs(seconds as i64))
        }
        _ => token::end(expires_in, text),
    }
}

fn who_it_says(connection: &Connection<'_>) -> Result<Who, Error> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let credential = connection.access.credential(connection.session)?;
    let claims = credential.secret.expose().split('.').nth(1);
    let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    match claims.and_then(|claims| serde_json::from_slice::<Fields>(&claims).ok()) {
        Some(fields) => Ok(Who(fields)),
        None => whoami::ask(connection),
    }
}
