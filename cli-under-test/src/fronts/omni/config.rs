//! `omni config init`, `show` and `use`.

use serde_json::{Value, json};

use super::profiles::{self, Profile, USUAL};
use super::{Options, settings, whoami};
use crate::behaviour::Moment;
use crate::credential::{self, Origin};
use crate::error::{Error, harmless};
use crate::input;
use crate::renewal::Access;
use crate::session::Session;
use crate::store::Fields;

/// The fields that may be shown: everything else may be a secret, by any name.
const SHOWN: &[&str] = &["apiEndpoint", "authMethod", "tokenExpiresAt"];

/// Makes a profile of four answers. A key that the instance rejects is not saved.
pub(crate) fn init(session: &Session, options: &Options) -> Result<(), Error> {
    let store = profiles::store(session)?;
    let or = |given: String, usual: &str| {
        if given.is_empty() { usual.to_owned() } else { given }
    };
    let name = or(input::line(session, "Profile name [default]: ")?, USUAL);
    let endpoint = input::line(session, "Endpoint (https://…): ")?;
    let endpoint = settings::trusted(session, &endpoint, "the endpoint".to_owned())?;
    let method = or(input::line(session, "Sign in with oauth or api-key [api-key]: ")?, "api-key");
    let key = match method.as_str() {
        "oauth" => None,
        "api-key" => {
            let typed = input::secret_line(session, "API key: ")?;
            let credential = credential::from_text(session, &typed, Origin::Given)?;
            let key = credential.secret.clone();
            whoami::ask(session, &endpoint, &Access::Key(credential))?;
            Some(key)
        }
        _ => {
            return Err(Error::BadSetting {
                name: "the method",
                why: "is neither oauth nor api-key",
            });
        }
    };

    let _turn = store.lock()?;
    let mut fields = store.read_to_replace()?;
    let known = profiles::of_name(&store, &fields, &name).ok().flatten();
    let mut profile = known.unwrap_or_else(|| Profile::new(&name));
    profile.begin(&endpoint, &method);
    if let Some(key) = &key {
        profile.hold_key(key);
    }
    profiles::put(&mut fields, profile);
    store.write(&fields)?;
    session.say(&format!("Saved profile {}", harmless(&name)))?;
    if key.is_none() {
        session.note(&format!("Run `omni config login {}` to sign in.", harmless(&name)));
    }
    settings::tell_of_shadow(session, Moment::Login, options);
    Ok(())
}

/// Shows the whole configuration as one document, and no secret of it.
pub(crate) fn show(session: &Session) -> Result<(), Error> {
    let store = profiles::store(session)?;
    let mut fields = store.read()?;
    let redact = session.behaviour.omni.redact;
    for (name, value) in &mut fields {
        match (name.as_str(), value) {
            ("version" | "defaultProfile", _) => {}
            ("profiles", Value::Object(profiles)) => {
                let profiles = profiles.values_mut().filter_map(Value::as_object_mut);
                profiles.for_each(redact);
            }
            (_, value) => *value = json!("****"),
        }
    }
    session.say(&serde_json::to_string_pretty(&fields).unwrap_or_default())?;
    session.note(&format!("From {}", store.path().display()));
    Ok(())
}

/// Takes out of a profile whatever might be secret.
pub(crate) fn redact(profile: &mut Fields) {
    for (name, value) in profile {
        if !SHOWN.contains(&name.as_str()) {
            *value = json!("****");
        }
    }
}

/// Makes another profile the default one.
pub(crate) fn use_profile(session: &Session, name: &str) -> Result<(), Error> {
    let store = profiles::store(session)?;
    let unknown = || Error::Unknown { what: "profile", name: harmless(name) };
    if !store.exists() {
        return Err(unknown());
    }
    let _turn = store.lock()?;
    let mut fields = store.read()?;
    profiles::of_name(&store, &fields, name)?.ok_or_else(unknown)?;
    fields.insert("defaultProfile".to_owned(), json!(name));
    store.write(&fields)?;
    session.say(&format!("Using profile {}", harmless(name)))
}
