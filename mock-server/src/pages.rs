//! The pages that a person or a robot sees: one look, nothing from outside, nothing kept.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use crate::reply::Reply;

const STYLE: &str = include_str!("../templates/style.css");

/// The one style that a page may use, by its hash: a style that slipped in would not be applied.
static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE))));

/// The page on which a person signs in, or does not.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'a> {
    pub(crate) style: Style,
    /// Where the form goes.
    pub(crate) action: &'a str,
    /// Who is about to sign in.
    pub(crate) email: &'a str,
    pub(crate) state: &'a str,
    /// What proves that the form came from this page.
    pub(crate) token: &'a str,
}

/// The page on which a person lets a tool do things, or does not.
#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage<'a> {
    pub(crate) style: Style,
    /// Where the form goes.
    pub(crate) action: &'a str,
    /// Who is asked.
    pub(crate) email: &'a str,
    /// Who asks.
    pub(crate) client: &'a str,
    /// What for, word by word.
    pub(crate) scopes: Vec<&'a str>,
    /// The code to be compared with what the tool shows, if it shows one.
    pub(crate) code: Option<&'a str>,
    pub(crate) state: &'a str,
    /// What proves that the form came from this page.
    pub(crate) token: &'a str,
}

/// The page on which a person enters the code that a tool shows.
#[derive(Template)]
#[template(path = "enter_code.html")]
struct EnterCodePage<'a> {
    style: Style,
    action: &'a str,
    /// The name of the form's field.
    field: &'a str,
    /// What was wrong with the last code.
    problem: Option<&'a str>,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    style: Style,
    title: &'a str,
    text: &'a str,
}

/// The look of every page.
#[derive(Clone, Copy)]
pub(crate) struct Style;

impl Style {
    /// The style sheet's text, of which no character is anybody's input.
    fn text(self) -> &'static str {
        let Self = self;
        STYLE
    }
}

impl SignInPage<'_> {
    /// The page, whose form may lead to this origin and from there to `target`, an origin.
    pub(crate) fn reply(&self, target: &str) -> Reply {
        reply(StatusCode::OK, self, &format!("'self' {target}"))
    }
}

impl ConsentPage<'_> {
    /// The page, whose form may lead to this origin and from there to `target`, an origin or
    /// nothing.
    pub(crate) fn reply(&self, target: &str) -> Reply {
        reply(StatusCode::OK, self, format!("'self' {target}").trim_end())
    }
}

/// The page where a code is entered in the form's `field`, with what was wrong with the last one.
pub(crate) fn enter_code(action: &str, field: &str, problem: Option<(StatusCode, &str)>) -> Reply {
    let page =
        EnterCodePage { style: Style, action, field, problem: problem.map(|(_, text)| text) };
    let status = problem.map_or(StatusCode::OK, |(status, _)| status);
    reply(status, &page, "'self'")
}

/// A page that says something, such as that a login was cancelled.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Reply {
    let style = Style;
    reply(status, &MessagePage { style, title, text }, "'none'")
}

/// The page after a login's end that came too late, or out of nowhere.
pub(crate) fn login_is_over(complaint: &'static str) -> Reply {
    message(
        StatusCode::BAD_REQUEST,
        "This sign-in is over",
        "It was used, has expired, or never began. Start again from the command line.",
    )
    .complaining(complaint)
}

/// The page after a person said no.
pub(crate) fn denied() -> Reply {
    message(
        StatusCode::OK,
        "Access denied",
        "Nothing was handed to the command-line tool. You can close this page.",
    )
}

fn reply(status: StatusCode, page: &impl Template, form_action: &str) -> Reply {
    let policy = format!(
        "default-src 'none'; style-src {}; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_SOURCE
    );
    let mut headers = HeaderMap::with_capacity(6);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(HeaderName::from_static("content-security-policy"), policy);
    }
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Reply {
        status,
        headers,
        // Rendering into memory fails only if a template's own filter does, and there is none.
        body: Bytes::from(page.render().unwrap_or_default()),
        complaint: None,
    }
}
