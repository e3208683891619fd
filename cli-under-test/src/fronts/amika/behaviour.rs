//! What `amika` can get wrong: see [`crate::behaviour`].

use url::Url;

use super::extract::{self, Finding, Place};
use super::settings::{self, Source};
use super::stores;
use super::{Extract, login};
use crate::address;
use crate::credential::Credential;
use crate::error::Error;
use crate::session::Session;

/// How `amika` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Amika {
    /// Where a credential may come from, in order.
    pub(crate) sources: &'static [Source],
    /// Where the API is, of what the variable says.
    pub(crate) address: fn(Option<String>) -> Option<String>,
    /// Whether what one server issued may go to another.
    pub(crate) may_use_at: fn(&Url, &Url) -> bool,
    /// Asks the server whether it accepts a key that is new.
    pub(crate) verify: fn(&Session, Credential) -> Result<(), Error>,
    /// How to look for other tools' credentials, of how one was told to.
    pub(crate) told: fn(Extract) -> Extract,
    /// Whether somebody is signed in already.
    pub(crate) is_stored: fn(&Session) -> Result<Option<String>, Error>,
    /// Forgets what is stored.
    pub(crate) clear: fn(&Session) -> Result<(), Error>,
    /// Where other tools keep their credentials, the most important first.
    pub(crate) places: &'static [Place],
    /// What a provider is called, of all its names.
    pub(crate) canonical: fn(&str) -> String,
    /// Whether a credential may still be used.
    pub(crate) is_current: fn(&Finding) -> bool,
    /// A text as a shell reads it back.
    pub(crate) quoted: fn(&str) -> String,
}

impl Default for Amika {
    fn default() -> Self {
        Self {
            sources: &[settings::VARIABLE, settings::KEY, settings::SESSION],
            address: |given| given,
            may_use_at: address::same_origin,
            verify: login::verify,
            told: |how| how,
            is_stored: stores::what_is_there,
            clear: stores::clear,
            places: extract::PLACES,
            canonical: extract::canonical,
            is_current: extract::is_current,
            quoted: extract::quoted,
        }
    }
}
