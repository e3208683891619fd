//! Wrong when signed out, refused, or let down by the server.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Mutant;
use crate::credential::Origin;
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::oanim::settings;
use crate::http::{self, Answer, Request};
use crate::session::{Front, Session};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "signed-out-exits-zero",
        front: "oanim",
        sentence: "no credential: right message, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(Error::NotSignedIn { .. }) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "anonymous-request",
        front: "oanim",
        sentence: "no credential: the request is sent without Authorization, and its 401 reported with the not-signed-in message",
        apply: |b| b.credential.signed_out = ask_anonymously,
    },
    Mutant {
        name: "signed-out-unhelpful",
        front: "oanim",
        sentence: "no credential: says `not signed in` alone, no command named (the variable still named)",
        apply: |b| {
            b.output.describe = |front, error| match error {
                Error::NotSignedIn { .. } => {
                    format!("error: {error} ({} is not set)", front.variable)
                }
                other => error::describe(front, other),
            }
        },
    },
    Mutant {
        name: "signed-out-hides-variable",
        front: "oanim",
        sentence: "no credential: names the login command but not ANIMATE_API_KEY",
        apply: |b| {
            b.output.describe = |front, error| match error {
                Error::NotSignedIn { .. } => format!("error: {error}\nRun `{}`.", front.login),
                other => error::describe(front, other),
            }
        },
    },
    Mutant {
        name: "unauthorized-exits-zero",
        front: "oanim",
        sentence: "a 401 prints the right error, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if matches!(error.root(), Error::Unauthorized { .. }) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "ignores-unauthorized",
        front: "oanim",
        sentence: "a 401 with a body is taken as the answer: whoami prints what it finds and exits 0",
        apply: |b| {
            b.http.judge = judge_all_but_401;
            b.http.other_shape = |answer| {
                if answer.status == 401 {
                    Ok(as_far_as_it_goes(answer))
                } else {
                    http::refuse_other_shape(answer)
                }
            };
        },
    },
    Mutant {
        name: "unauthorized-unhelpful",
        front: "oanim",
        sentence: "a 401 is reported as `401 Unauthorized` alone, no command named",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Unauthorized { .. } => "error: 401 Unauthorized".to_owned(),
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "blames-login-for-variable",
        front: "oanim",
        sentence: "a 401 on the key from ANIMATE_API_KEY is reported as for a stored key (tells to log in, does not name the variable)",
        apply: |b| b.output.describe = blame_login,
    },
    Mutant {
        name: "server-error-exits-zero",
        front: "oanim",
        sentence: "5xx: right message, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if matches!(error.root(), Error::Server { .. }) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "server-error-is-unauthorized",
        front: "oanim",
        sentence: "5xx and 429: reported with the 401 message (log in again)",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Server { host, .. } | Error::RateLimited { host, .. } => {
                    unauthorized(front, host)
                }
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "any-error-signs-out",
        front: "oanim",
        sentence: "any failed request removes the stored key",
        apply: |b| b.http.send = send_or_sign_out,
    },
    Mutant {
        name: "unreachable-exits-zero",
        front: "oanim",
        sentence: "server unreachable: right message, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if matches!(error.root(), Error::Unreachable { .. }) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "unreachable-is-unauthorized",
        front: "oanim",
        sentence: "server unreachable: reported with the 401 message",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Unreachable { host, .. } => unauthorized(front, host),
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "trusts-any-body",
        front: "oanim",
        sentence: "a 200 that is not the expected JSON is printed as far as it goes (empty values), exit 0",
        apply: |b| b.http.other_shape = |answer| Ok(as_far_as_it_goes(answer)),
    },
    Mutant {
        name: "request-without-limit",
        front: "oanim",
        sentence: "a request may take ten hours, whatever anybody says",
        apply: |b| b.http.patience = |_, _| Ok(Duration::from_hours(10)),
    },
    Mutant {
        name: "stall-unexplained",
        front: "oanim",
        sentence: "a server that does not answer in time is reported as `error: something went wrong`",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Unreachable { why, .. } if why.ends_with("in time") => {
                    "error: something went wrong".to_owned()
                }
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "retries-at-once",
        front: "oanim",
        sentence: "429 is retried at once, up to three times, whatever Retry-After says",
        apply: |b| b.http.send = send_again_at_once,
    },
];

fn ask_anonymously(session: &Session, request: &Request) -> Error {
    let answered = http::send(session, request).and_then(|answer| match answer.status {
        401 => Ok(()),
        _ => http::judge(&answer, None),
    });
    match answered {
        Err(error) => error,
        Ok(()) => session.signed_out(),
    }
}

/// New credentials are still verified: this is about commands that use one.
fn judge_all_but_401(answer: &Answer, origin: Option<Origin>) -> Result<(), Error> {
    match (answer.status, origin) {
        (401, Some(Origin::Stored | Origin::Variable(_))) if !answer.body.is_empty() => Ok(()),
        _ => http::judge(answer, origin),
    }
}

/// Every field that any answer has: the answer's own where it has the right type, else a zero.
fn as_far_as_it_goes(answer: &Answer) -> Value {
    let found: Map<String, Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
    let mut value = json!({
        "id": "",
        "email": "",
        "credit_balance_usd": 0.0,
        "created_at": "0001-01-01T00:00:00Z",
        "api_keys": [],
        "api_key": {"id": "", "name": "", "prefix": "", "created_at": 0},
        "key": "",
        "url": "",
        "images": [],
    });
    for (name, zero) in value.as_object_mut().into_iter().flatten() {
        match found.get(name) {
            Some(given) if std::mem::discriminant(given) == std::mem::discriminant(zero) => {
                *zero = given.clone();
            }
            _ => {}
        }
    }
    value
}

fn blame_login(front: &Front, error: &Error) -> String {
    match error.root() {
        Error::Unauthorized { host, origin: Origin::Variable(_) } => unauthorized(front, host),
        _ => error::describe(front, error),
    }
}

/// The message for a saved key that the server does not accept.
fn unauthorized(front: &Front, host: &str) -> String {
    error::describe(front, &Error::Unauthorized { host: host.to_owned(), origin: Origin::Stored })
}

fn send_or_sign_out(session: &Session, request: &Request) -> Result<Answer, Error> {
    let answer = http::send(session, request);
    if !answer.as_ref().is_ok_and(|answer| answer.status < 400) {
        let _ = settings::clear_key(session);
    }
    answer
}

fn send_again_at_once(session: &Session, request: &Request) -> Result<Answer, Error> {
    let mut answer = http::send(session, request)?;
    for _ in 0..3 {
        if answer.status != 429 {
            break;
        }
        answer = http::send(session, request)?;
    }
    Ok(answer)
}
