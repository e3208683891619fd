//! The `[cli]` half of a profile: how one tool is driven, and what it promises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The `[cli]` table: everything that is known of the tool without running it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CliProfile {
    /// The program and its first arguments, for `run` without `-- PROGRAM`.
    #[serde(default)]
    pub program: Vec<String>,
    /// The arguments of each command that the suite drives. A command that is left out makes the
    /// checks that need it not applicable.
    pub commands: BTreeMap<Command, Vec<String>>,
    /// Variables set on every run. Values may hold placeholders: see [`PLACEHOLDERS`](super::PLACEHOLDERS).
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The environment variable that carries a credential.
    pub credential: Option<VariableProfile>,
    /// Where the tool takes the platform's URL from.
    pub url: UrlProfile,
    /// The file that the credential is kept in.
    pub store: StoreProfile,
    /// Signing in with the browser.
    pub login: Option<LoginProfile>,
    /// What the identity command shows.
    pub identity: Option<IdentityProfile>,
    /// Words that messages must hold.
    pub messages: MessagesProfile,
    /// A credential for another host that keeps the sample command off the platform.
    pub bypass: Option<BypassProfile>,
}

/// What the suite asks a tool to do, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Sign in with the browser.
    Login,
    /// Sign in with a credential given on the command line (`{token}`).
    LoginWithToken,
    /// Say who is signed in.
    Identity,
    /// Sign out.
    Logout,
    /// Create an API key called `{name}`.
    KeyCreate,
    /// List the API keys.
    KeyList,
    /// Revoke the API key `{id}`.
    KeyRevoke,
    /// A command that uses the credential for something else than identity; it may write `{out}`.
    Sample,
    /// Show help.
    Help,
    /// A command that does not exist.
    Unknown,
}

/// One environment variable.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableProfile {
    /// Its name.
    pub variable: String,
}

/// Where the platform's URL comes from, highest precedence first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlProfile {
    /// The environment variable.
    pub variable: String,
    /// A configuration file that may hold it.
    pub config: Option<UrlConfigProfile>,
    /// The URL when nothing says otherwise.
    pub default: String,
}

/// A configuration file that holds the platform's URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlConfigProfile {
    /// Its path, with placeholders.
    pub path: String,
    /// Its text, `{url}` standing for the URL.
    pub contents: String,
}

/// The file that the credential is kept in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreProfile {
    /// Its path, with placeholders.
    pub path: String,
    /// How it is written.
    pub format: StoreFormat,
    /// The member that holds the credential.
    pub secret: String,
    /// The members that signing out removes.
    #[serde(default)]
    pub cleared: Vec<String>,
}

/// How a store is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreFormat {
    /// One YAML mapping.
    Yaml,
    /// One JSON object.
    Json,
}

/// Signing in with the browser by a key handed to a loopback port.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginProfile {
    /// The path of the sign-in page at the platform.
    pub page: String,
    /// The query parameter of the page that names the listening port.
    pub port_parameter: String,
    /// The path of the loopback callback.
    pub callback: String,
    /// The query parameter of the callback that carries the key.
    pub key_parameter: String,
    /// How long the tool waits for the browser.
    pub time_limit: Option<TimeLimitProfile>,
}

/// A documented time limit, and the variable that shortens it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimitProfile {
    /// The limit as documented, in seconds.
    pub seconds: u64,
    /// The variable that sets it, in seconds.
    pub variable: String,
}

/// What the identity command shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProfile {
    /// Members of the platform's account, as `[platform.account]` names them.
    pub shows: Vec<String>,
}

/// Words that messages must hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesProfile {
    /// The command that signs in, as a message should name it.
    pub sign_in: String,
}

/// A credential for another host that keeps the sample command off the platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BypassProfile {
    /// The environment variable that carries it.
    pub variable: String,
    /// The upstream of `[platform.upstreams]` that it is for.
    pub upstream: String,
    /// The scheme of the Authorization header that it travels in.
    pub scheme: String,
}
