//! The `[cli]` half of a profile: how one tool is driven, and what it promises.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extract::ExtractProfile;
use super::sign_in::{DeviceProfile, LoginProfile};
use super::store::{SessionProfile, StoreProfile};

/// The `[cli]` table: everything that is known of the tool without running it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CliProfile {
    /// The program and its first arguments, for `run` without `-- PROGRAM`.
    #[serde(default)]
    pub program: Vec<String>,
    /// The arguments of each command that the suite drives. A command that is left out makes the
    /// checks that need it not applicable.
    #[schemars(schema_with = "super::schema::commands")]
    pub commands: BTreeMap<Command, Invocation>,
    /// Variables set on every run. Values may hold `{home}`, `{sandbox}`, `{platform.url}` and
    /// `{upstream.NAME.url}`.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The environment variable that carries a credential.
    pub credential: Option<VariableProfile>,
    /// Where the tool takes the platform's URL from.
    pub url: UrlProfile,
    /// The option that carries a credential, before any variable.
    pub flag: Option<FlagProfile>,
    /// The file that an API key is kept in.
    pub store: StoreProfile,
    /// The session that a sign-in makes, where it makes one and not a key.
    pub session: Option<SessionProfile>,
    /// How long a request may take, where a person can say so.
    pub time_limit: Option<TimeLimitProfile>,
    /// Signing in with the browser.
    pub login: Option<LoginProfile>,
    /// Signing in by a code that is approved on any device.
    pub device: Option<DeviceProfile>,
    /// What the identity command shows.
    pub identity: Option<IdentityProfile>,
    /// What other tools have saved, and what is printed of it.
    pub extract: Option<ExtractProfile>,
    /// What the status command says.
    pub status: Option<StatusProfile>,
    /// Words that messages must hold.
    pub messages: MessagesProfile,
    /// A credential for another host that keeps the sample command off the platform.
    pub bypass: Option<BypassProfile>,
}

/// What the suite asks a tool to do, by role.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Sign in with the browser.
    Login,
    /// Sign in by a code that is approved on any device.
    LoginOnDevice,
    /// Sign in with a credential given on the command line or on standard input (`{token}`).
    LoginWithToken,
    /// Say who is signed in, by the platform's word; where the tool has no such command, the least
    /// one that uses the credential.
    Identity,
    /// Say which credential would be used, without asking the platform.
    Status,
    /// Print the access token, for other programs.
    Token,
    /// Sign out.
    Logout,
    /// Create an API key called `{name}`.
    KeyCreate,
    /// List the API keys.
    KeyList,
    /// Revoke the API key `{id}`.
    KeyRevoke,
    /// Say whether the key on standard input (`{token}`) is good.
    KeyVerify,
    /// Show the configuration, without its secrets.
    ShowConfiguration,
    /// Print what other tools have saved, as assignments for a shell.
    Extract,
    /// The same with `export` before each.
    ExtractExported,
    /// The same from the home `{elsewhere}`.
    ExtractElsewhere,
    /// The same without sessions of OAuth.
    ExtractKeysOnly,
    /// A command that uses the credential for something else than identity; it may write `{out}`.
    Sample,
    /// Show help.
    Help,
    /// A command that does not exist.
    Unknown,
}

impl Command {
    /// Whether it prints what other tools have saved.
    pub fn extracts(self) -> bool {
        matches!(
            self,
            Self::Extract | Self::ExtractExported | Self::ExtractElsewhere | Self::ExtractKeysOnly
        )
    }

    /// Whether it makes somebody signed in.
    pub fn signs_in(self) -> bool {
        matches!(self, Self::Login | Self::LoginOnDevice | Self::LoginWithToken)
    }
}

impl CliProfile {
    /// The operation of the platform that the identity command asks.
    pub fn identity_operation(&self) -> &str {
        self.identity.as_ref().map_or("identity", |identity| &identity.operation)
    }

    /// Whether the URL is saved with a credential.
    pub fn saves_url(&self) -> bool {
        self.store.holds.values().any(|value| value.to_string().contains("{platform.url}"))
    }

    /// Whether a configuration file holds the URL that is not the store as well.
    pub fn has_url_file(&self) -> bool {
        self.url.config.as_ref().is_some_and(|config| config.path != self.store.path)
    }

    /// Whether the URL saved with a credential is looked at while the credential variable is set.
    pub fn reads_saved_url_with_variable(&self) -> bool {
        self.saves_url() && !self.store.is_unread_with_variable
    }

