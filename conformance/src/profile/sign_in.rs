//! How a person signs in: with the browser that comes back, or by a code on any device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Signing in with the browser, which comes back to a loopback listener.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a claim of its own, and stands alone in the profile"
)]
pub struct LoginProfile {
    /// The path of the sign-in page at the platform.
    pub page: String,
    /// The query parameter of the page that says where the browser is to come back to.
    pub comes_back: ComesBack,
    /// What the callback brings.
    pub brings: Brings,
    /// The query parameter of page and callback that must be the same in both, where there is one.
    pub state_parameter: Option<String>,
    /// Whether the code is bound to its requester by a proof key, RFC 7636.
    #[serde(default)]
    pub proof_key: bool,
    /// Whether the endpoints are found by the server's metadata, RFC 8414.
    #[serde(default)]
    pub discovery: bool,
    /// Whether the callback names the issuer, RFC 9207, and the tool compares it.
    #[serde(default)]
    pub issuer: bool,
    /// Whether the contract documents a redirect to localhost, where the standard prefers an address.
    #[serde(default)]
    pub redirects_to_localhost: bool,
    /// The variable that shortens how long the tool waits for the browser, in seconds.
    pub time_limit_variable: Option<String>,
}

/// Where the browser is to come back to, by the query parameter of the page that says so.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComesBack {
    /// This parameter names the port; the rest is agreed on.
    Port(String),
    /// This parameter holds the whole URL, such as `redirect_uri`.
    Url(String),
}

/// What the callback brings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Brings {
    /// The key itself, in this query parameter.
    Key(String),
    /// A code, in a query parameter, that the tool exchanges for what it saves.
    Code {
        /// The query parameter.
        parameter: String,
        /// The operation of the platform that takes the code: `token` or `code-exchange`.
        exchange: String,
        /// The member of its answer that holds the credential.
        member: String,
    },
}

/// Signing in by a code that is approved on any device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceProfile {
    /// The path of the page where the code is approved.
    pub page: String,
    /// The query parameter of the page that holds the code.
    pub code_parameter: String,
    /// The operation of the platform that begins it: `device-authorization` or `headless-request`.
    pub request: String,
    /// The member of its answer that holds the person's code.
    pub code: String,
    /// The operation that is polled: `token` or `headless-poll`.
    pub poll: String,
    /// The member of the last answer that holds the credential.
    pub member: String,
    /// Whether the tool opens the page in the browser.
    #[serde(default)]
    pub opens_browser: bool,
}

impl LoginProfile {
    /// The query parameter of the callback that carries the key or the code.
    pub fn grant_parameter(&self) -> &str {
        match &self.brings {
            Brings::Key(parameter) | Brings::Code { parameter, .. } => parameter,
        }
    }

    /// Whether what the callback brings is a code of OAuth 2.1, exchanged at the token endpoint.
    pub fn is_oauth(&self) -> bool {
        matches!(&self.brings, Brings::Code { exchange, .. } if exchange == "token")
    }

    /// Whether the callback brings a code, not the key itself.
    pub fn brings_code(&self) -> bool {
        matches!(self.brings, Brings::Code { .. })
    }
}
