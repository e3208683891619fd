//! What goes along with a request.

use std::fmt;

use serde_json::Value;
use url::form_urlencoded;

/// It may hold secrets, and so is not shown.
#[derive(Clone)]
pub(crate) enum Body {
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

impl Body {
    /// What it is.
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    /// What goes over the wire.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Form(fields) => {
                form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
            }
        }
    }
}
