//! What `standard` can get wrong: see [`crate::behaviour`].

use super::settings::{self, AddressSource, Connection, Given};
use super::whoami::{self, Who};
use super::{Options, identities::Identity};
use crate::error::Error;
use crate::secret::Secret;
use crate::session::Session;

/// How `standard` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Standard {
    /// Where a credential may come from that is not saved, in order. The identity comes after.
    pub(crate) given: &'static [Given],
    /// Where an address may come from that was asked for, in order.
    pub(crate) demanded: &'static [AddressSource],
    /// Where else an address may come from, in order.
    pub(crate) unasked: &'static [AddressSource],
    /// Whether an identity is of the platform that was asked for.
    pub(crate) fits: fn(&str, &str) -> bool,
    /// Where an identity is used.
    pub(crate) address: fn(&Session, &Options, &Identity) -> String,
    /// Asks who one is.
    pub(crate) identity: fn(&Connection<'_>) -> Result<Who, Error>,
    /// Hears that a key is valid.
    pub(crate) verified: fn(&Session, &Secret) -> Result<(), Error>,
}

impl Default for Standard {
    fn default() -> Self {
        Self {
            given: &[settings::of_file, settings::of_variable],
            demanded: &[settings::url_of_option, settings::url_of_variable],
            unasked: &[settings::url_of_identity, settings::configured],
            fits: |own, asked| own == asked,
            address: |_, _, identity| identity.url.clone(),
            identity: whoami::ask,
            verified: |_, _| Ok(()),
        }
    }
}
