//! Everything that was seen while one part of a probe was played: immutable, serializable, enough
//! to be judged without the server.

use std::collections::BTreeMap;

use mock_server::PlatformProfile;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::check::{Objection, not_reached};

/// What was seen of one server in one part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    /// The part's id.
    pub part: String,
    /// How the profile says that the server speaks.
    pub platform: PlatformProfile,
    /// The server's URL, without a slash at the end.
    pub url: String,
    /// What was asked and answered, in order.
    pub sent: Vec<Sent>,
    /// What the part drew or was told, by name.
    pub values: BTreeMap<String, String>,
    /// Why the part ended before its end, if it did.
    pub ended: Option<String>,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What checks call it.
    pub name: String,
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The reply, if one came.
    pub reply: Option<Reply>,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

impl Recording {
    /// The reply to the request called `name`.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it was not sent, or not answered.
    pub fn reply(&self, name: &str) -> Result<&Reply, Objection> {
        let found = self.sent.iter().find(|sent| sent.name == name);
        match (found.map(|sent| &sent.reply), &self.ended) {
            (Some(Some(reply)), _) => Ok(reply),
            (Some(None), _) => not_reached(format!("`{name}` was not answered")),
            (None, Some(why)) => not_reached(format!("`{name}` was not asked: {why}")),
            (None, None) => not_reached(format!("`{name}` was not asked")),
        }
    }

    /// The reply to the request called `name`, which must be a success for anything to be known:
    /// the positive control.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it was not sent, not answered, or no success.
    pub fn good(&self, name: &str) -> Result<&Reply, Objection> {
        let reply = self.reply(name)?;
        if reply.is_success() {
            return Ok(reply);
        }
        not_reached(format!("`{name}` did not succeed: it was answered {}", reply.status))
    }

    /// The replies to requests whose names begin with `prefix`, with what follows it.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when there is none, or one was not answered.
    pub fn each(&self, prefix: &str) -> Result<Vec<(&str, &Reply)>, Objection> {
        let mut found = Vec::new();
        for sent in &self.sent {
            if let Some(rest) = sent.name.strip_prefix(prefix) {
                match &sent.reply {
                    Some(reply) => found.push((rest, reply)),
                    None => return not_reached(format!("`{}` was not answered", sent.name)),
                }
            }
        }
        if found.is_empty() { self.reply(prefix).map(|reply| vec![("", reply)]) } else { Ok(found) }
    }

    /// The replies to requests that were sent at once as `prefix`, and whether all were answered:
    /// of one that was not, nobody knows what it did.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when none was answered.
    pub fn racers(&self, prefix: &str) -> Result<(Vec<&Reply>, bool), Objection> {
        let racers = self.sent.iter().filter(|sent| sent.name.starts_with(prefix));
        let outcomes: Vec<_> = racers.map(|sent| sent.reply.as_ref()).collect();
        let replies: Vec<_> = outcomes.iter().copied().flatten().collect();
        match (replies.is_empty(), &self.ended) {
            (false, _) => Ok((replies.clone(), replies.len() == outcomes.len())),
            (true, Some(why)) => not_reached(format!("nothing raced: {why}")),
            (true, None) => not_reached("nothing raced"),
        }
    }

    /// What the part calls `name`.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it never came to it.
    pub fn value(&self, name: &str) -> Result<&str, Objection> {
        match (self.values.get(name), &self.ended) {
            (Some(value), _) => Ok(value),
            (None, Some(why)) => not_reached(format!("there is no {name}: {why}")),
            (None, None) => not_reached(format!("there is no {name}")),
        }
    }
}

impl Reply {
    /// Whether it is a success, 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it refuses, 4xx.
    pub fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The values of a header that may be there several times.
    pub fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        let found = self.headers.iter().filter(move |(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it says that it is of this media type.
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let kind = self.header("content-type").and_then(|value| value.split(';').next());
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(media_type))
    }

    /// Whether no cache may keep it.
    pub fn is_uncached(&self) -> bool {
        self.header("cache-control").is_some_and(|value| value.to_lowercase().contains("no-store"))
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// A member of the JSON object, if there is one.
    pub fn member(&self, name: &str) -> Option<Value> {
        self.json()?.get(name).cloned()
    }

    /// A member of the JSON object that is a text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.member(name)?.as_str().map(str::to_owned)
    }

    /// Where it redirects to, if it is a redirect.
    pub fn location(&self) -> Option<&str> {
        (300..400).contains(&self.status).then(|| self.header("location")).flatten()
    }

    /// A parameter of the query or the fragment of where it redirects to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.location()?, name)
    }

    /// The error that it names: in its redirect, or in its JSON.
    pub fn error(&self) -> Option<String> {
        self.parameter("error").or_else(|| self.text("error"))
    }

    /// Status and error, for reports: `400 invalid_grant`.
    pub fn describe(&self) -> String {
        match self.error().filter(|error| error.len() < 80) {
            Some(error) => format!("{} {error}", self.status),
            None if self.location().is_some() => format!("{}, a redirect", self.status),
            None if self.is_of_type("text/html") => format!("{}, a page", self.status),
            None => self.status.to_string(),
        }
    }
}

/// A parameter of the query or the fragment of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let fragment = form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
    let mut pairs = url.query_pairs().chain(fragment);
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_read() {
        let reply = Reply {
            status: 302,
            headers: vec![("location".into(), "http://127.0.0.1:1/c?error=a%2Bb&x=1#y=2".into())],
            body: String::new(),
        };
        assert_eq!(reply.parameter("error").as_deref(), Some("a+b"));
        assert_eq!(reply.parameter("y").as_deref(), Some("2"));
        assert_eq!(reply.describe(), "302 a+b");
    }
}
