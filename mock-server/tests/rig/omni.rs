//! What the tool of the profile `omni` asks the authorization endpoint.

use super::encoded;

pub(crate) const REDIRECT: &str = "http://localhost:49152/callback";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const STATE: &str = "a+b %2B=&ü";

const GOOD: &[(&str, &str)] = &[
    ("response_type", "code"),
    ("client_id", "omni-cli"),
    ("redirect_uri", REDIRECT),
    ("scope", "user:default"),
    ("state", STATE),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The authorization page's path, with parameters put over the good ones or, where they are
/// empty, left out.
pub(crate) fn authorize(changes: &[(&str, &str)]) -> String {
    let mut parameters: Vec<_> = GOOD
        .iter()
        .copied()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .collect();
    parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    format!("/oauth/authorize?{}", encoded(&parameters))
}
