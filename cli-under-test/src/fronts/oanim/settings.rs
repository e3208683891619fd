//! Where `oanim` keeps and finds things: variables, files, addresses.

use serde_json::Value;
use ureq::http::Method;

use crate::address;
use crate::behaviour::Moment;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::http::{self, Answer, Request};
use crate::secret::Secret;
use crate::session::Session;
use crate::shadow;
use crate::store::{Fields, Store, StoreError};

pub(crate) const KEY_VARIABLE: &str = "ANIMATE_API_KEY";
pub(crate) const URL_VARIABLE: &str = "ANIMATE_API_URL";
pub(crate) const FAL_KEY_VARIABLE: &str = "ANIMATE_FAL_KEY";
pub(crate) const FAL_URL_VARIABLE: &str = "ANIMATE_FAL_URL";

const DIRECTORY: &str = ".oanim";
const CONFIG: &str = "config.yaml";

/// One place where an address may be found.
pub(crate) type AddressSource = fn(&Session) -> Result<Option<(String, String)>, Error>;

/// A file of `~/.oanim`.
pub(crate) fn file<'a>(session: &'a Session, name: &str) -> Result<Store<'a>, Error> {
    let path = session.environment.home()?.join(DIRECTORY).join(name);
    Ok(Store::new(path, &session.behaviour.storage))
}

/// The credential of a command, if there is any.
pub(crate) fn credential(session: &Session) -> Result<Option<Credential>, Error> {
    credential::resolve(session, session.behaviour.oanim.credential_sources)
}

/// The key in `ANIMATE_API_KEY`.
pub(crate) fn from_variable(session: &Session) -> Result<Option<Credential>, Error> {
    credential::from_variable(session, KEY_VARIABLE)
}

/// The key in the credential file. Without a home there is no file.
pub(crate) fn from_store(session: &Session) -> Result<Option<Credential>, Error> {
    if session.environment.home().is_err() {
        return Ok(None);
    }
    let oanim = &session.behaviour.oanim;
    for name in oanim.read_files {
        let store = file(session, name)?;
        let fields = store.read()?;
        for field in oanim.read_fields {
            match fields.get(*field) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => {}
                Some(Value::String(text)) => {
                    return credential::from_text(session, text, Origin::Stored).map(Some);
                }
                Some(_) => return Err(store.corrupt().into()),
            }
        }
    }
    Ok(None)
}

/// Saves a key in place of the one that was there. Other fields stay; a file that is damaged
/// beyond reading is replaced, since signing in is how one recovers from it.
pub(crate) fn save_key(session: &Session, key: &Secret) -> Result<(), Error> {
    let oanim = &session.behaviour.oanim;
    let store = file(session, oanim.save_file)?;
    let mut fields = match store.read() {
        Err(StoreError::Corrupt { .. }) => Fields::new(),
        fields => fields?,
    };
    fields.insert(oanim.save_field.to_owned(), key.expose().into());
    Ok(store.write(&fields)?)
}

/// Removes the saved key. Other fields stay; a file that has none, or is damaged, goes.
pub(crate) fn clear_key(session: &Session) -> Result<(), Error> {
    for name in session.behaviour.oanim.read_files {
        let store = file(session, name)?;
        let mut fields = match store.read() {
            Err(StoreError::Corrupt { .. }) => {
                store.remove()?;
                continue;
            }
            fields => fields?,
        };
        let cleared = ["api_key", "token"].map(|field| fields.shift_remove(field).is_some());
        match (cleared.contains(&true), fields.is_empty()) {
            (false, _) => {}
            (true, true) => store.remove()?,
            (true, false) => store.write(&fields)?,
        }
    }
    Ok(())
}

/// Says that the variable beats what is saved, if it does.
pub(crate) fn tell_of_shadow(session: &Session, moment: Moment) {
    // A damaged file is not in use either: no reason to fail.
    shadow::tell(session, moment, || matches!(from_store(session), Ok(Some(_))));
}

/// The base address of the API: variable, configuration file, default.
pub(crate) fn api(session: &Session) -> Result<String, Error> {
    let oanim = &session.behaviour.oanim;
    for source in oanim.address_sources {
        if let Some((address, from)) = source(session)? {
            return normalized(session, &address, from);
        }
    }
    normalized(session, oanim.default_address, "the default address".to_owned())
}

fn normalized(session: &Session, address: &str, from: String) -> Result<String, Error> {
    address::parse_base(address).map_err(|why| Error::BadAddress { from, why })?;
    Ok((session.behaviour.oanim.normalize)(address))
}

