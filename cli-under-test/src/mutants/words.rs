//! Wrong at telling one failure from another, or at keeping quiet.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Mutant;
use crate::behaviour::Moment;
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::amika::settings::{self, Found, Source};
use crate::fronts::amika::stores;
use crate::fronts::oanim;
use crate::http::{self, Answer, Request};
use crate::oauth::{Tokens, token};
use crate::renewal::{self, Access};
use crate::session::{Front, Session};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "forbidden-blames-login",
        front: "oanim",
        sentence: "a missing permission is reported with the advice to sign in again",
        apply: |b| b.output.describe = blame_login_for_permission,
    },
    Mutant {
        name: "forbidden-signs-out",
        front: "oanim",
        sentence: "a missing permission removes the saved key",
        apply: |b| b.http.send = sign_out_upon_forbidden,
    },
    Mutant {
        name: "disabled-tokens-unexplained",
        front: "omni",
        sentence: "omni: that personal tokens are disabled is reported as any refusal",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Denied { .. } => format!("error: {}", error.root()),
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "signed-out-in-other-words",
        front: "almyty",
        sentence: "almyty: who is not signed in is told so in words of its own",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::NotSignedIn { .. } => {
                    format!(
                        "error: nobody is here\nRun `{}`, or set {}.",
                        front.login, front.variable
                    )
                }
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "failed-renewal-blames-session",
        front: "standard",
        sentence: "a renewal that the server fails at is reported with the advice to sign in again",
        apply: |b| b.output.describe = blame_login_for_failure,
    },
    Mutant {
        name: "failed-exchange-exits-zero",
        front: "standard",
        sentence: "a code that the server fails to exchange is reported, and the exit code is 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error)
                    if command == "login" && matches!(error.root(), Error::Server { .. }) =>
                {
                    0
                }
                _ => exit_code::of(command, outcome),
            }
        },
    },
    Mutant {
        name: "verifies-anything",
        front: "standard",
        sentence: "standard: keys verify says that a key is not valid, and exits 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if matches!(error.root(), Error::InvalidKey) => 0,
                _ => exit_code::of(command, outcome),
            }
        },
    },
    Mutant {
        name: "prints-device-code",
        front: "standard",
        sentence: "a debug line on stderr has the secret that is polled with",
        apply: |b| b.oauth.form = |fields| told(fields, "device_code"),
    },
    Mutant {
        name: "prints-verifier",
        front: "standard",
        sentence: "a debug line on stderr has the code verifier",
        apply: |b| b.oauth.form = |fields| told(fields, "code_verifier"),
    },
    Mutant {
        name: "exchange-without-redirect",
        front: "standard",
        sentence: "the exchange of a code does not repeat the redirect",
        apply: |b| {
            b.oauth.form = |mut fields| {
                fields.retain(|(name, _)| *name != "redirect_uri");
                fields
            }
        },
    },
    Mutant {
        name: "lifetime-is-needed",
        front: "standard",
        sentence: "an answer without expires_in ends in a panic",
        apply: |b| {
            b.oauth.end = |lifetime, token| {
                assert!(lifetime.is_some(), "expires_in is there");
                token::end(lifetime, token)
            }
        },
    },
    Mutant {
        name: "silent-shadow-at-status",
        front: "amika",
        sentence: "amika: auth status does not say what is shadowed",
        apply: |b| b.output.tell_of_shadow = &[Moment::Login, Moment::Logout],
    },
    Mutant {
        name: "needs-home",
        front: "oanim",
        sentence: "without a home nothing works, not even with a key in the environment",
        apply: |b| b.output.begun = leave_without_home,
    },
    Mutant {
        name: "waits-for-input",
        front: "oanim",
        sentence: "who is not signed in is waited for on standard input, terminal or not",
        apply: |b| b.credential.signed_out = wait_for_a_key,
    },
    Mutant {
        name: "reads-end-as-local",
        front: "standard",
        sentence: "the end of a token is read as a time of the machine's own zone",
        apply: |b| b.renewal.due = due_by_local_time,
    },
    Mutant {
        name: "challenge-of-another",
        front: "standard",
        sentence: "the code challenge is of another verifier than the one that is sent",
        apply: |b| {
            b.oauth.challenge = |_| "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        },
    },
    Mutant {
        name: "status-shows-secret",
        front: "amika",
        sentence: "amika: auth status names a saved key by the key itself",
        apply: |b| b.amika.sources = &[settings::VARIABLE, KEY_BY_ITSELF, settings::SESSION],
    },
];

const KEY_BY_ITSELF: Source = Source {
    find: |session| {
        let found = stores::key(session)?;
        Ok(found.map(|Found { access, name }| match &access {
            Access::Key(credential) => {
                let name = format!("{name} ({})", credential.secret.expose());
                Found { access, name }
            }
            Access::Session(_) => Found { access, name },
        }))
    },
};

fn leave_without_home(session: &Session) {
    if session.environment.home().is_err() {
        eprintln!("error: HOME is not set");
        std::process::exit(1);
    }
}

fn wait_for_a_key(session: &Session, _: &Request) -> Error {
    let mut line = String::new();
    // What comes is of no use: the wait is what is wrong.
    let _ = std::io::stdin().read_line(&mut line);
    session.signed_out()
}

fn due_by_local_time(tokens: &Tokens, now: Timestamp, margin: Duration) -> bool {
    let offset = TimeZone::system().to_offset(now).seconds();
    let local = now + SignedDuration::from_secs(offset.into());
    renewal::is_due(tokens, local, margin)
}

fn blame_login_for_permission(front: &Front, error: &Error) -> String {
    let said = error::describe(front, error);
    match error.root() {
        Error::Forbidden { .. } => format!("{said}\nRun `{}` again.", front.login),
        _ => said,
    }
}

fn blame_login_for_failure(front: &Front, error: &Error) -> String {
    let said = error::describe(front, error);
    match error.root() {
        Error::Server { .. } if said.contains("renew") => {
            format!("{said}\nRun `{}` again.", front.login)
        }
        _ => said,
    }
}

fn sign_out_upon_forbidden(session: &Session, request: &Request) -> Result<Answer, Error> {
    let answer = http::send(session, request)?;
    if answer.status == 403 {
        oanim::settings::clear_key(session)?;
    }
    Ok(answer)
}

fn told(fields: Vec<(&'static str, String)>, secret: &str) -> Vec<(&'static str, String)> {
    for (name, value) in fields.iter().filter(|(name, _)| *name == secret) {
        eprintln!("debug: {name}={value}");
    }
    fields
}
