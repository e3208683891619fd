//! What `omni` can get wrong: see [`crate::behaviour`].

use url::Url;

use super::profiles::Profile;
use super::{config, settings};
use crate::store::Fields;

/// How `omni` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Omni {
    /// Whether an address may be asked without the user's saying so.
    pub(crate) is_trusted: fn(&Url) -> bool,
    /// Whether what a profile of the first holds may go to the second.
    pub(crate) may_use_at: fn(&str, &str) -> bool,
    /// Takes what a profile holds away.
    pub(crate) forget: fn(&mut Profile),
    /// Takes the secrets out of a profile that is shown.
    pub(crate) redact: fn(&mut Fields),
}

impl Default for Omni {
    fn default() -> Self {
        Self {
            is_trusted: settings::is_trusted,
            may_use_at: settings::may_use_at,
            forget: Profile::forget,
            redact: config::redact,
        }
    }
}