/// The address in `ANIMATE_API_URL`.
#[expect(clippy::unnecessary_wraps, reason = "other sources can fail")]
pub(crate) fn address_of_variable(session: &Session) -> Result<Option<(String, String)>, Error> {
    let address = session.environment.get(URL_VARIABLE);
    Ok(address.map(|address| (address, format!("the value of {URL_VARIABLE}"))))
}

/// The address in `~/.oanim/config.yaml`.
pub(crate) fn address_of_config(session: &Session) -> Result<Option<(String, String)>, Error> {
    if session.environment.home().is_err() {
        return Ok(None);
    }
    let config = file(session, CONFIG)?;
    let fields = config.read().map_err(|error| match error {
        StoreError::Corrupt { path, .. } => Error::BadAddress {
            from: path.display().to_string(),
            why: "it is not YAML; correct it or remove it".to_owned(),
        },
        other => other.into(),
    })?;
    let address = fields.get("api_url").and_then(Value::as_str).map(str::trim);
    let from = || format!("`api_url` in {}", config.path().display());
    Ok(address.filter(|address| !address.is_empty()).map(|address| (address.to_owned(), from())))
}

/// The address that image generation bypasses the platform to.
pub(crate) fn fal(session: &Session) -> Result<String, Error> {
    let Some(address) = session.environment.get(FAL_URL_VARIABLE) else {
        return Ok("https://fal.run".to_owned());
    };
    address::parse_base(&address).map_err(|why| Error::BadAddress {
        from: format!("the value of {FAL_URL_VARIABLE}"),
        why,
    })?;
    Ok(address::without_trailing_slashes(&address))
}

/// Asks the API with a credential of one's own choice.
pub(crate) fn ask(
    session: &Session,
    request: Request,
    credential: Credential,
) -> Result<Answer, Error> {
    let origin = credential.origin;
    http::exchange(session, &request.authorized("Bearer", credential), Some(origin))
}

/// A request to the API.
pub(crate) fn request(session: &Session, method: Method, path: &str) -> Result<Request, Error> {
    Ok(Request::new(method, format!("{}{path}", api(session)?)))
}

/// The credential of a command that cannot do without, to send `request` with.
pub(crate) fn required(session: &Session, request: &Request) -> Result<Credential, Error> {
    credential(session)?.ok_or_else(|| (session.behaviour.credential.signed_out)(session, request))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::{api, credential, save_key};
    use crate::credential::Origin;
    use crate::environment::Environment;
    use crate::secret::Secret;
    use crate::session::Session;

    fn session(home: &std::path::Path, variables: [(&str, &str); 2]) -> Session {
        let [first, second] = variables;
        let home = home.to_str().expect("UTF-8");
        Session::of(Environment::from([("HOME", home), first, second]))
    }

    #[rstest]
    #[case::default("", None, "https://api.oanim.dev")]
    #[case::config("", Some("api_url: https://config.test/\n"), "https://config.test")]
    #[case::variable("https://variable.test/base//", None, "https://variable.test/base")]
    #[case::both(
        "https://variable.test",
        Some("api_url: https://config.test\n"),
        "https://variable.test"
    )]
    #[case::blank_config("", Some("api_url: ' '\nother: 1\n"), "https://api.oanim.dev")]
    fn address(#[case] variable: &str, #[case] config: Option<&str>, #[case] expected: &str) {
        let home = tempfile::tempdir().expect("a directory");
        fs::create_dir(home.path().join(".oanim")).expect("created");
        if let Some(config) = config {
            fs::write(home.path().join(".oanim/config.yaml"), config).expect("written");
        }
        let session = session(home.path(), [("ANIMATE_API_URL", variable), ("X", "")]);
        assert_eq!(api(&session).expect("usable"), expected);
    }

    proptest! {
        /// The model: the variable if it holds anything but white space, else the saved key.
        #[test]
        fn the_variable_beats_the_store(
            variable in proptest::option::of("[ \t\n]{0,2}[!-~]{0,12}[ \t\n]{0,2}"),
            saved in proptest::option::of("[!-~]{1,40}"),
        ) {
            let home = tempfile::tempdir().expect("a directory");
            let set = variable.clone().unwrap_or_default();
            let session = session(home.path(), [("ANIMATE_API_KEY", &set), ("X", "")]);
            if let Some(saved) = &saved {
                save_key(&session, &Secret::parse(saved).expect("well-formed")).expect("saved");
            }
            let expected = variable
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .map(|text| (text, Origin::Variable("ANIMATE_API_KEY")))
                .or(saved.map(|text| (text, Origin::Stored)));
            let found = credential(&session).expect("no error");
            let found = found.map(|found| (found.secret.expose().to_owned(), found.origin));
            prop_assert_eq!(found, expected);
        }
    }
}
