//! What an authorization request asks for, and what an authorization code stands for.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::tokens::Grant;

/// An authorization request that was found good, RFC 6749 section 4.1.1.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: Arc<str>,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    /// Words with spaces between.
    pub(crate) scope: String,
    pub(crate) challenge: Challenge,
    pub(crate) nonce: Option<String>,
}

/// What an authorization code stands for.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Challenge,
    pub(crate) nonce: Option<String>,
}

/// A PKCE challenge by S256, RFC 7636 section 4.2.
#[derive(Clone, Debug)]
pub(crate) struct Challenge(String);

impl Challenge {
    /// The challenge, if it could be the SHA-256 hash of anything: 43 characters of base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
        (decoded.len() == 32).then(|| Self(text.to_owned()))
    }

    /// Whether it was made of this verifier, which has 43 to 128 unreserved characters, RFC 7636
    /// sections 4.1 and 4.6.
    pub(crate) fn was_made_of(&self, verifier: &str) -> bool {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(unreserved)
            && bool::from(made.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_rfc() {
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let challenge = challenge.expect("a challenge");

        assert!(challenge.was_made_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.was_made_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.was_made_of("short"));
        assert!(Challenge::parse("short").is_none());
        assert!(Challenge::parse(&"=".repeat(43)).is_none());
    }
}
