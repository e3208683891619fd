//! `almyty whoami`: who the API says one is, and which API.

use serde::Deserialize;
use serde_json::Value;

use super::login::name_of;
use super::settings;
use crate::behaviour::Moment;
use crate::error::{Error, harmless};
use crate::http;
use crate::session::Session;

pub(crate) const PATH: &str = "/auth/me";

/// The user that a key belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Who {
    pub(crate) email: String,
    #[serde(default)]
    organization: Value,
}

/// Shows the identity. It is always asked for: only the API knows whether the key still counts.
pub(crate) fn show(session: &Session) -> Result<(), Error> {
    settings::tell_of_shadow(session, Moment::Identity);
    let answer = settings::ask(session, PATH)?;
    let who: Who = http::decode(session, &answer)?;
    session.say(&format!("Logged in as {}", harmless(&who.email)))?;
    let organization = name_of(&who.organization).map_or_else(|| "none".to_owned(), harmless);
    session.say(&format!("Organization: {organization}"))?;
    let api = (session.behaviour.almyty.api)(session)?;
    session.say(&format!("API: {api}"))
}
