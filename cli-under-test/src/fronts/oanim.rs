//! `oanim`, the CLI of Open Animate: an API key, by browser or by hand.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arguments;
use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session};

pub(crate) mod api_keys;
pub(crate) mod assets;
pub(crate) mod behaviour;
pub(crate) mod identity;
pub(crate) mod login;
pub(crate) mod settings;

/// The front and its names.
pub(crate) const FRONT: Front = Front {
    name: "oanim",
    login: "oanim login",
    variable: settings::KEY_VARIABLE,
    saved: "the saved key",
    request_limit_variable: "OANIM_REQUEST_TIMEOUT",
    secret_variables: &[settings::KEY_VARIABLE, settings::FAL_KEY_VARIABLE],
    words: |_| None,
};

/// Open Animate from the command line.
#[derive(Parser)]
#[command(name = "oanim", version, max_term_width = 100)]
struct Oanim {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Sign in, in the browser or with a key
    Login(Login),
    /// Show who is signed in
    Whoami,
    /// Forget the saved key
    Logout,
    /// Create, list and revoke API keys
    #[command(subcommand)]
    ApiKeys(ApiKeys),
    /// Make assets
    #[command(subcommand)]
    Assets(Assets),
}

#[derive(Args)]
struct Login {
    /// Verify and save this key instead of opening the browser
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    token: Option<OsString>,
}

#[derive(Subcommand)]
enum ApiKeys {
    /// Create a key and show it, once
    Create {
        /// What to call the key
        #[arg(long)]
        name: String,
    },
    /// List all keys
    List,
    /// Invalidate a key at once
    Revoke {
        /// The key's id, as `api-keys list` shows it
        id: String,
    },
}

#[derive(Subcommand)]
enum Assets {
    /// Generate an image
    GenImage {
        /// What the image shows
        #[arg(long)]
        prompt: String,
        /// The file to write
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs the front with the arguments that follow its name.
pub(crate) fn run(
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
) -> u8 {
    arguments::run(&FRONT, args, environment, behaviour, |session, oanim: Oanim| {
        (oanim.command.name(), oanim.command.run(session))
    })
}

impl Subcommands {
    fn name(&self) -> &'static str {
        match self {
            Self::Login(Login { token: None }) => "login",
            Self::Login(_) => "login --token",
            Self::Whoami => "whoami",
            Self::Logout => "logout",
            Self::ApiKeys(ApiKeys::Create { .. }) => "api-keys create",
            Self::ApiKeys(ApiKeys::List) => "api-keys list",
            Self::ApiKeys(ApiKeys::Revoke { .. }) => "api-keys revoke",
            Self::Assets(Assets::GenImage { .. }) => "assets gen-image",
        }
    }

    fn run(self, session: &Session) -> Result<(), Error> {
        match self {
            Self::Login(Login { token: Some(token) }) => login::with_token(session, &token),
            Self::Login(Login { token: None }) => login::with_browser(session),
            Self::Whoami => identity::whoami(session),
            Self::Logout => login::logout(session),
            Self::ApiKeys(ApiKeys::Create { name }) => api_keys::create(session, &name),
            Self::ApiKeys(ApiKeys::List) => api_keys::list(session),
            Self::ApiKeys(ApiKeys::Revoke { id }) => api_keys::revoke(session, &id),
            Self::Assets(Assets::GenImage { prompt, out }) => {
                assets::generate(session, &prompt, &out)
            }
        }
    }
}
