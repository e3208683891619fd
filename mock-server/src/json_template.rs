//! JSON bodies, compiled once at start: what never changes is written then, and the rest is written
//! straight into the reply's bytes.

use bytes::Bytes;
use serde_json::Value;

use crate::error::ProfileError;
use crate::slot::{Piece, Slot, Values, Vocabulary, write_string};
use crate::template::{self, Part};

/// A JSON value that waits for its values. It is written straight into the reply's bytes.
#[derive(Clone, Debug)]
pub(crate) enum JsonTemplate {
    /// JSON text that never changes.
    Fixed(Bytes),
    /// A value with its own type.
    Slot(Slot),
    /// A string with values in it.
    Text(Vec<Piece>),
    List(Vec<JsonTemplate>),
    /// Members, each name already written as `"name":`.
    Object(Vec<(Bytes, JsonTemplate)>),
}

impl JsonTemplate {
    /// Compiles the value that stands at `path` of the profile.
    pub(crate) fn compile(
        value: &Value,
        path: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, ProfileError> {
        match value {
            Value::String(text) => Self::compile_string(text, path, vocabulary),
            Value::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        Self::compile(item, &format!("{path}[{index}]"), vocabulary)
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Self::List(items).folded())
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| {
                        let member = Self::compile(member, &format!("{path}.{name}"), vocabulary)?;
                        let mut written = Vec::with_capacity(name.len() + 3);
                        write_string(name, &mut written);
                        written.push(b':');
                        Ok((Bytes::from(written), member))
                    })
                    .collect::<Result<Vec<_>, ProfileError>>()?;
                Ok(Self::Object(members).folded())
            }
            other => Ok(Self::Fixed(Bytes::from(other.to_string()))),
        }
    }

    fn compile_string(
        text: &str,
        path: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, ProfileError> {
        let parts = template::parse(text).map_err(|why| ProfileError::new(path, why))?;
        if let [Part::Name(name)] = parts.as_slice()
            && let Piece::Slot(slot) = vocabulary.piece(name, path)?
        {
            return Ok(Self::Slot(slot));
        }
        Ok(Self::Text(vocabulary.pieces(text, path)?).folded())
    }

    /// Whether a value comes out of the request's JSON body.
    pub(crate) fn reads_request(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Slot(slot) => matches!(slot, Slot::Request(_)),
            Self::Text(pieces) => pieces.iter().any(Piece::reads_request),
            Self::List(items) => items.iter().any(Self::reads_request),
            Self::Object(members) => members.iter().any(|(_, item)| item.reads_request()),
        }
    }

    /// The same template, as JSON text if nothing in it changes.
    fn folded(self) -> Self {
        let changes = match &self {
            Self::Fixed(_) => false,
            Self::Slot(_) => true,
            Self::Text(pieces) => pieces.iter().any(|piece| matches!(piece, Piece::Slot(_))),
            Self::List(items) => items.iter().any(|item| !matches!(item, Self::Fixed(_))),
            Self::Object(members) => {
                members.iter().any(|(_, item)| !matches!(item, Self::Fixed(_)))
            }
        };
        if changes { self } else { Self::Fixed(self.render(&Values::default())) }
    }

    /// The JSON text; `null` where the whole value is missing.
    pub(crate) fn render(&self, values: &Values<'_>) -> Bytes {
        let mut out = Vec::with_capacity(256);
        if !self.write(values, &mut out) {
            out.extend_from_slice(b"null");
        }
        out.into()
    }

    /// Writes the JSON text, or returns false and leaves `out` as it was if a value is missing.
    pub(crate) fn write(&self, values: &Values<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Fixed(json) => {
                out.extend_from_slice(json);
                true
            }
            Self::Slot(slot) => slot.write_json(values, out),
            Self::Text(pieces) => match Piece::text(pieces, values) {
                Some(text) => {
                    write_string(&text, out);
                    true
                }
                None => false,
            },
            Self::List(items) => {
                write_sequence(out, *b"[]", items, |item, out| item.write(values, out));
                true
            }
            Self::Object(members) => {
                write_sequence(out, *b"{}", members, |(name, member), out| {
                    out.extend_from_slice(name);
                    member.write(values, out)
                });
                true
            }
        }
    }
}

