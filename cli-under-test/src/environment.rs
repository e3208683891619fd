//! The process's environment, read once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// What the environment held when the program started: a value, so that tests can make one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(HashMap<String, OsString>);

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        let named =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(named.collect())
    }

    /// The value as it stands, empty or not. What is no text becomes text that no header may carry.
    pub(crate) fn raw(&self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.to_string_lossy().into_owned())
    }

    /// The value without the white space around it; a variable that is empty or blank is unset.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The time that a variable says, in seconds, if it is set.
    pub(crate) fn seconds(&self, variable: &'static str) -> Result<Option<Duration>, Error> {
        let Some(seconds) = self.get(variable) else {
            return Ok(None);
        };
        let seconds = seconds.parse().ok().filter(|seconds| *seconds > 0);
        let bad = Error::BadSetting { name: variable, why: "is not a number of seconds" };
        seconds.map(Duration::from_secs).ok_or(bad).map(Some)
    }

    /// A base directory of the XDG specification: the variable's if that is an absolute path, else
    /// the usual one below the home directory.
    pub(crate) fn base(&self, variable: &str, below_home: &str) -> Result<PathBuf, Error> {
        let named = self.0.get(variable).map(PathBuf::from);
        match named.filter(|named| named.is_absolute()) {
            Some(named) => Ok(named),
            None => Ok(self.home()?.join(below_home)),
        }
    }

    /// The user's home directory.
    pub(crate) fn home(&self) -> Result<PathBuf, Error> {
        let home = self.0.get("HOME").map(PathBuf::from);
        // A relative home would put a secret into whatever directory this happens to be.
        home.filter(|home| home.is_absolute()).ok_or(Error::NoHome)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.map(|(name, value)| (name.to_owned(), value.into())).into())
    }
}
