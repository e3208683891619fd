//! What can go wrong, and what is said about it.
//!
//! A message is lower-case fragments joined with `: `; advice follows on lines of its own. No
//! message holds a secret, and only those that signing in would help with speak of signing in.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::credential::Origin;
use crate::secret::Malformed;
use crate::session::{Front, Words};
use crate::store::StoreError;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("wrong usage")]
    Arguments(#[source] clap::Error),
    #[error("{what} {why}")]
    MalformedCredential { what: String, why: Malformed },
    #[error("{from} is no address that can be used: {why}")]
    BadAddress { from: String, why: String },
    #[error("{name} {why}")]
    BadSetting { name: &'static str, why: &'static str },
    #[error("not signed in")]
    NotSignedIn { no_home: bool },
    #[error("HOME is not set, so there is no place to keep a key")]
    NoHome,
    #[error("{host} answered 401 Unauthorized: it does not accept {}", origin.describe())]
    Unauthorized { host: String, origin: Origin },
    #[error(
        "{host} answered 403 Forbidden: this account has no permission to do that{}",
        after_colon(said.as_deref())
    )]
    Forbidden { host: String, said: Option<String> },
    #[error("{host} answered 429: too many requests, rate limited")]
    RateLimited { host: String, wait: Option<Duration> },
    #[error("{host} failed with status {status}: the fault is the server's")]
    Server { host: String, status: u16 },
    #[error("{host} answered with status {status}")]
    Status { host: String, status: u16 },
    #[error("{said}")]
    Rejected { status: u16, said: String },
    #[error("could not {doing}")]
    Doing { doing: &'static str, source: Box<Error> },
    #[error("could not reach {host} over the network: {why}")]
    Unreachable { host: String, why: String },
    #[error("{from} redirects to {to}, another server: not followed, and nothing was sent there")]
    Redirected { from: String, to: String },
    #[error("{host} did not answer as the API: status {status}, {content}")]
    Unexpected { host: String, status: u16, content: String },
    #[error("the certificates in {from} could not be read")]
    Certificates { from: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not listen on this machine for the browser's answer")]
    Listen(#[source] io::Error),
    #[error("the browser could not be opened: {0}")]
    Opener(String),
    #[error("gave up after {}: the browser did not come back with a key", seconds(*limit))]
    GaveUp { limit: Duration },
    #[error("gave up after {}: nobody approved the sign-in", seconds(*limit))]
    Unapproved { limit: Duration },
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("could not write to standard output")]
    Output(#[source] io::Error),
    #[error("the sign-in was refused: {error}{}", after_colon(description.as_deref()))]
    Denied { error: String, description: Option<String> },
    #[error(
        "the answer came from {}, not from {asked}: not used",
        answered.as_deref().unwrap_or("a server that does not say its name")
    )]
    AnotherIssuer { asked: String, answered: Option<String> },
    #[error("{asked} describes itself as {described}, another server: not used")]
    AnotherDescription { asked: String, described: String },
    #[error("{host} does not offer {what}")]
    NotOffered { host: String, what: &'static str },
    #[error("{host} refused: {error}{}", after_colon(description.as_deref()))]
    Grant { host: String, status: u16, error: String, description: Option<String> },
    #[error("the saved session has ended: {host} no longer accepts it (invalid_grant)")]
    SessionEnded { host: String },
    #[error("nobody approved the sign-in before its code expired")]
    CodeExpired,
    #[error("another command has been busy with {} for {}", path.display(), seconds(*waited))]
    Busy { path: PathBuf, waited: Duration },
    #[error("{what} could not be read")]
    Input { what: String, source: io::Error },
    #[error("this machine gives no random numbers")]
    NoChance,
    #[error("already signed in: {what}")]
    AlreadySignedIn { what: String },
    #[error("the key is not valid")]
    InvalidKey,
    #[error("there is no {what} {name}")]
    Unknown { what: &'static str, name: String },
    #[error("{what} is of {of}: what it holds is not sent to {asked}")]
    OtherServer { what: String, of: String, asked: String },
    /// Reachable only for a program that is wrong in some way.
    #[cfg(feature = "mutants")]
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// What was being done when this happened.
    pub(crate) fn doing(self, doing: &'static str) -> Self {
        Self::Doing { doing, source: Box::new(self) }
    }

    /// The error beneath what was being done.
    pub(crate) fn root(&self) -> &Self {
        match self {
            Self::Doing { source, .. } => source.root(),
            other => other,
        }
    }
}

/// The whole of what is said on standard error.
pub(crate) fn describe(front: &Front, error: &Error) -> String {
    if let Some(Words { said, advice }) = (front.words)(error.root()) {
        let lines = [format!("error: {said}")].into_iter().chain(advice);
        return lines.collect::<Vec<_>>().join("\n");
    }
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    for line in advice(front, error.root()) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

/// What to do about it, if that is known.
fn advice(front: &Front, error: &Error) -> Vec<String> {
    let Front { login, variable, .. } = front;
    match error {
        Error::NotSignedIn { no_home } => {
            let mut lines = vec![format!("Run `{login}`, or set {variable}.")];
            if *no_home {
                lines.push("HOME is not set, so no saved key could be looked for.".to_owned());
            }
            lines
        }
        Error::Unauthorized { origin, host } => {
            let cure = match origin {
                Origin::Variable(name) => {
                    format!("Set {name} to a key that is valid, or unset it.")
                }
                Origin::Stored | Origin::Session => format!("Run `{login}` again."),
                Origin::Flag(name) => format!("Give {name} a key that is valid."),
                Origin::Given => format!(
                    "Nothing was saved. Check the key, or run `{login}` again for a new one."
                ),
            };
            vec![
                cure,
                format!(
                    "The key may have been revoked, or be one of another environment than {host}."
                ),
            ]
        }
        Error::Forbidden { .. } => {
            vec!["Ask the owner of the account for the permission.".to_owned()]
        }
        Error::RateLimited { wait: Some(wait), .. } => {
            vec![format!("Try again in {}.", seconds(*wait))]
        }
        Error::RateLimited { wait: None, .. } => vec!["Try again in a minute.".to_owned()],
        Error::Server { .. } => vec!["Try again later; your key is kept.".to_owned()],
        Error::Unreachable { .. } => {
            vec![
                "Check the connection, the address and the proxy settings; your key is kept."
                    .to_owned(),
            ]
        }
        Error::Unexpected { .. } => vec!["Check the address of the API.".to_owned()],
        Error::Store(StoreError::Corrupt { .. }) => vec![format!("Run `{login}` to replace it.")],
        Error::SessionEnded { .. } => vec![format!("Run `{login}` again.")],
        Error::Store(StoreError::Loose { path } | StoreError::Foreign { path }) => {
            vec![format!("Run `chmod 600 {}` as its owner, or `{login}` again.", path.display())]
        }
        Error::Store(error @ StoreError::Read { path, .. }) if error.is_forbidden() => {
            vec![format!("Run `chmod 600 {}` as its owner.", path.display())]
        }
        Error::GaveUp { .. }
        | Error::Unapproved { .. }
        | Error::CodeExpired
        | Error::Denied { .. }
        | Error::Grant { .. } => {
            vec![format!("Nothing was changed. Run `{login}` to start again.")]
        }
        _ => Vec::new(),
    }
}

/// A duration in words.
fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

fn after_colon(said: Option<&str>) -> String {
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

/// Text from elsewhere, fit for a terminal: no control characters, and no end of it.
pub(crate) fn harmless(text: &str) -> String {
    const ENOUGH: usize = 300;
    text.chars().filter(|character| !character.is_control()).take(ENOUGH).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Error, describe, harmless};
    use crate::credential::Origin;
    use crate::exit_code;
    use crate::fronts::oanim::FRONT;

    fn unauthorized(origin: Origin) -> Error {
        Error::Unauthorized { host: "api.test".into(), origin }
    }

    #[rstest]
    #[case::signed_out(Error::NotSignedIn { no_home: false }, 3, &["not signed in", "oanim login", "ANIMATE_API_KEY"], &["HOME"])]
    #[case::homeless(Error::NotSignedIn { no_home: true }, 3, &["HOME", "ANIMATE_API_KEY"], &[])]
    #[case::stored(unauthorized(Origin::Stored), 4, &["401 Unauthorized", "oanim login", "revoked", "environment"], &["ANIMATE_API_KEY"])]
    #[case::variable(unauthorized(Origin::Variable("ANIMATE_API_KEY")), 4, &["401 Unauthorized", "ANIMATE_API_KEY"], &["oanim login"])]
    #[case::given(unauthorized(Origin::Given), 4, &["401 Unauthorized", "Nothing was saved"], &[])]
    #[case::forbidden(Error::Forbidden { host: "api.test".into(), said: Some("not yours".into()) }, 4, &["403", "permission", "not yours"], &["login"])]
    #[case::limited(Error::RateLimited { host: "api.test".into(), wait: Some(std::time::Duration::from_secs(7)) }, 1, &["rate limited", "7 seconds"], &["login"])]
    #[case::server(Error::Server { host: "api.test".into(), status: 503 }, 1, &["503", "server"], &["login"])]
    #[case::unreachable(Error::Unreachable { host: "api.test".into(), why: "refused".into() }, 5, &["network", "api.test"], &["login"])]
    fn says_what_helps_and_nothing_else(
        #[case] error: Error,
        #[case] code: u8,
        #[case] said: &[&str],
        #[case] unsaid: &[&str],
    ) {
        let text = describe(&FRONT, &error);
        for part in said {
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
        for part in unsaid {
            assert!(!text.contains(part), "no {part:?} in {text:?}");
        }
        assert_eq!(exit_code::of("whoami", &Err(error)), code);
    }

    #[test]
    fn fragments_are_joined_down_to_the_cause() {
        let error =
            Error::Rejected { status: 400, said: "too many".into() }.doing("create the key");
        assert_eq!(describe(&FRONT, &error), "error: could not create the key: too many");
    }

    #[test]
    fn text_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[31mb\r\nc\u{9b}"), "a[31mbc");
        assert_eq!(harmless(&"x".repeat(5000)).len(), 300);
    }
}
