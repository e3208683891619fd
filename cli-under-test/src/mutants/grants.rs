//! Wrong at being granted a session: by code, or on another device.

use std::io;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::Mutant;
use crate::error::Error;
use crate::http::{self, Answer, Request};
use crate::secret::Secret;
use crate::session::Session;
use crate::{chance, exit_code};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "state-not-compared",
        front: "standard",
        sentence: "a callback with any state, or none, is taken",
        apply: |b| b.callback.state_matches = |_, _| true,
    },
    Mutant {
        name: "missing-state-accepted",
        front: "standard",
        sentence: "a callback without a state is taken; a wrong one is not",
        apply: |b| b.callback.state_matches = |asked, given| given.is_empty() || asked == given,
    },
    Mutant {
        name: "constant-state",
        front: "standard",
        sentence: "every authorization request has the same state",
        apply: |b| b.oauth.state = || Ok(Secret::unchecked("c0nstant".repeat(4))),
    },
    Mutant {
        name: "short-state",
        front: "standard",
        sentence: "the state has 10 characters, 60 bits",
        apply: |b| b.oauth.state = || beginning(10),
    },
    Mutant {
        name: "constant-verifier",
        front: "standard",
        sentence: "every authorization request has the same code verifier",
        apply: |b| b.oauth.verifier = || Ok(Secret::unchecked("c0nstant".repeat(6))),
    },
    Mutant {
        name: "short-verifier",
        front: "standard",
        sentence: "the code verifier has 32 characters",
        apply: |b| b.oauth.verifier = || beginning(32),
    },
    Mutant {
        name: "plain-challenge",
        front: "standard",
        sentence: "the code challenge is the verifier itself, method plain",
        apply: |b| {
            b.oauth.challenge = |verifier| verifier.expose().to_owned();
            b.oauth.challenge_method = "plain";
        },
    },
    Mutant {
        name: "padded-challenge",
        front: "standard",
        sentence: "the code challenge ends in the padding of Base64",
        apply: |b| {
            b.oauth.challenge = |verifier| URL_SAFE.encode(Sha256::digest(verifier.expose()));
        },
    },
    Mutant {
        name: "code-sent-twice",
        front: "standard",
        sentence: "an exchange that fails is tried again with the same code",
        apply: |b| b.oauth.exchange = exchange_twice,
    },
    Mutant {
        name: "ignores-issuer",
        front: "standard",
        sentence: "the iss of a callback is not looked at, wrong or missing",
        apply: |b| b.callback.issuer_matches = |_, _| Ok(()),
    },
    Mutant {
        name: "any-description",
        front: "standard",
        sentence: "metadata of another issuer than the one asked is used",
        apply: |b| b.oauth.describes = |_, _| true,
    },
    Mutant {
        name: "any-token-type",
        front: "standard",
        sentence: "a token of a type that is not Bearer is used as if it were",
        apply: |b| b.oauth.usable_type = |_| true,
    },
    Mutant {
        name: "exact-token-type",
        front: "standard",
        sentence: "the token type is compared case-sensitively with Bearer",
        apply: |b| b.oauth.usable_type = |named| named == "Bearer",
    },
    Mutant {
        name: "last-code-counts",
        front: "standard",
        sentence: "of two code parameters in one callback the last is taken",
        apply: |b| b.callback.code = last_code,
    },
    Mutant {
        name: "refusal-exits-zero",
        front: "standard",
        sentence: "a sign-in that the user refused says so and exits 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if matches!(error.root(), Error::Denied { .. }) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "listens-on-one-family",
        front: "omni",
        sentence: "with a redirect to localhost it listens at 127.0.0.1 alone, not at ::1",
        apply: |b| b.callback.bind_twin = |_| Err(io::ErrorKind::AddrNotAvailable.into()),
    },
    Mutant {
        name: "opens-browser-all-the-same",
        front: "standard",
        sentence: "the browser is opened although --no-browser or --device was given",
        apply: |b| b.opener.wanted = |_| true,
    },
    Mutant {
        name: "ignore-slow-down",
        front: "standard",
        sentence: "slow_down is taken for authorization_pending: the interval stays",
        apply: |b| b.polling.slowed = Ok,
    },
    Mutant {
        name: "slow-down-is-fatal",
        front: "standard",
        sentence: "slow_down ends the login",
        apply: |b| {
            b.polling.slowed = |_| Err(Error::Other("the server answered slow_down".to_owned()));
        },
    },
    Mutant {
        name: "slow-down-by-one",
        front: "standard",
        sentence: "slow_down adds one second, not five",
        apply: |b| {
            b.polling.slowed = |mut pace| {
                pace.interval += Duration::from_secs(1);
                Ok(pace)
            }
        },
    },
    Mutant {
        name: "no-back-off",
        front: "standard",
        sentence: "after a poll that did not get through the interval stays",
        apply: |b| b.polling.backed_off = |pace| pace,
    },
    Mutant {
        name: "failed-poll-is-fatal",
        front: "standard",
        sentence: "one poll that did not get through ends the login",
        apply: |b| b.polling.is_passing = |_| false,
    },
    Mutant {
        name: "polls-on-whatever-comes",
        front: "standard",
        sentence: "no error ends the polling before the code has expired",
        apply: |b| b.polling.is_passing = |_| true,
    },
    Mutant {
        name: "polls-too-often",
        front: "standard",
        sentence: "polls are half an interval apart",
        apply: |b| b.polling.pause = |interval| thread::sleep(interval / 2),
    },
];

fn beginning(length: usize) -> Result<Secret, Error> {
    let whole = chance::unguessable()?;
    Ok(Secret::unchecked(whole.expose().chars().take(length).collect::<String>()))
}

fn exchange_twice(session: &Session, request: &Request) -> Result<Answer, Error> {
    match http::send(session, request) {
        Ok(answer) if answer.status < 400 => Ok(answer),
        _ => http::send(session, request),
    }
}

fn last_code(uri: &hyper::Uri) -> Option<Secret> {
    let query = form_urlencoded::parse(uri.query()?.as_bytes());
    let (_, code) = query.filter(|(name, _)| name == "code").last()?;
    Secret::exactly(&code).ok()
}
