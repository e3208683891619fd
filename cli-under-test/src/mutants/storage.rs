//! Wrong at keeping a secret in a file.

use std::fs::{Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::{Mutant, recall, remember};
use crate::credential::Credential;
use crate::error::Error;
use crate::fronts::oanim::settings;
use crate::http::{self, Answer, Request};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::{self, Fields, Mode, StoreError};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "loose-file-mode",
        front: "oanim",
        sentence: "credential file created 0666 (less the umask)",
        apply: |b| b.storage.file_mode = |_| Mode { created: 0o666, set: None },
    },
    Mutant {
        name: "loose-directory-mode",
        front: "oanim",
        sentence: "directory created 0777 (less the umask)",
        apply: |b| b.storage.directory_mode = Mode { created: 0o777, set: None },
    },
    Mutant {
        name: "keeps-loose-mode",
        front: "oanim",
        sentence: "an existing file keeps the mode it had",
        apply: |b| b.storage.file_mode = mode_of_existing,
    },
    Mutant {
        name: "logs-secret",
        front: "oanim",
        sentence: "every request appends its Authorization header to ~/.oanim/debug.log (0600)",
        apply: |b| b.http.send = send_and_log,
    },
    Mutant {
        name: "drops-other-fields",
        front: "oanim",
        sentence: "saving writes a file with the key alone, dropping fields it does not know",
        apply: |b| b.oanim.save_key = save_nothing_else,
    },
    Mutant {
        name: "replaces-symlink",
        front: "oanim",
        sentence: "a symlinked credential file is replaced by a plain file",
        apply: |b| b.storage.target = |path| Ok(path.to_owned()),
    },
    Mutant {
        name: "overwrites-without-truncating",
        front: "oanim",
        sentence: "saving writes over the existing file in place and leaves what stood behind the new end",
        apply: |b| b.storage.replace = overwrite,
    },
    Mutant {
        name: "ignores-write-failure",
        front: "oanim",
        sentence: "a failed save is not noticed: login claims success, exit 0",
        apply: |b| {
            b.oanim.save_key = |session, key| {
                let _ = settings::save_key(session, key);
                Ok(())
            }
        },
    },
    Mutant {
        name: "corrupt-is-signed-out",
        front: "oanim",
        sentence: "a credential file that does not parse counts as no credential: the ordinary not-signed-in message",
        apply: |b| {
            b.oanim.credential_sources = &[settings::from_variable, from_store_unless_corrupt];
        },
    },
    Mutant {
        name: "resets-corrupt-store",
        front: "oanim",
        sentence: "a credential file that does not parse is replaced by an empty one (error and exit code as clean)",
        apply: |b| b.oanim.credential_sources = &[settings::from_variable, from_store_resetting_it],
    },
    Mutant {
        name: "login-needs-readable-store",
        front: "oanim",
        sentence: "login fails when the existing credential file does not parse",
        apply: |b| {
            b.oanim.save_key = |session, key| {
                readable(session)?;
                settings::save_key(session, key)
            }
        },
    },
    Mutant {
        name: "logout-needs-readable-store",
        front: "oanim",
        sentence: "logout fails when the existing credential file does not parse, and leaves it",
        apply: |b| {
            b.oanim.clear_key = |session| {
                readable(session)?;
                settings::clear_key(session)
            }
        },
    },
];

const FILE: &str = "credentials.yaml";

fn mode_of_existing(existing: Option<&Metadata>) -> Mode {
    match existing {
        Some(existing) => {
            Mode { created: 0o600, set: Some(existing.permissions().mode() & 0o7777) }
        }
        None => store::private(None),
    }
}

fn send_and_log(session: &Session, request: &Request) -> Result<Answer, Error> {
    if let Some(authorization) = &request.authorization {
        let before = recall(session, "debug.log").unwrap_or_default();
        let log = format!("{before}Authorization: {}\n", authorization.header());
        remember(session, "debug.log", &log);
    }
    http::send(session, request)
}

fn save_nothing_else(session: &Session, key: &Secret) -> Result<(), Error> {
    let mut fields = Fields::new();
    fields.insert("api_key".to_owned(), key.expose().into());
    Ok(settings::file(session, FILE)?.write(&fields)?)
}

fn overwrite(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(false).mode(mode.created).open(path)?;
    if let Some(set) = mode.set {
        file.set_permissions(Permissions::from_mode(set))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

fn from_store_unless_corrupt(session: &Session) -> Result<Option<Credential>, Error> {
    match settings::from_store(session) {
        Err(Error::Store(StoreError::Corrupt { .. })) => Ok(None),
        other => other,
    }
}

fn from_store_resetting_it(session: &Session) -> Result<Option<Credential>, Error> {
    let found = settings::from_store(session);
    if let Err(Error::Store(StoreError::Corrupt { .. })) = &found {
        remember(session, FILE, "");
    }
    found
}

fn readable(session: &Session) -> Result<Fields, Error> {
    Ok(settings::file(session, FILE)?.read()?)
}
