//! The `[platform]` half of a profile: how one service speaks, as data.
//!
//! Every table refuses members it does not know. A flow that a profile does not mention is not
//! served. Strings in reply bodies may hold names in braces, see [`ReplyShape`].

mod browser;
mod hosts;
mod oauth;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::browser::{
    CodeLoginProfile, HeadlessLoginProfile, LoopbackKeyProfile, SignOutPageProfile,
};
pub use self::hosts::HardCodedHost;
pub use self::oauth::{
    AccessTokenFormat, AccessTokensProfile, ClientProfile, DeviceProfile, OAuthProfile,
    RefreshTokensProfile, Rotation, SigningAlgorithm,
};
use crate::key_format::KeyFormat;

/// How one service speaks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformProfile {
    /// The signed-in person, as free members that reply shapes name as `{account.…}`. In their
    /// strings, `{unique}` becomes a text that differs on every platform. A member `email` is
    /// what the sign-in page shows.
    pub account: Map<String, Value>,
    /// What keys look like, and how many an account may have.
    pub keys: KeysProfile,
    /// What access tokens look like, and how long they live.
    #[serde(default)]
    pub access_tokens: AccessTokensProfile,
    /// What an endpoint takes as `Authorization: Bearer`; all kinds, unless it is said.
    #[serde(default = "all_kinds")]
    pub bearer: Vec<CredentialKind>,
    /// The reply to a request without a good credential; knows `{refusal.reason}` (`unknown`,
    /// `expired`, `revoked`) and `{refusal.detail}`, a phrase. Unless the shape has one, a header
    /// `WWW-Authenticate` is added, RFC 6750 section 3.
    #[serde(default = "unauthenticated")]
    pub unauthenticated: ReplyShape,
    /// The reply to a good credential that is not enough, likewise.
    #[serde(default = "forbidden")]
    pub forbidden: ReplyShape,
    /// The reply to a request whose content cannot be understood.
    #[serde(default = "malformed")]
    pub malformed: ReplyShape,
    /// The reply to a path that is not served.
    #[serde(default = "not_found")]
    pub not_found: ReplyShape,
    /// The reply to a path that is served, by another method; a header `Allow` is added.
    #[serde(default = "wrong_method")]
    pub wrong_method: ReplyShape,
    /// The reply that a fault script gives as `answer = "rate_limited"`.
    #[serde(default = "rate_limited")]
    pub rate_limited: ReplyShape,
    /// A browser login that hands a key to a port of the user's own machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loopback_key: Option<LoopbackKeyProfile>,
    /// A browser login that hands over a code to be exchanged for a key, or the key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_login: Option<CodeLoginProfile>,
    /// A login that is approved on another device, for a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headless_login: Option<HeadlessLoginProfile>,
    /// An OAuth 2.1 authorization server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuthProfile>,
    /// The page that signs the browser out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_out_page: Option<SignOutPageProfile>,
    /// Whose credential is this?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityProfile>,
    /// The account's keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_list: Option<KeyListProfile>,
    /// Makes a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_create: Option<KeyCreateProfile>,
    /// Takes a key back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_revoke: Option<KeyRevokeProfile>,
    /// Is this key good?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_verify: Option<KeyVerifyProfile>,
    /// What the service is for: anything that is not signing in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceProfile>,
    /// Origins that the tool hard-codes, `https://api.vendor.example`: a stand-in leads
    /// them to the platform's own routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_in_for: Vec<HardCodedHost>,
    /// Hosts of somebody else that the tool talks to, each stood in for on an origin of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub upstreams: BTreeMap<String, UpstreamProfile>,
}

/// What keys look like, and how many an account may have.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeysProfile {
    /// The whole key.
    pub format: KeyFormat,
    /// The part that may be shown: what `format` begins with.
    pub prefix: KeyFormat,
    /// How many keys an account may have before it can create no more; without it, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An API key.
    Key,
    /// An access token.
    Token,
}

/// A reply: status, headers, and a JSON `body` or a `text`, or neither.
///
/// In `body` and `text`, `{name}` stands for a value. A string of `body` that is exactly one name
/// becomes that value with its own type; where the value is missing, the member is left out.
/// `{{` and `}}` are braces. `{platform.url}` and `{unique}` are known everywhere; the profile
/// type that holds the reply says what else is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyShape {
    /// The status, 200 to 599.
    pub status: u16,
    /// Headers, over the default `Cache-Control: no-store` and a content type that fits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A body that is plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A method and a path, `GET /keys/{id}`; a name in braces stands for one segment of the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Z]+ /[^?# ]*$"))]
pub struct Route {
    /// The method, in capitals.
    pub method: String,
    /// The path, from its slash on.
    pub path: String,
}

