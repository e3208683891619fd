//! Logins that go through a browser page of the platform's own, and end with a key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReplyShape, Route};

/// A browser login that hands a key to a port of the user's own machine: the tool opens `start`
/// with its port, the person signs in there, `finish` mints a key and redirects to the port.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoopbackKeyProfile {
    /// The page that the tool opens. Its form posts to the same path.
    pub start: Route,
    /// Where the browser goes after signing in, with `?state=…`; good once.
    pub finish: Route,
    /// The query parameter of `start` that names the tool's port.
    pub port_parameter: String,
    /// Where the key is handed over: a loopback URL with `{port}`, in which `{key.…}` is known.
    pub redirect: String,
    /// How long a login may take.
    pub state_lifetime_seconds: u64,
    /// The name that a key of this login gets.
    pub key_name: String,
    /// The reply where the port is missing, given twice, or none.
    pub missing_port: ReplyShape,
}

/// The page that signs the browser out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutPageProfile {
    /// Where it is.
    pub on: Route,
}

/// A browser login that hands a code to a loopback callback, to be exchanged for a key; or, where
/// the tool asks so, the key itself in the callback's fragment.
///
/// The tool opens `start?callback=…&state=…`; after signing in, the browser goes to
/// `<callback>?code=…&state=…`, or `<callback>?error=access_denied&state=…`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeLoginProfile {
    /// The page that the tool opens. Its form posts to the same path.
    pub start: Route,
    /// The query parameter of `start` that is a URL on the user's own machine.
    pub callback_parameter: String,
    /// The query parameter of `start` and of the callback that binds the two.
    pub state_parameter: String,
    /// The query parameter whose presence asks for `<callback>#token=<key>&state=…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment_parameter: Option<String>,
    /// Where a code is exchanged for a key.
    pub exchange: Route,
    /// The member of the exchange's JSON object that is the code.
    pub code_member: String,
    /// How long a login may take, and then how long a code is good.
    pub lifetime_seconds: u64,
    /// The name that a key of this login gets.
    pub key_name: String,
    /// The exchange's reply; knows `{account.…}` and `{key.…}`, `{key.secret}` included.
    pub reply: ReplyShape,
    /// The exchange's reply to a code that is used, unknown or expired.
    pub invalid_code: ReplyShape,
}

/// A login that is approved on another device: the tool asks for a code and shows it, a person
/// opens `page?code=…`, and the tool polls for a key.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadlessLoginProfile {
    /// Where the tool asks for a code.
    pub request: Route,
    /// Where the person approves it. Its form posts to the same path.
    pub page: Route,
    /// The query parameter of `page` that is the code.
    pub code_parameter: String,
    /// Where the tool polls.
    pub poll: Route,
    /// The member of the poll's JSON object that is the tool's secret.
    pub secret_member: String,
    /// How long a login may take.
    pub lifetime_seconds: u64,
    /// How long the tool has to wait between two polls. No poll is refused for coming too soon.
    pub interval_seconds: u64,
    /// The name that a key of this login gets.
    pub key_name: String,
    /// The reply to a request; knows `{login.code}`, `{login.secret}`, `{login.url}` (the page
    /// with the code), `{login.expires_in}` and `{login.interval}`, in seconds.
    pub requested: ReplyShape,
    /// The poll's reply while nobody has decided.
    pub pending: ReplyShape,
    /// The poll's reply once after approval; knows `{account.…}` and `{key.…}`, `{key.secret}`
    /// included.
    pub approved: ReplyShape,
    /// The poll's reply after denial.
    pub denied: ReplyShape,
    /// The poll's reply to a secret that has expired, was used up or never was.
    pub expired: ReplyShape,
}
