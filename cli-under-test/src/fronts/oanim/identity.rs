//! `oanim whoami`: who the server says one is.

use serde::Deserialize;
use ureq::http::Method;

use super::settings;
use crate::behaviour::Moment;
use crate::credential::Credential;
use crate::error::{Error, harmless};
use crate::http;
use crate::session::Session;

/// The account that a key belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) email: String,
    #[serde(rename = "credit_balance_usd")]
    pub(crate) credits: f64,
    #[serde(rename = "created_at")]
    pub(crate) member_since: jiff::Timestamp,
}

/// Shows the identity. It is always asked for: only the server knows whether the key still counts.
pub(crate) fn whoami(session: &Session) -> Result<(), Error> {
    let oanim = &session.behaviour.oanim;
    settings::tell_of_shadow(session, Moment::Identity);
    let request = settings::request(session, Method::GET, PATH)?;
    let credential = settings::required(session, &request)?;
    let identity = (oanim.identity)(session, &credential)?;
    (oanim.show_identity)(session, &identity, &credential)
}

const PATH: &str = "/api/v1/auth/me";

/// Asks the server whose key this is.
pub(crate) fn ask(session: &Session, credential: &Credential) -> Result<Identity, Error> {
    let request = settings::request(session, Method::GET, PATH)?;
    let answer = settings::ask(session, request, credential.clone())?;
    http::decode(session, &answer)
}

/// The lines that describe an identity.
pub(crate) fn lines(identity: &Identity) -> Vec<String> {
    let Identity { id, email, credits, member_since } = identity;
    vec![
        format!("Email: {}", harmless(email)),
        format!("ID: {}", harmless(id)),
        format!("Credits: {credits:.2}"),
        format!("Member since: {}", member_since.strftime("%Y-%m-%d")),
    ]
}

/// Prints the identity, and not the key: it is data that people paste into bug reports.
pub(crate) fn show(session: &Session, identity: &Identity, _key: &Credential) -> Result<(), Error> {
    lines(identity).iter().try_for_each(|line| session.say(line))
}

#[cfg(feature = "mutants")]
impl Identity {
    /// Nobody in particular.
    pub(crate) fn unknown() -> Self {
        Self {
            id: String::new(),
            email: String::new(),
            credits: 0.0,
            member_since: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}
