//! Where `almyty` keeps and finds things: the credentials file, which the variable makes invisible.
//!
//! Addresses are those of the flags (of a login), of the variables, of the credentials file, of
//! `~/.almyty/config.json`, or the default ones, in this order. While `ALMYTY_TOKEN` is set, neither
//! file is read.

use serde_json::{Value, json};
use ureq::http::Method;
use url::Url;

use super::Login;
use crate::address;
use crate::behaviour::Moment;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::http::{Answer, Request};
use crate::renewal::Access;
use crate::secret::Secret;
use crate::session::Session;
use crate::shadow;
use crate::store::{Fields, Store, StoreError};

pub(crate) const TOKEN_VARIABLE: &str = "ALMYTY_TOKEN";
pub(crate) const URL_VARIABLE: &str = "ALMYTY_URL";
pub(crate) const FRONTEND_VARIABLE: &str = "ALMYTY_FRONTEND_URL";
const API: &str = "https://api.almyty.com";
pub(crate) const FRONTEND: &str = "https://app.almyty.com";

/// The two addresses of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environs {
    pub(crate) api: String,
    pub(crate) frontend: String,
}

/// The credential file. One that others can read, or have written, is refused.
pub(crate) fn store(session: &Session) -> Result<Store<'_>, Error> {
    let path = session.environment.home()?.join(".almyty/credentials.json");
    Ok(Store::json(path, &session.behaviour.storage).owners_alone())
}

/// The saved fields: none where there is no home, and none while the variable is set, since then
/// the file is not opened at all.
fn saved(session: &Session) -> Result<Fields, Error> {
    if session.environment.get(TOKEN_VARIABLE).is_some() || session.environment.home().is_err() {
        return Ok(Fields::new());
    }
    Ok(store(session)?.read()?)
}

/// An address in `~/.almyty/config.json`, which holds no secret and may be anybody's to read.
pub(crate) fn configured(session: &Session, name: &str) -> Result<Option<String>, Error> {
    let (variable, home) = (session.environment.get(TOKEN_VARIABLE), session.environment.home());
    let (None, Ok(home)) = (variable, home) else {
        return Ok(None);
    };
    let config = Store::json(home.join(".almyty/config.json"), &session.behaviour.storage);
    let fields = config.read().map_err(|error| match error {
        StoreError::Corrupt { path, .. } => Error::BadAddress {
            from: path.display().to_string(),
            why: "it is not JSON; correct it or remove it".to_owned(),
        },
        other => other.into(),
    })?;
    let from = || format!("`{name}` in {}", config.path().display());
    text(&fields, name).map(|url| address::base(&url, from())).transpose()
}

