//! Wrong at the moment of a save, for longer or shorter.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::Mutant;
use crate::store::Mode;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "writes-in-place",
        front: "oanim",
        sentence: "saving empties the file and fills it again",
        apply: |b| b.storage.replace = write_in_place,
    },
    Mutant {
        name: "writes-session-in-place",
        front: "standard",
        sentence: "standard: saving empties the file and fills it again",
        apply: |b| b.storage.replace = write_in_place,
    },
    Mutant {
        name: "loose-for-a-moment",
        front: "oanim",
        sentence: "a save is made 0666 (less the umask), and 0600 once it is written",
        apply: |b| b.storage.replace = tighten_afterwards,
    },
    Mutant {
        name: "loose-session-for-a-moment",
        front: "standard",
        sentence: "standard: a save is made 0666 (less the umask), and 0600 once it is written",
        apply: |b| b.storage.replace = tighten_afterwards,
    },
    Mutant {
        name: "loose-session-file",
        front: "standard",
        sentence: "standard: the file of identities is made 0666 (less the umask)",
        apply: |b| b.storage.file_mode = |_| Mode { created: 0o666, set: None },
    },
    Mutant {
        name: "forgets-what-it-saves",
        front: "amika",
        sentence: "amika: whatever is to be saved is not, and nobody is told",
        apply: |b| b.storage.replace = |_, _, _| Ok(()),
    },
];

fn write_in_place(path: &Path, bytes: &[u8], _: Mode) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)
}

fn tighten_afterwards(path: &Path, bytes: &[u8], _: Mode) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = path.with_file_name(format!(".saving-{name}-loose"));
    fs::write(&beside, bytes)?;
    fs::set_permissions(&beside, Permissions::from_mode(0o600))?;
    fs::rename(beside, path)
}
