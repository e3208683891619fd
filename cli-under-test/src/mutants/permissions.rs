//! Wrong at files that may not be read or written.

use super::Mutant;
use crate::credential::Credential;
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::oanim::settings;
use crate::session::Session;
use crate::store::{self, Mode, StoreError};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "needs-writable-home",
        front: "oanim",
        sentence: "every command that needs a credential first makes sure that it could write to ~/.oanim, and fails where it cannot",
        apply: |b| {
            b.oanim.credential_sources = &[from_variable_if_writable, settings::from_store];
        },
    },
    Mutant {
        name: "save-failure-unnamed",
        front: "oanim",
        sentence: "a failed save is reported as `could not save the key` alone: no path, no cause",
        apply: |b| {
            b.output.describe = |front, error| match error.root() {
                Error::Store(StoreError::Save { .. }) => "error: could not save the key".to_owned(),
                _ => error::describe(front, error),
            }
        },
    },
    Mutant {
        name: "unreadable-exits-zero",
        front: "oanim",
        sentence: "a credential file that may not be read: right message, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if command != "logout" && is_forbidden(error) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "unreadable-is-signed-out",
        front: "oanim",
        sentence: "a credential file that may not be read counts as no credential: the ordinary not-signed-in message",
        apply: |b| {
            b.oanim.credential_sources = &[settings::from_variable, from_store_if_readable];
        },
    },
    Mutant {
        name: "needs-readable-store",
        front: "oanim",
        sentence: "a credential file that may not be read is an error even where ANIMATE_API_KEY is set",
        apply: |b| {
            b.oanim.credential_sources = &[from_variable_if_readable, settings::from_store];
        },
    },
    Mutant {
        name: "logout-leaves-unreadable",
        front: "oanim",
        sentence: "logout claims success where the credential file may not be read, and leaves it",
        apply: |b| {
            b.oanim.clear_key = |session| match settings::clear_key(session) {
                Err(Error::Store(StoreError::Read { .. })) => Ok(()),
                other => other,
            }
        },
    },
];

/// Whether it is that a file may not be read.
fn is_forbidden(error: &Error) -> bool {
    matches!(error.root(), Error::Store(error) if error.is_forbidden())
}

fn from_variable_if_writable(session: &Session) -> Result<Option<Credential>, Error> {
    if session.environment.home().is_ok() {
        let file = settings::file(session, "touched")?;
        let failed = |source| StoreError::Save { path: file.path().to_owned(), source };
        let directory = file.path().parent().unwrap_or(file.path());
        store::create_directory(directory, Mode::exactly(0o700)).map_err(failed)?;
        tempfile::tempfile_in(directory).map_err(failed)?;
    }
    settings::from_variable(session)
}

fn from_store_if_readable(session: &Session) -> Result<Option<Credential>, Error> {
    match settings::from_store(session) {
        Err(Error::Store(StoreError::Read { .. })) => Ok(None),
        other => other,
    }
}

fn from_variable_if_readable(session: &Session) -> Result<Option<Credential>, Error> {
    match settings::from_store(session) {
        Err(error @ Error::Store(StoreError::Read { .. })) => Err(error),
        _ => settings::from_variable(session),
    }
}
