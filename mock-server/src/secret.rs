//! Secrets are a type that does not print itself.

use std::fmt;
use std::sync::Arc;

use rand::distr::{Alphanumeric, SampleString as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A credential. Its `Debug` prints `****`; two of them are compared in constant time. Clones share
/// the text.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text that is not to be printed.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself. The name is long to be seen in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `candidate` is this secret, in a time that does not tell how much of it is right.
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for Secret {}

/// A secret and what it is, such as `key CLI login #1` or `upstream images`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSecret {
    /// What the secret is, for a message that must not show it.
    pub name: String,
    /// The secret.
    pub value: Secret,
}

/// What is kept of a secret by which its owner is found.
pub(crate) type Hash = [u8; 32];

/// The SHA-256 hash of a secret.
pub(crate) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// `length` random letters and digits from the thread's cryptographic generator.
pub(crate) fn random_alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    push_alphanumeric(&mut text, length);
    text
}

/// Puts as many behind a text.
pub(crate) fn push_alphanumeric(text: &mut String, length: usize) {
    Alphanumeric.append_string(&mut rand::rng(), text, length);
}

/// Twelve random lowercase letters and digits: what `{unique}` stands for. Lowercase, since it
/// may become a part of an e-mail address, which some tools lowercase.
pub(crate) fn unique() -> String {
    random_alphanumeric(12).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let named = NamedSecret { name: "key".into(), value: Secret::new("hunter2") };

        assert_eq!(format!("{named:?}"), r#"NamedSecret { name: "key", value: **** }"#);
    }

    #[test]
    fn secrets_are_equal_when_their_texts_are() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert!(!Secret::new("a").matches("ab"));
    }

    #[test]
    fn unique_texts_differ() {
        assert_ne!(unique(), unique());
        assert_eq!(unique().len(), 12);
    }
}
