//! The two files: an API key, and a session.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::settings::{self, Found};
use crate::credential::{self, Origin};
use crate::error::{Error, harmless};
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens, token};
use crate::renewal::{Access, Vault};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::{Fields, Store};

/// The directory of both files.
pub(crate) fn directory(session: &Session) -> Result<PathBuf, Error> {
    let named = session.environment.get("AMIKA_STATE_DIRECTORY");
    let named = named.map(PathBuf::from).filter(|path| path.is_absolute());
    match named {
        Some(named) => Ok(named),
        None => Ok(session.environment.base("XDG_STATE_HOME", ".local/state")?.join("amika")),
    }
}

fn file<'a>(session: &'a Session, name: &str) -> Result<Store<'a>, Error> {
    let path = directory(session)?.join(name);
    Ok(Store::json(path, &session.behaviour.storage))
}

/// The file of the API key.
pub(crate) fn key_file(session: &Session) -> Result<Store<'_>, Error> {
    file(session, "api-key.json")
}

/// The file of the session.
pub(crate) fn session_file(session: &Session) -> Result<Store<'_>, Error> {
    file(session, "workos-session.json")
}

/// What is stored already, readable or not.
pub(crate) fn what_is_there(session: &Session) -> Result<Option<String>, Error> {
    let there = [key_file(session)?, session_file(session)?]
        .into_iter()
        .find(|store| store.path().symlink_metadata().is_ok());
    Ok(there.map(|store| format!("there is {}", store.path().display())))
}

/// Removes both files, readable or not.
pub(crate) fn clear(session: &Session) -> Result<(), Error> {
    if directory(session)?.is_dir() {
        // Whoever is about to renew the session would bring it back.
        let session_file = session_file(session)?;
        let _turn = session_file.lock()?;
        session_file.remove()?;
        key_file(session)?.remove()?;
    }
    Ok(())
}

/// Saves an API key.
pub(crate) fn save_key(session: &Session, key: &Secret) -> Result<(), Error> {
    let mut fields = Fields::new();
    fields.insert("key".to_owned(), json!(key.expose()));
    fields.insert("stored_at".to_owned(), json!(now().to_string()));
    fields.insert("api_url".to_owned(), json!(settings::api(session)?));
    Ok(key_file(session)?.write(&fields)?)
}

/// The saved API key.
pub(crate) fn key(session: &Session) -> Result<Option<Found<'_>>, Error> {
    let Ok(store) = key_file(session) else {
        return Ok(None);
    };
    let Some(fields) = read(&store)? else {
        return Ok(None);
    };
    let key = text(&fields, "key").ok_or_else(|| store.corrupt())?;
    let credential = credential::from_text(session, key, Origin::Stored)?;
    let name = store.path().display().to_string();
    settings::bound(session, &name, text(&fields, "api_url"))?;
    let access = Access::Key(credential);
    Ok(Some(Found { access, name }))
}

/// Saves a session that was just granted.
pub(crate) fn save_session(session: &Session, granted: &Granted) -> Result<String, Error> {
    let store = session_file(session)?;
    let _turn = store.lock()?;
    let mut fields = Fields::new();
    describe(&mut fields, granted);
    fields.insert("api_url".to_owned(), json!(settings::api(session)?));
    store.write(&fields)?;
    Ok(harmless(text(&fields, "email").unwrap_or("nobody in particular")))
}

/// The saved session.
pub(crate) fn session(session: &Session) -> Result<Option<Found<'_>>, Error> {
    let Ok(store) = session_file(session) else {
        return Ok(None);
    };
    let Some(fields) = read(&store)? else {
        return Ok(None);
    };
    tokens_of(&fields).ok_or_else(|| store.corrupt())?;
    let email = harmless(text(&fields, "email").unwrap_or("nobody in particular"));
    let name = format!("session of {email}");
    settings::bound(session, &format!("the {name}"), text(&fields, "api_url"))?;
    let access = Access::Session(Box::new(Saved { session }));
    Ok(Some(Found { access, name }))
}

/// The fields of a file that is there. One that is there and empty is damaged.
fn read(store: &Store<'_>) -> Result<Option<Fields>, Error> {
    let fields = store.read()?;
    if fields.is_empty() && store.exists() {
        return Err(store.corrupt().into());
    }
    Ok((!fields.is_empty()).then_some(fields))
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let text = fields.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

fn tokens_of(fields: &Fields) -> Option<Tokens> {
    let secret = |name| Secret::exactly(text(fields, name)?).ok();
    Some(Tokens {
        access: secret("access_token")?,
        refresh: secret("refresh_token"),
        // A time that nobody can read is an unknown one.
        expires_at: text(fields, "expires_at").and_then(|text| text.parse().ok()),
    })
}

/// Writes down what was granted; what the server does not repeat stays as it was.
fn describe(fields: &mut Fields, granted: &Granted) {
    let Granted { tokens, rest } = granted;
    let user = rest.get("user");
    let told = [
        ("access_token", Some(json!(tokens.access.expose()))),
        ("refresh_token", tokens.refresh.as_ref().map(|token| json!(token.expose()))),
        ("user_id", user.and_then(|user| user.get("id")).cloned()),
        ("email", user.and_then(|user| user.get("email")).cloned()),
        ("organization_id", rest.get("organization_id").cloned()),
        ("expires_at", tokens.expires_at.map(|end| json!(end.to_string()))),
    ];
    for (name, value) in told {
        match value.filter(|value| !value.is_null()) {
            Some(value) => {
                fields.insert(name.to_owned(), value);
            }
            // An old end is not the new token's.
            None if name == "expires_at" => {
                fields.shift_remove(name);
            }
            None => {}
        }
    }
}

fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The session in the file.
struct Saved<'a> {
    session: &'a Session,
}

impl Vault for Saved<'_> {
    fn lock(&self) -> Result<Lock, Error> {
        session_file(self.session)?.lock()
    }

    fn load(&self) -> Result<Option<Tokens>, Error> {
        let store = session_file(self.session)?;
        Ok(read(&store)?.as_ref().and_then(tokens_of))
    }

    fn save(&self, granted: &Granted) -> Result<(), Error> {
        let store = session_file(self.session)?;
        let mut fields: Fields = store.read()?;
        describe(&mut fields, granted);
        Ok(store.write(&fields)?)
    }

    fn renew(&self, refresh: &Secret) -> Result<Granted, Error> {
        let endpoint = format!("{}/user_management/authenticate", settings::api(self.session)?);
        let client = settings::client(self.session);
        token::renew(self.session, &endpoint, &client, refresh)
    }
}
