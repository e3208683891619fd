//! Reply shapes, compiled once at start: names are looked up in the profile's vocabulary then, so
//! that a request finds only values to fill in, and a misspelt name stops the platform.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::error::ProfileError;
use crate::json_template::JsonTemplate;
use crate::profile::ReplyShape;
use crate::reply::Reply;
use crate::slot::{Piece, Values, Vocabulary};

/// A reply that waits for its values.
#[derive(Clone, Debug)]
pub(crate) struct ReplyTemplate {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Fixed(Bytes),
    Json(JsonTemplate),
    Text(Vec<Piece>),
}

impl ReplyTemplate {
    /// Compiles the shape that stands at `path` of the profile.
    pub(crate) fn compile(
        shape: &ReplyShape,
        path: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, ProfileError> {
        let (body, content_type) = match (&shape.body, &shape.text) {
            (Some(_), Some(_)) => {
                return Err(ProfileError::new(path, "has both a body and a text"));
            }
            (Some(body), None) => {
                let json = JsonTemplate::compile(body, &format!("{path}.body"), vocabulary)?;
                (Body::from(json), Some("application/json"))
            }
            (None, Some(text)) => {
                let pieces = vocabulary.pieces(text, &format!("{path}.text"))?;
                (Body::text(pieces), Some("text/plain; charset=utf-8"))
            }
            (None, None) => (Body::Fixed(Bytes::new()), None),
        };
        Self::with(shape, path, body, content_type)
    }

    /// Takes the shape as it stands, braces included.
    pub(crate) fn literal(shape: &ReplyShape, path: &str) -> Result<Self, ProfileError> {
        let (body, content_type) = match (&shape.body, &shape.text) {
            (Some(_), Some(_)) => {
                return Err(ProfileError::new(path, "has both a body and a text"));
            }
            (Some(body), None) => (Bytes::from(body.to_string()), Some("application/json")),
            (None, Some(text)) => (Bytes::from(text.clone()), Some("text/plain; charset=utf-8")),
            (None, None) => (Bytes::new(), None),
        };
        Self::with(shape, path, Body::Fixed(body), content_type)
    }

    fn with(
        shape: &ReplyShape,
        path: &str,
        body: Body,
        content_type: Option<&'static str>,
    ) -> Result<Self, ProfileError> {
        let status = StatusCode::from_u16(shape.status)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()))
            .ok_or_else(|| ProfileError::new(format!("{path}.status"), "is not from 200 to 599"))?;
        let mut headers = HeaderMap::with_capacity(shape.headers.len() + 2);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in &shape.headers {
            let place = || format!("{path}.headers.{name}");
            let name = HeaderName::try_from(name)
                .map_err(|_| ProfileError::new(place(), "is not a header's name"))?;
            let value = HeaderValue::try_from(value)
                .map_err(|_| ProfileError::new(place(), "is not what a header may hold"))?;
            headers.insert(name, value);
        }
        Ok(Self { status, headers, body })
    }

    /// The reply with its values filled in.
    pub(crate) fn render(&self, values: &Values<'_>) -> Reply {
        let body = match &self.body {
            Body::Fixed(bytes) => bytes.clone(),
            Body::Json(json) => json.render(values),
            Body::Text(pieces) => Piece::text(pieces, values).unwrap_or_default().into(),
        };
        Reply { status: self.status, headers: self.headers.clone(), body, complaint: None }
    }

    /// Whether a value comes out of the request's JSON body.
    pub(crate) fn reads_request(&self) -> bool {
        match &self.body {
            Body::Fixed(_) => false,
            Body::Json(json) => json.reads_request(),
            Body::Text(pieces) => pieces.iter().any(Piece::reads_request),
        }
    }

    /// The reply where no value is known but those that always are.
    pub(crate) fn plain(&self) -> Reply {
        self.render(&Values::default())
    }
}

impl Body {
    fn text(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self::Fixed(Bytes::new()),
            [Piece::Literal(text)] => Self::Fixed(Bytes::from(text.clone())),
            _ => Self::Text(pieces),
        }
    }
}

impl From<JsonTemplate> for Body {
    fn from(json: JsonTemplate) -> Self {
        match json {
            JsonTemplate::Fixed(bytes) => Self::Fixed(bytes),
            json => Self::Json(json),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::status(ReplyShape { status: 99, ..ReplyShape::json(200, json!(1)) }, "reply.status")]
    #[case::both(ReplyShape { text: Some(String::new()), ..ReplyShape::json(200, json!(1)) }, "reply")]
    #[case::header_name(ReplyShape { headers: [("a b".into(), "c".into())].into(), ..ReplyShape::json(200, json!(1)) }, "reply.headers.a b")]
    #[case::header_value(ReplyShape { headers: [("a".into(), "b\n".into())].into(), ..ReplyShape::json(200, json!(1)) }, "reply.headers.a")]
    fn a_reply_that_cannot_be_sent_is_refused(#[case] shape: ReplyShape, #[case] path: &str) {
        let compiled = ReplyTemplate::compile(&shape, "reply", &Vocabulary::new("http://p"));
        let literal = ReplyTemplate::literal(&shape, "reply");

        assert_eq!(compiled.expect_err("refused").path, path);
        assert_eq!(literal.expect_err("refused").path, path);
    }
}
