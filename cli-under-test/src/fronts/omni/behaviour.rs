//! What `omni` can get wrong: see [`crate::behaviour`].

use url::Url;

use super::config;
use super::profiles::Profile;
use super::settings::{self, AddressSource, Given};
use crate::store::Fields;

/// How `omni` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Omni {
    /// Where a credential may come from that no profile holds, in order. The profile comes after.
    pub(crate) given: &'static [Given],
    /// Where an address may come from that was asked for, in order. The profile's comes after.
    pub(crate) demanded: &'static [AddressSource],
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
            given: &[settings::of_flag, settings::of_variable],
            demanded: &[settings::url_of_flag, settings::url_of_variable],
            is_trusted: settings::is_trusted,
            may_use_at: settings::may_use_at,
            forget: Profile::forget,
            redact: config::redact,
        }
    }
}
