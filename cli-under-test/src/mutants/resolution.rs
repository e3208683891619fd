//! Wrong at which credential and which address to use.

use url::Url;

use super::token::with_white_space;
use super::{Mutant, phone};
use crate::behaviour::Moment;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::fronts::oanim::settings::{self, KEY_VARIABLE, URL_VARIABLE};
use crate::http::{self, Answer, Request};
use crate::secret::Malformed;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "sample-without-credential",
        front: "oanim",
        sentence: "`assets gen-image` sends no Authorization to the platform",
        apply: |b| b.oanim.media_credential = |_| None,
    },
    Mutant {
        name: "key-in-query",
        front: "oanim",
        sentence: "every authenticated request also carries ?api_key=<key>",
        apply: |b| b.http.send = send_key_in_query,
    },
    Mutant {
        name: "store-beats-environment",
        front: "oanim",
        sentence: "a stored key beats ANIMATE_API_KEY",
        apply: |b| b.oanim.credential_sources = &[settings::from_store, settings::from_variable],
    },
    Mutant {
        name: "empty-variable-counts",
        front: "oanim",
        sentence: "ANIMATE_API_KEY set to \"\" counts as a (useless) credential: an error",
        apply: |b| {
            b.oanim.credential_sources =
                &[|session| key_or(session, str::is_empty), settings::from_store];
        },
    },
    Mutant {
        name: "blank-variable-counts",
        front: "oanim",
        sentence: "ANIMATE_API_KEY set to blanks only counts as a (useless) credential: an error",
        apply: |b| {
            b.oanim.credential_sources =
                &[|session| key_or(session, is_blank), settings::from_store];
        },
    },
    Mutant {
        name: "keeps-white-space-of-variable",
        front: "oanim",
        sentence: "ANIMATE_API_KEY is used untrimmed",
        apply: |b| {
            b.credential.parse = |text, origin| {
                if origin == VARIABLE {
                    with_white_space(text, origin)
                } else {
                    credential::parse(text, origin)
                }
            }
        },
    },
    Mutant {
        name: "stores-variable",
        front: "oanim",
        sentence: "a command run with ANIMATE_API_KEY saves that key to the store",
        apply: |b| b.credential.resolved = store_variable,
    },
    Mutant {
        name: "needs-store",
        front: "oanim",
        sentence: "ANIMATE_API_KEY is only looked at when the credential file exists",
        apply: |b| b.oanim.credential_sources = &[if_there_is_a_store, settings::from_store],
    },
    Mutant {
        name: "falls-back-to-store",
        front: "oanim",
        sentence: "when the server rejects the key from ANIMATE_API_KEY the stored one is tried",
        apply: |b| b.http.send = send_then_fall_back,
    },
    Mutant {
        name: "silent-shadow-at-login",
        front: "oanim",
        sentence: "login does not mention that ANIMATE_API_KEY shadows what was saved",
        apply: |b| b.output.tell_of_shadow = &[Moment::Logout, Moment::Identity],
    },
    Mutant {
        name: "silent-shadow-at-logout",
        front: "oanim",
        sentence: "same for logout",
        apply: |b| b.output.tell_of_shadow = &[Moment::Login, Moment::Identity],
    },
    Mutant {
        name: "silent-shadow-at-identity",
        front: "oanim",
        sentence: "same for whoami",
        apply: |b| b.output.tell_of_shadow = &[Moment::Login, Moment::Logout],
    },
    Mutant {
        name: "config-url-beats-variable",
        front: "oanim",
        sentence: "api_url of config.yaml beats ANIMATE_API_URL",
        apply: |b| {
            b.oanim.address_sources = &[settings::address_of_config, settings::address_of_variable];
        },
    },
    Mutant {
        name: "ignores-config-url",
        front: "oanim",
        sentence: "config.yaml is not looked at for api_url",
        apply: |b| b.oanim.address_sources = &[settings::address_of_variable],
    },
    Mutant {
        name: "empty-url-counts",
        front: "oanim",
        sentence: "ANIMATE_API_URL set to \"\" counts as a (useless) address: an error",
        apply: |b| {
            b.oanim.address_sources =
                &[|session| address_or(session, str::is_empty), settings::address_of_config];
        },
    },
    Mutant {
        name: "blank-url-counts",
        front: "oanim",
        sentence: "ANIMATE_API_URL set to blanks only counts as a (useless) address: an error",
        apply: |b| {
            b.oanim.address_sources =
                &[|session| address_or(session, is_blank), settings::address_of_config];
        },
    },
    Mutant {
        name: "wrong-default-url",
        front: "oanim",
        sentence: "default URL is https://api.oanim.example",
        apply: |b| b.oanim.default_address = "https://api.oanim.example",
    },
    Mutant {
        name: "doubles-slash",
        front: "oanim",
        sentence: "a trailing slash of the API URL is kept, so requests go to //api/v1/…",
        apply: |b| b.oanim.normalize = str::to_owned,
    },
    Mutant {
        name: "follows-redirect-with-key",
        front: "oanim",
        sentence: "follows a redirect to another origin and sends the Authorization header there",
        apply: |b| b.http.may_follow = |_, _| true,
    },
    Mutant {
        name: "phones-home",
        front: "oanim",
        sentence: "every command also GETs http://telemetry.example/event (result ignored; short time-out), through the proxy if one is set",
        apply: |b| b.output.begun = phone::home,
    },
    Mutant {
        name: "phones-home-directly",
        front: "oanim",
        sentence: "every command also tries for 20 ms to connect to 192.0.2.1, whatever the proxy is",
        apply: |b| b.output.begun = phone::past_proxy,
    },
];

