//! What the operator lends: from the environment, a private file, or a hidden prompt. Never from the
//! command line, which every process of the machine can read.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

/// What the operator lends.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Credentials {
    /// An API key of the account.
    pub key: Option<String>,
    /// An API key of another account.
    pub second_key: Option<String>,
    /// An access token.
    pub token: Option<String>,
    /// A credential that was good once.
    pub expired: Option<String>,
    /// The secret of the profile's confidential client.
    pub client_secret: Option<String>,
    /// Who signs in, where the operator does not.
    pub username: Option<String>,
    /// With which password.
    pub password: Option<String>,
}

/// Why there are no credentials.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// The file could not be read.
    #[error("cannot read the credentials `{path}`: {source}")]
    Unreadable {
        /// Its path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("others may read the credentials `{path}`: run `chmod 600 {path}`")]
    Public {
        /// Its path.
        path: String,
    },
    /// The file is not what it should be. What is in it is not shown.
    #[error("the credentials `{path}` are not TOML with {names}, each a text")]
    Malformed {
        /// Its path.
        path: String,
        /// What there may be.
        names: String,
    },
    /// There is nothing of that name.
    #[error("nothing is called `{name}`: there are {names}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        names: String,
    },
    /// The prompt failed.
    #[error("cannot ask for `{name}`: {source}: set {variable} instead")]
    Prompt {
        /// What was asked for.
        name: String,
        /// The variable that does without.
        variable: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds what no header may carry.
    #[error("`{name}` holds a character that no header may carry")]
    Unsendable {
        /// What it is.
        name: String,
    },
}

/// What there may be, as the file and the prompt call it.
pub const NAMES: [&str; 7] =
    ["key", "second-key", "token", "expired", "client-secret", "username", "password"];

impl Credentials {
    /// Reads them: the file first, then the environment over it, then what is asked for.
    ///
    /// # Errors
    /// [`CredentialsError`]; no message shows a credential.
    pub fn read(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        prompts: &[String],
    ) -> Result<Self, CredentialsError> {
        let mut read = file.map(from_file).transpose()?.unwrap_or_default();
        for name in NAMES {
            if let Some(value) = environment(&variable(name)).filter(|value| !value.is_empty()) {
                *read.place(name)? = Some(value);
            }
        }
        for name in prompts {
            let place = read.place(name)?;
            let typed = rpassword::prompt_password(format!("{name}: "));
            *place = Some(typed.map_err(|source| CredentialsError::Prompt {
                name: name.clone(),
                variable: variable(name),
                source,
            })?);
        }
        for name in NAMES {
            let place = read.place(name)?;
            let trimmed = place.as_deref().map(|text| text.trim().to_owned());
            *place = trimmed.filter(|text| !text.is_empty());
            if place.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
                return Err(CredentialsError::Unsendable { name: name.to_owned() });
            }
        }
        Ok(read)
    }

    /// Each that there is, with its name.
    pub fn each(&self) -> Vec<(&'static str, String)> {
        let mut all = self.clone();
        let value = |name| all.place(name).ok().and_then(|place| place.clone());
        NAMES.into_iter().zip(NAMES.map(value)).filter_map(|(n, value)| Some((n, value?))).collect()
    }

    fn place(&mut self, name: &str) -> Result<&mut Option<String>, CredentialsError> {
        Ok(match name {
            "key" => &mut self.key,
            "second-key" => &mut self.second_key,
            "token" => &mut self.token,
            "expired" => &mut self.expired,
            "client-secret" => &mut self.client_secret,
            "username" => &mut self.username,
            "password" => &mut self.password,
            _ => {
                let (name, names) = (name.to_owned(), NAMES.join(", "));
                return Err(CredentialsError::Unknown { name, names });
            }
        })
    }
}

/// The variable that lends it: `AUTHSPEC_SECOND_KEY`.
pub fn variable(name: &str) -> String {
    format!("AUTHSPEC_{}", name.to_uppercase().replace('-', "_"))
}

fn from_file(path: &Path) -> Result<Credentials, CredentialsError> {
    let shown = || path.display().to_string();
    let unreadable = |source| CredentialsError::Unreadable { path: shown(), source };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(CredentialsError::Public { path: shown() });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    toml::from_str(&text)
        .map_err(|_| CredentialsError::Malformed { path: shown(), names: NAMES.join(", ") })
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.each().into_iter().map(|(name, _)| name).collect();
        write!(formatter, "Credentials({})", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_stands_over_the_file_and_nothing_is_shown() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("credentials.toml");
        std::fs::write(&file, "key = 'k-file'\nsecond-key = 'k-second'\n").expect("written");
        let read = |mode, environment: fn(&str) -> Option<String>| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
            Credentials::read(Some(&file), environment, &[])
        };
        let lent = read(0o600, |name| (name == "AUTHSPEC_KEY").then(|| " k-env\n".to_owned()));
        let lent = lent.expect("private");
        assert_eq!(lent.key.as_deref(), Some("k-env"));
        assert_eq!(lent.second_key.as_deref(), Some("k-second"));
        assert_eq!(format!("{lent:?}"), "Credentials(key, second-key)");
        let refused = read(0o644, |_| None).expect_err("others may read it");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_unshown() {
        let broken = |name: &str| (name == "AUTHSPEC_KEY").then(|| "se\ncret".to_owned());
        let refused = Credentials::read(None, broken, &[]).expect_err("refused").to_string();
        assert!(refused.contains("`key`") && !refused.contains("cret"), "{refused}");
    }
}
