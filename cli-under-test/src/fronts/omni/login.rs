//! `omni config login` and `omni config logout`.

use std::time::Duration;

use serde_json::Value;

use super::profiles::{self, CLIENT, Profile, USUAL};
use super::{Options, settings, whoami};
use crate::behaviour::Moment;
use crate::browser::{self, Visit};
use crate::callback::Name;
use crate::credential::{Credential, Origin};
use crate::error::{Error, harmless};
use crate::oauth::CodeGrant;
use crate::renewal::Access;
use crate::session::Session;
use crate::store::{Fields, StoreError};

const LIMIT: Duration = Duration::from_mins(5);
const LIMIT_VARIABLE: &str = "OMNI_LOGIN_TIMEOUT";
const SCOPE: &str = "user:default";

/// Signs in in the browser, and keeps the session in a profile.
pub(crate) fn login(
    session: &Session,
    options: &Options,
    name: Option<String>,
) -> Result<(), Error> {
    let visit = Visit {
        back_to: Name::Localhost,
        open: true,
        limit: browser::limit(session, LIMIT_VARIABLE, LIMIT)?,
    };
    let store = profiles::store(session)?;
    let fields = store.read_to_replace()?;
    let name = name.unwrap_or_else(|| name_of(&fields, options));
    let known = profiles::of_name(&store, &fields, &name).ok().flatten();
    let endpoint = match settings::demanded(session, options)? {
        Some(endpoint) => endpoint,
        None => settings::base_of(session, known.as_ref())?.ok_or_else(settings::nowhere)?,
    };
    let granted = CodeGrant {
        authorization: &format!("{endpoint}/oauth/authorize"),
        token: &format!("{endpoint}/oauth/token"),
        client: CLIENT,
        scope: Some(SCOPE),
        issuer: None,
    }
    .sign_in(session, visit)?;
    let access =
        Access::Key(Credential { secret: granted.tokens.access.clone(), origin: Origin::Given });
    // Only what the instance accepts replaces what was there.
    let who = whoami::ask(session, &endpoint, &access)?;

    let _turn = store.lock()?;
    let mut fields = store.read_to_replace()?;
    let known = profiles::of_name(&store, &fields, &name).ok().flatten();
    let mut profile = known.unwrap_or_else(|| Profile::new(&name));
    profile.begin(&endpoint, "oauth");
    profile.hold_tokens(&granted.tokens);
    profiles::put(&mut fields, profile);
    store.write(&fields)?;
    session.say(&format!("Logged in as {} (profile {})", who.email(), harmless(&name)))?;
    settings::tell_of_shadow(session, Moment::Login, options);
    Ok(())
}

/// Takes a profile's credentials away. The profile stays, and so do all others.
pub(crate) fn logout(
    session: &Session,
    options: &Options,
    name: Option<String>,
) -> Result<(), Error> {
    let store = profiles::store(session)?;
    if !store.exists() {
        return logged_out(session, options, "Logged out");
    }
    let _turn = store.lock()?;
    let mut fields = match store.read() {
        Err(StoreError::Corrupt { .. }) => {
            store.remove()?;
            return logged_out(session, options, "Logged out");
        }
        fields => fields?,
    };
    let asked_for = name.is_some() || options.profile.is_some();
    let name = name.unwrap_or_else(|| name_of(&fields, options));
    match profiles::of_name(&store, &fields, &name)? {
        Some(mut profile) => {
            (session.behaviour.omni.forget)(&mut profile);
            profiles::put(&mut fields, profile);
            store.write(&fields)?;
            let said = format!("Logged out of profile {}", harmless(&name));
            logged_out(session, options, &said)
        }
        None if asked_for => Err(Error::Unknown { what: "profile", name: harmless(&name) }),
        None => logged_out(session, options, "Logged out"),
    }
}

fn logged_out(session: &Session, options: &Options, said: &str) -> Result<(), Error> {
    session.say(said)?;
    settings::tell_of_shadow(session, Moment::Logout, options);
    Ok(())
}

/// The profile that a command means which named none.
fn name_of(fields: &Fields, options: &Options) -> String {
    let default = fields.get("defaultProfile").and_then(Value::as_str);
    let named = options.profile.as_deref().or(default);
    named.unwrap_or(USUAL).to_owned()
}