/// Whose credential is this?
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProfile {
    /// Where to ask.
    pub on: Route,
    /// The scope that an access token needs; a key has all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The reply; knows `{account.…}` and `{key.…}`, the key that was used, if it was one.
    pub reply: ReplyShape,
}

/// The account's keys.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyListProfile {
    /// Where to ask.
    pub on: Route,
    /// The reply; knows `{account.…}` and `{keys}`, the list of `each`.
    pub reply: ReplyShape,
    /// One key of the list; knows `{key.id}`, `{key.name}`, `{key.prefix}`,
    /// `{key.created_at_ms}` and, where there are such, `{key.last_used_at_ms}` and
    /// `{key.expires_at_ms}`.
    pub each: Value,
}

/// Makes a key.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyCreateProfile {
    /// Where to ask.
    pub on: Route,
    /// The member of the request's JSON object that names the key.
    pub name_member: String,
    /// The reply; knows `{account.…}` and of the new key `{key.…}`, `{key.secret}` included.
    pub reply: ReplyShape,
    /// The reply where the account has as many keys as it may.
    pub at_limit: ReplyShape,
}

/// Takes a key back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRevokeProfile {
    /// Where to ask; the path names the key as `{id}`.
    pub on: Route,
    /// The reply where the key is no more.
    pub reply: ReplyShape,
    /// The reply where there is no such key.
    pub unknown: ReplyShape,
    /// The reply where the key is another account's.
    pub foreign: ReplyShape,
}

/// Is this key good? Whoever asks needs a good credential too.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyVerifyProfile {
    /// Where to ask.
    pub on: Route,
    /// The member of the request's JSON object that is the key.
    pub key_member: String,
    /// The reply for a good key; knows `{key.…}`, and `{account.…}` of its owner.
    pub valid: ReplyShape,
    /// The reply for any other; knows `{refusal.reason}`.
    pub invalid: ReplyShape,
}

/// One thing that the service does for its users.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceProfile {
    /// Where to ask.
    pub on: Route,
    /// Who may.
    pub access: Access,
    /// The scope that an access token needs; a key has all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The reply; knows `{request.…}`, the members of the request's JSON body, `{account.…}` and
    /// `{key.…}` where an API key is asked for, and `{upstream.url}` on an upstream.
    pub reply: ReplyShape,
}

/// Who may use a resource: the scheme of the `Authorization` header that is asked for. The
/// credential is an API key on the platform, and the upstream's own secret on an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anybody, with or without a credential.
    Anyone,
    /// `Authorization: Bearer …`
    Bearer,
    /// `Authorization: Key …`
    Key,
}

/// A host of somebody else.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamProfile {
    /// What the host's one credential looks like.
    pub secret: KeyFormat,
    /// The reply to a request without that credential.
    #[serde(default = "unauthenticated")]
    pub unauthenticated: ReplyShape,
    /// What the host serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceProfile>,
}

impl TryFrom<String> for Route {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(' ') {
            Some((method, path))
                if !method.is_empty()
                    && method.bytes().all(|byte| byte.is_ascii_uppercase())
                    && path.starts_with('/')
                    && !path.contains(['?', '#', ' ']) =>
            {
                Ok(Self { method: method.into(), path: path.into() })
            }
            _ => Err(format!("`{text}` is not a method in capitals, a space and a path")),
        }
    }
}

impl From<Route> for String {
    fn from(route: Route) -> String {
        format!("{} {}", route.method, route.path)
    }
}

impl ReplyShape {
    /// A reply with a JSON body and no headers of its own.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: BTreeMap::new(), body: Some(body), text: None }
    }
}

fn unauthenticated() -> ReplyShape {
    ReplyShape::json(401, json!({ "error": "unauthorized" }))
}

fn forbidden() -> ReplyShape {
    ReplyShape::json(403, json!({ "error": "forbidden", "detail": "{refusal.detail}" }))
}

fn all_kinds() -> Vec<CredentialKind> {
    vec![CredentialKind::Key, CredentialKind::Token]
}

fn malformed() -> ReplyShape {
    ReplyShape::json(400, json!({ "error": "bad request" }))
}

fn not_found() -> ReplyShape {
    ReplyShape::json(404, json!({ "error": "not found" }))
}

fn wrong_method() -> ReplyShape {
    ReplyShape::json(405, json!({ "error": "method not allowed" }))
}

fn rate_limited() -> ReplyShape {
    ReplyShape {
        headers: BTreeMap::from([("Retry-After".into(), "1".into())]),
        ..ReplyShape::json(429, json!({ "error": "too many requests" }))
    }
}
