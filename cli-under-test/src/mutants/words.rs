//! Wrong at telling one failure from another, or at keeping quiet.

use super::Mutant;
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::amika::settings::{self, Found, Source};
use crate::fronts::amika::stores;
use crate::fronts::oanim;
use crate::http::{self, Answer, Request};
use crate::renewal::Access;
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
        apply: |b| b.output.describe = |_, error| format!("error: {}", error.root()),
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
