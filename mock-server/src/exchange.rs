//! One request and its answer, as the journal keeps them and as it shows them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// How much of a body is kept: 64 KiB.
const BODY_KEPT: usize = 64 * 1024;

/// One request and its answer. `Debug` shows no query, header or body, since they hold secrets.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The how-manieth of the platform it is, from 1.
    pub number: u64,
    /// When the answer was decided: milliseconds since the platform started, which no scenario's
    /// clock changes.
    pub at_ms: u64,
    /// Which of the platform's origins was asked: `platform`, `elsewhere` or an upstream's name.
    pub origin: String,
    /// The name of what was asked, see [`Operation`]; none for a path that is not served.
    pub operation: Option<String>,
    /// The request's method.
    pub method: String,
    /// The request's path, percent-encoded as it came.
    pub path: String,
    /// The request's query as it came, without the question mark; empty if there is none.
    pub query: String,
    /// The request's headers as they came, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// The request's body: its first 64 KiB, and what is not UTF-8 replaced.
    pub body: String,
    /// The answer's status; 0 where a fault gave none.
    pub status: u16,
    /// The answer's headers, but for those that the connection adds.
    pub reply_headers: Vec<(String, String)>,
    /// The answer's body, cut as the request's is.
    pub reply_body: String,
    /// The scripted misbehaviour that took the request, in a few words.
    pub fault: Option<String>,
    /// What was wrong with the request, in one phrase.
    pub complaint: Option<String>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("number", &self.number)
            .field("at_ms", &self.at_ms)
            .field("origin", &self.origin)
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .field("fault", &self.fault)
            .field("complaint", &self.complaint)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    /// The first header of the request with that name, which is written in lowercase.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The first header of the answer with that name, which is written in lowercase.
    pub fn reply_header(&self, name: &str) -> Option<&str> {
        first(&self.reply_headers, name)
    }
}

fn first<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

/// An exchange as it is kept. Its parts are moved or shared in, not copied: the journal must not
/// cost what an answer costs. Text is made of them when somebody looks.
pub(crate) struct Record {
    pub(crate) at: Duration,
    pub(crate) origin: Arc<str>,
    pub(crate) operation: Option<Operation>,
    /// Whether it was behind TLS: a host that is stood in for need not speak what the platform does.
    pub(crate) secure: bool,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) status: u16,
    pub(crate) reply_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) reply_body: Bytes,
    pub(crate) fault: Option<Arc<str>>,
    pub(crate) complaint: Option<Cow<'static, str>>,
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Record {
    /// The exchange of that number, written out.
    pub(crate) fn exchange(&self, number: u64) -> Exchange {
        Exchange {
            number,
            at_ms: u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
            origin: self.origin.to_string(),
            operation: self.operation.map(|operation| operation.name().to_owned()),
            method: self.method.to_string(),
            path: self.uri.path().to_owned(),
            query: self.uri.query().unwrap_or_default().to_owned(),
            headers: pairs(self.headers.iter()),
            body: String::from_utf8_lossy(&self.body).into_owned(),
            status: self.status,
            reply_headers: pairs(self.reply_headers.iter().map(|(name, value)| (name, value))),
            reply_body: String::from_utf8_lossy(&self.reply_body).into_owned(),
            fault: self.fault.as_deref().map(str::to_owned),
            complaint: self.complaint.as_deref().map(str::to_owned),
        }
    }
}

/// What is kept of a body. A long one is copied, so that the rest of it is let go.
pub(crate) fn kept(body: &Bytes) -> Bytes {
    match body.get(..BODY_KEPT) {
        Some(start) if body.len() > BODY_KEPT => Bytes::copy_from_slice(start),
        _ => body.clone(),
    }
}

fn pairs<'a>(
    headers: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) -> Vec<(String, String)> {
    headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Record {
        /// A record of a `GET` that was answered with 200, for tests.
        pub(crate) fn of(path: &'static str) -> Self {
            Self {
                at: Duration::ZERO,
                origin: "platform".into(),
                operation: None,
                secure: false,
                method: Method::GET,
                uri: Uri::from_static(path),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                status: 200,
                reply_headers: Vec::new(),
                reply_body: Bytes::new(),
                fault: None,
                complaint: None,
            }
        }
    }

    #[test]
    fn long_bodies_are_cut() {
        assert_eq!(kept(&Bytes::from(vec![b'a'; BODY_KEPT])).len(), BODY_KEPT);
        assert_eq!(kept(&Bytes::from(vec![b'a'; BODY_KEPT + 1])).len(), BODY_KEPT);
    }

    #[test]
    fn debug_shows_no_secret_and_serde_keeps_everything() {
        let mut record = Record::of("/callback?key=hunter2");
        record.body = Bytes::from_static(b"hunter2");
        let exchange = record.exchange(1);

        assert_eq!(exchange.query, "key=hunter2");
        assert!(!format!("{exchange:?} {record:?}").contains("hunter2"));

        let json = serde_json::to_string(&exchange).expect("serializes");
        let back: Exchange = serde_json::from_str(&json).expect("deserializes");
        assert_eq!(back, exchange);
    }
}
