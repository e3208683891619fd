//! `almyty`, the CLI of almyty: a key for all programs of the family, by browser, anywhere, or by
//! hand.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand};

use crate::arguments;
use crate::behaviour::Behaviour;
use crate::credential::Origin;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session, Words};

pub(crate) mod behaviour;
pub(crate) mod login;
pub(crate) mod settings;
pub(crate) mod skills;
pub(crate) mod whoami;

/// The front and its names.
pub(crate) const FRONT: Front = Front {
    name: "almyty",
    login: "almyty login",
    variable: settings::TOKEN_VARIABLE,
    saved: "the saved key",
    request_limit_variable: "ALMYTY_REQUEST_TIMEOUT",
    secret_variables: &[settings::TOKEN_VARIABLE],
    words,
};

/// almyty from the command line.
#[derive(Parser)]
#[command(name = "almyty", version, max_term_width = 100)]
struct Almyty {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Sign in, in the browser unless told otherwise
    Login(Login),
    /// Forget the saved credentials
    Logout,
    /// Show who is signed in, and where
    Whoami,
    /// Use skills
    #[command(subcommand)]
    Skills(Skills),
}

/// How and where to sign in.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Login {
    /// Verify and save this key instead of opening the browser
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, conflicts_with = "no_browser")]
    pub(crate) token: Option<OsString>,
    /// Show an address to open on any machine, and wait for the approval there
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The API of another environment
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// The pages of another environment
    #[arg(long, value_name = "URL")]
    pub(crate) frontend: Option<String>,
}

#[derive(Subcommand)]
enum Skills {
    /// List the skills
    List,
}

/// Runs the front with the arguments that follow its name.
pub(crate) fn run(
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
) -> u8 {
    arguments::run(&FRONT, args, environment, behaviour, |session, almyty: Almyty| {
        (almyty.command.name(), almyty.command.run(session))
    })
}

impl Subcommands {
    fn name(&self) -> &'static str {
        match self {
            Self::Login(Login { token: Some(_), .. }) => "login --token",
            Self::Login(Login { no_browser: true, .. }) => "login --no-browser",
            Self::Login(_) => "login",
            Self::Logout => "logout",
            Self::Whoami => "whoami",
            Self::Skills(Skills::List) => "skills list",
        }
    }

    fn run(self, session: &Session) -> Result<(), Error> {
        match self {
            Self::Login(how) => match &how {
                Login { token: Some(token), .. } => login::with_token(session, &how, token),
                Login { no_browser: true, .. } => login::anywhere(session, &how),
                _ => login::with_browser(session, &how),
            },
            Self::Logout => login::logout(session),
            Self::Whoami => whoami::show(session),
            Self::Skills(Skills::List) => skills::list(session),
        }
    }
}

/// What happened, in almyty's words.
fn words(error: &Error) -> Option<Words> {
    match error {
        Error::NotSignedIn { no_home } => {
            let mut advice = vec!["Run `almyty login`, or set ALMYTY_TOKEN.".to_owned()];
            if *no_home {
                advice.push("HOME is not set, so no saved key could be looked for.".to_owned());
            }
            let said = "Not authenticated".to_owned();
            Some(Words { said, advice })
        }
        Error::Unauthorized { origin, .. } => {
            let cure = match origin {
                Origin::Variable(name) => {
                    format!("Set {name} to a key that is valid, or unset it.")
                }
                Origin::Given => "Nothing was saved. Check the key, and --api.".to_owned(),
                _ => "Run `almyty login` again.".to_owned(),
            };
            let causes = "It may be an expired JWT, of the wrong environment, or a revoked key.";
            Some(Words { said: error.to_string(), advice: vec![causes.to_owned(), cure] })
        }
        _ => None,
    }
}
