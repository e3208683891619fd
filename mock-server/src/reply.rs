//! A reply that is ready to be sent, and the ways to refuse one.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};

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

    /// A redirect that follows upon a form, and is never a repetition of it: RFC 9700 section
    /// 4.12 forbids 307 here.
    pub(crate) fn see_other(location: &str) -> Result<Self, &'static str> {
        let location = HeaderValue::try_from(location).map_err(|_| "the redirect is no URL")?;
        Ok(Self::redirect(StatusCode::SEE_OTHER, location))
    }

    /// A JSON document that nothing keeps a copy of.
    pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body: body.to_string().into(), complaint: None }
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
    Unauthenticated(Reason, &'static str),
    /// A good credential that is not enough.
    Forbidden(&'static str),
    /// The content cannot be understood, and why not.
    Malformed(Cow<'static, str>),
}

/// Why a credential is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is none.
    Missing,
    Unknown,
    Expired,
    Revoked,
}

impl Reason {
    /// The word that a reply shape knows as `{refusal.reason}`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing | Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Refusal {
    pub(crate) fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(why.into())
    }

    /// There is no credential in the one place where it may be.
    pub(crate) fn missing(why: &'static str) -> Self {
        Self::Unauthenticated(Reason::Missing, why)
    }
}
