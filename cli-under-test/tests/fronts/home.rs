//! A home of its own for every run, and an empty environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name).expect("exists")).expect("JSON")
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        let found = fs::metadata(self.path(name)).expect("exists");
        found.permissions().mode() & 0o7777
    }

    pub(crate) fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect("changed");
    }

    /// All files in this home that hold a text.
    pub(crate) fn holding(&self, text: &str) -> Vec<PathBuf> {
        fn walk(directory: &Path, text: &str, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(directory).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    walk(&path, text, found);
                } else if String::from_utf8_lossy(&fs::read(&path).expect("readable"))
                    .contains(text)
                {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.0.path(), text, &mut found);
        found
    }

    /// A front in this home, with nothing else in its environment.
    pub(crate) fn command(&self, front: &str) -> Command {
        let mut command = Command::from_std(self.process(front));
        command.timeout(Duration::from_secs(30));
        command
    }

    /// The same, for those who watch it while it runs.
    pub(crate) fn process(&self, front: &str) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("reference"));
        command.env_clear().env("HOME", self.0.path());
        command.current_dir(self.0.path()).arg(front);
        command
    }
}
