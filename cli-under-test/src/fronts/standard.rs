//! `standard`, a CLI that follows the RFCs alone: the one that a new CLI starts from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arguments;
use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session};

pub(crate) mod behaviour;
pub(crate) mod identities;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod settings;
pub(crate) mod whoami;

/// The front and its names.
pub(crate) const FRONT: Front = Front {
    name: "standard",
    login: "standard login",
    variable: settings::TOKEN_VARIABLE,
    saved: "the saved identity",
    request_limit_variable: "STANDARD_REQUEST_TIMEOUT",
    secret_variables: &[settings::TOKEN_VARIABLE],
    words: |_| None,
};

/// Sign in from the command line, by the book.
#[derive(Parser)]
#[command(name = "standard", version, max_term_width = 100)]
struct Standard {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Subcommands,
}

/// What may be said with every command.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// The platform's address
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The saved identity to use
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Read the token from this file; `-` is standard input
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Sign in, in the browser unless told otherwise
    Login(Login),
    /// Show who is signed in, and with what
    Whoami {
        /// Show it as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the access token, and nothing else
    Token,
    /// Create, list, revoke and verify API keys
    #[command(subcommand)]
    Keys(Keys),
    /// Revoke and forget the saved identity
    Logout,
}

#[derive(Args)]
struct Login {
    /// Sign in on another device
    #[arg(long, conflicts_with_all = ["with_token", "no_browser"])]
    device: bool,
    /// Read a token from standard input, verify it, and save it
    #[arg(long, conflicts_with = "no_browser")]
    with_token: bool,
    /// Show the address instead of opening the browser
    #[arg(long)]
    no_browser: bool,
}

#[derive(Subcommand)]
enum Keys {
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
        /// The key's id, as `keys list` shows it
        id: String,
    },
    /// Ask whether the key on standard input is valid
    Verify,
}

/// Runs the front with the arguments that follow its name.
pub(crate) fn run(
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
) -> u8 {
    arguments::run(&FRONT, args, environment, behaviour, |session, standard: Standard| {
        let Standard { options, command } = standard;
        (command.name(), command.run(session, &options))
    })
}

impl Subcommands {
    fn name(&self) -> &'static str {
        match self {
            Self::Login(Login { device: true, .. }) => "login --device",
            Self::Login(Login { with_token: true, .. }) => "login --with-token",
            Self::Login(_) => "login",
            Self::Whoami { .. } => "whoami",
            Self::Token => "token",
            Self::Keys(Keys::Create { .. }) => "keys create",
            Self::Keys(Keys::List) => "keys list",
            Self::Keys(Keys::Revoke { .. }) => "keys revoke",
            Self::Keys(Keys::Verify) => "keys verify",
            Self::Logout => "logout",
        }
    }

    fn run(self, session: &Session, options: &Options) -> Result<(), Error> {
        match self {
            Self::Login(Login { device: true, .. }) => login::on_another_device(session, options),
            Self::Login(Login { with_token: true, .. }) => login::with_token(session, options),
            Self::Login(Login { no_browser, .. }) => {
                login::with_browser(session, options, !no_browser)
            }
            Self::Whoami { json } => whoami::show(session, options, json),
            Self::Token => whoami::token(session, options),
            Self::Keys(Keys::Create { name }) => keys::create(session, options, &name),
            Self::Keys(Keys::List) => keys::list(session, options),
            Self::Keys(Keys::Revoke { id }) => keys::revoke(session, options, &id),
            Self::Keys(Keys::Verify) => keys::verify(session, options),
            Self::Logout => logout::logout(session, options),
        }
    }
}
