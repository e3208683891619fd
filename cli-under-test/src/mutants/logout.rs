//! Wrong at forgetting a credential.

use std::fs;
use std::io;

use super::Mutant;
use crate::error::Error;
use crate::fronts::oanim::{identity, settings};
use crate::session::Session;
use crate::store::StoreError;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "logout-only-says-so",
        front: "oanim",
        sentence: "prints success, leaves the key",
        apply: |b| b.oanim.clear_key = |_| Ok(()),
    },
    Mutant {
        name: "logout-keeps-copy",
        front: "oanim",
        sentence: "moves the credential file to credentials.yaml.bak, and reading falls back to that file",
        apply: |b| {
            b.oanim.clear_key = move_away;
            b.oanim.read_files = &["credentials.yaml", COPY];
        },
    },
    Mutant {
        name: "logout-deletes-file",
        front: "oanim",
        sentence: "removes the whole credential file, other fields included",
        apply: |b| b.oanim.clear_key = delete_file,
    },
    Mutant {
        name: "second-logout-fails",
        front: "oanim",
        sentence: "logout without a stored key is an error",
        apply: |b| b.oanim.clear_key = clear_if_signed_in,
    },
    Mutant {
        name: "logout-needs-server",
        front: "oanim",
        sentence: "logout asks the server for the identity first and fails, clearing nothing, when that fails",
        apply: |b| b.oanim.clear_key = clear_if_server_agrees,
    },
];

const COPY: &str = "credentials.yaml.bak";

fn move_away(session: &Session) -> Result<(), Error> {
    let (file, copy) =
        (settings::file(session, "credentials.yaml")?, settings::file(session, COPY)?);
    done(fs::rename(file.path(), copy.path()), file.path())
}

fn delete_file(session: &Session) -> Result<(), Error> {
    let file = settings::file(session, "credentials.yaml")?;
    done(fs::remove_file(file.path()), file.path())
}

fn done(outcome: io::Result<()>, path: &std::path::Path) -> Result<(), Error> {
    match outcome {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::Save { path: path.to_owned(), source }.into())
        }
        _ => Ok(()),
    }
}

fn clear_if_signed_in(session: &Session) -> Result<(), Error> {
    match settings::from_store(session) {
        Ok(None) => Err(session.signed_out()),
        _ => settings::clear_key(session),
    }
}

fn clear_if_server_agrees(session: &Session) -> Result<(), Error> {
    if let Ok(Some(stored)) = settings::from_store(session) {
        identity::ask(session, &stored)?;
    }
    settings::clear_key(session)
}
