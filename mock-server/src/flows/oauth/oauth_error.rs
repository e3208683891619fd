//! Errors of the token endpoint and its neighbours, RFC 6749 section 5.2.

use hyper::StatusCode;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use crate::reply::Reply;

/// A code of the registry, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    code: &'static str,
    description: String,
    status: StatusCode,
}

impl OAuthError {
    pub(super) fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), status: StatusCode::BAD_REQUEST }
    }

    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn invalid_client(description: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }

    /// The organization does not allow it.
    pub(super) fn forbidden(description: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::new("access_denied", description) }
    }

    pub(super) fn reply(self) -> Reply {
        let body = json!({ "error": self.code, "error_description": self.description });
        let mut reply = Reply::json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Basic realm="oauth""#);
            reply.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        let complaint = format!("{}: {}", self.code, self.description);
        reply.complaining(complaint)
    }
}

impl From<&'static str> for OAuthError {
    /// A request that cannot be understood.
    fn from(why: &'static str) -> Self {
        Self::invalid_request(why)
    }
}
