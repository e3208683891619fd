//! What an endpoint is: a plain function from a request and the world to an answer.
//!
//! No endpoint awaits or sends anything itself. So the state's lock is short by construction, and
//! everything about connections (faults, delays, the journal) is in [`crate::host`] alone.

use axum::extract::RawPathParams;
use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use serde_json::Value;

use crate::operation::Operation;
use crate::parameters::Parameters;
use crate::reply::{Refusal, Reply};
use crate::world::World;

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
    pub(crate) path_values: &'a RawPathParams,
    /// Whether a script says that nobody has decided yet, whoever has.
    pub(crate) held_pending: bool,
}

impl Request<'_> {
    /// The path's segment that the route calls `name`, percent-decoded.
    pub(crate) fn path_value(&self, name: &str) -> String {
        let mut values = self.path_values.iter();
        let found = values.find(|(one, _)| *one == name);
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    /// The query's parameters.
    pub(crate) fn query(&self) -> Parameters<'_> {
        Parameters::parse(self.head.uri.query().unwrap_or_default().as_bytes())
    }

    /// The form's fields, whatever the content type says.
    pub(crate) fn form(&self) -> Parameters<'_> {
        Parameters::parse(self.body)
    }

    /// The fields of a body that says that it is a form.
    pub(crate) fn declared_form(&self) -> Result<Parameters<'_>, &'static str> {
        if self.says_form() {
            Ok(self.form())
        } else {
            Err("the body is not application/x-www-form-urlencoded")
        }
    }

    fn says_form(&self) -> bool {
        let value = self.head.headers.get(CONTENT_TYPE);
        value
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| {
                kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
            })
    }

    /// The query parameter of that name, if it is there exactly once.
    pub(crate) fn query_value(&self, name: &str) -> Result<String, &'static str> {
        self.query().required(name)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(self.body)
            .map_err(|error| Refusal::malformed(format!("the body is not JSON: {error}")))
    }

    /// A member of the JSON body that is a string with something in it.
    pub(crate) fn json_text(&self, member: &str) -> Result<String, Refusal> {
        match self.json()?.get_mut(member).map(Value::take) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Refusal::malformed(format!("`{member}` is not a text"))),
            None => Err(Refusal::malformed(format!("there is no `{member}`"))),
        }
    }
}
