//! The identities that are saved, side by side, each bound to the platform that it is of.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::settings;
use crate::credential::{Credential, Origin};
use crate::error::Error;
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens, metadata, token};
use crate::renewal::{Access, Vault};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::{Fields, Store};

/// The name of an identity that nobody gave a name.
const USUAL: &str = "default";

/// A saved identity.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) url: String,
    /// What it is kept as; the secrets are in here.
    fields: Fields,
}

/// What can be saved as an identity's credential.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A token or key that is as it is.
    Token(Secret),
    /// A session, and the server that granted it.
    Session { granted: Granted, issuer: String },
}

/// The directory of all files.
pub(crate) fn directory(session: &Session) -> Result<PathBuf, Error> {
    let base = session.environment.base("XDG_CONFIG_HOME", ".config")?;
    Ok(base.join("standard"))
}

/// The file of all identities.
pub(crate) fn store(session: &Session) -> Result<Store<'_>, Error> {
    let path = directory(session)?.join("credentials.json");
    Ok(Store::json(path, &session.behaviour.storage))
}

/// The identity of a name, or the current one, or the one of a platform; of no other platform.
pub(crate) fn find(
    session: &Session,
    name: Option<&str>,
    url: Option<&str>,
) -> Result<Option<Identity>, Error> {
    let store = store(session)?;
    let fields = store.read()?;
    let all = all(&store, &fields)?;
    let fits = session.behaviour.standard.fits;
    let fits = |identity: &Identity| url.is_none_or(|url| fits(&identity.url, url));
    let named = |name: &str| all.iter().find(|identity| identity.name == name);
    if let Some(name) = name {
        return Ok(named(name).filter(|identity| fits(identity)).cloned());
    }
    let current = fields.get("current").and_then(Value::as_str);
    let current = current.and_then(named).filter(|identity| fits(identity));
    let of_platform = || url.and_then(|_| all.iter().find(|identity| fits(identity)));
    Ok(current.or_else(of_platform).cloned())
}

fn all(store: &Store<'_>, fields: &Fields) -> Result<Vec<Identity>, Error> {
    let Some(identities) = fields.get("identities") else {
        return Ok(Vec::new());
    };
    let identities = identities.as_object().ok_or_else(|| store.corrupt())?;
    let read = |(name, identity): (&String, &Value)| {
        let fields = identity.as_object()?.clone();
        Some(Identity { name: name.clone(), url: fields.get("url")?.as_str()?.to_owned(), fields })
    };
    let all: Option<_> = identities.iter().map(read).collect();
    Ok(all.ok_or_else(|| store.corrupt())?)
}

/// Saves an identity, in place of the one of that name or of that platform, as the current one.
/// Returns the tokens that nobody uses any more.
pub(crate) fn save(
    session: &Session,
    name: Option<&str>,
    url: &str,
    proof: &Proof,
) -> Result<Option<Tokens>, Error> {
    let store = store(session)?;
    let _turn = store.lock()?;
    let mut fields = store.read_to_replace()?;
    let known = all(&store, &fields).unwrap_or_default();
    let name = name.map_or_else(|| name_for(&known, url), str::to_owned);
    let replaced = known.iter().find(|identity| identity.name == name);
    let replaced = replaced.filter(|identity| identity.url == url).and_then(tokens_of);
    fields.insert("version".to_owned(), json!(1));
    fields.insert("current".to_owned(), json!(name));
    let identities = fields.entry("identities").or_insert_with(|| json!({}));
    if !identities.is_object() {
        *identities = json!({});
    }
    if let Some(identities) = identities.as_object_mut() {
        identities.insert(name, proof.described(url).into());
    }
    store.write(&fields)?;
    Ok(replaced)
}

