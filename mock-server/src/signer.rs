//! Signed tokens: JWTs with ES256, RFC 7515 and RFC 7518 section 3.4, by a key of the platform's
//! own, made when it starts.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::secret::random_alphanumeric;

/// A key pair, and its name.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    id: String,
}

/// The platform has no key to sign with: the machine's source of randomness failed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the machine gives no signing key")]
pub struct NoSigningKey;

impl Signer {
    /// A new key pair.
    pub(crate) fn new() -> Result<Self, NoSigningKey> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| NoSigningKey)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
            .map_err(|_| NoSigningKey)?;
        Ok(Self { pair, random, id: random_alphanumeric(16) })
    }

    /// A JWT with these claims; `kind` is its `typ`, such as `JWT`. Empty if the machine's source
    /// of randomness fails, which no client takes for a token.
    pub(crate) fn sign(&self, kind: &str, claims: &Value) -> String {
        let header = json!({ "typ": kind, "alg": "ES256", "kid": self.id });
        let mut jwt = String::with_capacity(512);
        URL_SAFE_NO_PAD.encode_string(header.to_string(), &mut jwt);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut jwt);
        let Ok(signature) = self.pair.sign(&self.random, jwt.as_bytes()) else {
            return String::new();
        };
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        jwt
    }

    /// The public key as a set of keys, RFC 7517 section 5 and RFC 7518 section 6.2.
    pub(crate) fn jwks(&self) -> Value {
        // An uncompressed point: a byte that says so, then the coordinates of 32 bytes each.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        json!({ "keys": [{
            "kty": "EC",
            "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
            "use": "sig",
            "alg": "ES256",
            "kid": self.id,
        }] })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn what_is_signed_is_verified_with_the_published_key() {
        let signer = Signer::new().expect("a key");
        let jwt = signer.sign("JWT", &json!({ "sub": "ada" }));

        let (message, signature) = jwt.rsplit_once('.').expect("three parts");
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let published = signer.jwks();
        let coordinate = |name: &str| decode(published["keys"][0][name].as_str().expect("text"));
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);

        assert!(key.verify(message.as_bytes(), &decode(signature)).is_ok());
        assert!(key.verify(b"another", &decode(signature)).is_err());
        let claims = decode(message.split('.').nth(1).expect("claims"));
        assert_eq!(claims, br#"{"sub":"ada"}"#);
    }
}
