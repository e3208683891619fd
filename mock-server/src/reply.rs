//! A reply that is ready to be sent, and the two ways to refuse one.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::{Method, StatusCode};

/// A reply that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What was wrong with the request, for the journal alone.
    pub(crate) complaint: Option<Cow<'static, str>>,
}

impl Reply {
    /// A redirect that nothing keeps a copy of, since its target may hold a secret.
    pub(crate) fn redirect(status: StatusCode, location: HeaderValue) -> Self {
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(LOCATION, location);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("no-referrer"),
        );
        Self { status, headers, body: Bytes::new(), complaint: None }
    }

    /// The same reply, with a note for the journal.
    pub(crate) fn complaining(mut self, complaint: impl Into<Cow<'static, str>>) -> Self {
        self.complaint = Some(complaint.into());
        self
    }
}

/// A refusal that an endpoint leaves to its host, which knows the shape it has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No good credential, and what was wrong with it.
    Unauthenticated(&'static str),
    /// The content cannot be understood, and why not.
    Malformed(Cow<'static, str>),
    /// No such path.
    NotFound,
    /// The path is served by these methods only.
    WrongMethod(Vec<Method>),
}

impl Refusal {
    pub(crate) fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(why.into())
    }
}
