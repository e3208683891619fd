//! `standard whoami` and `standard token`: who one is, and with what.

use serde_json::{Value, json};
use ureq::http::Method;

use super::Options;
use super::settings::{self, Connection};
use crate::behaviour::Moment;
use crate::error::{Error, harmless};
use crate::http::{self, Answer};
use crate::session::Session;
use crate::store::Fields;

pub(crate) const PATH: &str = "/v1/whoami";

/// Who the platform says one is.
#[derive(Clone, Debug)]
pub(crate) struct Who(pub(crate) Fields);

/// Shows the identity. It is always asked for: only the server knows whether the token counts.
pub(crate) fn show(session: &Session, options: &Options, as_json: bool) -> Result<(), Error> {
    settings::tell_of_shadow(session, Moment::Identity, options);
    let connection = settings::connect(session, options)?;
    let Who(mut fields) = (session.behaviour.standard.identity)(&connection)?;
    if as_json {
        fields.insert("url".to_owned(), json!(connection.url));
        fields.insert("source".to_owned(), json!(connection.source));
        return session.say(&Value::Object(fields).to_string());
    }
    let labels =
        [("email", "Email"), ("id", "ID"), ("sub", "ID"), ("organization", "Organization")];
    for (field, label) in labels {
        if let Some(value) = fields.get(field).and_then(Value::as_str) {
            session.say(&format!("{label}: {}", harmless(value)))?;
        }
    }
    session.say(&format!("URL: {}", connection.url))?;
    session.say(&format!("Credential: {}", harmless(&connection.source)))
}

/// Asks the platform who one is.
pub(crate) fn ask(connection: &Connection<'_>) -> Result<Who, Error> {
    let answer = connection.ask(&connection.request(Method::GET, PATH))?;
    read(connection.session, &answer)
}

/// Prints the access token, for other programs to use.
pub(crate) fn token(session: &Session, options: &Options) -> Result<(), Error> {
    let connection = settings::connect_anywhere(session, options)?;
    let credential = connection.credential(session)?;
    session.say(credential.secret.expose())
}

/// The identity in an answer, if there is one.
pub(crate) fn read(session: &Session, answer: &Answer) -> Result<Who, Error> {
    let who = Who(http::decode(session, answer)?);
    if who.field().is_none() {
        return Err(answer.unexpected());
    }
    Ok(who)
}

impl Who {
    /// What to call them.
    pub(crate) fn name(&self) -> String {
        self.field().map(harmless).unwrap_or_default()
    }

    fn field(&self) -> Option<&str> {
        ["email", "id", "sub"]
            .iter()
            .find_map(|name| self.0.get(*name)?.as_str())
            .filter(|text| !text.is_empty())
    }
}
