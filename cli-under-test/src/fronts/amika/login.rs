//! `amika auth login` and `amika auth logout`.

use std::path::Path;

use super::{settings, stores};
use crate::behaviour::Moment;
use crate::credential::Credential;
use crate::error::Error;
use crate::http::Request;
use crate::input;
use crate::oauth::DeviceGrant;
use crate::renewal::Access;
use crate::session::Session;
use crate::shadow;

const LIMIT_VARIABLE: &str = "AMIKA_LOGIN_TIMEOUT";

/// Signs in with a code that is entered in a browser.
pub(crate) fn with_device(session: &Session) -> Result<(), Error> {
    let patience = session.environment.seconds(LIMIT_VARIABLE)?;
    nobody_is(session)?;
    let api = settings::api(session)?;
    let granted = DeviceGrant {
        authorization: &format!("{api}/user_management/authorize/device"),
        token: &format!("{api}/user_management/authenticate"),
        client: &settings::client(session),
        open: true,
        patience,
    }
    .sign_in(session)?;
    let email = stores::save_session(session, &granted)?;
    session.say(&format!("Logged in as {email}"))?;
    shadow::tell(session, Moment::Login, || true);
    Ok(())
}

/// Saves the API key in a file, or on standard input. One that the server rejects is not saved.
pub(crate) fn with_key(session: &Session, file: &Path) -> Result<(), Error> {
    nobody_is(session)?;
    let given = input::credential_in(session, file)?;
    let key = given.secret.clone();
    (session.behaviour.amika.verify)(session, given)?;
    stores::save_key(session, &key)?;
    session.say("API key saved")?;
    shadow::tell(session, Moment::Login, || true);
    Ok(())
}

/// Asks the server whether it accepts a key.
pub(crate) fn verify(session: &Session, given: Credential) -> Result<(), Error> {
    let url = format!("{}{}", settings::api(session)?, super::sandbox::PATH);
    match Access::Key(given).ask(session, &Request::new(ureq::http::Method::GET, url)) {
        // A key that may not do this is a key all the same.
        Ok(_) | Err(Error::Forbidden { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Forgets key and session. Nobody needs to be signed in for that.
pub(crate) fn logout(session: &Session) -> Result<(), Error> {
    (session.behaviour.amika.clear)(session)?;
    session.say("Logged out")?;
    shadow::tell(session, Moment::Logout, || true);
    Ok(())
}

fn nobody_is(session: &Session) -> Result<(), Error> {
    match (session.behaviour.amika.is_stored)(session)? {
        Some(what) => Err(Error::AlreadySignedIn { what }),
        None => Ok(()),
    }
}
