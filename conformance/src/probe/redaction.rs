//! What a report must not show, found as it passes by: every credential that was lent, and what a
//! server handed out that looks like one: cookies, codes, and long texts with digits in JSON and in
//! redirects.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::recording::Reply;

/// A text that a server handed out and that is at least this long may be a secret, and differs each
/// time. In characters.
const SHORTEST: usize = 12;

/// The parameters of redirects that differ each time.
const PARAMETERS: [&str; 4] = ["code", "key", "token", "state"];

/// Texts that reports must not show, each with the name that stands in its place.
#[derive(Debug, Default)]
pub struct Redaction {
    texts: Mutex<BTreeMap<String, String>>,
}

impl Redaction {
    /// Remembers a text, and the ways in which it may be written.
    pub fn hide(&self, name: &str, text: &str) {
        if text.len() < 4 {
            return;
        }
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for text in [text.to_owned(), encoded, STANDARD.encode(text)] {
            texts.entry(text).or_insert_with(|| name.to_owned());
        }
    }

    /// Remembers what a reply handed out.
    pub fn hide_handed_out(&self, reply: &Reply) {
        if let Some(json) = reply.json() {
            self.hide_in("value", &json);
        }
        for name in PARAMETERS {
            if let Some(value) = reply.parameter(name).filter(|value| value.len() >= SHORTEST) {
                self.hide(name, &value);
            }
        }
        for value in reply.all("set-cookie") {
            let pair = value.split(';').next().unwrap_or_default();
            let secret = pair.split_once('=').map_or("", |(_, secret)| secret);
            self.hide("cookie", secret);
        }
    }

    fn hide_in(&self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| self.hide_in(name, member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.hide_in(name, item)),
            Value::String(text) => {
                let graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
                let digits = text.bytes().any(|byte| byte.is_ascii_digit());
                let is_url = text.starts_with("http");
                let is_code = name == "user_code" || name == "code";
                if is_code || text.len() >= SHORTEST && graphic && !is_url && digits {
                    self.hide(name, text);
                }
            }
            _ => {}
        }
    }

    /// `text` with names in the place of what must not be shown.
    pub fn redact(&self, text: &str) -> String {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = texts.iter().filter(|(one, _)| text.contains(*one)).collect();
        // The longest first, so that a text that holds another is replaced as a whole.
        found.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        found.into_iter().fold(text.to_owned(), |text, (secret, name)| {
            text.replace(secret, &format!("‹{name}›"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_out_is_not_shown() {
        let redaction = Redaction::default();
        redaction.hide("key", "k+secret");
        let body = r#"{"access_token":"abcdefgh12345678","expires_in":3600,"issuer":"http://a/1"}"#;
        let headers = vec![("set-cookie".to_owned(), "sid=s3cr3t; Path=/".to_owned())];
        redaction.hide_handed_out(&Reply { status: 200, headers, body: body.to_owned() });
        let shown = redaction.redact("abcdefgh12345678 k%2Bsecret s3cr3t http://a/1");
        assert_eq!(shown, "‹access_token› ‹key› ‹cookie› http://a/1");
    }
}
