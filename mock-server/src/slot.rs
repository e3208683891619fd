//! The names that a shape may use, and the values they stand for.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::ProfileError;
use crate::keyring::KeyEntry;
use crate::secret::unique;
use crate::template::{self, Part};

/// The names that are known at one place of a profile.
#[derive(Clone, Copy)]
pub(crate) struct Vocabulary<'a> {
    pub(crate) platform_url: &'a str,
    pub(crate) upstream_url: Option<&'a str>,
    pub(crate) account: Option<&'a Map<String, Value>>,
    pub(crate) topics: &'a [Topic],
}

/// What else a place of a profile may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// `{request.…}`, the members of the request's JSON body.
    Request,
    /// `{key.…}`, a key but for its secret.
    Key,
    /// `{key.secret}`
    KeySecret,
    /// `{keys}`, the list of them.
    Keys,
    /// `{port}`, the one that waits for a login's end.
    Port,
    /// What one place alone knows, under these names.
    Names(&'static [&'static str]),
}

/// The values that one reply may be filled with. A name that the vocabulary allowed and that has
/// no value here is missing, which leaves its member out.
#[derive(Clone, Copy, Default)]
pub(crate) struct Values<'a> {
    pub(crate) account: Option<&'a Map<String, Value>>,
    pub(crate) request: Option<&'a Value>,
    pub(crate) key: Option<&'a KeyEntry>,
    pub(crate) key_secret: Option<&'a str>,
    /// The list of keys as JSON text.
    pub(crate) keys: Option<&'a [u8]>,
    pub(crate) port: Option<u16>,
    /// The values of [`Topic::Names`].
    pub(crate) named: &'a [(&'static str, Filling<'a>)],
}

/// What a name is replaced by. It is written as it is, and not copied before.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Filling<'a> {
    Json(&'a Value),
    Text(Cow<'a, str>),
    Number(u64),
}

impl<'a> From<&'a str> for Filling<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<u64> for Filling<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// A value that is not known before a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Unique,
    Account(String),
    /// The way down into the request's JSON body.
    Request(Vec<String>),
    Key(KeyMember),
    KeySecret,
    Keys,
    Port,
    Named(&'static str),
}

/// What a shape may show of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMember {
    Id,
    Name,
    Prefix,
    CreatedAtMs,
    LastUsedAtMs,
    ExpiresAtMs,
}

/// A piece of a text that is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Slot(Slot),
}

impl<'a> Vocabulary<'a> {
    /// The names that are known everywhere.
    pub(crate) fn new(platform_url: &'a str) -> Self {
        Self { platform_url, upstream_url: None, account: None, topics: &[] }
    }

    /// The same names, and those of these topics only.
    pub(crate) fn with(self, topics: &'a [Topic]) -> Self {
        Self { topics, ..self }
    }

    fn named(&self, name: &str) -> Option<&'static str> {
        self.topics.iter().find_map(|topic| match topic {
            Topic::Names(names) => names.iter().copied().find(|one| *one == name),
            _ => None,
        })
    }

    fn knows(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// The pieces of the text that stands at `path` of the profile.
    pub(crate) fn pieces(&self, text: &str, path: &str) -> Result<Vec<Piece>, ProfileError> {
        let mut pieces = Vec::new();
        for part in template::parse(text).map_err(|why| ProfileError::new(path, why))? {
            let piece = match part {
                Part::Literal(text) => Piece::Literal(text),
                Part::Name(name) => self.piece(name, path)?,
            };
            // Neighbouring literals are one, so that a text without slots is one piece at most.
            match (pieces.last_mut(), piece) {
                (Some(Piece::Literal(before)), Piece::Literal(text)) => before.push_str(&text),
                (_, piece) => pieces.push(piece),
            }
        }
        if pieces.len() > 1 && pieces.contains(&Piece::Slot(Slot::Keys)) {
            return Err(ProfileError::new(path, "has {keys} within a text"));
        }
        Ok(pieces)
    }

    /// What `name` stands for: a slot, or text that never changes.
    pub(crate) fn piece(&self, name: &str, path: &str) -> Result<Piece, ProfileError> {
        let slot = match name.split_once('.').unwrap_or((name, "")) {
            ("platform", "url") => return Ok(Piece::Literal(self.platform_url.to_owned())),
            ("upstream", "url") if self.upstream_url.is_some() => {
                let url = self.upstream_url.unwrap_or_default();
                return Ok(Piece::Literal(url.to_owned()));
            }
            ("unique", "") => Some(Slot::Unique),
            ("account", member) => self
                .account
                .filter(|account| account.contains_key(member))
                .map(|_| Slot::Account(member.to_owned())),
            ("request", way) if self.knows(Topic::Request) && !way.is_empty() => {
                Some(Slot::Request(way.split('.').map(str::to_owned).collect()))
            }
            ("key", "secret") => self.knows(Topic::KeySecret).then_some(Slot::KeySecret),
            ("key", member) if self.knows(Topic::Key) => KeyMember::named(member).map(Slot::Key),
            ("keys", "") => self.knows(Topic::Keys).then_some(Slot::Keys),
            ("port", "") => self.knows(Topic::Port).then_some(Slot::Port),
            _ => self.named(name).map(Slot::Named),
        };
        slot.map(Piece::Slot)
            .ok_or_else(|| ProfileError::new(path, format!("{{{name}}} is not known here")))
    }
}

