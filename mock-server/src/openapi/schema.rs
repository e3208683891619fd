//! JSON schemas, read off the profile's shapes: what a name in braces stands for has a type, and
//! may be missing or not.

use serde_json::{Map, Value, json};

use crate::profile::{PlatformProfile, ReplyShape};
use crate::template::{self, Part};

/// The shapes of a profile.
pub(super) struct Shapes<'a> {
    profile: &'a PlatformProfile,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(profile: &'a PlatformProfile) -> Self {
        Self { profile }
    }

    pub(super) fn profile(&self) -> &'a PlatformProfile {
        self.profile
    }

    /// The content type and schema of a reply; `{keys}` is a list of `each`.
    pub(super) fn content(
        &self,
        shape: &ReplyShape,
        each: Option<&Value>,
    ) -> Option<(String, Value)> {
        let said = shape
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value.clone());
        match (&shape.body, &shape.text) {
            (Some(body), _) => {
                let content_type = said.unwrap_or_else(|| "application/json".into());
                Some((content_type, self.schema(body, each)))
            }
            (None, Some(_)) => {
                let content_type = said.unwrap_or_else(|| "text/plain".into());
                Some((content_type, json!({ "type": "string" })))
            }
            (None, None) => None,
        }
    }

    fn schema(&self, value: &Value, each: Option<&Value>) -> Value {
        match value {
            Value::Null => json!({ "type": "null" }),
            Value::Bool(_) => json!({ "type": "boolean" }),
            Value::Number(_) => json!({ "type": "number" }),
            Value::String(text) => match whole_name(text) {
                Some(name) => self.named(name, each),
                None => json!({ "type": "string" }),
            },
            Value::Array(items) => {
                let items = items.first().map_or(json!({}), |item| self.schema(item, each));
                json!({ "type": "array", "items": items })
            }
            Value::Object(members) => {
                let properties: Map<_, _> = members
                    .iter()
                    .map(|(name, member)| (name.clone(), self.schema(member, each)))
                    .collect();
                let always: Vec<_> = members
                    .iter()
                    .filter(|(_, member)| !may_be_missing(member))
                    .map(|(name, _)| name)
                    .collect();
                json!({ "type": "object", "properties": properties, "required": always })
            }
        }
    }

    fn named(&self, name: &str, each: Option<&Value>) -> Value {
        match name.split_once('.').unwrap_or((name, "")) {
            // A scenario may change an account's member to anything of its kind.
            ("account", member) => self.profile.account.get(member).map_or(json!({}), kind),
            ("request", _) => json!({}),
            ("keys", _) => {
                let items = each.map_or(json!({}), |each| self.schema(each, None));
                json!({ "type": "array", "items": items })
            }
            (_, "port" | "expires_in" | "interval") | ("port", _) => json!({ "type": "integer" }),
            (_, member) if member.ends_with("_ms") => json!({ "type": "integer" }),
            _ => json!({ "type": "string" }),
        }
    }
}

/// The type of a value, no deeper.
fn kind(value: &Value) -> Value {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    json!({ "type": name })
}

/// The name that is the whole text, whose value keeps its own type.
fn whole_name(text: &str) -> Option<&str> {
    match template::parse(text).ok()?.as_slice() {
        [Part::Name(name)] => Some(name),
        _ => None,
    }
}

fn may_be_missing(value: &Value) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let parts = template::parse(text).unwrap_or_default();
    parts.iter().any(|part| match part {
        Part::Literal(_) => false,
        Part::Name(name) => {
            name.starts_with("request.")
                || matches!(
                    *name,
                    "key.last_used_at_ms"
                        | "key.expires_at_ms"
                        | "token.refresh"
                        | "token.id_token"
                        | "token.scope"
                )
        }
    })
}
