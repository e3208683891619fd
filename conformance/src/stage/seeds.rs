//! Lays down what the home holds before the first step.

use std::fs;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Stage;
use crate::profile::{StoreFormat, fill};
use crate::scenario::{Scenario, Seed, StoreState, UNRELATED_MEMBER};

/// What a corrupt store holds: an opened bracket that nothing closes, and bytes that end it.
const CORRUPT: &str = "{\"half\": [\"a docu\u{0}ment\n";

/// Where the file lies that a symlinked store leads to.
const SYMLINK_TARGET: &str = "dotfiles/credentials";

impl Stage<'_> {
    pub(super) fn lay_seeds(&self, scenario: &Scenario) -> io::Result<()> {
        for seed in scenario.home {
            match seed {
                Seed::Store(state) => self.lay_store(*state)?,
                Seed::ConfigNamesOtherPlatform => self.lay_config()?,
            }
        }
        Ok(())
    }

    fn lay_store(&self, state: StoreState) -> io::Result<()> {
        let path = PathBuf::from(fill(&self.setting.profile.cli.store.path, &self.placeholders()));
        let holding_key = |others: &[(&str, &str)]| self.store_text(others);
        match state {
            StoreState::HoldsKey | StoreState::HoldsLongKey => {
                write(&path, &holding_key(&[]), 0o600)
            }
            StoreState::HoldsKeyAmongOthers => {
                write(&path, &holding_key(&[UNRELATED_MEMBER]), 0o600)
            }
            StoreState::HoldsKeyLoosely => write(&path, &holding_key(&[]), 0o644),
            StoreState::IsCorrupt => write(&path, CORRUPT, 0o600),
            StoreState::IsDirectory => make_directory(&path),
            StoreState::IsSymlink => {
                let target = self.sandbox.home().join(SYMLINK_TARGET);
                write(&target, &holding_key(&[]), 0o600)?;
                path.parent().map_or(Ok(()), make_directory)?;
                std::os::unix::fs::symlink(target, path)
            }
        }
    }

    /// A store that holds the key called `stored`, beside these members.
    fn store_text(&self, others: &[(&str, &str)]) -> String {
        let store = &self.setting.profile.cli.store;
        let key = (store.secret.as_str(), self.keys.secret("stored"));
        let members: Map<String, Value> = std::iter::once(&key)
            .chain(others)
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        match store.format {
            // Strings alone: written one a line, as a person would.
            StoreFormat::Yaml => {
                let lines: Vec<String> =
                    members.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
                lines.concat()
            }
            StoreFormat::Json => Value::Object(members).to_string(),
        }
    }

    fn lay_config(&self) -> io::Result<()> {
        let (Some(config), Some(other)) = (&self.setting.profile.cli.url.config, &self.other)
        else {
            return Ok(());
        };
        let path = PathBuf::from(fill(&config.path, &self.placeholders()));
        let text = fill(&config.contents, &[("url".to_owned(), other.url().to_owned())]);
        write(&path, &text, 0o600)
    }
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    path.parent().map_or(Ok(()), make_directory)?;
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    // Exactly this mode, whatever the umask.
    file.set_permissions(fs::Permissions::from_mode(mode))
}

fn make_directory(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