const VARIABLE: Origin = Origin::Variable(KEY_VARIABLE);

fn send_key_in_query(session: &Session, request: &Request) -> Result<Answer, Error> {
    let mut request = request.clone();
    if let (Some(authorization), Ok(mut url)) = (&request.authorization, Url::parse(&request.url)) {
        url.query_pairs_mut().append_pair("api_key", authorization.credential.secret.expose());
        request.url = url.into();
    }
    http::send(session, &request)
}

/// Blanks, and at least one.
fn is_blank(value: &str) -> bool {
    !value.is_empty() && value.trim().is_empty()
}

/// The variable's key; an error where its value is one that `counts` on top of the good ones.
fn key_or(session: &Session, counts: fn(&str) -> bool) -> Result<Option<Credential>, Error> {
    match session.environment.raw(KEY_VARIABLE) {
        Some(value) if counts(&value) => Err(credential::malformed(VARIABLE, Malformed::Empty)),
        _ => settings::from_variable(session),
    }
}

/// The variable's address, also where its value is one that `counts` on top of the good ones.
fn address_or(
    session: &Session,
    counts: fn(&str) -> bool,
) -> Result<Option<(String, String)>, Error> {
    match session.environment.raw(URL_VARIABLE) {
        Some(value) if counts(&value) => Ok(Some((value, URL_VARIABLE.to_owned()))),
        _ => settings::address_of_variable(session),
    }
}

fn store_variable(session: &Session, credential: &Credential) {
    if credential.origin == VARIABLE {
        let _ = settings::save_key(session, &credential.secret);
    }
}

fn if_there_is_a_store(session: &Session) -> Result<Option<Credential>, Error> {
    let there = settings::file(session, "credentials.yaml").is_ok_and(|file| file.path().exists());
    if there { settings::from_variable(session) } else { Ok(None) }
}

fn send_then_fall_back(session: &Session, request: &Request) -> Result<Answer, Error> {
    let answer = http::send(session, request)?;
    let Some(authorization) = &request.authorization else {
        return Ok(answer);
    };
    if answer.status != 401 || authorization.credential.origin != VARIABLE {
        return Ok(answer);
    }
    match settings::from_store(session) {
        Ok(Some(stored)) => {
            http::send(session, &request.clone().authorized(authorization.scheme, stored))
        }
        _ => Ok(answer),
    }
}
