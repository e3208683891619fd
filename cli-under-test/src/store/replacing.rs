//! One file in the place of another, in one step.
//!
//! What is to come is first written beside what is there. Whoever is killed meanwhile cannot
//! remove it, so the kernel keeps account of who is alive: a writer holds a lock on his own file,
//! and whoever opens the store next removes those that nobody holds.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::Mode;

/// Puts the whole of `bytes` in place of the file, in one step that cannot be half done.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let mut file = begin(directory, &beginning_of_names(path), mode)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename itself must outlast a power cut; where directories cannot be synced, it may not.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// A new file that is held: nobody takes it for one that was left behind.
fn begin(directory: &Path, prefix: &OsStr, mode: Mode) -> io::Result<NamedTempFile> {
    const TRIES: usize = 20;
    for _ in 0..TRIES {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .make_in(directory, |path| create_new(path, mode))?;
        // Where files cannot be locked, nobody else can tell that it is free either.
        let _ = file.as_file().lock();
        // Between its making and its lock, somebody may have taken it for one.
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
    Err(io::Error::other("somebody keeps removing what is written"))
}

/// Removes what was to replace the file, of writers that are no more. It holds a secret, and is in
/// nobody's way: if it cannot be removed, the next command tries again.
pub(crate) fn sweep(path: &Path) {
    let prefix = beginning_of_names(path);
    let Some(entries) = path.parent().and_then(|directory| fs::read_dir(directory).ok()) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let held = |file: File| file.try_lock().map(|()| file).ok();
        // Nobody can begin to hold it while this does.
        if let Some(_turn) = File::open(entry.path()).ok().and_then(held) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What the names of all files begin with that are to replace this one.
fn beginning_of_names(path: &Path) -> OsString {
    let mut name = OsString::from(".saving-");
    name.push(path.file_name().unwrap_or_default());
    name.push("-");
    name
}

/// Creates a file, with its mode from the first moment on.
fn create_new(path: &Path, mode: Mode) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode.created).open(path)?;
    if let Some(set) = mode.set {
        file.set_permissions(Permissions::from_mode(set))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::{Mode, begin, beginning_of_names, sweep};

    #[test]
    fn what_was_left_behind_goes_and_what_is_being_written_stays() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("store.json");
        let prefix = beginning_of_names(&path);
        let left = begin(home.path(), &prefix, Mode::exactly(0o600)).expect("begun");
        let (_, left) = left.keep().expect("kept");
        let mut alive = begin(home.path(), &prefix, Mode::exactly(0o600)).expect("begun");
        for name in ["other.json", ".saving-other.json-x", ".store.json.lock"] {
            fs::write(home.path().join(name), "").expect("written");
        }
        fs::create_dir(home.path().join(".saving-store.json-directory")).expect("created");
        sweep(&path);
        assert!(!left.exists());
        assert!(alive.path().exists());
        assert_eq!(fs::read_dir(home.path()).expect("readable").count(), 5);
        alive.write_all(b"{}").expect("written");
        alive.persist(&path).expect("in its place");
        sweep(&home.path().join("nowhere/store.json"));
    }
}
