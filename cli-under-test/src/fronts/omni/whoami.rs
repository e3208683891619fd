//! `omni whoami`: who the instance says one is.

use serde::Deserialize;
use ureq::http::Method;

use super::{Options, settings};
use crate::behaviour::Moment;
use crate::error::{Error, harmless};
use crate::http::{self, Request};
use crate::renewal::Access;
use crate::session::Session;

/// The user that a credential belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Who {
    id: String,
    email: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    permissions: Vec<String>,
}

impl Who {
    /// What to call them.
    pub(crate) fn email(&self) -> String {
        harmless(&self.email)
    }
}

/// Shows the identity. It is always asked for: only the instance knows whether it still counts.
pub(crate) fn show(session: &Session, options: &Options) -> Result<(), Error> {
    settings::tell_of_shadow(session, Moment::Identity, options);
    let connection = settings::connect(session, options)?;
    let who = ask(session, &connection.base, &connection.access)?;
    session.say(&format!("Email: {}", who.email()))?;
    session.say(&format!("ID: {}", harmless(&who.id)))?;
    session.say(&format!("Organization: {}", harmless(&who.organization)))?;
    session.say(&format!("Permissions: {}", harmless(&who.permissions.join(", "))))?;
    session.say(&format!("Instance: {}", connection.base))
}

/// Asks an instance whose credential this is.
pub(crate) fn ask(session: &Session, base: &str, access: &Access<'_>) -> Result<Who, Error> {
    let request = Request::new(Method::GET, format!("{base}/api/v1/whoami"));
    http::decode(session, &access.ask(session, &request)?)
}
