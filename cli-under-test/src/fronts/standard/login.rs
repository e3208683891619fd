//! `standard login`, in every way there is.

use std::time::Duration;

use super::identities::{self, Proof};
use super::{Options, settings, whoami};
use crate::behaviour::Moment;
use crate::browser::{self, Visit};
use crate::callback::Name;
use crate::credential::{Credential, Origin};
use crate::error::Error;
use crate::http::Request;
use crate::input;
use crate::oauth::{CodeGrant, DeviceGrant, Metadata, Tokens, metadata};
use crate::renewal::Access;
use crate::session::Session;

const LIMIT: Duration = Duration::from_mins(5);
const LIMIT_VARIABLE: &str = "STANDARD_LOGIN_TIMEOUT";

/// Signs in in the browser: one that is opened here, or one that the user opens.
pub(crate) fn with_browser(session: &Session, options: &Options, open: bool) -> Result<(), Error> {
    let visit = Visit {
        back_to: Name::Number,
        open,
        limit: browser::limit(session, LIMIT_VARIABLE, LIMIT)?,
    };
    let (url, metadata) = prepare(session, options)?;
    let client = settings::client(session);
    let granted = CodeGrant {
        authorization: metadata.authorization()?,
        token: metadata.token()?,
        client: &client,
        scope: None,
        issuer: Some(metadata.issuer()),
    }
    .sign_in(session, visit)?;
    let issuer = metadata.issuer.clone();
    adopt(session, options, &url, &Proof::Session { granted, issuer })
}

/// Signs in on another device, which this one shows the way to.
pub(crate) fn on_another_device(session: &Session, options: &Options) -> Result<(), Error> {
    let patience = session.environment.seconds(LIMIT_VARIABLE)?;
    let (url, metadata) = prepare(session, options)?;
    let client = settings::client(session);
    let granted = DeviceGrant {
        authorization: metadata.device()?,
        token: metadata.token()?,
        client: &client,
        open: false,
        patience,
    }
    .sign_in(session)?;
    let issuer = metadata.issuer.clone();
    adopt(session, options, &url, &Proof::Session { granted, issuer })
}

/// Signs in with a token that standard input brings.
pub(crate) fn with_token(session: &Session, options: &Options) -> Result<(), Error> {
    let url = destination(session, options)?;
    let given = input::credential(session, "Token: ")?;
    adopt(session, options, &url, &Proof::Token(given.secret))
}

fn prepare(session: &Session, options: &Options) -> Result<(String, Metadata), Error> {
    let url = destination(session, options)?;
    let metadata = metadata::discover(session, &url)?;
    Ok((url, metadata))
}

/// Where to sign in. What can be known to fail fails before anybody is sent to the browser.
fn destination(session: &Session, options: &Options) -> Result<String, Error> {
    identities::store(session)?;
    settings::url_to_sign_in_at(session, options)?.ok_or_else(settings::nowhere)
}

/// Makes what was granted the saved identity: but only what the platform accepts replaces the old.
fn adopt(session: &Session, options: &Options, url: &str, proof: &Proof) -> Result<(), Error> {
    let secret = match proof {
        Proof::Token(token) => token.clone(),
        Proof::Session { granted, .. } => granted.tokens.access.clone(),
    };
    let access = Access::Key(Credential { secret, origin: Origin::Given });
    let request = Request::new(ureq::http::Method::GET, format!("{url}{}", whoami::PATH));
    let who = whoami::read(session, &access.ask(session, &request)?)?;
    let replaced = identities::save(session, options.profile.as_deref(), url, proof)?;
    session.say(&format!("Logged in as {}", who.name()))?;
    settings::tell_of_shadow(session, Moment::Login, options);
    if let Some(replaced) = replaced {
        give_back(session, url, &replaced);
    }
    Ok(())
}

/// A session that was replaced is given back. It would have ended by itself: no failure is told.
fn give_back(session: &Session, url: &str, replaced: &Tokens) {
    if let Some(refresh) = &replaced.refresh {
        let _ = super::logout::revoke(session, url, refresh);
    }
}
