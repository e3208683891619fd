//! What `almyty` can get wrong: see [`crate::behaviour`].

use url::Url;

use super::Login;
use super::settings::{self, Environs};
use crate::address;
use crate::credential::Source;
use crate::error::Error;
use crate::secret::Secret;
use crate::session::Session;

/// How `almyty` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Almyty {
    /// Where a credential may come from, in order.
    pub(crate) sources: &'static [Source],
    /// Where the API is, for commands that use it.
    pub(crate) api: fn(&Session) -> Result<String, Error>,
    /// Where to sign in.
    pub(crate) environs: fn(&Session, &Login) -> Result<Environs, Error>,
    /// Whether what is saved may go from its own environment to another.
    pub(crate) may_use_at: fn(&Url, &Url) -> bool,
    /// Saves a key, with whose it is and where.
    pub(crate) save: fn(&Session, &Secret, &str, &Environs) -> Result<(), Error>,
    /// Forgets what is saved.
    pub(crate) clear: fn(&Session) -> Result<(), Error>,
}

impl Default for Almyty {
    fn default() -> Self {
        Self {
            sources: &[settings::from_variable, settings::from_store],
            api: settings::api,
            environs: settings::environs,
            may_use_at: address::same_origin,
            save: settings::save,
            clear: settings::clear,
        }
    }
}
