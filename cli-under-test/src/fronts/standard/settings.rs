//! Which platform, and with what: every source in its order.

use serde_json::Value;
use ureq::http::Method;

use super::Options;
use super::identities::{self, Identity};
use crate::address;
use crate::behaviour::Moment;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::http::{Answer, Request};
use crate::input;
use crate::renewal::Access;
use crate::session::Session;
use crate::shadow;
use crate::store::{Store, StoreError};

pub(crate) const TOKEN_VARIABLE: &str = "STANDARD_TOKEN";
pub(crate) const URL_VARIABLE: &str = "STANDARD_URL";
const CLIENT_VARIABLE: &str = "STANDARD_CLIENT_ID";
const CLIENT: &str = "standard-cli";
const TOKEN_FILE: &str = "--token-file";

/// A platform, and what it may be asked with.
pub(crate) struct Connection<'a> {
    pub(crate) url: String,
    pub(crate) access: Access<'a>,
    /// Where the credential came from, in words.
    pub(crate) source: String,
    pub(crate) session: &'a Session,
}

/// One place where a credential may be found that is not saved, and what that is called.
pub(crate) type Given = fn(&Session, &Options) -> Result<Option<(Credential, String)>, Error>;
/// One place where an address may be found.
pub(crate) type AddressSource = fn(&Session, &Options) -> Result<Option<String>, Error>;

impl Connection<'_> {
    /// Asks the platform.
    pub(crate) fn ask(&self, request: &Request) -> Result<Answer, Error> {
        self.access.ask(self.session, request)
    }

    /// A request to the platform.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.url))
    }
}

/// The credential of a command, and the platform that it is for.
pub(crate) fn connect<'a>(
    session: &'a Session,
    options: &Options,
) -> Result<Connection<'a>, Error> {
    if let Some((credential, source)) = given(session, options)? {
        let url = url(session, options)?.ok_or_else(nowhere)?;
        let access = Access::Key(credential);
        return Ok(Connection { url, access, source, session });
    }
    let identity = saved(session, options)?.ok_or_else(|| session.signed_out())?;
    let source = format!("identity {}", identity.name);
    Ok(Connection {
        url: (session.behaviour.standard.address)(session, options, &identity),
        access: identities::access(session, &identity)?,
        source,
        session,
    })
}

/// The credential alone, for use elsewhere: one that was given needs no platform.
pub(crate) fn connect_anywhere<'a>(
    session: &'a Session,
    options: &Options,
) -> Result<Access<'a>, Error> {
    match given(session, options)? {
        Some((credential, _)) => Ok(Access::Key(credential)),
        None => Ok(connect(session, options)?.access),
    }
}

/// The credential that does not come from the store.
fn given(session: &Session, options: &Options) -> Result<Option<(Credential, String)>, Error> {
    let sources = session.behaviour.standard.given.iter();
    credential::first_of(sources.map(|source| source(session, options)))
}

/// The credential in the file of the option.
pub(crate) fn of_file(
    session: &Session,
    options: &Options,
) -> Result<Option<(Credential, String)>, Error> {
    let Some(file) = &options.token_file else {
        return Ok(None);
    };
    let mut credential = input::credential_in(session, file)?;
    credential.origin = Origin::Flag(TOKEN_FILE);
    Ok(Some((credential, TOKEN_FILE.to_owned())))
}

/// The credential in the variable.
pub(crate) fn of_variable(
    session: &Session,
    _: &Options,
) -> Result<Option<(Credential, String)>, Error> {
    let found = credential::from_variable(session, TOKEN_VARIABLE)?;
    Ok(found.map(|credential| (credential, TOKEN_VARIABLE.to_owned())))
}

/// The identity that a command means, if it is saved. One of another platform than the one that
/// was asked for is not it: its credential is not for there.
pub(crate) fn saved(session: &Session, options: &Options) -> Result<Option<Identity>, Error> {
    if session.environment.home().is_err() && identities::store(session).is_err() {
        return Ok(None);
    }
    let url = demanded(session, options)?;
    identities::find(session, options.profile.as_deref(), url.as_deref())
}

/// The platform: as demanded, else the identity's own, else that of the configuration file.
pub(crate) fn url(session: &Session, options: &Options) -> Result<Option<String>, Error> {
    if let Some(url) = demanded(session, options)? {
        return Ok(Some(url));
    }
    let sources = session.behaviour.standard.unasked.iter();
    credential::first_of(sources.map(|source| source(session, options)))
}

/// The platform of the identity.
pub(crate) fn url_of_identity(
    session: &Session,
    options: &Options,
) -> Result<Option<String>, Error> {
    Ok(saved(session, options)?.map(|identity| identity.url))
}

/// The same for a login, which is how one recovers from a file that is damaged.
pub(crate) fn url_to_sign_in_at(
    session: &Session,
    options: &Options,
) -> Result<Option<String>, Error> {
    match url(session, options) {
        Err(Error::Store(StoreError::Corrupt { .. })) => configured(session, options),
        url => url,
    }
}

/// The error for a command that nobody told where to go.
pub(crate) fn nowhere() -> Error {
    Error::BadSetting {
        name: "--url",
        why: "is needed, or STANDARD_URL, or `url` in the configuration file",
    }
}

/// The platform that was asked for by name.
pub(crate) fn demanded(session: &Session, options: &Options) -> Result<Option<String>, Error> {
    let sources = session.behaviour.standard.demanded.iter();
    credential::first_of(sources.map(|source| source(session, options)))
}

/// The platform of the option.
pub(crate) fn url_of_option(_: &Session, options: &Options) -> Result<Option<String>, Error> {
    let url = options.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    url.map(|url| address::base(url, "the value of --url".to_owned())).transpose()
}

/// The platform of the variable.
pub(crate) fn url_of_variable(session: &Session, _: &Options) -> Result<Option<String>, Error> {
    let url = session.environment.get(URL_VARIABLE);
    url.map(|url| address::base(&url, format!("the value of {URL_VARIABLE}"))).transpose()
}

/// The platform of the configuration file.
pub(crate) fn configured(session: &Session, _: &Options) -> Result<Option<String>, Error> {
    let Ok(directory) = identities::directory(session) else {
        return Ok(None);
    };
    let config = Store::json(directory.join("config.json"), &session.behaviour.storage);
    let fields = config.read()?;
    let url = fields.get("url").and_then(Value::as_str).map(str::trim);
    url.filter(|url| !url.is_empty())
        .map(|url| address::base(url, format!("`url` in {}", config.path().display())))
        .transpose()
}

/// The name by which this program is known to authorization servers.
pub(crate) fn client(session: &Session) -> String {
    let given = session.environment.get(CLIENT_VARIABLE);
    given.unwrap_or_else(|| CLIENT.to_owned())
}

/// Says that the variable beats what is saved, if it does: an option beats both.
pub(crate) fn tell_of_shadow(session: &Session, moment: Moment, options: &Options) {
    shadow::tell(session, moment, || {
        options.token_file.is_none() && matches!(saved(session, options), Ok(Some(_)))
    });
}
