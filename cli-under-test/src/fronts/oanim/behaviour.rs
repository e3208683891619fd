//! What `oanim` can get wrong: see [`crate::behaviour`].

use std::io;
use std::path::Path;

use super::api_keys::{self, ApiKey, COLUMNS, Column, NewKey};
use super::login::{self, Way};
use super::settings::{self, AddressSource};
use super::{
    assets,
    identity::{self, Identity},
};
use crate::address;
use crate::credential::{Credential, Source};
use crate::error::Error;
use crate::secret::Secret;
use crate::session::Session;

/// How `oanim` behaves.
#[derive(Clone, Debug)]
pub(crate) struct Oanim {
    /// The page that a browser login starts at.
    pub(crate) login_path: &'static str,
    /// Called when a browser login begins.
    pub(crate) browser_login_begins: fn(&Session) -> Result<(), Error>,
    /// Called when a login with a well-formed token begins.
    pub(crate) token_login_begins: fn(&Session) -> Result<(), Error>,
    /// Makes a new key the saved one.
    pub(crate) adopt: fn(&Session, Secret, Way) -> Result<Identity, Error>,
    /// Saves a key.
    pub(crate) save_key: fn(&Session, &Secret) -> Result<(), Error>,
    /// Removes the saved key.
    pub(crate) clear_key: fn(&Session) -> Result<(), Error>,

    /// The file of `~/.oanim` that the key is saved to.
    pub(crate) save_file: &'static str,
    /// The files of `~/.oanim` that it may be in.
    pub(crate) read_files: &'static [&'static str],
    /// The field that the key is saved in.
    pub(crate) save_field: &'static str,
    /// The fields that it may be in.
    pub(crate) read_fields: &'static [&'static str],

    /// Where a credential may come from, in order.
    pub(crate) credential_sources: &'static [Source],
    /// Where the API's address may come from, in order.
    pub(crate) address_sources: &'static [AddressSource],
    /// The API's address when it comes from nowhere.
    pub(crate) default_address: &'static str,
    /// The address that paths are appended to, of one that was given.
    pub(crate) normalize: fn(&str) -> String,

    /// Asks who one is, for `whoami`.
    pub(crate) identity: fn(&Session, &Credential) -> Result<Identity, Error>,
    /// Shows who one is.
    pub(crate) show_identity: fn(&Session, &Identity, &Credential) -> Result<(), Error>,

    /// Creates an API key.
    pub(crate) create_key: fn(&Session, &str) -> Result<NewKey, Error>,
    /// Shows an API key that was created.
    pub(crate) show_key: fn(&Session, &NewKey) -> Result<(), Error>,
    /// The columns of the list of API keys.
    pub(crate) key_columns: &'static [Column],
    /// The API keys to list, of those that the server listed.
    pub(crate) listed: fn(&Session, Vec<ApiKey>) -> Vec<ApiKey>,
    /// Revokes an API key.
    pub(crate) revoke: fn(&Session, &str) -> Result<(), Error>,

    /// The key that takes image generation past the platform.
    pub(crate) bypass_key: fn(&Session) -> Result<Option<Credential>, Error>,
    /// Generates an image past the platform.
    pub(crate) generate_directly: fn(&Session, &str, &Credential) -> Result<String, Error>,
    /// What the platform is sent of the credential when it generates an image.
    pub(crate) media_credential: fn(&Credential) -> Option<Credential>,
    /// What the image's server is sent of it.
    pub(crate) download_credential: fn(&Credential) -> Option<Credential>,
    /// Saves an image.
    pub(crate) write_asset: fn(&Path, &[u8]) -> io::Result<()>,
}

impl Default for Oanim {
    fn default() -> Self {
        Self {
            login_path: "/api/v1/auth/cli/login",
            browser_login_begins: |_| Ok(()),
            token_login_begins: |_| Ok(()),
            adopt: login::adopt,
            save_key: settings::save_key,
            clear_key: settings::clear_key,
            save_file: "credentials.yaml",
            read_files: &["credentials.yaml"],
            save_field: "api_key",
            read_fields: &["api_key"],
            credential_sources: &[settings::from_variable, settings::from_store],
            address_sources: &[settings::address_of_variable, settings::address_of_config],
            default_address: "https://api.oanim.dev",
            normalize: address::without_trailing_slashes,
            identity: identity::ask,
            show_identity: identity::show,
            create_key: api_keys::request_key,
            show_key: api_keys::show_key,
            key_columns: COLUMNS,
            listed: |_, keys| keys,
            revoke: api_keys::request_revocation,
            bypass_key: assets::bypass_key,
            generate_directly: assets::generate_directly,
            media_credential: |credential| Some(credential.clone()),
            download_credential: |_| None,
            write_asset: assets::write,
        }
    }
}
