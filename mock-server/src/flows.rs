//! The flows, a module each. A profile takes those it names.

mod approval_page;
mod code_login;
mod headless_login;
mod identity;
mod keys;
mod loopback_key;
mod oauth;
mod page_form;
pub(crate) mod resources;
mod sign_out_page;

pub(crate) use self::approval_page::form_route;
pub(crate) use self::oauth::issuer;
use crate::error::ProfileError;
use crate::profile::PlatformProfile;
use crate::router::Routes;
use crate::slot::Vocabulary;

/// Adds the endpoints of every flow that the profile names.
pub(crate) fn routes(
    profile: &PlatformProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    if let Some(profile) = &profile.identity {
        identity::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.key_list {
        keys::list::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.key_create {
        keys::create::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.key_revoke {
        keys::revoke::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.key_verify {
        keys::verify::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.loopback_key {
        loopback_key::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.code_login {
        code_login::routes(profile, vocabulary, routes)?;
    }
    if let Some(profile) = &profile.headless_login {
        headless_login::routes(profile, vocabulary, routes)?;
    }
    if let Some(oauth) = &profile.oauth {
        let algorithm = profile.access_tokens.algorithm;
        oauth::routes((oauth, algorithm), vocabulary, routes)?;
    }
    if let Some(profile) = &profile.sign_out_page {
        sign_out_page::routes(profile, routes)?;
    }
    resources::routes(&profile.resources, "platform", None, vocabulary, routes)
}
