//! One request and its answer, as the journal keeps them and as it shows them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::operation::Operation;

mod transcript;

use transcript::Pieces;
pub(crate) use transcript::Transcript;

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

/// An exchange as it is kept: the journal must not cost what an answer costs. Text is made of it when
/// somebody looks.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) at: Duration,
    pub(crate) origin: Arc<str>,
    pub(crate) operation: Option<Operation>,
    /// Whether it was behind TLS: a host that is stood in for need not speak what the platform does.
    pub(crate) secure: bool,
    pub(crate) transcript: Transcript,
    pub(crate) status: u16,
    pub(crate) fault: Option<Arc<str>>,
    pub(crate) complaint: Option<Cow<'static, str>>,
}

impl Record {
    /// The exchange of that number, written out.
    pub(crate) fn exchange(&self, number: u64) -> Exchange {
        let Pieces { method, path, query, body, reply_body, headers, reply_headers } =
            self.transcript.pieces();
        Exchange {
            number,
            at_ms: u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
            origin: self.origin.to_string(),
            operation: self.operation.map(|operation| operation.name().to_owned()),
            method: text(method),
            path: text(path),
            query: text(query),
            headers: pairs(headers),
            body: text(body),
            status: self.status,
            reply_headers: pairs(reply_headers),
            reply_body: text(reply_body),
            fault: self.fault.as_deref().map(str::to_owned),
            complaint: self.complaint.as_deref().map(str::to_owned),
        }
    }
}

fn pairs(headers: Vec<(&[u8], &[u8])>) -> Vec<(String, String)> {
    headers.into_iter().map(|(name, value)| (text(name), text(value))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Record {
        /// A record of a `GET` that was answered with 200, for tests.
        pub(crate) fn of(path: &'static str) -> Self {
            Self::with_body(path, b"")
        }

        fn with_body(path: &'static str, body: &[u8]) -> Self {
            let (head, ()) = hyper::Request::get(path).body(()).expect("a request").into_parts();
            Self {
                at: Duration::ZERO,
                origin: "platform".into(),
                operation: None,
                secure: false,
                transcript: Transcript::of(&head, body, None),
                status: 200,
                fault: None,
                complaint: None,
            }
        }
    }

    #[test]
    fn debug_shows_no_secret_and_serde_keeps_everything() {
        let record = Record::with_body("/callback?key=hunter2", b"hunter2");
        let exchange = record.exchange(1);

        assert_eq!(exchange.query, "key=hunter2");
        assert!(!format!("{exchange:?} {record:?}").contains("hunter2"));

        let json = serde_json::to_string(&exchange).expect("serializes");
        let back: Exchange = serde_json::from_str(&json).expect("deserializes");
        assert_eq!(back, exchange);
    }
}
