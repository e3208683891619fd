//! The files that a tool keeps credentials in.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The file that an API key is kept in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a claim of its own, and stands alone in the profile"
)]
pub struct StoreProfile {
    /// Its path, with placeholders.
    pub path: String,
    /// How it is written.
    pub format: StoreFormat,
    /// Where in it the key stands: a member, or a path to one (`/profiles/team/apiKey`, RFC 6901).
    pub secret: String,
    /// The members that signing out removes.
    #[serde(default)]
    pub cleared: Vec<String>,
    /// What a store holds whose key is `{key}`, where it is more than the key alone.
    #[serde(default)]
    pub holds: Map<String, Value>,
    /// Whether signing in over a saved credential is refused until one has signed out.
    #[serde(default)]
    pub login_is_refused_over_it: bool,
    /// Whether nothing but the credential is kept in it, so that signing out may remove all of it.
    #[serde(default)]
    pub is_for_the_credential_alone: bool,
    /// Whether it is not even opened while the credential variable is set.
    #[serde(default)]
    pub is_unread_with_variable: bool,
    /// Whether a store that others may read is refused.
    #[serde(default)]
    pub is_refused_when_loose: bool,
}

/// The session that a sign-in makes: an access token, and what renews it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionProfile {
    /// The path of the file that it is kept in, with placeholders.
    pub path: String,
    /// Where in it the access token stands.
    pub access: String,
    /// Where in it the refresh token stands.
    pub refresh: String,
    /// What the file holds, with `{access}`, `{refresh}` and `{expires_at}`, RFC 3339.
    pub holds: Map<String, Value>,
    /// The client that it is issued to, as the platform knows it.
    pub client: String,
    /// How many seconds before its end the access token is renewed at the latest.
    pub margin_seconds: u64,
    /// Whether signing out revokes it at the platform, RFC 7009.
    #[serde(default)]
    pub is_revoked_at_logout: bool,
}

/// How a store is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StoreFormat {
    /// One YAML mapping.
    Yaml,
    /// One JSON object.
    Json,
}

impl SessionProfile {
    /// How long before its end the access token is renewed at the latest.
    pub fn margin(&self) -> Duration {
        Duration::from_secs(self.margin_seconds)
    }
}

impl StoreFormat {
    /// The value of the member `place` (a name, or a path of RFC 6901) of a store with this text;
    /// `None` when the text does not parse, or has no such member or a null there. What is no text is written as
    /// JSON.
    pub fn member(self, text: &str, place: &str) -> Option<String> {
        let members: Value = match self {
            Self::Yaml => serde_saphyr::from_str(text).ok()?,
            Self::Json => serde_json::from_str(text).ok()?,
        };
        let member =
            if place.starts_with('/') { members.pointer(place) } else { members.get(place) };
        match member? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The text of a store that holds these members.
    pub fn text(self, members: &Map<String, Value>) -> String {
        match self {
            // JSON is YAML, but no person writes it so: one that is text alone stands a line each.
            Self::Yaml if members.values().all(Value::is_string) => {
                let line = |(name, value): (&String, &Value)| {
                    format!("{name}: {}\n", value.as_str().unwrap_or(""))
                };
                members.iter().map(line).collect()
            }
            Self::Yaml | Self::Json => Value::Object(members.clone()).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[rstest::rstest]
    #[case(StoreFormat::Json, r#"{"a":{"b":"x"},"c/d":1}"#, "/a/b", Some("x"))]
    #[case(StoreFormat::Json, r#"{"a":{"b":"x"},"c/d":1}"#, "c/d", Some("1"))]
    #[case(StoreFormat::Json, r#"{"a":"#, "a", None)]
    #[case(StoreFormat::Yaml, "a: x\n", "a", Some("x"))]
    #[case(StoreFormat::Yaml, "a: x\n", "b", None)]
    fn a_member_is_found_by_name_or_path(
        #[case] format: StoreFormat,
        #[case] text: &str,
        #[case] place: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(format.member(text, place).as_deref(), expected);
    }

    #[rstest::rstest]
    #[case(StoreFormat::Json)]
    #[case(StoreFormat::Yaml)]
    fn what_is_written_is_read(#[case] format: StoreFormat) {
        let members = json!({"version": 1, "profiles": {"team": {"key": "a b"}}});
        let text = format.text(members.as_object().expect("an object"));
        assert_eq!(format.member(&text, "/profiles/team/key").as_deref(), Some("a b"));
    }
}
