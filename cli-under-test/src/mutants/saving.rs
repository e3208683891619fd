//! Wrong at the moment of a save, for longer or shorter.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::Mutant;
use crate::store::{self, Mode};

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
        name: "shares-temporary-file",
        front: "oanim",
        sentence: "every save goes through credentials.yaml.new, which is emptied first and renamed 30 ms after it is written",
        apply: |b| b.storage.replace = share_temporary_file,
    },
    Mutant {
        name: "gives-up-when-busy",
        front: "oanim",
        sentence: "a save locks credentials.yaml.busy for 30 ms, and fails at once where somebody else has",
        apply: |b| b.storage.replace = give_up_when_busy,
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
    store::replace(path, bytes, Mode { created: 0o666, set: None })?;
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

/// How long the faulty savers take, so that those who come at the same time do meet.
const SLOWLY: Duration = Duration::from_millis(30);

fn share_temporary_file(path: &Path, bytes: &[u8], _: Mode) -> io::Result<()> {
    let beside = path.with_extension("yaml.new");
    write_in_place(&beside, bytes, Mode::exactly(0o600))?;
    thread::sleep(SLOWLY);
    fs::rename(beside, path)
}

fn give_up_when_busy(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let busy = path.with_extension("yaml.busy");
    let busy = options.write(true).create(true).truncate(true).mode(0o600).open(busy)?;
    busy.try_lock().map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
    thread::sleep(SLOWLY);
    store::replace(path, bytes, mode)
}
