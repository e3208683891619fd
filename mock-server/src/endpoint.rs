//! What an endpoint is: a plain function from a request and the world to an answer.
//!
//! No endpoint awaits or sends anything itself. So the state's lock is short by construction, and
//! everything about connections (faults, delays, the journal) is in [`crate::host`] alone.

use bytes::Bytes;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::state::World;

/// One operation of one origin.
pub(crate) trait Endpoint: Send + Sync {
    /// What is asked here.
    fn operation(&self) -> Operation;

    /// The answer. A refusal is given the shape that the origin has for it.
    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal>;
}

/// A request that was read completely and belongs to an endpoint.
pub(crate) struct Request<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) path_values: matchit::Params<'a, 'a>,
}

impl Request<'_> {
    /// The path's segment that the route calls `name`, percent-decoded.
    pub(crate) fn path_value(&self, name: &str) -> String {
        let raw = self.path_values.get(name).unwrap_or_default();
        percent_decode_str(raw).decode_utf8_lossy().into_owned()
    }

    /// The query parameter of that name, if it is there exactly once.
    pub(crate) fn query_value(&self, name: &str) -> Result<String, &'static str> {
        once(self.head.uri.query().unwrap_or_default().as_bytes(), name)
    }

    /// The form field of that name, if it is there exactly once.
    pub(crate) fn form_value(&self, name: &str) -> Result<String, &'static str> {
        once(self.body, name)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(self.body)
            .map_err(|error| Refusal::malformed(format!("the body is not JSON: {error}")))
    }
}

fn once(pairs: &[u8], name: &str) -> Result<String, &'static str> {
    let mut values =
        form_urlencoded::parse(pairs).filter(|(one, _)| one == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.into_owned()),
        (None, _) => Err("a parameter is missing"),
        (Some(_), Some(_)) => Err("a parameter is given twice"),
    }
}