    /// Whether the configuration file is looked at while the credential variable is set.
    pub fn reads_url_file_with_variable(&self) -> bool {
        let is_read = |config: &UrlConfigProfile| !config.is_unread_with_variable;
        self.has_url_file() && self.url.config.as_ref().is_some_and(is_read)
    }
}

/// How a command is started: its arguments, and what it finds on standard input.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "InvocationTable")]
pub struct Invocation {
    /// The arguments.
    pub arguments: Vec<String>,
    /// What standard input holds; empty: nothing.
    pub input: String,
}

/// An invocation as it is written: a list when there is no input.
#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a list of arguments, or a table of `arguments` and `input`"
)]
enum InvocationTable {
    Arguments(Vec<String>),
    WithInput(InvocationWithInput),
}

/// A command that finds something on standard input, as every command may be written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InvocationWithInput {
    /// The arguments.
    arguments: Vec<String>,
    /// What standard input holds; empty: nothing.
    #[serde(default)]
    input: String,
}

impl From<InvocationTable> for Invocation {
    fn from(table: InvocationTable) -> Self {
        match table {
            InvocationTable::Arguments(arguments) => Self { arguments, input: String::new() },
            InvocationTable::WithInput(InvocationWithInput { arguments, input }) => {
                Self { arguments, input }
            }
        }
    }
}

/// An option that carries a credential.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagProfile {
    /// The arguments that a command is given beside its own: `{token}` is the credential,
    /// `{token_file}` a file that holds it.
    pub arguments: Vec<String>,
}

/// How a person says how long a request may take, in seconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeLimitProfile {
    /// The environment variable.
    pub variable: Option<String>,
    /// The arguments, beside a command's own: `{seconds}` is the number.
    #[serde(default)]
    pub flag: Vec<String>,
}

/// One environment variable.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableProfile {
    /// Its name.
    pub variable: String,
}

/// Where the platform's URL comes from, highest precedence first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UrlProfile {
    /// The environment variable.
    pub variable: String,
    /// A configuration file that may hold it.
    pub config: Option<UrlConfigProfile>,
    /// The URL when nothing says otherwise; without it, a tool that is told of none fails.
    pub default: Option<String>,
    /// The variable, of those that are always set, that allows plain HTTP and foreign hosts. Without
    /// it such a URL is refused.
    pub allowance: Option<String>,
    /// Whether the URL that a sign-in was told is saved with the credential, and used from then on.
    #[serde(default)]
    pub is_saved_at_login: bool,
    /// Whether a stored credential goes to no other platform than the one that it is of.
    #[serde(default)]
    pub binds_credentials: bool,
    /// The arguments that name the URL (`{url}`) before any variable.
    #[serde(default)]
    pub flag: Vec<String>,
    /// Whether only commands that sign in take these.
    #[serde(default)]
    pub flag_is_for_signing_in: bool,
}

/// A configuration file that holds the platform's URL.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UrlConfigProfile {
    /// Its path, with placeholders.
    pub path: String,
    /// Its text, `{url}` standing for the URL.
    pub contents: String,
    /// Whether it is not read while the credential variable is set.
    #[serde(default)]
    pub is_unread_with_variable: bool,
}

/// What the identity command shows.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProfile {
    /// Members of the platform's account, as `[platform.account]` names them.
    #[serde(default)]
    pub shows: Vec<String>,
    /// The operation of the platform that it asks.
    #[serde(default = "identity_operation")]
    pub operation: String,
}

/// What the status command says.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusProfile {
    /// The word that stands in a line of standard error for each source that another one shadows.
    pub shadows: String,
}

fn identity_operation() -> String {
    "identity".to_owned()
}

/// Words that messages must hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagesProfile {
    /// The command that signs in, as a message should name it.
    pub sign_in: String,
    /// The command that a message names when a session has ended; the same, if it is not given.
    pub sign_in_again: Option<String>,
    /// The command that signs out, as a message should name it.
    pub sign_out: Option<String>,
    /// Words that a message about a rejected credential holds.
    #[serde(default)]
    pub rejected: Vec<String>,
    /// Words that a message holds when the organization allows no personal tokens.
    #[serde(default)]
    pub disabled: Vec<String>,
    /// Words that a message holds when nobody is signed in.
    #[serde(default)]
    pub signed_out: Vec<String>,
}

/// A credential for another host that keeps the sample command off the platform.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BypassProfile {
    /// The environment variable that carries it.
    pub variable: String,
    /// The upstream of `[platform.upstreams]` that it is for.
    pub upstream: String,
    /// The scheme of the Authorization header that it travels in.
    pub scheme: String,
}
