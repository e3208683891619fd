//! `almyty skills list`: the key at work.

use serde::Deserialize;
use serde_json::Value;

use super::login::name_of;
use super::settings;
use crate::error::{Error, harmless};
use crate::http;
use crate::session::Session;

#[derive(Deserialize)]
struct Listing {
    skills: Vec<Value>,
}

/// Lists the skills, a line each.
pub(crate) fn list(session: &Session) -> Result<(), Error> {
    let answer = settings::ask(session, "/skills")?;
    let Listing { skills } = http::decode(session, &answer)?;
    skills.iter().filter_map(name_of).try_for_each(|name| session.say(&harmless(name)))
}
