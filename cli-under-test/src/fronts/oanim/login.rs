//! `oanim login` and `oanim logout`.

use std::ffi::OsStr;
use std::time::Duration;

use super::{
    identity::{self, Identity},
    settings,
};
use crate::behaviour::Moment;
use crate::browser::{self, Visit};
use crate::callback::{Expected, Name};
use crate::credential::{self, Credential, Origin};
use crate::error::{Error, harmless};
use crate::secret::Secret;
use crate::session::Session;

const LIMIT: Duration = Duration::from_mins(2);
const LIMIT_VARIABLE: &str = "OANIM_LOGIN_TIMEOUT";

/// How a new key came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Browser,
    Token,
}

/// Signs in with a key that the browser brings.
pub(crate) fn with_browser(session: &Session) -> Result<(), Error> {
    let behaviour = &session.behaviour;
    // What can be known to fail fails before anybody is sent to the browser.
    session.environment.home()?;
    let limit = browser::limit(session, LIMIT_VARIABLE, LIMIT)?;
    let api = settings::api(session)?;
    (behaviour.oanim.browser_login_begins)(session)?;

    let visit = Visit { back_to: Name::Number, open: true, limit };
    let path = behaviour.oanim.login_path;
    let key = browser::visit(session, visit, Expected::Key, |_, port| {
        format!("{api}{path}?port={port}")
    })?;
    finish(session, key, Way::Browser)
}

/// Signs in with a key that was typed.
pub(crate) fn with_token(session: &Session, token: &OsStr) -> Result<(), Error> {
    session.environment.home()?;
    // What is no text becomes text that no header may carry, and is refused as that.
    let given = credential::from_text(session, &token.to_string_lossy(), Origin::Given)?;
    (session.behaviour.oanim.token_login_begins)(session)?;
    finish(session, given.secret, Way::Token)
}

fn finish(session: &Session, key: Secret, way: Way) -> Result<(), Error> {
    let identity = (session.behaviour.oanim.adopt)(session, key, way)?;
    session.say(&format!("Logged in as {}", harmless(&identity.email)))?;
    settings::tell_of_shadow(session, Moment::Login);
    Ok(())
}

/// Makes a new key the saved one: but only one that the server accepts replaces the old.
pub(crate) fn adopt(session: &Session, key: Secret, _way: Way) -> Result<Identity, Error> {
    let credential = Credential { secret: key, origin: Origin::Given };
    let identity = identity::ask(session, &credential)?;
    (session.behaviour.oanim.save_key)(session, &credential.secret)?;
    Ok(identity)
}

/// Forgets the saved key. The server is not needed for that, nor is anybody to be signed in.
pub(crate) fn logout(session: &Session) -> Result<(), Error> {
    (session.behaviour.oanim.clear_key)(session)?;
    session.say("Logged out")?;
    settings::tell_of_shadow(session, Moment::Logout);
    Ok(())
}
