//! Wrong at signing in with a token, or at what a token may look like.

use super::Mutant;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::exit_code;
use crate::fronts::oanim::identity::{self, Identity};
use crate::fronts::oanim::login::{self, Way};
use crate::fronts::oanim::settings;
use crate::secret::{Malformed, Secret};
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "saves-unverified",
        front: "oanim",
        sentence: "login --token saves without asking the server",
        apply: |b| b.oanim.adopt = adopt_unverified,
    },
    Mutant {
        name: "saves-before-verifying",
        front: "oanim",
        sentence: "login --token saves, then verifies, and leaves the rejected key saved (exit code and message as clean)",
        apply: |b| b.oanim.adopt = adopt_then_verify,
    },
    Mutant {
        name: "rejected-token-exits-zero",
        front: "oanim",
        sentence: "a rejected --token prints the right error, saves nothing, exits 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(Error::Unauthorized { .. }) if command == "login --token" => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "token-login-opens-browser",
        front: "oanim",
        sentence: "login --token also opens the sign-in page in the browser",
        apply: |b| b.oanim.token_login_begins = open_the_browser_too,
    },
    Mutant {
        name: "token-login-forgets",
        front: "oanim",
        sentence: "login --token verifies and claims success, saves nothing",
        apply: |b| b.oanim.adopt = adopt_nothing,
    },
    Mutant {
        name: "keeps-white-space",
        front: "oanim",
        sentence: "the token given with --token is used as it is, white space included",
        apply: |b| {
            b.credential.parse = |text, origin| {
                if origin == Origin::Given {
                    with_white_space(text, origin)
                } else {
                    credential::parse(text, origin)
                }
            }
        },
    },
    Mutant {
        name: "strips-bad-characters",
        front: "oanim",
        sentence: "characters that no header may carry are dropped from the credential and the rest is used",
        apply: |b| b.credential.parse = strip,
    },
    Mutant {
        name: "echoes-bad-token",
        front: "oanim",
        sentence: "the refusal of a malformed credential quotes it",
        apply: |b| b.credential.parse = echo,
    },
];

fn given(secret: Secret) -> Credential {
    Credential { secret, origin: Origin::Given }
}

fn adopt_unverified(session: &Session, key: Secret, way: Way) -> Result<Identity, Error> {
    if way == Way::Browser {
        return login::adopt(session, key, way);
    }
    (session.behaviour.oanim.save_key)(session, &key)?;
    Ok(Identity::unknown())
}

fn adopt_then_verify(session: &Session, key: Secret, way: Way) -> Result<Identity, Error> {
    if way == Way::Browser {
        return login::adopt(session, key, way);
    }
    (session.behaviour.oanim.save_key)(session, &key)?;
    identity::ask(session, &given(key))
}

fn adopt_nothing(session: &Session, key: Secret, way: Way) -> Result<Identity, Error> {
    if way == Way::Browser {
        return login::adopt(session, key, way);
    }
    identity::ask(session, &given(key))
}

fn open_the_browser_too(session: &Session) -> Result<(), Error> {
    let page = format!("{}{}?port=1", settings::api(session)?, session.behaviour.oanim.login_path);
    let _ = (session.behaviour.opener.open)(session, &page);
    Ok(())
}

/// The credential as it was given, white space included; refused is what is refused anyway.
pub(super) fn with_white_space(text: &str, origin: Origin) -> Result<Secret, Error> {
    credential::parse(text, origin)?;
    Ok(Secret::unchecked(text))
}

fn strip(text: &str, origin: Origin) -> Result<Secret, Error> {
    let rest: String = text.chars().filter(char::is_ascii_graphic).collect();
    credential::parse(&rest, origin)
}

fn echo(text: &str, origin: Origin) -> Result<Secret, Error> {
    Secret::parse(text).map_err(|why| match why {
        Malformed::Empty => credential::malformed(origin, why),
        Malformed::Character => {
            Error::MalformedCredential { what: format!("{} `{text}`", origin.describe()), why }
        }
    })
}
