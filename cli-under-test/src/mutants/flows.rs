//! Wrong at the steps of a sign-in that is not a key's: the question, the answer, the other device.

use super::Mutant;
use crate::callback;
use crate::error::Error;
use crate::http::{self, Answer, Request};
use crate::oauth::device;
use crate::oauth::token::Form;
use crate::poll;
use crate::secret::Secret;
use crate::session::Session;
use crate::{chance, output};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "logs-state",
        front: "standard",
        sentence: "stderr has a debug line with the state",
        apply: |b| b.oauth.state = logged_state,
    },
    Mutant {
        name: "no-challenge",
        front: "standard",
        sentence: "the authorization request has no code challenge, and the exchange no verifier",
        apply: |b| {
            b.oauth.question = without_proof;
            b.oauth.form = without_proof;
        },
    },
    Mutant {
        name: "redirects-to-localhost",
        front: "standard",
        sentence: "the redirect address names localhost while 127.0.0.1 alone is listened at",
        apply: |b| {
            b.callback.host = |_| "localhost";
            b.callback.bind_twin = |_| Err(std::io::ErrorKind::AddrNotAvailable.into());
        },
    },
    Mutant {
        name: "redirects-to-every-address",
        front: "standard",
        sentence: "the redirect address names 0.0.0.0",
        apply: |b| {
            b.callback.host = |_| "0.0.0.0";
            b.callback.host_allowed = |_, _| true;
        },
    },
    Mutant {
        name: "ignores-refusal",
        front: "standard",
        sentence: "a callback with error=… and the right state is answered 400, and the wait goes on",
        apply: |b| b.callback.heeds_refusals = false,
    },
    Mutant {
        name: "raw-description",
        front: "standard",
        sentence: "error_description of a callback is printed as it came, escape bytes included",
        apply: |b| b.callback.description = str::to_owned,
    },
    Mutant {
        name: "page-unescaped",
        front: "standard",
        sentence: "the page that answers the callback holds error_description as it came, markup included",
        apply: |b| b.callback.escape = str::to_owned,
    },
    Mutant {
        name: "wrong-state-ends-login",
        front: "standard",
        sentence: "a callback with a wrong state, or none, ends the login as a failure",
        apply: |b| {
            b.callback.stranger =
                || Some(Error::Other("the answer had another state: login stopped".to_owned()));
        },
    },
    Mutant {
        name: "code-exchanged-twice",
        front: "standard",
        sentence: "the code is exchanged twice though the first time worked",
        apply: |b| b.oauth.exchange = exchange_again,
    },
    Mutant {
        name: "logs-code",
        front: "standard",
        sentence: "stderr has a debug line with the authorization code",
        apply: |b| b.callback.code = logged_code,
    },
    Mutant {
        name: "polls-on-when-denied",
        front: "standard",
        sentence: "access_denied does not end the polling",
        apply: |b| {
            b.polling.is_passing =
                |error| poll::is_passing(error) || matches!(error, Error::Denied { .. });
        },
    },
    Mutant {
        name: "polls-on-when-expired",
        front: "standard",
        sentence: "expired_token (or 410) does not end the polling",
        apply: |b| {
            b.polling.is_passing =
                |error| poll::is_passing(error) || matches!(error, Error::CodeExpired);
        },
    },
    Mutant {
        name: "polls-after-success",
        front: "standard",
        sentence: "it asks once more after the tokens have come",
        apply: |b| b.polling.afterwards = 1,
    },
    Mutant {
        name: "hides-user-code",
        front: "standard",
        sentence: "the user code is not shown, nor the address that has it in it",
        apply: |b| {
            b.oauth.complete = |_| None;
            b.oauth.instructions = |_, _| "And enter the code.".to_owned();
        },
    },
    Mutant {
        name: "hides-device-page",
        front: "standard",
        sentence: "the code is shown, and no address to enter it at",
        apply: |b| {
            b.output.url_lines = |_| Vec::new();
            b.oauth.instructions = |_, code| format!("Enter the code {code}");
        },
    },
    Mutant {
        name: "opens-any-page",
        front: "amika",
        sentence: "a verification address is shown and opened whatever its scheme: file:, javascript:",
        apply: |b| b.oauth.page = |given| device::page(given).or_else(|_| Ok(given.to_owned())),
    },
    Mutant {
        name: "sends-client-secret",
        front: "standard",
        sentence: "every form to the authorization server has a client_secret",
        apply: |b| {
            b.oauth.form = |mut form| {
                form.push(("client_secret", "built-in-secret".to_owned()));
                form
            }
        },
    },
    Mutant {
        name: "prompts-without-terminal",
        front: "omni",
        sentence: "questions are asked though standard input is no terminal",
        apply: |b| {
            b.output.is_terminal = || true;
            b.output.prompt_secret = crate::input::line;
        },
    },
];

fn logged_state() -> Result<Secret, Error> {
    let state = chance::unguessable()?;
    output::report(&format!("debug: state={}", state.expose()));
    Ok(state)
}

fn without_proof(form: Form) -> Form {
    form.into_iter().filter(|(name, _)| !name.starts_with("code_")).collect()
}

fn exchange_again(session: &Session, request: &Request) -> Result<Answer, Error> {
    let answer = http::send(session, request)?;
    let _ = http::send(session, request);
    Ok(answer)
}

fn logged_code(uri: &hyper::Uri) -> Option<Secret> {
    let code = callback::code_of(uri)?;
    output::report(&format!("debug: code={}", code.expose()));
    Some(code)
}
