//! Sign-ins by authorization code: what comes back, and what does not happen by itself.

use super::expect::page;
use crate::check::{Judgement, Level, Objection, not_reached, require};
use crate::probe::recording::{Recording, parameter};
use crate::probe::{AGAIN, CODE, DENIED, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-authorization-state",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a code comes back with `state` as it was sent, whatever it holds",
        sources: &["RFC 6749 §4.1.2"],
        fix: "keep `state` as one decoded text, and encode it once into the redirect",
        part: &CODE,
        needs: &[],
        mutants: &["the-state-is-lost"],
        judge: |seen| {
            let state = parameter(seen.value("sign-in/callback")?, "state");
            let same = state.as_deref() == Some(seen.value("state")?);
            require(same, "the same state", if same { "the same" } else { "another one, or none" })
        },
    },
    ServerCheck {
        id: "server-authorization-issuer",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "a code comes back with the issuer where the metadata says so",
        sources: &["RFC 9207 §2", "RFC 9207 §2.3"],
        fix: "add `iss` to the redirect, equal to the metadata's issuer",
        part: &CODE,
        needs: &[&need::METADATA],
        mutants: &["the-issuer-is-another"],
        judge: |seen| {
            let issuer = parameter(seen.value("sign-in/callback")?, "iss");
            names_the_issuer(seen, issuer.as_deref())
        },
    },
    ServerCheck {
        id: "server-authorization-forgets-the-form",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "the redirect after a form does not send the form on",
        sources: &["RFC 9700 §4.12"],
        fix: "answer a posted form with 303, never with 307 or 308",
        part: &CODE,
        needs: &[&need::ROBOT],
        mutants: &["forms-are-sent-on"],
        judge: |seen| {
            seen.value("sign-in/callback")?;
            if !seen.sent.iter().any(|sent| sent.name.starts_with("sign-in/submit")) {
                return Err(Objection::NotClaimed("the server shows no form".to_owned()));
            }
            let replies = seen.each("sign-in/submit")?;
            let sends_on = replies.iter().find(|(_, reply)| [307, 308].contains(&reply.status));
            let status = replies.iter().map(|(_, reply)| reply.status.to_string());
            let status = status.collect::<Vec<_>>().join(", ");
            require(sends_on.is_none(), "neither 307 nor 308", status)
        },
    },
    ServerCheck {
        id: "server-authorization-denied",
        area: ServerArea::Authorization,
        level: Level::Must,
        sentence: "who refuses on the page is sent back with `access_denied`",
        sources: &["RFC 6749 §4.1.2.1"],
        fix: "redirect with error=access_denied when the person refuses",
        part: &DENIED,
        needs: &[],
        mutants: &["a-denial-is-a-server-error"],
        judge: |seen| {
            let error = parameter(seen.value("refusal/callback")?, "error");
            let observed = error.clone().unwrap_or_else(|| "no error".to_owned());
            require(error.as_deref() == Some("access_denied"), "access_denied", observed)
        },
    },
    ServerCheck {
        id: "server-authorization-asks-again",
        area: ServerArea::Authorization,
        level: Level::Should,
        sentence: "a browser that is signed in gives no code before somebody acts",
        sources: &["RFC 8252 §8.6", "RFC 6749 §10.12"],
        fix: "ask for consent each time where the client is public: anybody can claim its id",
        part: &AGAIN,
        needs: &[],
        mutants: &["a-signed-in-browser-gives-codes"],
        judge: |seen| {
            seen.good("exchange")?;
            let again = seen.reply(seen.value("again")?)?;
            if again.parameter("code").is_some() {
                return require(false, "a page", "a code");
            }
            if again.parameter("error").is_none() {
                page(again)?;
            }
            require(true, "a page", "no code")
        },
    },
];

/// That `issuer` is the metadata's, where the metadata says that it is named.
pub(super) fn names_the_issuer(seen: &Recording, issuer: Option<&str>) -> Judgement {
    let document = seen.good("document")?;
    let flag = "authorization_response_iss_parameter_supported";
    if document.member(flag) != Some(true.into()) {
        return Err(Objection::NotClaimed("the metadata does not say that `iss` is sent".into()));
    }
    let Some(expected) = document.text("issuer") else {
        return not_reached("the metadata names no issuer");
    };
    require(issuer == Some(&*expected), expected, issuer.unwrap_or("no issuer"))
}
