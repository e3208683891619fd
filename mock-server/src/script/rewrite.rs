//! The usual answer with another head, or with a redirect that says something else.

use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION};
use serde::{Deserialize, Serialize};

use crate::reply::Reply;

/// What is changed of an answer, before it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrite {
    /// Another status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Headers that are put in, over those that there are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// Headers that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    without_headers: Vec<String>,
    /// Parameters that are put into the query of a redirect, over those that there are; an empty
    /// one is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<String, String>,
}

impl Rewrite {
    /// What is wrong with it, if something is.
    pub(super) fn problem(&self) -> Option<String> {
        let status = self.status.filter(|status| !(200..=599).contains(status));
        let status = status.map(|status| format!("`{status}` is not a status"));
        let name = self.headers.keys().chain(&self.without_headers);
        let mut name = name.filter(|name| HeaderName::try_from(name.as_str()).is_err());
        let value = self.headers.values().find(|value| HeaderValue::try_from(*value).is_err());
        let wrong = name.next().or(value);
        status.or_else(|| wrong.map(|wrong| format!("`{wrong}` is no header")))
    }

    /// The answer as it is sent.
    pub(crate) fn applied(&self, mut reply: Reply) -> Reply {
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
        reply.status = status.unwrap_or(reply.status);
        for name in &self.without_headers {
            reply.headers.remove(name);
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                reply.headers.insert(name, value);
            }
        }
        let location = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let other = location.map(|location| self.location(location));
        if let Some(Ok(other)) = other.map(HeaderValue::try_from) {
            reply.headers.insert(LOCATION, other);
        }
        reply
    }

    fn location(&self, location: &str) -> String {
        if self.parameters.is_empty() {
            return location.to_owned();
        }
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        let mut pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.retain(|(name, _)| !self.parameters.contains_key(name));
        let put = self.parameters.iter().filter(|(_, value)| !value.is_empty());
        pairs.extend(put.map(|(name, value)| (name.clone(), value.clone())));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{path}?{query}")
    }
}
