//! A capsule: a directory with an observation and everything that it takes to judge it again, or
//! to play its scenario again. What `--keep` and `--capsules` leave.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::observation::Observation;
use crate::profile::{Profile, ProfileError};

/// The version of the document.
const SCHEMA: u32 = 1;

const CAPSULE: &str = "capsule.json";
const OBSERVATION: &str = "observation.json";

/// What an observation does not say of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capsule {
    /// The version of this document.
    pub schema: u32,
    /// The version of the program that made it.
    pub authspec: String,
    /// What the profile was read by.
    pub profile: String,
    /// The profile's whole text, as it was.
    pub profile_text: String,
    /// The program that was named; empty for the bundled one.
    pub program: Vec<String>,
}

/// Why a capsule cannot be opened.
#[derive(Debug, Error)]
pub enum CapsuleError {
    /// A file of it cannot be read.
    #[error(
        "cannot read {}: {source}: a capsule is a directory that `run --keep` or `run --capsules` left",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of it is cut off, or of another version.
    #[error("{}: {message}: run the scenario again to make a new capsule", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Its profile is not one of this version.
    #[error("the capsule's profile is not one of this version")]
    Profile(#[from] Box<ProfileError>),
}

impl Capsule {
    /// Of a run of `program` by `profile`.
    pub fn new(profile: &Profile, program: &[String]) -> Self {
        Self {
            schema: SCHEMA,
            authspec: env!("CARGO_PKG_VERSION").to_owned(),
            profile: profile.origin.clone(),
            profile_text: profile.text.clone(),
            program: program.to_vec(),
        }
    }

    /// Lays it beside the observation that `directory` holds.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        std::fs::write(directory.join(CAPSULE), text)
    }

    /// Opens the capsule at `path`: its directory, or the observation in it.
    ///
    /// # Errors
    /// [`CapsuleError`] when it is none, or of another version.
    pub fn open(path: &Path) -> Result<(Self, Profile, Observation), CapsuleError> {
        let directory = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let capsule: Self = read(&directory.join(CAPSULE))?;
        if capsule.schema != SCHEMA {
            return Err(CapsuleError::Malformed {
                path: directory.join(CAPSULE),
                message: format!("it is of schema {}, and not {SCHEMA}", capsule.schema),
            });
        }
        let observation = read(&directory.join(OBSERVATION))?;
        let profile = Profile::parse(&capsule.profile, &capsule.profile_text).map_err(Box::new)?;
        Ok((capsule, profile, observation))
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, CapsuleError> {
    let text = std::fs::read(path)
        .map_err(|source| CapsuleError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&text).map_err(|error| CapsuleError::Malformed {
        path: path.to_owned(),
        message: if error.is_eof() {
            "it is cut off".to_owned()
        } else {
            format!("it is not of this version ({error})")
        },
    })
}
