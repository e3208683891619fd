//! `amika`, the CLI of Amika: a session by device code, an API key, and other tools' credentials.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arguments;
use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session, Words};

pub(crate) mod behaviour;
pub(crate) mod extract;
pub(crate) mod login;
pub(crate) mod sandbox;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod stores;

/// The front and its names.
pub(crate) const FRONT: Front = Front {
    name: "amika",
    login: "amika auth login",
    variable: settings::KEY_VARIABLE,
    saved: "what is saved",
    request_limit_variable: "AMIKA_REQUEST_TIMEOUT",
    secret_variables: &[settings::KEY_VARIABLE],
    words,
};

/// Amika from the command line.
#[derive(Parser)]
#[command(name = "amika", version, max_term_width = 100)]
struct Amika {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Sign in and out
    #[command(subcommand)]
    Auth(Auth),
    /// Use sandboxes
    #[command(subcommand)]
    Sandbox(Sandbox),
}

#[derive(Subcommand)]
enum Auth {
    /// Sign in, with a code that is entered in a browser anywhere
    Login {
        /// Save the API key in this file instead; `-` is standard input
        #[arg(long, value_name = "FILE")]
        api_key_file: Option<PathBuf>,
    },
    /// Show which credential is used
    Status,
    /// Forget the saved API key and the session
    Logout,
    /// Find the credentials of other tools, and print shell assignments
    Extract(Extract),
}

/// How to look for other tools' credentials.
#[derive(Args, Debug, Default)]
pub(crate) struct Extract {
    /// Make the variables part of the environment
    #[arg(long)]
    pub(crate) export: bool,
    /// Look below this directory instead of the home directory
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) homedir: Option<PathBuf>,
    /// Leave out the tokens of sessions
    #[arg(long)]
    pub(crate) no_oauth: bool,
}

#[derive(Subcommand)]
enum Sandbox {
    /// List the sandboxes
    List,
}

/// Runs the front with the arguments that follow its name.
pub(crate) fn run(
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
) -> u8 {
    arguments::run(&FRONT, args, environment, behaviour, |session, amika: Amika| {
        (amika.command.name(), amika.command.run(session))
    })
}

impl Subcommands {
    fn name(&self) -> &'static str {
        match self {
            Self::Auth(Auth::Login { api_key_file: None }) => "auth login",
            Self::Auth(Auth::Login { .. }) => "auth login --api-key-file",
            Self::Auth(Auth::Status) => "auth status",
            Self::Auth(Auth::Logout) => "auth logout",
            Self::Auth(Auth::Extract(_)) => "auth extract",
            Self::Sandbox(Sandbox::List) => "sandbox list",
        }
    }

    fn run(self, session: &Session) -> Result<(), Error> {
        match self {
            Self::Auth(Auth::Login { api_key_file: None }) => login::with_device(session),
            Self::Auth(Auth::Login { api_key_file: Some(file) }) => login::with_key(session, &file),
            Self::Auth(Auth::Status) => status::show(session),
            Self::Auth(Auth::Logout) => login::logout(session),
            Self::Auth(Auth::Extract(how)) => {
                extract::run(session, &(session.behaviour.amika.told)(how))
            }
            Self::Sandbox(Sandbox::List) => sandbox::list(session),
        }
    }
}

fn words(error: &Error) -> Option<Words> {
    match error {
        Error::AlreadySignedIn { .. } => Some(Words {
            said: error.to_string(),
            advice: vec!["Run `amika auth logout` first.".to_owned()],
        }),
        _ => None,
    }
}
