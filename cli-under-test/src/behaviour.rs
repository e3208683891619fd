//! Everything that a CLI can get wrong at signing in, as data and small functions.
//!
//! The defaults are right, and no other code of the clean program chooses between right and
//! wrong. A mutant replaces a field.

use std::fs::Metadata;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hyper::{Method, Uri};
use serde_json::Value;
use url::Url;

use crate::callback::{Arrivals, Choice, Connection, Issuer};
use crate::credential::{Credential, Origin};
use crate::error::Error;
use crate::fronts::almyty::behaviour::Almyty;
use crate::fronts::amika::behaviour::Amika;
use crate::fronts::oanim::behaviour::Oanim;
use crate::fronts::omni::behaviour::Omni;
use crate::fronts::standard::behaviour::Standard;
use crate::http::{Answer, Request};
use crate::lock::Lock;
use crate::oauth::behaviour::{OAuth, Polling, Renewal};
use crate::opener::Opening;
use crate::secret::Secret;
use crate::session::{Front, Session};
use crate::store::Mode;
use crate::{
    address, callback, credential, error, exit_code, http, input, lock, opener, output, store,
};

/// How a front behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behaviour {
    pub(crate) callback: Callback,
    pub(crate) opener: Opener,
    pub(crate) storage: Storage,
    pub(crate) credential: Credentials,
    pub(crate) http: Http,
    pub(crate) output: Output,
    pub(crate) oauth: OAuth,
    pub(crate) renewal: Renewal,
    pub(crate) polling: Polling,
    /// What only the front `standard` does.
    pub(crate) standard: Standard,
    /// What only the front `oanim` does.
    pub(crate) oanim: Oanim,
    /// What only the front `almyty` does.
    pub(crate) almyty: Almyty,
    /// What only the front `amika` does.
    pub(crate) amika: Amika,
    /// What only the front `omni` does.
    pub(crate) omni: Omni,
}

/// The listener that a browser comes back to.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    /// The address to listen at.
    pub(crate) address: Ipv4Addr,
    /// Binds the socket.
    pub(crate) bind: fn(&Session, Ipv4Addr) -> io::Result<TcpListener>,
    /// Binds the socket at the other loopback address, where the browser may go to either.
    pub(crate) bind_twin: fn(u16) -> io::Result<TcpListener>,
    /// The port to tell others, of the port that is listened at.
    pub(crate) announced_port: fn(u16) -> u16,
    /// Called once listening, before anybody is told. An interrupt then simply ends the process:
    /// nothing is half written.
    pub(crate) ready: fn(),
    /// Serves a connection; the next is accepted when the returned future is done.
    pub(crate) admit: fn(Connection) -> Connection,
    /// Whether a request is for the callback at all.
    pub(crate) recognizes: fn(&Uri) -> bool,
    /// Whether the callback is open to this method.
    pub(crate) method_allowed: fn(&Method) -> bool,
    /// Whether a host, as the request names it, is this listener, at this port.
    pub(crate) host_allowed: fn(&str, u16) -> bool,
    /// The key that a callback brings.
    pub(crate) key: fn(&Uri) -> Option<Secret>,
    /// Whether the state that was sent is the one that came back.
    pub(crate) state_matches: fn(&str, &str) -> bool,
    /// Whether the server that answered is the one that was asked.
    pub(crate) issuer_matches: fn(&Issuer, &Uri) -> Result<(), Error>,
    /// The failure that an answer to another question is.
    pub(crate) stranger: fn() -> Option<Error>,
    /// Whether a server's refusal is one.
    pub(crate) heeds_refusals: bool,
    /// Text of a server's refusal, as it is shown.
    pub(crate) description: fn(&str) -> String,
    /// The host that the browser is told to come back to.
    pub(crate) host: fn(callback::Name) -> &'static str,
    /// The code that a callback brings.
    pub(crate) code: fn(&Uri) -> Option<Secret>,
    /// What the page says.
    pub(crate) text: fn(&Secret) -> String,
    /// Text as it stands in the page.
    pub(crate) escape: fn(&str) -> String,
    /// The failure that a request for anything else is.
    pub(crate) stray: fn(&Uri) -> Option<Error>,
    /// The key that counts, given the first and those to come.
    pub(crate) choose: for<'a> fn(Secret, &'a mut Arrivals) -> Choice<'a>,
    /// How long to wait, of how long the user wants to.
    pub(crate) limit: fn(Duration) -> Duration,
    /// Stops listening.
    pub(crate) close: fn(TcpListener),
}

impl Default for Callback {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST,
            bind: callback::bind_any_port,
            bind_twin: callback::bind_twin,
            announced_port: |port| port,
            ready: || {},
            admit: callback::side_by_side,
            recognizes: callback::is_callback,
            method_allowed: callback::is_get,
            host_allowed: callback::is_own_host,
            key: callback::key_of,
            state_matches: callback::states_match,
            issuer_matches: callback::iss_of,
            stranger: || None,
            heeds_refusals: true,
            description: error::harmless,
            host: callback::Name::host,
            code: callback::code_of,
            text: callback::thanks,
            escape: callback::escape,
            stray: |_| None,
            choose: callback::first_counts,
            limit: |limit| limit,
            close: drop,
        }
    }
}

