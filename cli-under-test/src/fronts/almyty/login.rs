//! `almyty login` and `almyty logout`.

use std::ffi::OsStr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::Method;
use url::form_urlencoded;

use super::settings::{self, Environs};
use super::{Login, whoami};
use crate::behaviour::Moment;
use crate::browser::{self, Visit};
use crate::callback::{Expected, Name, Pending};
use crate::credential::{self, Origin};
use crate::error::{Error, harmless};
use crate::http::{self, Answer, Request};
use crate::oauth::token;
use crate::poll::{self, Pace, Reply};
use crate::renewal::Access;
use crate::secret::Secret;
use crate::session::Session;

const LIMIT: Duration = Duration::from_mins(5);
const LIMIT_VARIABLE: &str = "ALMYTY_LOGIN_TIMEOUT";

/// A new key, and whose it is.
#[derive(Deserialize)]
struct Minted {
    token: String,
    email: String,
}

/// A sign-in that somebody is to approve, on any machine.
#[derive(Deserialize)]
struct Asked {
    code: String,
    poll_token: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

/// Signs in in the browser, which brings a code for a key.
pub(crate) fn with_browser(session: &Session, how: &Login) -> Result<(), Error> {
    let visit = Visit {
        back_to: Name::Number,
        open: true,
        limit: browser::limit(session, LIMIT_VARIABLE, LIMIT)?,
    };
    let environs = prepare(session, how)?;
    let state = (session.behaviour.oauth.state)()?;
    let pending = Pending { state: state.clone(), issuer: None };
    let code = browser::visit(session, visit, Expected::Code(pending), |callback, _| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("callback", callback)
            .append_pair("state", state.expose())
            .finish();
        format!("{}/cli-login?{query}", environs.frontend)
    })?;
    // Whatever comes of it, a code is not sent again: a second use would be somebody else's.
    let request = Request::new(Method::POST, format!("{}/auth/cli/exchange", environs.api))
        .with_body(json!({ "code": code.expose() }));
    let answer = (session.behaviour.oauth.exchange)(session, &request)?;
    token::accepted(&answer)?;
    keep(session, &minted(session, &answer)?, &environs)
}

/// Signs in with an approval from any machine, and asks for it until it is there.
pub(crate) fn anywhere(session: &Session, how: &Login) -> Result<(), Error> {
    let patience = session.environment.seconds(LIMIT_VARIABLE)?;
    let environs = prepare(session, how)?;
    let requests = format!("{}/auth/cli/requests", environs.api);
    let answer = (session.behaviour.http.send)(session, &Request::new(Method::POST, &requests))?;
    token::accepted(&answer)?;
    let asked: Asked = http::decode(session, &answer)?;
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("code", &asked.code).finish();
    let opening = browser::show(session, &format!("{}/cli-auth?{query}", environs.frontend), false);
    session.note(&format!("The code is {}. Waiting for the approval.", harmless(&asked.code)));
    let pace = Pace::of(asked.interval, asked.expires_in).within(patience);
    let minted = poll::until_approved(session, pace, opening, || {
        let request = Request::new(Method::POST, format!("{requests}/poll"))
            .with_body(json!({ "poll_token": asked.poll_token }));
        reply(session, &(session.behaviour.http.send)(session, &request)?)
    })?;
    keep(session, &minted, &environs)
}

fn reply(session: &Session, answer: &Answer) -> Result<Reply<(Secret, String)>, Error> {
    match answer.status {
        202 => Ok(Reply::Pending),
        410 => Err(Error::CodeExpired),
        _ => match token::accepted(answer) {
            Ok(()) => Ok(Reply::Done(minted(session, answer)?)),
            Err(Error::Grant { error, .. }) if error == "slow_down" => Ok(Reply::SlowDown),
            Err(Error::Grant { status: 403, error, description, .. }) => {
                Err(Error::Denied { error, description })
            }
            Err(error) => Err(error),
        },
    }
}

fn minted(session: &Session, answer: &Answer) -> Result<(Secret, String), Error> {
    let minted: Minted = http::decode(session, answer)?;
    let key = Secret::exactly(&minted.token).map_err(|_| answer.unexpected())?;
    Ok((key, minted.email))
}

/// Signs in with a key that was typed. One that the API rejects is not saved.
pub(crate) fn with_token(session: &Session, how: &Login, token: &OsStr) -> Result<(), Error> {
    let environs = prepare(session, how)?;
    // What is no text becomes text that no header may carry, and is refused as that.
    let given = credential::from_text(session, &token.to_string_lossy(), Origin::Given)?;
    let key = given.secret.clone();
    let request = Request::new(Method::GET, format!("{}{}", environs.api, whoami::PATH));
    let answer = Access::Key(given).ask(session, &request)?;
    let who: whoami::Who = http::decode(session, &answer)?;
    keep(session, &(key, who.email), &environs)
}

/// Where to sign in. What can be known to fail fails before anybody is sent to the browser.
fn prepare(session: &Session, how: &Login) -> Result<Environs, Error> {
    settings::store(session)?;
    (session.behaviour.almyty.environs)(session, how)
}

fn keep(session: &Session, minted: &(Secret, String), environs: &Environs) -> Result<(), Error> {
    let (key, email) = minted;
    (session.behaviour.almyty.save)(session, key, email, environs)?;
    session.say(&format!("Logged in as {}", harmless(email)))?;
    settings::tell_of_shadow(session, Moment::Login);
    Ok(())
}

/// Forgets what is saved. Nobody needs to be signed in for that.
pub(crate) fn logout(session: &Session) -> Result<(), Error> {
    (session.behaviour.almyty.clear)(session)?;
    session.say("Logged out")?;
    settings::tell_of_shadow(session, Moment::Logout);
    Ok(())
}

/// A name that may stand alone, or within what it names.
pub(crate) fn name_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("name")?.as_str())
}