/// Writes what `write` writes of each item between brackets, and takes back the items for which it
/// returns false.
pub(crate) fn write_sequence<T>(
    out: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>) -> bool,
) {
    out.push(open);
    let first = out.len();
    for item in items {
        let before = out.len();
        if before > first {
            out.push(b',');
        }
        if !write(item, out) {
            out.truncate(before);
        }
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Map, json};

    use super::*;
    use crate::slot::Topic;

    fn account() -> Map<String, Value> {
        let Value::Object(account) = json!({ "email": "a@b.c", "credit": 42.5, "tags": ["x"] })
        else {
            panic!("an object")
        };
        account
    }

    fn render(shape: &Value, request: Option<&Value>) -> String {
        let account = account();
        let vocabulary = Vocabulary {
            account: Some(&account),
            ..Vocabulary::new("http://p").with(&[Topic::Request])
        };
        let template = JsonTemplate::compile(shape, "shape", &vocabulary).expect("a good shape");
        let values = Values { account: Some(&account), request, ..Values::default() };
        String::from_utf8(template.render(&values).to_vec()).expect("JSON is UTF-8")
    }

    #[rstest]
    #[case::constant(json!({"a": [1, null, {"b": "c\"d"}]}), r#"{"a":[1,null,{"b":"c\"d"}]}"#)]
    #[case::typed(json!({"n": "{account.credit}", "l": "{account.tags}"}), r#"{"n":42.5,"l":["x"]}"#)]
    #[case::interpolated(json!({"s": "<{account.email}> {account.credit}"}), r#"{"s":"<a@b.c> 42.5"}"#)]
    #[case::platform(json!(["{platform.url}/x", "{platform.url}"]), r#"["http://p/x","http://p"]"#)]
    #[case::doubled(json!(["{{account.email}}"]), r#"["{account.email}"]"#)]
    #[case::request(json!({"m": "{request.model}", "p": "{request.input.prompt}"}), r#"{"m":7,"p":"a \"cat\""}"#)]
    #[case::first_missing(json!({"x": "{request.x}", "m": "{request.model}"}), r#"{"m":7}"#)]
    #[case::last_missing(json!({"m": "{request.model}", "x": "{request.x.y}"}), r#"{"m":7}"#)]
    #[case::all_missing(json!({"x": "{request.x}"}), "{}")]
    #[case::missing_in_text(json!({"x": "is {request.x}"}), "{}")]
    #[case::missing_in_list(json!(["{request.x}", 1]), "[1]")]
    #[case::missing_itself(json!("{request.x}"), "null")]
    fn shapes_are_filled_in(#[case] shape: Value, #[case] expected: &str) {
        let request = json!({"model": 7, "input": {"prompt": "a \"cat\""}});

        assert_eq!(render(&shape, Some(&request)), expected);
    }

    #[rstest]
    #[case::misspelt(json!({"a": {"b": "{account.emial}"}}), "shape.a.b")]
    #[case::not_here(json!(["x", "{key.secret}"]), "shape[1]")]
    #[case::in_text(json!({"a": "x {nothing}"}), "shape.a")]
    #[case::lone_brace(json!({"a": "{"}), "shape.a")]
    fn an_unknown_name_is_an_error_with_its_place(#[case] shape: Value, #[case] path: &str) {
        let account = account();
        let vocabulary = Vocabulary { account: Some(&account), ..Vocabulary::new("http://p") };

        let error = JsonTemplate::compile(&shape, "shape", &vocabulary).expect_err("unknown");

        assert_eq!(error.path, path);
    }

    proptest::proptest! {
        #[test]
        fn any_request_value_gives_valid_json(text in "\\PC*", number: f64) {
            let request = json!({"model": text, "input": {"prompt": number}});
            let shape = json!({"a": "{request.model}", "b": "x{request.model}", "c": "{request.input.prompt}"});

            let parsed: Value = serde_json::from_str(&render(&shape, Some(&request))).expect("valid JSON");

            proptest::prop_assert_eq!(&parsed["a"], &request["model"]);
            proptest::prop_assert_eq!(&parsed["b"], &json!(format!("x{text}")));
        }
    }
}