/// The name under which an identity of a platform is saved that was given none.
fn name_for(known: &[Identity], url: &str) -> String {
    if let Some(same) = known.iter().find(|identity| identity.url == url) {
        return same.name.clone();
    }
    if known.iter().all(|identity| identity.name != USUAL) {
        return USUAL.to_owned();
    }
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

/// Removes an identity. The others stay, and none of them takes its place unasked.
pub(crate) fn remove(store: &Store<'_>, name: &str) -> Result<(), Error> {
    let mut fields = store.read()?;
    if let Some(identities) = fields.get_mut("identities").and_then(Value::as_object_mut) {
        identities.shift_remove(name);
        if identities.is_empty() {
            fields.shift_remove("identities");
        }
    }
    if fields.get("current").and_then(Value::as_str) == Some(name) {
        fields.shift_remove("current");
    }
    if fields.keys().all(|field| field == "version") {
        return Ok(store.remove()?);
    }
    Ok(store.write(&fields)?)
}

impl Proof {
    fn described(&self, url: &str) -> Fields {
        let mut fields = Fields::new();
        fields.insert("url".to_owned(), json!(url));
        match self {
            Self::Token(token) => {
                fields.insert("kind".to_owned(), json!("token"));
                fields.insert("token".to_owned(), json!(token.expose()));
            }
            Self::Session { granted, issuer } => {
                fields.insert("kind".to_owned(), json!("session"));
                fields.insert("issuer".to_owned(), json!(issuer));
                write_tokens(&mut fields, &granted.tokens);
            }
        }
        fields
    }
}

/// What an identity may be asked with.
pub(crate) fn access<'a>(session: &'a Session, identity: &Identity) -> Result<Access<'a>, Error> {
    let corrupt = || store(session).map_or_else(|error| error, |store| store.corrupt().into());
    if let Some(token) = identity.fields.get("token") {
        let secret = token.as_str().and_then(|token| Secret::exactly(token).ok());
        return Ok(Access::Key(Credential {
            secret: secret.ok_or_else(corrupt)?,
            origin: Origin::Stored,
        }));
    }
    if tokens_of(identity).is_none() {
        return Err(corrupt());
    }
    Ok(Access::Session(Box::new(Saved {
        session,
        name: identity.name.clone(),
        url: identity.url.clone(),
    })))
}

/// The tokens of an identity, if it is a session.
pub(crate) fn tokens_of(identity: &Identity) -> Option<Tokens> {
    let text = |name| identity.fields.get(name).and_then(Value::as_str);
    let secret = |name| Secret::exactly(text(name)?).ok();
    Some(Tokens {
        access: secret("access_token")?,
        refresh: secret("refresh_token"),
        // A time that nobody can read is an unknown one.
        expires_at: text("expires_at").and_then(|text| text.parse().ok()),
    })
}

fn write_tokens(fields: &mut Fields, tokens: &Tokens) {
    let mut set = |name: &str, value: Option<Value>| match value {
        Some(value) => {
            fields.insert(name.to_owned(), value);
        }
        None => {
            fields.shift_remove(name);
        }
    };
    set("access_token", Some(json!(tokens.access.expose())));
    set("refresh_token", tokens.refresh.as_ref().map(|it| json!(it.expose())));
    set("expires_at", tokens.expires_at.map(|it: Timestamp| json!(it.to_string())));
}

/// An identity's session, in the file.
struct Saved<'a> {
    session: &'a Session,
    name: String,
    url: String,
}

impl Vault for Saved<'_> {
    fn lock(&self) -> Result<Lock, Error> {
        store(self.session)?.lock()
    }

    fn load(&self) -> Result<Option<Tokens>, Error> {
        let identity = find(self.session, Some(&self.name), Some(&self.url))?;
        Ok(identity.as_ref().and_then(tokens_of))
    }

    fn save(&self, granted: &Granted) -> Result<(), Error> {
        let store = store(self.session)?;
        let mut fields = store.read()?;
        let identity = fields
            .get_mut("identities")
            .and_then(|identities| identities.get_mut(&self.name))
            .and_then(Value::as_object_mut)
            .ok_or_else(|| store.corrupt())?;
        write_tokens(identity, &granted.tokens);
        Ok(store.write(&fields)?)
    }

    fn renew(&self, refresh: &Secret) -> Result<Granted, Error> {
        let metadata = metadata::discover_within(self.session, &self.url, token::PATIENCE)?;
        let client = settings::client(self.session);
        token::renew(self.session, metadata.token()?, &client, refresh)
    }
}
