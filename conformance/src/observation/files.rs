//! The files of the sandbox at one instant.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Files longer than this are remembered by their first bytes only. In bytes.
const LONGEST_TEXT: usize = 256 * 1024;

/// Every file below the sandbox's root, by its path from there (`home/.config/tool/key.json`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTree(pub BTreeMap<String, FileSeen>);

/// One file as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSeen {
    /// What it is.
    pub kind: FileKind,
    /// Its permission bits, as in `0o600`.
    pub mode: u32,
    /// Its bytes, up to 256 KiB, those that are no UTF-8 replaced; empty for what is no file.
    pub text: String,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// An ordinary file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, to this path.
    Symlink(String),
    /// Anything else.
    Other,
}

impl FileTree {
    /// Reads everything below `root`.
    ///
    /// # Errors
    /// When a directory cannot be listed or a file not be looked at. What goes away while it is
    /// looked at is no error, and what may not be read counts as empty.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_directory(root, root)?;
        Ok(tree)
    }

    fn read_directory(&mut self, root: &Path, directory: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if is_gone_or_closed(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if is_gone_or_closed(&error) => continue,
                Err(error) => return Err(error),
            };
            let kind = if metadata.is_symlink() {
                FileKind::Symlink(shown(root, &fs::read_link(&path)?))
            } else if metadata.is_dir() {
                FileKind::Directory
            } else if metadata.is_file() {
                FileKind::File
            } else {
                FileKind::Other
            };
            let text = if kind == FileKind::File { read_text(&path) } else { String::new() };
            let is_directory = kind == FileKind::Directory;
            let mode = metadata.permissions().mode() & 0o7777;
            self.0.insert(shown(root, &path), FileSeen { kind, mode, text });
            if is_directory {
                self.read_directory(root, &path)?;
            }
        }
        Ok(())
    }

    /// The paths of the directories.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        let directories = self.0.iter().filter(|(_, seen)| seen.kind == FileKind::Directory);
        directories.map(|(path, _)| path.as_str())
    }

    /// The file at `path`, or what a symbolic link there leads to.
    pub fn follow(&self, path: &str) -> Option<&FileSeen> {
        match self.0.get(path)? {
            FileSeen { kind: FileKind::Symlink(target), .. } => self.0.get(target),
            seen => Some(seen),
        }
    }

    /// The paths of the ordinary files that `wanted` holds for.
    pub fn files_where(&self, wanted: impl Fn(&str, &FileSeen) -> bool) -> Vec<String> {
        let files = self.0.iter().filter(|(_, seen)| seen.kind == FileKind::File);
        files.filter(|(path, seen)| wanted(path, seen)).map(|(path, _)| path.clone()).collect()
    }
}

/// `path` from `root`, or as it is when it lies elsewhere.
fn shown(root: &Path, path: &Path) -> String {
    let short: PathBuf = path.strip_prefix(root).unwrap_or(path).to_owned();
    short.to_string_lossy().into_owned()
}

fn is_gone_or_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

fn read_text(path: &Path) -> String {
    let mut bytes = fs::read(path).unwrap_or_default();
    bytes.truncate(LONGEST_TEXT);
    String::from_utf8_lossy(&bytes).into_owned()
}
