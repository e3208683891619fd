//! Which server, and with what: variable, key, session.

use ureq::http::Method;
use url::Url;

use super::stores;
use crate::address;
use crate::credential;
use crate::error::Error;
use crate::http::{Answer, Request};
use crate::renewal::Access;
use crate::session::Session;

pub(crate) const KEY_VARIABLE: &str = "AMIKA_API_KEY";
const URL_VARIABLE: &str = "AMIKA_API_URL";
const CLIENT_VARIABLE: &str = "AMIKA_WORKOS_CLIENT_ID";
const DEFAULT: &str = "https://app.amika.dev";
const CLIENT: &str = "client_amika_cli";

/// A credential, and what its source is called.
pub(crate) struct Found<'a> {
    pub(crate) access: Access<'a>,
    pub(crate) name: String,
}

/// One place where a credential may be found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// Looks there.
    pub(crate) find: for<'a> fn(&'a Session) -> Result<Option<Found<'a>>, Error>,
}

pub(crate) const VARIABLE: Source = Source {
    find: |session| {
        let found = credential::from_variable(session, KEY_VARIABLE)?;
        Ok(found.map(|credential| Found {
            access: Access::Key(credential),
            name: KEY_VARIABLE.to_owned(),
        }))
    },
};
pub(crate) const KEY: Source = Source { find: stores::key };
pub(crate) const SESSION: Source = Source { find: stores::session };

/// Asks the API with the credential of the first source that has one.
pub(crate) fn ask(session: &Session, path: &str) -> Result<Answer, Error> {
    let request = Request::new(Method::GET, format!("{}{path}", api(session)?));
    for source in session.behaviour.amika.sources {
        if let Some(found) = (source.find)(session)? {
            return found.access.ask(session, &request);
        }
    }
    Err(session.signed_out())
}

/// The base address of the API.
pub(crate) fn api(session: &Session) -> Result<String, Error> {
    let given = (session.behaviour.amika.address)(session.environment.get(URL_VARIABLE));
    let (address, from) = match &given {
        Some(given) => (given.as_str(), format!("the value of {URL_VARIABLE}")),
        None => (DEFAULT, "the default address".to_owned()),
    };
    let url = address::parse_base(address).map_err(|why| Error::BadAddress { from, why })?;
    Ok(address::without_trailing_slashes(url.as_str()))
}

/// The name by which this program is known to the authorization server.
pub(crate) fn client(session: &Session) -> String {
    let given = session.environment.get(CLIENT_VARIABLE);
    given.unwrap_or_else(|| CLIENT.to_owned())
}

/// Refuses to take what a server issued to another.
pub(crate) fn bound(session: &Session, what: &str, of: Option<&str>) -> Result<(), Error> {
    let asked = api(session)?;
    let same = |of: &str| match (Url::parse(of), Url::parse(&asked)) {
        (Ok(of), Ok(asked)) => (session.behaviour.amika.may_use_at)(&of, &asked),
        _ => false,
    };
    match of {
        Some(of) if !same(of) => {
            Err(Error::OtherServer { what: what.to_owned(), of: of.to_owned(), asked })
        }
        _ => Ok(()),
    }
}
