//! Wrong at which of several sources wins, in the fronts that have more than two.

use super::Mutant;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::fronts::almyty::settings as almyty;
use crate::fronts::almyty::settings::Environs;
use crate::fronts::amika::settings::{KEY, SESSION, VARIABLE};
use crate::fronts::omni::{self, profiles, settings as of_omni};
use crate::fronts::standard::{self, identities, settings as of_standard};
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "variable-beats-flag",
        front: "omni",
        sentence: "omni: OMNI_API_TOKEN beats --token",
        apply: |b| b.omni.given = &[of_omni::of_variable, of_omni::of_flag],
    },
    Mutant {
        name: "profile-beats-variable",
        front: "omni",
        sentence: "omni: what the profile holds beats OMNI_API_TOKEN",
        apply: |b| b.omni.given = &[of_omni::of_flag, of_profile, of_omni::of_variable],
    },
    Mutant {
        name: "variable-url-beats-flag",
        front: "omni",
        sentence: "omni: OMNI_BASE_URL beats --base-url",
        apply: |b| b.omni.demanded = &[of_omni::url_of_variable, of_omni::url_of_flag],
    },
    Mutant {
        name: "profile-url-beats-variable",
        front: "omni",
        sentence: "omni: the profile's endpoint beats OMNI_BASE_URL",
        apply: |b| {
            b.omni.demanded = &[of_omni::url_of_flag, url_of_profile, of_omni::url_of_variable];
        },
    },
    Mutant {
        name: "session-before-key",
        front: "amika",
        sentence: "amika: the session beats the saved key",
        apply: |b| b.amika.sources = &[VARIABLE, SESSION, KEY],
    },
    Mutant {
        name: "ignores-url",
        front: "amika",
        sentence: "amika: AMIKA_API_URL is not looked at",
        apply: |b| b.amika.address = |_| None,
    },
    Mutant {
        name: "file-beats-variable",
        front: "almyty",
        sentence: "almyty: the key in the file beats ALMYTY_TOKEN",
        apply: |b| b.almyty.sources = &[of_file_all_the_same, almyty::from_variable],
    },
    Mutant {
        name: "file-url-beats-variable",
        front: "almyty",
        sentence: "almyty: the url in the file beats ALMYTY_URL",
        apply: |b| b.almyty.api = url_of_file_first,
    },
    Mutant {
        name: "config-beats-file",
        front: "almyty",
        sentence: "almyty: apiUrl of config.json beats the url in the credentials file",
        apply: |b| b.almyty.api = url_of_config_first,
    },
    Mutant {
        name: "variable-beats-login-option",
        front: "almyty",
        sentence: "almyty: ALMYTY_URL beats --api at login",
        apply: |b| b.almyty.environs = environs_of_variable_first,
    },
    Mutant {
        name: "frontend-not-derived",
        front: "almyty",
        sentence: "almyty: without --frontend the pages are always the default ones, whatever --api says",
        apply: |b| b.almyty.environs = environs_with_default_pages,
    },
    Mutant {
        name: "standard-variable-beats-file",
        front: "standard",
        sentence: "standard: STANDARD_TOKEN beats --token-file",
        apply: |b| b.standard.given = &[of_standard::of_variable, of_standard::of_file],
    },
    Mutant {
        name: "standard-identity-beats-variable",
        front: "standard",
        sentence: "standard: the saved identity beats STANDARD_TOKEN",
        apply: |b| {
            b.standard.given = &[of_standard::of_file, of_identity, of_standard::of_variable];
        },
    },
    Mutant {
        name: "standard-variable-url-beats-option",
        front: "standard",
        sentence: "standard: STANDARD_URL beats --url",
        apply: |b| {
            b.standard.demanded = &[of_standard::url_of_variable, of_standard::url_of_option];
        },
    },
    Mutant {
        name: "standard-identity-url-beats-variable",
        front: "standard",
        sentence: "standard: the url of the saved identity beats STANDARD_URL",
        apply: |b| {
            b.standard.demanded =
                &[of_standard::url_of_option, url_of_identity, of_standard::url_of_variable];
        },
    },
    Mutant {
        name: "standard-config-url-beats-identity",
        front: "standard",
        sentence: "standard: the url of the configuration file beats that of the saved identity",
        apply: |b| {
            b.standard.unasked = &[of_standard::configured, of_standard::url_of_identity];
        },
    },
    Mutant {
        name: "standard-identity-anywhere",
        front: "standard",
        sentence: "standard: what an identity holds is sent to whatever address was given instead of its own",
        apply: |b| {
            b.standard.fits = |_, _| true;
            b.standard.address = |session, options, identity| {
                let asked = of_standard::demanded(session, options).ok().flatten();
                asked.unwrap_or_else(|| identity.url.clone())
            };
        },
    },
    Mutant {
        name: "key-anywhere",
        front: "almyty",
        sentence: "almyty: the saved key is sent to whatever address was given instead of its own",
        apply: |b| b.almyty.may_use_at = |_, _| true,
    },
];

