//! `omni`, the CLI of Omni: sessions and API keys, in profiles.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};

use crate::arguments;
use crate::behaviour::Behaviour;
use crate::credential::Origin;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session, Words};

pub(crate) mod behaviour;
pub(crate) mod config;
pub(crate) mod login;
pub(crate) mod profiles;
pub(crate) mod settings;
pub(crate) mod whoami;

/// The front and its names.
pub(crate) const FRONT: Front = Front {
    name: "omni",
    login: "omni config login",
    variable: settings::TOKEN_VARIABLE,
    saved: "the profile",
    request_limit_variable: "OMNI_REQUEST_TIMEOUT",
    secret_variables: &[settings::TOKEN_VARIABLE],
    words,
};

const CHECK_URL: &str =
    "Check the instance's URL: --base-url, OMNI_BASE_URL, or that of `omni config show`.";
const ASK_AN_ADMIN: &str = "Ask an admin to enable Settings > API access > Personal tokens.";

/// Omni from the command line.
#[derive(Parser)]
#[command(name = "omni", version, max_term_width = 100)]
struct Omni {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Subcommands,
}

/// What may be said with every command.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// The profile to use
    #[arg(long, short, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The token to use, whatever the profile has
    #[arg(long, global = true, value_name = "TOKEN", allow_hyphen_values = true)]
    pub(crate) token: Option<OsString>,
    /// The instance's URL, whatever the profile says
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Make, use and forget profiles
    #[command(subcommand)]
    Config(Config),
    /// Show who is signed in
    Whoami,
}

#[derive(Subcommand)]
enum Config {
    /// Make a profile, asking what it should hold
    Init,
    /// Sign in, in the browser
    Login {
        /// The profile to sign in with
        name: Option<String>,
    },
    /// Forget a profile's tokens
    Logout {
        /// The profile to sign out of
        name: Option<String>,
    },
    /// Show the configuration, without its secrets
    Show,
    /// Use another profile from now on
    Use {
        /// The profile to use
        name: String,
    },
}

/// Runs the front with the arguments that follow its name.
pub(crate) fn run(
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
) -> u8 {
    arguments::run(&FRONT, args, environment, behaviour, |session, omni: Omni| {
        let Omni { options, command } = omni;
        (command.name(), command.run(session, &options))
    })
}

impl Subcommands {
    fn name(&self) -> &'static str {
        match self {
            Self::Config(Config::Init) => "config init",
            Self::Config(Config::Login { .. }) => "config login",
            Self::Config(Config::Logout { .. }) => "config logout",
            Self::Config(Config::Show) => "config show",
            Self::Config(Config::Use { .. }) => "config use",
            Self::Whoami => "whoami",
        }
    }

    fn run(self, session: &Session, options: &Options) -> Result<(), Error> {
        match self {
            Self::Config(Config::Init) => config::init(session, options),
            Self::Config(Config::Login { name }) => login::login(session, options, name),
            Self::Config(Config::Logout { name }) => login::logout(session, options, name),
            Self::Config(Config::Show) => config::show(session),
            Self::Config(Config::Use { name }) => config::use_profile(session, &name),
            Self::Whoami => whoami::show(session, options),
        }
    }
}

/// What happened, in Omni's words: each cause has its own, with its own way out.
fn words(error: &Error) -> Option<Words> {
    let said = |said: &str, advice: &[&str]| {
        Some(Words {
            said: said.to_owned(),
            advice: advice.iter().map(|line| (*line).to_owned()).collect(),
        })
    };
    match error {
        Error::NotSignedIn { .. } => said(
            "no API token is configured",
            &[
                "Set OMNI_API_TOKEN, give --token, or run `omni config init`.",
                "To sign in in the browser, run `omni config login`.",
            ],
        ),
        Error::Denied { description, .. } if is_disabled(description.as_deref()) => {
            Some(tokens_are_disabled())
        }
        Error::Grant { status: 403, .. } => Some(tokens_are_disabled()),
        Error::Grant { description, .. } if is_disabled(description.as_deref()) => {
            Some(tokens_are_disabled())
        }
        Error::GaveUp { .. } => said(
            &error.to_string(),
            &[
                "Nothing was changed. Run `omni config login` to start again.",
                &format!("If the page said 403: {ASK_AN_ADMIN}"),
            ],
        ),
        Error::Unauthorized { origin: Origin::Stored, .. } => said(
            &error.to_string(),
            &[
                "The key is wrong, or was revoked.",
                "Make a new one and run `omni config init` again.",
            ],
        ),
        Error::Forbidden { .. } => said(
            &error.to_string(),
            &[
                "Ask an admin of your organization for the permission; signing in again does not help.",
            ],
        ),
        Error::Unexpected { .. }
        | Error::Rejected { status: 404, .. }
        | Error::Redirected { .. } => {
            said(&format!("no Omni instance answers there: {error}"), &[CHECK_URL])
        }
        Error::Unreachable { .. } => said(
            &error.to_string(),
            &["Check the connection and the proxy settings; your credentials are kept.", CHECK_URL],
        ),
        _ => None,
    }
}

fn tokens_are_disabled() -> Words {
    Words {
        said: "403: personal access tokens are disabled for this organization".to_owned(),
        advice: vec![ASK_AN_ADMIN.to_owned(), "Then run `omni config login` again.".to_owned()],
    }
}

fn is_disabled(description: Option<&str>) -> bool {
    description.is_some_and(|text| text.contains("personal access tokens are disabled"))
}
