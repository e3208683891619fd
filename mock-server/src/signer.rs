//! Signed tokens: JWTs with ES256 (RFC 7518 section 3.4) or EdDSA (RFC 8037), by a key of the
//! platform's own.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, Signature,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::profile::SigningAlgorithm;
use crate::secret::random_alphanumeric;

/// A key pair, and its name.
pub(crate) struct Signer {
    pair: Pair,
    random: SystemRandom,
    id: String,
    /// The first part of every token, with the dot behind it: of access tokens, and of ID tokens.
    heads: [String; 2],
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// What a JWT is, and so what its `typ` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RFC 9068 section 2.1.
    AccessToken,
    /// OpenID Connect Core section 2.
    IdToken,
}

/// The platform has no key to sign with: the machine's source of randomness failed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the machine gives no signing key")]
pub struct NoSigningKey;

/// A signing key as it is kept: its name, and the pair as PKCS #8, or the seed of Ed25519.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptKey {
    id: String,
    secret: Vec<u8>,
}

impl fmt::Debug for KeptKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeptKey({})", self.id)
    }
}

impl KeptKey {
    /// A new key pair.
    pub(crate) fn new(algorithm: SigningAlgorithm) -> Result<Self, NoSigningKey> {
        let secret = match algorithm {
            SigningAlgorithm::Es256 => {
                let random = SystemRandom::new();
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random);
                document.map_err(|_| NoSigningKey)?.as_ref().to_vec()
            }
            SigningAlgorithm::EdDsa => rand::random::<[u8; 32]>().to_vec(),
        };
        Ok(Self { id: random_alphanumeric(16), secret })
    }
}

impl Signer {
    /// Signs with this key, which is of this algorithm.
    pub(crate) fn new(
        KeptKey { id, secret }: KeptKey,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, NoSigningKey> {
        let random = SystemRandom::new();
        let pair = match algorithm {
            SigningAlgorithm::Es256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, &secret);
                Pair::Es256(pair.map_err(|_| NoSigningKey)?)
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_seed_unchecked(&secret);
                Pair::EdDsa(pair.map_err(|_| NoSigningKey)?)
            }
        };
        let head = |kind: &str| {
            let header = json!({ "typ": kind, "alg": algorithm.name(), "kid": id });
            URL_SAFE_NO_PAD.encode(header.to_string()) + "."
        };
        let heads = [head("at+jwt"), head("JWT")];
        Ok(Self { pair, random, id, heads })
    }

    /// A JWT with these claims. Empty if the machine's source of randomness fails, which no client
    /// takes for a token.
    pub(crate) fn sign(&self, kind: Kind, claims: &impl Serialize) -> String {
        let [access, id] = &self.heads;
        let mut jwt = String::with_capacity(768);
        jwt.push_str(if kind == Kind::AccessToken { access } else { id });
        let signed = serde_json::to_vec(claims).ok().and_then(|claims| {
            URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
            self.signature(jwt.as_bytes())
        });
        let Some(signature) = signed else {
            return String::new();
        };
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        jwt
    }

    /// 64 bytes, with either algorithm.
    fn signature(&self, message: &[u8]) -> Option<Signature> {
        match &self.pair {
            Pair::Es256(pair) => pair.sign(&self.random, message).ok(),
            Pair::EdDsa(pair) => Some(pair.sign(message)),
        }
    }

    /// The public key as a set of keys, RFC 7517 section 5.
    pub(crate) fn jwks(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [match &self.pair {
            // RFC 7518 section 6.2: an uncompressed point is a byte that says so, then the
            // coordinates of 32 bytes each.
            Pair::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
                json!({
                    "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y),
                    "use": "sig", "alg": "ES256", "kid": self.id,
                })
            }
            // RFC 8037 section 2.
            Pair::EdDsa(pair) => json!({
                "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()),
                "use": "sig", "alg": "EdDSA", "kid": self.id,
            }),
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
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm,
    };
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(SigningAlgorithm::Es256)]
    #[case(SigningAlgorithm::EdDsa)]
    fn what_is_signed_is_verified_with_the_published_key(#[case] algorithm: SigningAlgorithm) {
        let key = KeptKey::new(algorithm).expect("a key");
        let signer = Signer::new(key, algorithm).expect("a key");
        let jwt = signer.sign(Kind::IdToken, &json!({ "sub": "ada" }));

        let (message, signature) = jwt.rsplit_once('.').expect("three parts");
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let published = signer.jwks();
        let member = |name: &str| decode(published["keys"][0][name].as_str().expect("text"));
        let (how, point): (&'static dyn VerificationAlgorithm, _) = match algorithm {
            SigningAlgorithm::Es256 => {
                (&ECDSA_P256_SHA256_FIXED, [vec![4], member("x"), member("y")].concat())
            }
            SigningAlgorithm::EdDsa => (&ED25519, member("x")),
        };
        let key = UnparsedPublicKey::new(how, point);

        assert!(key.verify(message.as_bytes(), &decode(signature)).is_ok());
        assert!(key.verify(b"another", &decode(signature)).is_err());
        let (head, claims) = message.split_once('.').expect("two parts");
        assert_eq!(decode(claims), br#"{"sub":"ada"}"#);
        let head: Value = serde_json::from_slice(&decode(head)).expect("JSON");
        assert_eq!(head["alg"], algorithm.name());
        assert_eq!(head["alg"], published["keys"][0]["alg"]);
        assert_eq!(head["typ"], "JWT");
    }
}