fn of_profile(session: &Session, options: &omni::Options) -> Result<Option<Credential>, Error> {
    let Some(profile) = profiles::chosen(session, options)? else {
        return Ok(None);
    };
    let held = profile.text("apiKey").or(profile.text("accessToken"));
    held.map(|held| credential::from_text(session, held, Origin::Stored)).transpose()
}

fn url_of_profile(session: &Session, options: &omni::Options) -> Result<Option<String>, Error> {
    of_omni::base_of(session, profiles::chosen(session, options)?.as_ref())
}

fn field_of_file(session: &Session, name: &str) -> Result<Option<String>, Error> {
    if session.environment.home().is_err() {
        return Ok(None);
    }
    Ok(almyty::text(&almyty::store(session)?.read()?, name))
}

fn of_file_all_the_same(session: &Session) -> Result<Option<Credential>, Error> {
    let token = field_of_file(session, "token")?;
    token.map(|token| credential::from_text(session, &token, Origin::Stored)).transpose()
}

fn url_of_file_first(session: &Session) -> Result<String, Error> {
    match field_of_file(session, "url")? {
        Some(url) => Ok(url),
        None => almyty::api(session),
    }
}

fn url_of_config_first(session: &Session) -> Result<String, Error> {
    match (session.environment.get(almyty::URL_VARIABLE), almyty::configured(session, "apiUrl")?) {
        (None, Some(url)) => Ok(url),
        _ => almyty::api(session),
    }
}

fn environs_of_variable_first(
    session: &Session,
    how: &crate::fronts::almyty::Login,
) -> Result<Environs, Error> {
    let mut how = how.clone();
    if session.environment.get(almyty::URL_VARIABLE).is_some() {
        how.api = None;
    }
    almyty::environs(session, &how)
}

fn environs_with_default_pages(
    session: &Session,
    how: &crate::fronts::almyty::Login,
) -> Result<Environs, Error> {
    let environs = almyty::environs(session, how)?;
    let told =
        how.frontend.is_some() || session.environment.get(almyty::FRONTEND_VARIABLE).is_some();
    let frontend = if told { environs.frontend } else { almyty::FRONTEND.to_owned() };
    Ok(Environs { frontend, ..environs })
}

fn of_identity(
    session: &Session,
    options: &standard::Options,
) -> Result<Option<(Credential, String)>, Error> {
    let Some(identity) = of_standard::saved(session, options)? else {
        return Ok(None);
    };
    let name = format!("identity {}", identity.name);
    let credential = identities::access(session, &identity)?.credential(session)?;
    Ok(Some((credential, name)))
}

fn url_of_identity(
    session: &Session,
    options: &standard::Options,
) -> Result<Option<String>, Error> {
    let found = identities::find(session, options.profile.as_deref(), None)?;
    Ok(found.map(|identity| identity.url))
}