pub(crate) fn text(fields: &Fields, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The key in `ALMYTY_TOKEN`.
pub(crate) fn from_variable(session: &Session) -> Result<Option<Credential>, Error> {
    credential::from_variable(session, TOKEN_VARIABLE)
}

/// The key in the file.
pub(crate) fn from_store(session: &Session) -> Result<Option<Credential>, Error> {
    let fields = saved(session)?;
    if matches!(fields.get("token"), Some(other) if !other.is_string() && !other.is_null()) {
        return Err(store(session)?.corrupt().into());
    }
    let token = text(&fields, "token");
    token.map(|token| credential::from_text(session, &token, Origin::Stored)).transpose()
}

/// The API: of the variable, of the credentials, of the configuration, or the default one.
pub(crate) fn api(session: &Session) -> Result<String, Error> {
    if let Some(url) = session.environment.get(URL_VARIABLE) {
        return address::base(&url, format!("the value of {URL_VARIABLE}"));
    }
    match text(&saved(session)?, "url") {
        Some(url) => address::base(&url, format!("`url` in {}", store(session)?.path().display())),
        None => Ok(configured(session, "apiUrl")?.unwrap_or_else(|| API.to_owned())),
    }
}

/// Asks the API, with the credential that there is.
pub(crate) fn ask(session: &Session, path: &str) -> Result<Answer, Error> {
    let almyty = &session.behaviour.almyty;
    let found = credential::resolve(session, almyty.sources)?;
    let credential = found.ok_or_else(|| session.signed_out())?;
    let api = (almyty.api)(session)?;
    if credential.origin == Origin::Stored {
        stays_at_home(session, &api)?;
    }
    let request = Request::new(Method::GET, format!("{api}{path}"));
    Access::Key(credential).ask(session, &request)
}

/// What an environment issued goes to no other.
fn stays_at_home(session: &Session, api: &str) -> Result<(), Error> {
    let Some(of) = text(&saved(session)?, "url") else {
        return Ok(());
    };
    match (Url::parse(&of), Url::parse(api)) {
        (Ok(own), Ok(asked)) if (session.behaviour.almyty.may_use_at)(&own, &asked) => Ok(()),
        _ => {
            Err(Error::OtherServer { what: "the saved key".to_owned(), of, asked: api.to_owned() })
        }
    }
}

/// The environment to sign in to: as said, else as set, else the one that is saved, else the one
/// that is configured.
pub(crate) fn environs(session: &Session, how: &Login) -> Result<Environs, Error> {
    // What cannot be read is about to be replaced.
    let saved = saved(session).unwrap_or_default();
    let of = |option: &Option<String>, flag: &str, variable: &str| {
        let option = option.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if let Some(given) = option {
            return address::base(given, format!("the value of {flag}")).map(Some);
        }
        let set = session.environment.get(variable);
        set.map(|set| address::base(&set, format!("the value of {variable}"))).transpose()
    };
    let saved_address =
        |name| text(&saved, name).and_then(|url| address::base(&url, String::new()).ok());
    let demanded = of(&how.api, "--api", URL_VARIABLE)?;
    let api = match demanded.or_else(|| saved_address("url")) {
        Some(api) => api,
        None => configured(session, "apiUrl")?.unwrap_or_else(|| API.to_owned()),
    };
    let frontend = match of(&how.frontend, "--frontend", FRONTEND_VARIABLE)? {
        Some(frontend) => frontend,
        None if saved_address("url").as_ref() == Some(&api)
            && saved_address("frontendUrl").is_some() =>
        {
            saved_address("frontendUrl").unwrap_or_default()
        }
        None => match configured_frontend(session, &api)? {
            Some(frontend) => frontend,
            None if api == API => FRONTEND.to_owned(),
            None => origin_of(&api),
        },
    };
    Ok(Environs { api, frontend })
}

/// The pages of the configuration, if they are of this API.
fn configured_frontend(session: &Session, api: &str) -> Result<Option<String>, Error> {
    let of = configured(session, "apiUrl")?.unwrap_or_else(|| API.to_owned());
    if of == api { configured(session, "frontendUrl") } else { Ok(None) }
}

fn origin_of(api: &str) -> String {
    Url::parse(api).map_or_else(|_| api.to_owned(), |url| url.origin().ascii_serialization())
}

/// Saves a key, with whose it is and where. Fields of others stay.
pub(crate) fn save(
    session: &Session,
    key: &Secret,
    email: &str,
    environs: &Environs,
) -> Result<(), Error> {
    let store = store(session)?;
    let _turn = store.lock()?;
    let mut fields = match session.environment.get(TOKEN_VARIABLE) {
        Some(_) => Fields::new(),
        None => store.read_to_replace()?,
    };
    let told: [(&str, Value); 4] = [
        ("url", json!(environs.api)),
        ("token", json!(key.expose())),
        ("email", json!(email)),
        ("frontendUrl", json!(environs.frontend)),
    ];
    for (name, value) in told {
        fields.insert(name.to_owned(), value);
    }
    Ok(store.write(&fields)?)
}

/// Removes the file, unread: whatever it holds is credentials.
pub(crate) fn clear(session: &Session) -> Result<(), Error> {
    Ok(store(session)?.remove()?)
}

/// Says that the variable beats what is saved, if it does.
pub(crate) fn tell_of_shadow(session: &Session, moment: Moment) {
    // Whether there is a file can be seen without opening it.
    let there = || store(session).is_ok_and(|store| store.path().symlink_metadata().is_ok());
    shadow::tell(session, moment, there);
}
