//! Lays down what the home holds before the first step.

use std::fs;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Stage;
use crate::observation::OTHER_PLATFORM;
use crate::profile::{StoreFormat, fill};
use crate::scenario::{
    ACCESS_TOKEN_LIFETIME, Scenario, Seed, SessionState, Sources, StoreState, UNRELATED_MEMBER,
    UrlFiles,
};

/// What a corrupt store holds: an opened bracket that nothing closes, and bytes that end it.
const CORRUPT: &str = "{\"half\": [\"a docu\u{0}ment\n";

/// Where the file lies that a symlinked store leads to.
const SYMLINK_TARGET: &str = "dotfiles/credentials";

/// The user who is not root, and owns nothing: by convention the highest of 16 bits but one.
const NOBODY: u32 = 65_534;

impl Stage<'_> {
    pub(super) fn lay_seeds(&self, scenario: &Scenario) -> io::Result<()> {
        for seed in scenario.home {
            match seed {
                Seed::Store(state) => self.lay_store(*state)?,
                Seed::Session(state) => self.lay_session(*state)?,
                Seed::ConfigNamesOtherPlatform => self.lay_config(OTHER_PLATFORM)?,
            }
        }
        Ok(())
    }

    fn lay_store(&self, state: StoreState) -> io::Result<()> {
        let path = PathBuf::from(fill(&self.setting.profile.cli.store.path, &self.placeholders()));
        let platform = self.platform.url();
        let holding_key = |others: &[(&str, &str)]| self.store_text(platform, others);
        match state {
            StoreState::HoldsKey | StoreState::HoldsLongKey => {
                write(&path, &holding_key(&[]), 0o600)
            }
            StoreState::HoldsKeyAmongOthers => {
                write(&path, &holding_key(&[UNRELATED_MEMBER]), 0o600)
            }
            StoreState::HoldsKeyLoosely => write(&path, &holding_key(&[]), 0o644),
            StoreState::BelongsToAnother if !nix::unistd::geteuid().is_root() => Ok(()),
            StoreState::BelongsToAnother => {
                write(&path, &holding_key(&[]), 0o600)?;
                std::os::unix::fs::chown(&path, Some(NOBODY), None)
            }
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

    /// A store that holds the key called `stored`, of the platform at `url`, beside these members.
    fn store_text(&self, url: &str, others: &[(&str, &str)]) -> String {
        let store = &self.setting.profile.cli.store;
        let mut values = vec![("platform.url".to_owned(), url.to_owned())];
        values.extend(self.placeholders());
        values.push(("key".to_owned(), self.keys.secret("stored").to_owned()));
        let mut members = filled(&store.holds, &values);
        if members.is_empty() {
            members.insert(store.secret.clone(), self.keys.secret("stored").into());
        }
        members.extend(others.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        store.format.text(&members)
    }

    fn lay_session(&self, state: SessionState) -> io::Result<()> {
        let Some(session) = &self.setting.profile.cli.session else { return Ok(()) };
        let mut values = self.placeholders();
        values.push(("access".to_owned(), self.keys.secret("access").to_owned()));
        values.push(("refresh".to_owned(), self.keys.secret("refresh").to_owned()));
        let made = self.began - state.age(session.margin());
        let end = made + ACCESS_TOKEN_LIFETIME;
        values.push(("expires_at".to_owned(), end.to_string()));
        let path = PathBuf::from(fill(&session.path, &values));
        // A session is always JSON: that is what every contract says of it.
        write(&path, &StoreFormat::Json.text(&filled(&session.holds, &values)), 0o600)
    }

    /// Makes the home hold these sources, and no others.
    pub(super) fn lay_sources(&self, sources: Sources) -> io::Result<()> {
        let cli = &self.setting.profile.cli;
        self.remove(&[Some(&cli.store.path), cli.session.as_ref().map(|session| &session.path)])?;
        if sources.store {
            self.lay_store(StoreState::HoldsKey)?;
        }
        if sources.session {
            self.lay_session(SessionState::Fresh)?;
        }
        Ok(())
    }

    /// Lays down the configuration file, which names the other platform called `name`.
    fn lay_config(&self, name: &str) -> io::Result<()> {
        let (Some(config), Some(url)) = (&self.setting.profile.cli.url.config, self.url_of(name))
        else {
            return Ok(());
        };
        let path = PathBuf::from(fill(&config.path, &self.placeholders()));
        write(&path, &fill(&config.contents, &[("url".to_owned(), url)]), 0o600)
    }

    /// Makes the home hold these sources of the URL, as far as the tool has them, and no others.
    pub(super) fn lay_url_files(&self, files: UrlFiles) -> io::Result<()> {
        let cli = &self.setting.profile.cli;
        self.remove(&[Some(&cli.store.path), cli.url.config.as_ref().map(|config| &config.path)])?;
        if let (true, true, Some(url)) = (files.saved, cli.saves_url(), self.url_of("saved")) {
            let path = PathBuf::from(fill(&cli.store.path, &self.placeholders()));
            write(&path, &self.store_text(&url, &[]), 0o600)?;
        }
        if files.file && cli.has_url_file() {
            self.lay_config("file")?;
        }
        Ok(())
    }

    /// Takes every permission from the store.
    pub(super) fn close_store(&self) -> io::Result<()> {
        let path = fill(&self.setting.profile.cli.store.path, &self.placeholders());
        fs::set_permissions(path, fs::Permissions::from_mode(0o000))
    }

    /// Removes the files of these paths of the profile that are there.
    fn remove(&self, paths: &[Option<&String>]) -> io::Result<()> {
        for path in paths.iter().flatten() {
            match fs::remove_file(fill(path, &self.placeholders())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// `template` with these values in the place of its placeholders, at any depth.
fn filled(template: &Map<String, Value>, values: &[(String, String)]) -> Map<String, Value> {
    let of = |value: &Value| filled_value(value, values);
    template.iter().map(|(name, value)| (fill(name, values), of(value))).collect()
}

fn filled_value(template: &Value, values: &[(String, String)]) -> Value {
    match template {
        Value::String(text) => fill(text, values).into(),
        Value::Object(members) => Value::Object(filled(members, values)),
        Value::Array(items) => items.iter().map(|item| filled_value(item, values)).collect(),
        other => other.clone(),
    }
}

pub(super) fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
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