/// The user's browser.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    /// Whether it is opened, given whether the user wants that.
    pub(crate) wanted: fn(bool) -> bool,
    /// Shows a URL.
    pub(crate) open: fn(&Session, &str) -> Opening,
    /// Settles the environment of the program that shows it.
    pub(crate) environment: fn(&Session, &mut Command),
    /// Hears that it failed, and why.
    pub(crate) failed: fn(&Session, &str) -> Result<(), Error>,
    /// How long a login that has its key still listens for such a failure.
    pub(crate) patience: Duration,
}

impl Default for Opener {
    fn default() -> Self {
        Self {
            wanted: |wanted| wanted,
            open: opener::open,
            environment: opener::without_secrets,
            failed: opener::tolerate,
            patience: Duration::ZERO,
        }
    }
}

/// Files with a secret in them.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    /// The mode of a file, given what stands there already.
    pub(crate) file_mode: fn(Option<&Metadata>) -> Mode,
    /// The mode of a directory that is created.
    pub(crate) directory_mode: Mode,
    /// The file to write, of the path that is known.
    pub(crate) target: fn(&Path) -> io::Result<PathBuf>,
    /// Puts bytes in place of a file.
    pub(crate) replace: fn(&Path, &[u8], Mode) -> io::Result<()>,
    /// Removes what was left behind beside a file.
    pub(crate) sweep: fn(&Path),
    /// Waits for one's turn at a file.
    pub(crate) lock: fn(&Path, &Storage) -> Result<Lock, Error>,
    /// Whether a file of this owner may be used, where that is asked.
    pub(crate) owner_allowed: fn(u32) -> bool,
    /// Whether a file of this mode may be used, where that is asked.
    pub(crate) mode_allowed: fn(u32) -> bool,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            file_mode: store::private,
            directory_mode: Mode::exactly(0o700),
            target: store::follow,
            replace: store::replace,
            sweep: store::sweep,
            lock: lock::take,
            owner_allowed: store::is_own,
            mode_allowed: store::is_private,
        }
    }
}

/// Credentials, whatever their source.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Makes a credential of a text.
    pub(crate) parse: fn(&str, Origin) -> Result<Secret, Error>,
    /// Hears which credential a command uses.
    pub(crate) resolved: fn(&Session, &Credential),
    /// The failure of a command that needs a credential and has none, and what it wanted to ask.
    pub(crate) signed_out: fn(&Session, &Request) -> Error,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            parse: credential::parse,
            resolved: |_, _| {},
            signed_out: |session, _| session.signed_out(),
        }
    }
}

/// Requests and answers.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    /// How long a request may take, of how long it usually may.
    pub(crate) patience: fn(&Session, Duration) -> Result<Duration, Error>,
    /// Sends a request.
    pub(crate) send: fn(&Session, &Request) -> Result<Answer, Error>,
    /// Whether a redirect may be followed.
    pub(crate) may_follow: fn(&Url, &Url) -> bool,
    /// Whether a status is a success, given where the credential came from, if one is at stake.
    pub(crate) judge: fn(&Answer, Option<Origin>) -> Result<(), Error>,
    /// What to take for an answer that has not the shape that was asked for.
    pub(crate) other_shape: fn(&Answer) -> Result<Value, Error>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            patience: http::patience,
            send: http::send,
            may_follow: address::same_origin,
            judge: http::judge,
            other_shape: http::refuse_other_shape,
        }
    }
}

/// What the user sees, and how a command begins and ends.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// Dresses a line.
    pub(crate) paint: fn(&str) -> String,
    /// The lines that show a URL to be copied.
    pub(crate) url_lines: fn(&str) -> Vec<String>,
    /// Puts a failure into words.
    pub(crate) describe: fn(&Front, &Error) -> String,
    /// Shows the words of a failure.
    pub(crate) report: fn(&str),
    /// Called before help is shown.
    pub(crate) help: fn(&Session) -> Result<(), Error>,
    /// Called before every command.
    pub(crate) begun: fn(&Session),
    /// Called after every command, with its name, when all has been said.
    pub(crate) ended: fn(&str),
    /// The exit code of a command of this name.
    pub(crate) exit_code: fn(&str, &Result<(), Error>) -> u8,
    /// Asks for a secret at the terminal.
    pub(crate) prompt_secret: fn(&Session, &str) -> Result<String, Error>,
    /// Whether somebody sits at standard input.
    pub(crate) is_terminal: fn() -> bool,
    /// Which commands say that a variable beats what is saved.
    pub(crate) tell_of_shadow: &'static [Moment],
}

/// When a variable that beats the saved credential is worth a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Login,
    Logout,
    Identity,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            paint: output::plain,
            url_lines: output::on_one_line,
            describe: error::describe,
            report: output::report,
            help: |_| Ok(()),
            begun: |_| {},
            ended: |_| {},
            exit_code: exit_code::of,
            prompt_secret: input::unseen,
            is_terminal: input::is_terminal,
            tell_of_shadow: &[Moment::Login, Moment::Logout, Moment::Identity],
        }
    }
}
