//! A file of fields, one of which is a secret.
//!
//! It is replaced as a whole or not at all, and is the owner's alone from its first byte on.
//! Fields that this program does not know are somebody's, and are kept.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::behaviour::Storage;

/// The fields of a file, in the order of the file.
pub(crate) type Fields = Map<String, Value>;

/// A structured file.
#[derive(Debug)]
pub(crate) struct Store<'a> {
    path: PathBuf,
    behaviour: &'a Storage,
}

/// What can be wrong with a file. None of it quotes the file, which holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("{} is damaged: it is not the YAML that was saved", path.display())]
    Corrupt { path: PathBuf },
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not save {}", path.display())]
    Save { path: PathBuf, source: io::Error },
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
        Self { path, behaviour }
    }

    /// The fields; none when there is no file.
    pub(crate) fn read(&self) -> Result<Fields, StoreError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Fields::new()),
            Err(source) => {
                return Err(StoreError::Read { path: self.path.clone(), source });
            }
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| self.corrupt())?;
        if text.trim().is_empty() {
            return Ok(Fields::new());
        }
        let fields: Option<Fields> = serde_saphyr::from_str(text).map_err(|_| self.corrupt())?;
        Ok(fields.unwrap_or_default())
    }

    /// The error that says: what stands here is not what was written.
    pub(crate) fn corrupt(&self) -> StoreError {
        StoreError::Corrupt { path: self.path.clone() }
    }

    /// Replaces the whole file, making the directories that it stands in.
    pub(crate) fn write(&self, fields: &Fields) -> Result<(), StoreError> {
        self.try_write(fields)
            .map_err(|source| StoreError::Save { path: self.path.clone(), source })
    }

    fn try_write(&self, fields: &Fields) -> io::Result<()> {
        let text = serde_saphyr::to_string(fields).map_err(io::Error::other)?;
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
        let removed = follow(&self.path).and_then(fs::remove_file);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => {
                removed.map_err(|source| StoreError::Save { path: self.path.clone(), source })
            }
        }
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
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

/// Puts the whole of `bytes` in place of the file, in one step that cannot be half done.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new()
        .prefix(".saving-")
        .make_in(directory, |path| create_new(path, mode))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename itself must outlast a power cut; where directories cannot be synced, it may not.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

fn create_new(path: &Path, mode: Mode) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = OpenOptions::new().write(true).create_new(true).mode(mode.created).open(path)?;
    if let Some(set) = mode.set {
        file.set_permissions(Permissions::from_mode(set))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{Fields, Store, StoreError};
    use crate::behaviour::Storage;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("exists").permissions().mode() & 0o7777
    }

    fn fields(value: &Value) -> Fields {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn what_is_written_is_the_owners_alone_and_nothing_is_left_beside_it() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a/b/file.yaml");
        let storage = Storage::default();
        Store::new(path.clone(), &storage).write(&fields(&json!({"k": "v"}))).expect("written");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&home.path().join("a")), 0o700);
        assert_eq!(mode(&home.path().join("a/b")), 0o700);
        assert_eq!(fs::read_dir(home.path().join("a/b")).expect("readable").count(), 1);
    }

    #[test]
    fn a_loose_file_is_tightened_and_shrinks_without_a_trace() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("file.yaml");
        fs::write(&path, format!("old: {}\n", "x".repeat(4096))).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("loosened");
        let storage = Storage::default();
        Store::new(path.clone(), &storage).write(&fields(&json!({"k": "v"}))).expect("written");
        assert_eq!(mode(&path), 0o600);
        assert!(!fs::read_to_string(&path).expect("readable").contains('x'));
    }

    #[rstest]
    #[case::there(true)]
    #[case::dangling(false)]
    fn a_link_stays_a_link(#[case] target_exists: bool) {
        let home = tempfile::tempdir().expect("a directory");
        let (link, target) = (home.path().join("link.yaml"), home.path().join("target.yaml"));
        if target_exists {
            fs::write(&target, "kept: 1\n").expect("written");
        }
        symlink("target.yaml", &link).expect("linked");
        let storage = Storage::default();
        let store = Store::new(link.clone(), &storage);
        store.write(&fields(&json!({"k": "v"}))).expect("written");
        assert!(link.symlink_metadata().expect("exists").is_symlink());
        assert!(fs::read_to_string(&target).expect("readable").contains("k: v"));
        store.remove().expect("removed");
        assert!(!target.exists());
    }

    #[rstest]
    #[case::brace(b"{".as_slice())]
    #[case::scalar(b"just text".as_slice())]
    #[case::sequence(b"- a\n- b\n".as_slice())]
    #[case::nulls(b"\0\0\0\0".as_slice())]
    #[case::latin_1(b"k: \xe9".as_slice())]
    #[case::cut_off(b"api_key: \"anim_sesame".as_slice())]
    fn what_does_not_parse_is_corrupt_and_unquoted(#[case] bytes: &[u8]) {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("file.yaml");
        fs::write(&path, bytes).expect("written");
        let storage = Storage::default();
        let error = Store::new(path.clone(), &storage).read().expect_err("corrupt");
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("sesame"));
        assert_eq!(fs::read(&path).expect("readable"), bytes);
    }

    #[rstest]
    #[case::missing(None)]
    #[case::empty(Some(""))]
    #[case::comment(Some("# nothing\n"))]
    #[case::braces(Some("{}\n"))]
    fn no_fields(#[case] text: Option<&str>) {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("file.yaml");
        if let Some(text) = text {
            fs::write(&path, text).expect("written");
        }
        let storage = Storage::default();
        assert!(Store::new(path, &storage).read().expect("readable").is_empty());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "[ -~\n\t]{0,40}".prop_map(Value::from),
            prop_oneof![
                "yes",
                "no",
                "null",
                "~",
                "0x1f",
                "1e3",
                "2024-01-01",
                "- a",
                "a: b",
                "#",
                "'"
            ]
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[ -~]{0,12}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn fields_of_others_are_kept(
            others in proptest::collection::btree_map("[a-zA-Z0-9_ :.-]{0,12}", any_value(), 0..6),
        ) {
            let home = tempfile::tempdir().expect("a directory");
            let storage = Storage::default();
            let store = Store::new(home.path().join("file.yaml"), &storage);
            let others: Fields = others.into_iter().filter(|(name, _)| name != "api_key").collect();
            store.write(&others).expect("written");
            let mut read = store.read().expect("read");
            prop_assert_eq!(&read, &others);
            read.insert("api_key".to_owned(), json!("anim_1"));
            store.write(&read).expect("written");
            let mut again = store.read().expect("read");
            prop_assert_eq!(again.remove("api_key"), Some(json!("anim_1")));
            prop_assert_eq!(again, others);
        }
    }
}
