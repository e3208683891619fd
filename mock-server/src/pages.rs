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

/// A page that says something, such as that a login was cancelled.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Reply {
    let style = Style;
    reply(status, &MessagePage { style, title, text }, "'none'")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: &Reply) -> String {
        String::from_utf8(reply.body.to_vec()).expect("pages are UTF-8")
    }

    #[test]
    fn every_value_is_escaped() {
        let page = SignInPage {
            style: Style,
            action: r#"/"><script>1"#,
            email: "<script>2",
            state: r#""><script>3"#,
            token: "'><script>4",
        };
        assert!(!text(&page.reply("http://127.0.0.1:1")).contains("<script"));

        let page = message(StatusCode::OK, "<script>", "</p><script>");
        assert!(!text(&page).contains("<script"));
    }

    #[test]
    fn the_style_is_the_one_that_the_policy_allows() {
        let page = message(StatusCode::OK, "title", "text");
        let html = text(&page);
        let (_, after) = html.split_once("<style>").expect("a style");
        let (style, _) = after.split_once("</style>").expect("an end");

        let hash = STANDARD.encode(Sha256::digest(style));

        let policy = page.headers["content-security-policy"].to_str();
        assert!(policy.expect("ASCII").contains(&hash));
    }

    #[test]
    fn a_page_is_accessible_and_self_contained() {
        let page = SignInPage {
            style: Style,
            action: "/login",
            email: "ada@example.com",
            state: "s",
            token: "t",
        };
        let reply = page.reply("http://127.0.0.1:1");
        let html = text(&reply);

        for part in [
            "lang=\"en\"",
            "<title>",
            "name=\"viewport\"",
            "<label for=\"email\"",
            "<main>",
            "<h1>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        for outside in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!html.contains(outside), "{outside} in {html}");
        }
        assert_eq!(reply.headers["x-frame-options"], "DENY");
        assert_eq!(reply.headers["cache-control"], "no-store");
        let policy = reply.headers["content-security-policy"].to_str().expect("ASCII");
        assert!(policy.contains("form-action 'self' http://127.0.0.1:1;"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}
