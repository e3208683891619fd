//! What `almyty` can get wrong: see [`crate::behaviour`].

use super::settings::{self, Environs};
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
            save: settings::save,
            clear: settings::clear,
        }
    }
}
