//! The schema of a profile's file, for editors: made of the types that read it, and so with every
//! key, its own words and its default.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::{Command, Invocation, Service};
use crate::checks::CHECKS;
use crate::server_checks::SERVER_CHECKS;

/// A check's id, where a profile names one.
pub(super) struct CheckId;

impl JsonSchema for CheckId {
    fn schema_name() -> Cow<'static, str> {
        "CheckId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ids = CHECKS.iter().map(|check| check.id);
        let ids: Vec<_> = ids.chain(SERVER_CHECKS.iter().map(|check| check.id)).collect();
        json_schema!({ "type": "string", "enum": ids })
    }
}

/// The table of commands, by the names that there are.
pub(super) fn commands(generator: &mut SchemaGenerator) -> Schema {
    let names = Command::json_schema(generator);
    let invocation = generator.subschema_for::<Invocation>();
    let mut members = Map::new();
    for command in names.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = command["const"].as_str() else { continue };
        let member =
            json_schema!({ "description": command["description"], "allOf": [&invocation] });
        members.insert(name.to_owned(), member.to_value());
    }
    json_schema!({ "type": "object", "properties": members, "additionalProperties": false })
}

/// The JSON schema of a profile's file, of draft 7, which editors of TOML know.
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Service>();
    RecursiveTransform(tidy).transform(&mut schema);
    schema.insert("title".to_owned(), "A profile of authspec".into());
    schema
}

/// What the types say and a reader of TOML has no use for: TOML has no null, and the name of a Rust
/// type is no title.
fn tidy(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    // The sizes of Rust's numbers, which `minimum` and `maximum` say too.
    if members.get("format").is_some_and(|format| format != "date") {
        members.remove("format");
    }
    members.remove("title");
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    if let Some(Value::Array(kinds)) = members.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_mut_slice() {
            let only = only.take();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(ways)) = members.get_mut("anyOf") {
        ways.retain(|way| way["type"] != "null");
        if let [only] = ways.as_mut_slice() {
            let only = only.take();
            members.remove("anyOf");
            members.insert("allOf".to_owned(), Value::Array(vec![only]));
        }
    }
}
