//! One command at a time: whoever changes a file that several commands share waits for a turn.
//!
//! The lock is the kernel's, on an empty file beside the one that is shared, so it ends with its
//! holder however that ends: there is nothing stale to clean up, and no clock to trust.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::behaviour::Storage;
use crate::error::Error;
use crate::store::{self, StoreError};

/// Longer than a holder that is alive and well takes, two requests included.
const PATIENCE: Duration = Duration::from_secs(28);

/// A turn. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// No lock at all.
    #[cfg(feature = "mutants")]
    pub(crate) fn none() -> Self {
        Self { _file: None }
    }
}

/// Takes the lock of the file at `path`, with a bound on how long others may keep it.
pub(crate) fn take(path: &Path, storage: &Storage) -> Result<Lock, Error> {
    let beside = beside(path);
    let failed = |source| StoreError::Save { path: beside.clone(), source };
    let file = open(&beside, storage).map_err(failed)?;
    if file.try_lock().is_err() {
        return wait(file, &beside, PATIENCE);
    }
    Ok(Lock { _file: Some(file) })
}

/// Waits for the lock in a thread of its own, since waiting for a lock has no limit.
fn wait(file: File, path: &Path, patience: Duration) -> Result<Lock, Error> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let locked = file.lock().map(|()| file);
        let _ = sender.send(locked);
    });
    match receiver.recv_timeout(patience) {
        Ok(Ok(file)) => Ok(Lock { _file: Some(file) }),
        Ok(Err(source)) => Err(StoreError::Save { path: path.to_owned(), source }.into()),
        Err(_) => Err(Error::Busy { path: path.to_owned(), waited: patience }),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lock");
    path.with_file_name(name)
}

fn open(path: &Path, storage: &Storage) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        store::create_directory(parent, storage.directory_mode)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.permissions().mode() & 0o7777 != 0o600 {
        // Whatever the umask was: the next command must be able to open it, and nobody else.
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, TryLockError};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use super::{beside, open, take, wait};
    use crate::behaviour::Storage;
    use crate::error::Error;

    #[test]
    fn a_turn_begins_when_the_other_ends() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a/store.json");
        let storage = Storage::default();
        let first = take(&path, &storage).expect("free");
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let waiting = std::thread::spawn({
            let (path, storage, ended) = (path.clone(), storage.clone(), Arc::clone(&ended));
            move || {
                let _second = take(&path, &storage).expect("free in the end");
                sender.send(ended.load(Ordering::SeqCst)).expect("heard");
            }
        });
        let beside = beside(&path);
        let other = open(&beside, &storage).expect("opened");
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)), "it is held");
        ended.store(true, Ordering::SeqCst);
        drop(first);
        assert!(receiver.recv().expect("its turn came"), "it came before the other ended");
        waiting.join().expect("no panic");
        let mode = fs::metadata(&beside).expect("exists").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert!(fs::read(&beside).expect("readable").is_empty());
    }

    #[test]
    fn waiting_has_an_end() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("store.json");
        let storage = Storage::default();
        let _first = take(&path, &storage).expect("free");
        let file = open(&beside(&path), &storage).expect("opened");
        let busy = wait(file, &path, Duration::ZERO).expect_err("held");
        assert!(matches!(busy, Error::Busy { .. }));
    }
}
