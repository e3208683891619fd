//! The reference of profiles, made of their schema: every key, with its own words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The page, of every table that `schema` leads to.
pub(crate) fn page(schema: &Value) -> String {
    let mut page = String::from(
        "# The profile, key by key\n\nMade of the types that read it; a test holds that it is current. \
         A key that is not here is refused at its\nline. `authspec profile init NAME` writes a profile to \
         start from, `authspec profile check FILE` reads one.\n\n\
         An editor that knows TOML, such as any with Taplo (Even Better TOML), completes and checks profiles \
         by\ntheir schema: `authspec profile schema >authspec.schema.json`, and `#:schema \
         ./authspec.schema.json` as the\nfirst line of the profile.\n",
    );
    let mut teller = Teller { schema, told: BTreeSet::new(), page: &mut page };
    teller.tell(schema, "");
    page
}

struct Teller<'a> {
    schema: &'a Value,
    /// The types that have a section already.
    told: BTreeSet<String>,
    page: &'a mut String,
}

impl<'a> Teller<'a> {
    /// Writes a section on the table that `of` describes, and on those below it.
    fn tell(&mut self, of: &'a Value, path: &str) {
        let title = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let says = paragraph(&of["description"]);
        let _ = writeln!(self.page, "\n## {title}\n\n{says}\n\n| key | | is | says |");
        let _ = writeln!(self.page, "|:--|:--|:--|:--|");
        let needed: Vec<&Value> = of["required"].as_array().into_iter().flatten().collect();
        for (key, member) in members(of) {
            let needed = if needed.iter().any(|name| *name == key) {
                "needed".to_owned()
            } else {
                default(&member["default"])
            };
            let says = paragraph(&member["description"]).replace('|', "\\|");
            let kind = self.kind(member);
            let _ = writeln!(self.page, "| `{key}` | {needed} | {kind} | {says} |");
        }
        for (key, member) in members(of) {
            let dot = if path.is_empty() { "" } else { "." };
            self.tell_below(member, &format!("{path}{dot}{key}"));
        }
    }

    /// Writes a section on each table that a value of this shape may hold.
    fn tell_below(&mut self, of: &'a Value, path: &str) {
        if members(of).next().is_some() {
            self.tell(of, path);
        } else if let Some(name) = of["$ref"].as_str() {
            let target = self.target(name);
            if members(target).next().is_none() {
                self.tell_below(target, path);
            } else if self.told.insert(name.to_owned()) {
                self.tell(target, path);
            }
        }
        for way in ["allOf", "anyOf"] {
            of[way].as_array().into_iter().flatten().for_each(|of| self.tell_below(of, path));
        }
        for inner in ["items", "additionalProperties"] {
            if of[inner].is_object() {
                self.tell_below(&of[inner], path);
            }
        }
    }

    /// What a value of this shape is, in TOML's words.
    fn kind(&self, of: &Value) -> String {
        if let Some(name) = of["$ref"].as_str() {
            return match name.rsplit('/').next() {
                // There are hundreds, and a catalogue of them.
                Some("CheckId") => "text, a check's id".to_owned(),
                _ => self.kind(self.target(name)),
            };
        }
        if let Some(only) = of["allOf"].get(0) {
            return self.kind(only);
        }
        if let Some(ways) = of["anyOf"].as_array() {
            return ways.iter().map(|way| self.kind(way)).collect::<Vec<_>>().join(", or ");
        }
        if let Some(ways) = of["oneOf"].as_array().or_else(|| of["enum"].as_array()) {
            return format!("one of {}", ways.iter().map(way).collect::<Vec<_>>().join(", "));
        }
        match of["type"].as_str() {
            Some("array") => format!("a list, each {}", self.kind(&of["items"])),
            Some("object") if members(of).next().is_some() => "a table".to_owned(),
            Some("object") => format!("a table, each {}", self.kind(&of["additionalProperties"])),
            Some("string") if of["format"] == "date" => "text, a date".to_owned(),
            Some("string") => "text".to_owned(),
            Some("boolean") => "true or false".to_owned(),
            Some("integer") => "a number".to_owned(),
            _ => "any value".to_owned(),
        }
    }

    fn target(&self, name: &str) -> &'a Value {
        let schema = self.schema;
        schema.pointer(name.trim_start_matches('#')).expect("it is defined")
    }
}

fn members(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of["properties"].as_object().into_iter().flat_map(Map::iter)
}

/// One of several values: itself, or the one key of the table that it is.
fn way(of: &Value) -> String {
    let value = of["const"].as_str().or_else(|| of.as_str());
    let table = members(of).next().map(|(key, inner)| {
        let keys: Vec<&str> = members(inner).map(|(key, _)| key.as_str()).collect();
        let inner =
            if keys.is_empty() { "…".to_owned() } else { keys.join(" = …, ") + " = …" };
        if keys.is_empty() { format!("{key} = {inner}") } else { format!("{key} = {{ {inner} }}") }
    });
    match value {
        Some(value) => format!("`{value}`"),
        None => format!("`{{ {} }}`", table.unwrap_or_default()),
    }
}

/// A default that says something: a number or a text.
fn default(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("`{number}`"),
        Value::String(text) if !text.is_empty() => format!("`\"{text}\"`"),
        _ => String::new(),
    }
}

fn paragraph(text: &Value) -> String {
    text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
