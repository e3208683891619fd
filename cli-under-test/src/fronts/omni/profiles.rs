//! The profiles, and what each holds.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Options, settings};
use crate::credential::{self, Origin};
use crate::error::Error;
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens, token};
use crate::renewal::{Access, Vault};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::{Fields, Store};

pub(crate) const CLIENT: &str = "omni-cli";
/// The name of a profile that nobody gave a name.
pub(crate) const USUAL: &str = "default";
/// The fields of a profile that hold a secret, or belong to one.
const HELD: [&str; 4] = ["apiKey", "accessToken", "refreshToken", "tokenExpiresAt"];

/// A profile, as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) fields: Fields,
}

impl Profile {
    /// A new one.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), fields: Fields::new() }
    }

    /// The instance that it is of.
    pub(crate) fn endpoint(&self) -> Option<String> {
        self.text("apiEndpoint").map(str::to_owned)
    }

    /// Whether there is anything in it to sign in with.
    pub(crate) fn holds_something(&self) -> bool {
        self.text("apiKey").or(self.text("accessToken")).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.fields.get(name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.fields.insert(name.to_owned(), json!(value));
    }

    /// Makes it a profile of an instance, with nothing to sign in with.
    pub(crate) fn begin(&mut self, endpoint: &str, method: &str) {
        self.forget();
        self.set("apiEndpoint", endpoint);
        self.set("authMethod", method);
    }

    /// Gives it a key.
    pub(crate) fn hold_key(&mut self, key: &Secret) {
        self.set("apiKey", key.expose());
    }

    /// Gives it a session.
    pub(crate) fn hold_tokens(&mut self, tokens: &Tokens) {
        self.set("accessToken", tokens.access.expose());
        let refresh = tokens.refresh.as_ref().map(|token| token.expose().to_owned());
        let end = tokens.expires_at.map(|end| end.to_string());
        for (name, value) in [("refreshToken", refresh), ("tokenExpiresAt", end)] {
            match value {
                Some(value) => self.set(name, &value),
                None => {
                    self.fields.shift_remove(name);
                }
            }
        }
    }

    /// Takes from it everything to sign in with.
    pub(crate) fn forget(&mut self) {
        for name in HELD {
            self.fields.shift_remove(name);
        }
    }

    pub(crate) fn tokens(&self) -> Option<Tokens> {
        let secret = |name| Secret::exactly(self.text(name)?).ok();
        Some(Tokens {
            access: secret("accessToken")?,
            refresh: secret("refreshToken"),
            // A time that nobody can read is an unknown one.
            expires_at: self.text("tokenExpiresAt").and_then(|text| text.parse().ok()),
        })
    }
}

/// The file of all profiles.
pub(crate) fn store(session: &Session) -> Result<Store<'_>, Error> {
    let absolute = |name| {
        let path = session.environment.get(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let path = match (absolute("OMNI_CONFIG_PATH"), absolute("OMNI_CONFIG_DIR")) {
        (Some(path), _) => path,
        (None, Some(directory)) => directory.join("config.json"),
        (None, None) => {
            let base = session.environment.base("XDG_CONFIG_HOME", ".config")?;
            base.join("omni-cli/config.json")
        }
    };
    Ok(Store::json(path, &session.behaviour.storage))
}

/// The profile that a command means, if there is one: the named, else the default one. One that
/// was named and is not there is a mistake.
pub(crate) fn chosen(session: &Session, options: &Options) -> Result<Option<Profile>, Error> {
    let Ok(store) = store(session) else {
        return Ok(None);
    };
    let fields = store.read()?;
    let named = options.profile.as_deref();
    let default = fields.get("defaultProfile").and_then(Value::as_str);
    let Some(name) = named.or(default) else {
        return Ok(None);
    };
    match (of_name(&store, &fields, name)?, named) {
        (None, Some(name)) => Err(Error::Unknown { what: "profile", name: name.to_owned() }),
        (profile, _) => Ok(profile),
    }
}

/// The profile of a name, if there is one.
pub(crate) fn of_name(
    store: &Store<'_>,
    fields: &Fields,
    name: &str,
) -> Result<Option<Profile>, Error> {
    let Some(profiles) = fields.get("profiles") else {
        return Ok(None);
    };
    let profiles = profiles.as_object().ok_or_else(|| store.corrupt())?;
    let Some(profile) = profiles.get(name) else {
        return Ok(None);
    };
    let fields = profile.as_object().ok_or_else(|| store.corrupt())?.clone();
    let name = name.to_owned();
    Ok(Some(Profile { name, fields }))
}

/// Puts a profile in its place. The first one is the default one.
pub(crate) fn put(fields: &mut Fields, profile: Profile) {
    fields.entry("version").or_insert_with(|| json!(1));
    fields.entry("defaultProfile").or_insert_with(|| json!(profile.name));
    let profiles = fields.entry("profiles").or_insert_with(|| json!({}));
    if !profiles.is_object() {
        *profiles = json!({});
    }
    if let Some(profiles) = profiles.as_object_mut() {
        profiles.insert(profile.name, profile.fields.into());
    }
}

/// What a profile may be used with, if it holds anything.
pub(crate) fn access<'a>(
    session: &'a Session,
    profile: &Profile,
) -> Result<Option<Access<'a>>, Error> {
    let with_session = profile.text("authMethod") != Some("api-key");
    if with_session && profile.tokens().is_some() {
        return Ok(Some(Access::Session(Box::new(Saved {
            session,
            name: profile.name.clone(),
            endpoint: settings::base_of(session, Some(profile))?.ok_or_else(settings::nowhere)?,
        }))));
    }
    let key = profile.text("apiKey").filter(|_| !with_session);
    key.map(|key| credential::from_text(session, key, Origin::Stored).map(Access::Key)).transpose()
}

/// A profile's session, in the file.
struct Saved<'a> {
    session: &'a Session,
    name: String,
    endpoint: String,
}

impl Saved<'_> {
    fn profile(&self, fields: &Fields) -> Result<Option<Profile>, Error> {
        of_name(&store(self.session)?, fields, &self.name)
    }
}

impl Vault for Saved<'_> {
    fn lock(&self) -> Result<Lock, Error> {
        store(self.session)?.lock()
    }

    fn load(&self) -> Result<Option<Tokens>, Error> {
        let fields = store(self.session)?.read()?;
        Ok(self.profile(&fields)?.and_then(|profile| profile.tokens()))
    }

    fn save(&self, granted: &Granted) -> Result<(), Error> {
        let store = store(self.session)?;
        let mut fields = store.read()?;
        let mut profile = self.profile(&fields)?.ok_or_else(|| store.corrupt())?;
        profile.hold_tokens(&granted.tokens);
        put(&mut fields, profile);
        Ok(store.write(&fields)?)
    }

    fn renew(&self, refresh: &Secret) -> Result<Granted, Error> {
        let endpoint = format!("{}/oauth/token", self.endpoint);
        token::renew(self.session, &endpoint, CLIENT, refresh)
    }
}