impl KeyMember {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "name" => Self::Name,
            "prefix" => Self::Prefix,
            "created_at_ms" => Self::CreatedAtMs,
            "last_used_at_ms" => Self::LastUsedAtMs,
            "expires_at_ms" => Self::ExpiresAtMs,
            _ => return None,
        })
    }

    fn of(self, key: &KeyEntry) -> Option<Filling<'_>> {
        Some(match self {
            Self::Id => Filling::from(&*key.id),
            Self::Name => Filling::from(&*key.name),
            Self::Prefix => Filling::from(&*key.prefix),
            Self::CreatedAtMs => key.created_at_ms.into(),
            Self::LastUsedAtMs => key.last_used_at_ms?.into(),
            Self::ExpiresAtMs => key.expires_at_ms?.into(),
        })
    }
}

impl Slot {
    fn filling<'v>(&self, values: &Values<'v>) -> Option<Filling<'v>> {
        Some(match self {
            Self::Unique => Filling::Text(unique().into()),
            Self::Account(member) => Filling::Json(values.account?.get(member)?),
            Self::Request(way) => {
                Filling::Json(way.iter().try_fold(values.request?, |value, step| value.get(step))?)
            }
            Self::Key(member) => member.of(values.key?)?,
            Self::KeySecret => values.key_secret?.into(),
            Self::Port => u64::from(values.port?).into(),
            Self::Named(name) => {
                let (_, filling) = values.named.iter().find(|(one, _)| one == name)?;
                filling.clone()
            }
            Self::Keys => return None,
        })
    }

    /// Writes the value as JSON, or returns false and writes nothing if it is missing.
    pub(crate) fn write_json(&self, values: &Values<'_>, out: &mut Vec<u8>) -> bool {
        if *self == Self::Keys {
            return values.keys.is_some_and(|keys| {
                out.extend_from_slice(keys);
                true
            });
        }
        self.filling(values).is_some_and(|filling| {
            // Writing into memory cannot fail.
            serde_json::to_writer(out, &filling).is_ok()
        })
    }
}

impl Piece {
    pub(crate) fn reads_request(&self) -> bool {
        matches!(self, Self::Slot(Slot::Request(_)))
    }

    /// The whole text, or nothing if one of its values is missing.
    pub(crate) fn text(pieces: &[Self], values: &Values<'_>) -> Option<String> {
        Self::joined(pieces, values, |value, text| text.push_str(value))
    }

    /// The whole text as a URL: values are percent-encoded.
    pub(crate) fn url(pieces: &[Self], values: &Values<'_>) -> Option<String> {
        Self::joined(pieces, values, |value, text| {
            text.extend(utf8_percent_encode(value, URL_VALUE));
        })
    }

    fn joined(
        pieces: &[Self],
        values: &Values<'_>,
        push: impl Fn(&str, &mut String),
    ) -> Option<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Self::Literal(literal) => text.push_str(literal),
                Self::Slot(slot) => match slot.filling(values)? {
                    Filling::Text(value) => push(&value, &mut text),
                    Filling::Json(Value::String(value)) => push(value, &mut text),
                    Filling::Json(other) => push(&other.to_string(), &mut text),
                    Filling::Number(number) => push(&number.to_string(), &mut text),
                },
            }
        }
        Some(text)
    }
}

/// Everything but RFC 3986's unreserved characters.
const URL_VALUE: &percent_encoding::AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes `text` as a JSON string.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    // Writing a string into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_in_a_url_and_its_own_text_is_not() {
        let vocabulary = Vocabulary::new("http://p").with(&[Topic::Port, Topic::KeySecret]);
        let pieces =
            vocabulary.pieces("http://h:{port}/a?k={key.secret}", "redirect").expect("known names");

        let url = Piece::url(
            &pieces,
            &Values { port: Some(80), key_secret: Some("a_b&c=d é"), ..Values::default() },
        );

        assert_eq!(url.as_deref(), Some("http://h:80/a?k=a_b%26c%3Dd%20%C3%A9"));
    }

    #[test]
    fn a_list_cannot_stand_within_a_text() {
        let vocabulary = Vocabulary::new("http://p").with(&[Topic::Keys]);

        assert!(vocabulary.pieces("keys: {keys}", "here").is_err());
        assert!(vocabulary.pieces("{keys}", "here").is_ok());
    }
}
