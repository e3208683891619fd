//! A file of fields, one of which is a secret.
//!
//! It is replaced as a whole or not at all, and is the owner's alone from its first byte on.
//! Fields that this program does not know are somebody's, and are kept.

use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::behaviour::Storage;
use crate::error::Error;
use crate::lock::Lock;

mod replacing;

pub(crate) use replacing::{replace, sweep};

/// The fields of a file, in the order of the file.
pub(crate) type Fields = Map<String, Value>;

/// A structured file.
#[derive(Debug)]
pub(crate) struct Store<'a> {
    path: PathBuf,
    format: Format,
    /// Whether a file that others can reach is refused.
    strict: bool,
    behaviour: &'a Storage,
}

/// How fields are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Yaml,
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
        })
    }
}

/// What can be wrong with a file. None of it quotes the file, which holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("{} is damaged: it is not the {format} that was saved", path.display())]
    Corrupt { path: PathBuf, format: Format },
    #[error("{} is not the owner's alone: others may read or change it", path.display())]
    Loose { path: PathBuf },
    #[error("{} belongs to another user", path.display())]
    Foreign { path: PathBuf },
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not save {}", path.display())]
    Save { path: PathBuf, source: io::Error },
}

impl StoreError {
    /// Whether it is that the file may not be read.
    pub(crate) fn is_forbidden(&self) -> bool {
        match self {
            Self::Read { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
            _ => false,
        }
    }
}

/// The permissions of something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// What it is created with; the umask may take some of it away.
    pub(crate) created: u32,
    /// What it is then set to, whatever the umask.
    pub(crate) set: Option<u32>,
}

impl Mode {
    /// Exactly this, from the first moment on and whatever the umask.
    pub(crate) const fn exactly(mode: u32) -> Self {
        Self { created: mode, set: Some(mode) }
    }
}

impl<'a> Store<'a> {
    /// The file at `path`, be it there or not.
    pub(crate) fn new(path: PathBuf, behaviour: &'a Storage) -> Self {
        Self { path, format: Format::Yaml, strict: false, behaviour }
    }

    /// The JSON file at `path`, be it there or not.
    pub(crate) fn json(path: PathBuf, behaviour: &'a Storage) -> Self {
        Self { format: Format::Json, ..Self::new(path, behaviour) }
    }

    /// The same, but refused unless it is the user's own and nobody else's to read.
    pub(crate) fn owners_alone(self) -> Self {
        Self { strict: true, ..self }
    }

    /// The fields; none when there is no file.
    pub(crate) fn read(&self) -> Result<Fields, StoreError> {
        self.sweep();
        let bytes = match self.bytes() {
            Ok(bytes) => bytes?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Fields::new()),
            Err(source) => {
                return Err(StoreError::Read { path: self.path.clone(), source });
            }
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| self.corrupt())?;
        if text.trim().is_empty() {
            return Ok(Fields::new());
        }
        let fields: Option<Fields> = match self.format {
            Format::Yaml => serde_saphyr::from_str(text).ok(),
            Format::Json => serde_json::from_str(text).ok(),
        }
        .ok_or_else(|| self.corrupt())?;
        Ok(fields.unwrap_or_default())
    }

    /// The whole file. The file that is judged is the one that is read: it was opened before.
    fn bytes(&self) -> io::Result<Result<Vec<u8>, StoreError>> {
        let mut file = File::open(&self.path)?;
        if self.strict
            && let Err(refusal) = self.judge(&file.metadata()?)
        {
            return Ok(Err(refusal));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Ok(bytes))
    }

    fn judge(&self, found: &Metadata) -> Result<(), StoreError> {
        let path = || self.path.clone();
        if !(self.behaviour.owner_allowed)(found.uid()) {
            return Err(StoreError::Foreign { path: path() });
        }
        if !(self.behaviour.mode_allowed)(found.permissions().mode() & 0o7777) {
            return Err(StoreError::Loose { path: path() });
        }
        Ok(())
    }

    /// The error that says: what stands here is not what was written.
    pub(crate) fn corrupt(&self) -> StoreError {
        StoreError::Corrupt { path: self.path.clone(), format: self.format }
    }

    /// Replaces the whole file, making the directories that it stands in.
    pub(crate) fn write(&self, fields: &Fields) -> Result<(), StoreError> {
        self.try_write(fields)
            .map_err(|source| StoreError::Save { path: self.path.clone(), source })
    }

    fn try_write(&self, fields: &Fields) -> io::Result<()> {
        self.sweep();
        let text = match self.format {
            Format::Yaml => serde_saphyr::to_string(fields).map_err(io::Error::other)?,
            Format::Json => format!("{}\n", serde_json::to_string_pretty(fields)?),
        };
        let target = (self.behaviour.target)(&self.path)?;
        if let Some(parent) = target.parent() {
            create_directory(parent, self.behaviour.directory_mode)?;
        }
        let existing = fs::metadata(&target).ok();
        let mode = (self.behaviour.file_mode)(existing.as_ref());
        (self.behaviour.replace)(&target, text.as_bytes(), mode)
    }

    /// Removes the file, and when its path is a link, what it leads to: that holds the secret.
    pub(crate) fn remove(&self) -> Result<(), StoreError> {
        self.sweep();
        let removed = follow(&self.path).and_then(fs::remove_file);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => {
                removed.map_err(|source| StoreError::Save { path: self.path.clone(), source })
            }
        }
    }

    /// Removes what commands have left beside the file that did not live to the end.
    fn sweep(&self) {
        if let Ok(target) = (self.behaviour.target)(&self.path) {
            (self.behaviour.sweep)(&target);
        }
    }

    /// The fields to change: none when the file is damaged beyond reading, since signing in is
    /// how one recovers from that.
    pub(crate) fn read_to_replace(&self) -> Result<Fields, StoreError> {
        match self.read() {
            Err(
                StoreError::Corrupt { .. } | StoreError::Loose { .. } | StoreError::Foreign { .. },
            ) => Ok(Fields::new()),
            fields => fields,
        }
    }

    /// Waits until no other command is about to change the file, and keeps others waiting.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        let target = (self.behaviour.target)(&self.path)
            .map_err(|source| StoreError::Save { path: self.path.clone(), source })?;
        (self.behaviour.lock)(&target, self.behaviour)
    }

    /// Whether the file is there.
    pub(crate) fn exists(&self) -> bool {
        self.sweep();
        self.path.exists()
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a file's owner is the one who runs this.
pub(crate) fn is_own(owner: u32) -> bool {
    rustix::process::geteuid().as_raw() == owner
}

/// Whether a mode leaves a file to its owner alone.
pub(crate) fn is_private(mode: u32) -> bool {
    mode == 0o600
}

/// The mode of a file with a secret in it, whatever stood there before.
pub(crate) fn private(_existing: Option<&Metadata>) -> Mode {
    Mode::exactly(0o600)
}

/// The file that a path leads to, through links, dangling ones included.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("/")).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Creates a directory and those above it that are missing. One that exists is left as it is.
pub(crate) fn create_directory(path: &Path, mode: Mode) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_directory(parent, mode)?;
    }
    match DirBuilder::new().mode(mode.created).create(path) {
        // Another process was faster; it is as good as ours.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        created => created?,
    }
    match mode.set {
        Some(set) => fs::set_permissions(path, Permissions::from_mode(set)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
