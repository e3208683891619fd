//! What the platform remembers, behind one lock that is never held across an await: endpoints are
//! plain functions, so there is nothing to await in them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::error::ProfileError;
use crate::keyring::{AccountId, KeyEntry, Keyring};
use crate::logins::Logins;
use crate::profile::{KeysProfile, PlatformProfile};
use crate::reply::Refusal;
use crate::secret::{NamedSecret, unique};
use crate::template::{self, Part};

/// The person whom the sign-in page knows.
pub(crate) const SIGNED_IN: AccountId = AccountId(0);
/// Somebody else, for keys that are not one's own.
pub(crate) const SOMEBODY_ELSE: AccountId = AccountId(1);

/// What every endpoint works on.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    state: Mutex<State>,
}

/// Who asks, and with which key.
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) key: KeyEntry,
}

/// What the platform remembers.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) keyring: Keyring,
    pub(crate) logins: Logins,
    accounts: [Map<String, Value>; 2],
    /// Every secret that was handed out. The platform itself never reads it: it is for those who
    /// search a tool's traces.
    secrets: Vec<NamedSecret>,
}

impl World {
    pub(crate) fn new(profile: &PlatformProfile) -> Result<Self, ProfileError> {
        check_keys(&profile.keys)?;
        Ok(Self {
            clock: Clock::new(),
            state: Mutex::new(State {
                keyring: Keyring::new(profile.keys.clone()),
                logins: Logins::default(),
                accounts: [account(&profile.account)?, account(&profile.account)?],
                secrets: Vec::new(),
            }),
        })
    }

    /// Whose key this is, noting that it was used; and the state, still locked, so that what is
    /// decided for the caller is decided in one piece.
    pub(crate) fn caller(
        &self,
        key: &str,
        now_ms: u64,
    ) -> Result<(Caller, MutexGuard<'_, State>), Refusal> {
        let mut state = self.state();
        let (account, key) =
            state.keyring.use_key(key, now_ms).map_err(Refusal::Unauthenticated)?;
        let key = key.clone();
        Ok((Caller { account, key }, state))
    }

    /// The state, for as long as the guard lives.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn account(&self, account: AccountId) -> &Map<String, Value> {
        &self.accounts[account.0]
    }

    pub(crate) fn account_mut(&mut self, account: AccountId) -> &mut Map<String, Value> {
        &mut self.accounts[account.0]
    }

    /// Makes a key, whatever the limit says, and remembers that its secret was handed out.
    pub(crate) fn mint_key(
        &mut self,
        owner: AccountId,
        name: &str,
        now_ms: u64,
    ) -> (KeyEntry, NamedSecret) {
        let (entry, secret) = self.keyring.mint(owner, name, now_ms);
        self.secrets.push(secret.clone());
        (entry.clone(), secret)
    }

    pub(crate) fn remember(&mut self, secret: NamedSecret) {
        self.secrets.push(secret);
    }

    pub(crate) fn secrets(&self) -> &[NamedSecret] {
        &self.secrets
    }
}

/// The characters of a key that are not shown must be too many to be guessed.
fn check_keys(keys: &KeysProfile) -> Result<(), ProfileError> {
    if !keys.prefix.begins(&keys.format) {
        return Err(ProfileError::new(
            "platform.keys.prefix",
            "is not what the format begins with",
        ));
    }
    if keys.format.random_characters() < keys.prefix.random_characters() + 16 {
        return Err(ProfileError::new(
            "platform.keys.format",
            "has less than 16 random characters behind the prefix",
        ));
    }
    Ok(())
}

/// An account of the profile, with one text for all its `{unique}`.
fn account(members: &Map<String, Value>) -> Result<Map<String, Value>, ProfileError> {
    let unique = unique();
    members
        .iter()
        .map(|(name, value)| {
            let path = format!("platform.account.{name}");
            Ok((name.clone(), with_unique(value, &unique, &path)?))
        })
        .collect()
}

fn with_unique(value: &Value, unique: &str, path: &str) -> Result<Value, ProfileError> {
    Ok(match value {
        Value::String(text) => {
            let mut filled = String::new();
            for part in template::parse(text).map_err(|why| ProfileError::new(path, why))? {
                match part {
                    Part::Literal(literal) => filled.push_str(&literal),
                    Part::Name("unique") => filled.push_str(unique),
                    Part::Name(name) => {
                        let problem = format!("{{{name}}} is not known here");
                        return Err(ProfileError::new(path, problem));
                    }
                }
            }
            Value::String(filled)
        }
        Value::Array(items) => {
            items.iter().map(|item| with_unique(item, unique, path)).collect::<Result<_, _>>()?
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| Ok((name.clone(), with_unique(member, unique, path)?)))
            .collect::<Result<_, ProfileError>>()?,
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    #[test]
    fn one_account_has_one_unique_text_and_two_have_two() {
        let profile = members(json!({ "id": "u_{unique}", "deep": [{ "id": "u_{unique}" }] }));

        let ada = account(&profile).expect("a good account");
        let eve = account(&profile).expect("a good account");

        assert_eq!(ada["id"], ada["deep"][0]["id"]);
        assert_ne!(ada["id"], eve["id"]);
    }

    #[test]
    fn an_account_knows_no_other_name() {
        let error = account(&members(json!({ "id": "{account.id}" }))).expect_err("unknown");

        assert_eq!(error.path, "platform.account.id");
    }

    #[rstest]
    #[case::as_documented("k_{8}_{24}", "k_{8}", None)]
    #[case::other_prefix("k_{8}_{24}", "x_{8}", Some("platform.keys.prefix"))]
    #[case::guessable("k_{8}_{8}", "k_{8}", Some("platform.keys.format"))]
    fn keys_are_checked(#[case] format: &str, #[case] prefix: &str, #[case] path: Option<&str>) {
        let keys = toml::from_str(&format!("format = '{format}'\nprefix = '{prefix}'"));

        let checked = check_keys(&keys.expect("two formats"));

        assert_eq!(checked.err().map(|error| error.path).as_deref(), path);
    }
}
