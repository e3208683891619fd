//! Why a platform did not start.

/// Why a platform did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The machine gave no port.
    #[error("cannot listen")]
    Bind(#[from] std::io::Error),
    /// The machine gave no signing key.
    #[error(transparent)]
    Signing(#[from] crate::signer::NoSigningKey),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] crate::authority::NoCertificate),
    /// The state's file cannot be used.
    #[error(transparent)]
    State(#[from] crate::state_file::StateFileError),
    /// The profile contradicts itself.
    #[error("{0}")]
    Profile(#[from] ProfileError),
}

/// A place in a profile, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ProfileError {
    /// Where in the profile, such as `platform.identity.reply.body.email`.
    pub path: String,
    /// What is wrong there, a sentence's end.
    pub problem: String,
}

impl ProfileError {
    pub(crate) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }
}
