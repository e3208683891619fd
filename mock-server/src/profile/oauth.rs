//! An OAuth 2.1 authorization server, and the tokens it issues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ReplyShape, Route};
use crate::key_format::KeyFormat;

/// What access tokens look like, and how long they live.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessTokensProfile {
    /// `jwt`, or the format of an opaque token.
    pub format: AccessTokenFormat,
    /// How long a token is good.
    pub lifetime_seconds: u64,
    /// What JWTs, ID tokens included, are signed with.
    pub algorithm: SigningAlgorithm,
}

/// What JWTs are signed with, by its name in RFC 7518 and RFC 8037.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// ECDSA with P-256, which every client knows.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519, which takes less time.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// Its name in a JWT's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The format of access tokens: `jwt` for JWTs (RFC 9068), or a key format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum AccessTokenFormat {
    /// A JWT.
    Jwt,
    /// A text that says nothing by itself.
    Opaque(KeyFormat),
}

/// An OAuth 2.1 authorization server. An endpoint without a route is not served.
///
/// Errors have the shape of RFC 6749 section 5.2, metadata that of RFC 8414.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuthProfile {
    /// The issuer behind the platform's URL: empty, or a path that begins with a slash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer_path: String,
    /// The authorization endpoint, RFC 6749 section 4.1.1. The page's form posts to the same path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize: Option<Route>,
    /// The token endpoint, RFC 6749 section 3.2.
    pub token: Route,
    /// Revocation, RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Route>,
    /// Introspection, RFC 7662.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspect: Option<Route>,
    /// Metadata, RFC 8414.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Route>,
    /// OpenID discovery. With it, or with `userinfo`, the scope `openid` gives an ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid_configuration: Option<Route>,
    /// The public keys of what is signed, RFC 7517.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Route>,
    /// Dynamic client registration, RFC 7591.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Route>,
    /// OpenID userinfo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<Route>,
    /// Device authorization, RFC 8628.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProfile>,
    /// The clients that are known from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientProfile>,
    /// Whether a client id that nobody knows is taken for that of a public client, without a
    /// redirect URI.
    #[serde(default)]
    pub any_client: bool,
    /// What may be asked for; the page shows the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What is given where nothing is asked for: of `scopes`, with spaces between.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub default_scope: String,
    /// How long an authorization code is good; RFC 6749 section 4.1.2 recommends at most 600.
    #[serde(default = "code_lifetime")]
    pub code_lifetime_seconds: u64,
    /// Refresh tokens; without it, none are issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_tokens: Option<RefreshTokensProfile>,
    /// The token endpoint's good reply; knows `{token.access}`, `{token.refresh}`,
    /// `{token.expires_in}` in seconds, `{token.scope}`, `{token.id_token}` and `{account.…}`.
    #[serde(default = "token_reply")]
    pub token_reply: ReplyShape,
    /// What the authorization and token endpoints say where the organization has personal
    /// tokens disabled.
    #[serde(default = "personal_tokens_disabled")]
    pub personal_tokens_disabled: String,
}

/// A client that is known from the start.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientProfile {
    /// Its `client_id`.
    pub id: String,
    /// Its name for people; the id, unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where codes may be sent: exactly there, but for the port of a loopback `http` URL, which
    /// is any (RFC 8252 section 7.3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// What the secret of a confidential client looks like; a public client has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<KeyFormat>,
}

/// Device authorization, RFC 8628.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceProfile {
    /// Where the tool asks for the codes.
    pub authorization: Route,
    /// Where the person enters or confirms one, `?user_code=…`. Its form posts to the same path.
    pub page: Route,
    /// How long the codes are good.
    pub lifetime_seconds: u64,
    /// How long the tool has to wait between two polls.
    pub interval_seconds: u64,
}

/// Refresh tokens.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshTokensProfile {
    /// What they look like.
    pub format: KeyFormat,
    /// How long one is good; without it, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u64>,
    /// What happens when one is used.
    #[serde(default)]
    pub rotation: Rotation,
    /// For how long a used one may be used again, as after a reply that was lost on its way.
    #[serde(default)]
    pub grace_seconds: u64,
}

/// What happens when a refresh token is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It gives a new one and is good no longer; its reuse ends the whole family, RFC 9700
    /// section 4.14.2.
    #[default]
    Strict,
    /// It stays good, and no new one is given.
    None,
}

impl Default for AccessTokensProfile {
    fn default() -> Self {
        Self {
            format: AccessTokenFormat::Jwt,
            lifetime_seconds: 3600,
            algorithm: SigningAlgorithm::Es256,
        }
    }
}

impl TryFrom<String> for AccessTokenFormat {
    type Error = crate::key_format::KeyFormatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "jwt" {
            return Ok(Self::Jwt);
        }
        KeyFormat::try_from(text).map(Self::Opaque)
    }
}

impl From<AccessTokenFormat> for String {
    fn from(format: AccessTokenFormat) -> String {
        match format {
            AccessTokenFormat::Jwt => "jwt".into(),
            AccessTokenFormat::Opaque(format) => format.into(),
        }
    }
}

fn code_lifetime() -> u64 {
    60
}

/// RFC 6749 section 5.1.
fn token_reply() -> ReplyShape {
    ReplyShape::json(
        200,
        json!({
            "access_token": "{token.access}",
            "token_type": "Bearer",
            "expires_in": "{token.expires_in}",
            "refresh_token": "{token.refresh}",
            "scope": "{token.scope}",
            "id_token": "{token.id_token}",
        }),
    )
}

fn personal_tokens_disabled() -> String {
    "personal access tokens are disabled for this organization".into()
}
