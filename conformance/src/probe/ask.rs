//! A request that is about to be sent.

use form_urlencoded::Serializer;

/// A request that is about to be sent. Redirects are never followed by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Ask {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Ask {
    /// A request without headers of its own.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let (headers, body) = (Vec::new(), String::new());
        Self { method: method.to_owned(), url: url.into(), headers, body }
    }

    /// The request by another method.
    pub fn by(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The request with a header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request with a bearer credential.
    pub fn bearer(self, credential: &str) -> Self {
        self.header("authorization", &format!("Bearer {credential}"))
    }

    /// The request with a query more.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.url = format!("{}{mark}{query}", self.url);
        self
    }

    /// The request for this scope, where there is one.
    pub fn scoped(self, scope: &str) -> Self {
        if scope.is_empty() { self } else { self.query(&[("scope", scope)]) }
    }

    /// The request with a form.
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        self.body = Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// The request with a JSON body.
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = body.to_string();
        self.header("content-type", "application/json")
    }

    /// The request with `value` in the place of `{name}` in its path.
    pub fn filled(mut self, name: &str, value: &str) -> Self {
        self.url = self.url.replace(&format!("{{{name}}}"), value);
        self
    }
}
