//! What the platform remembers. It is behind the one lock of [`crate::world`], which is never held
//! across an await: endpoints are plain functions, so there is nothing to await in them.

mod kept;

use std::collections::VecDeque;

use serde_json::{Map, Value};

pub(crate) use self::kept::Changes;
use self::kept::TouchedState;

use crate::approvals::Approvals;
use crate::clients::Clients;
use crate::codes::Codes;
use crate::error::ProfileError;
use crate::keyring::{AccountId, KeyEntry, Keyring};
use crate::lapse::Lapses;
use crate::logins::Logins;
use crate::oauth_request::{AuthorizationCode, AuthorizationRequest};
use crate::profile::{KeysProfile, PlatformProfile};
use crate::secret::{NamedSecret, Secret, unique};
use crate::template::{self, Part};
use crate::tokens::Tokens;

/// The person whom the sign-in page knows.
pub(crate) const SIGNED_IN: AccountId = AccountId(0);
/// Somebody else, for keys that are not one's own.
pub(crate) const SOMEBODY_ELSE: AccountId = AccountId(1);

/// How many of the secrets that were handed out are remembered; the oldest are forgotten.
const SECRETS_KEPT: usize = 10_000;

/// What the platform remembers.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) keyring: Keyring,
    /// Logins that end with a key at a port.
    pub(crate) logins: Logins<u16>,
    /// Logins that end with a code for a key at a callback.
    pub(crate) code_logins: Logins<CodeLogin>,
    /// Codes for a key.
    pub(crate) key_codes: Codes<AccountId>,
    /// Authorization requests whose page is shown.
    pub(crate) authorizations: Logins<AuthorizationRequest>,
    pub(crate) authorization_codes: Codes<AuthorizationCode>,
    pub(crate) clients: Clients,
    pub(crate) tokens: Tokens,
    /// OAuth device authorizations.
    pub(crate) devices: Approvals,
    /// Logins by URL and code.
    pub(crate) headless: Approvals,
    /// Pages that confirm a code, each about it.
    pub(crate) confirmations: Logins<String>,
    /// Whether the organization allows its people tokens of their own.
    pub(crate) personal_tokens: bool,
    /// What it does wrong all the time, on purpose.
    pub(crate) lapses: Lapses,
    accounts: Vec<Map<String, Value>>,
    touched: TouchedState,
    /// The secrets that were handed out. The platform itself never reads them: they are for those
    /// who search a tool's traces.
    secrets: VecDeque<Handed>,
    /// How many secrets there ever were.
    handed_out: u64,
}

/// A secret that was handed out. Its name is written once somebody asks for it.
#[derive(Debug)]
enum Handed {
    Named(NamedSecret),
    Numbered { what: &'static str, number: u64, value: Secret },
}

impl Handed {
    fn named(&self) -> NamedSecret {
        match self {
            Self::Named(secret) => secret.clone(),
            Self::Numbered { what, number, value } => {
                NamedSecret { name: format!("{what} #{number}"), value: value.clone() }
            }
        }
    }
}

/// A login that ends at a callback of the user's own machine.
#[derive(Debug)]
pub(crate) struct CodeLogin {
    pub(crate) callback: String,
    pub(crate) state: Option<String>,
    /// Whether the callback's fragment gets the key itself.
    pub(crate) in_fragment: bool,
}

impl State {
    pub(crate) fn new(profile: &PlatformProfile) -> Result<Self, ProfileError> {
        check_keys(&profile.keys)?;
        let oauth = profile.oauth.as_ref();
        let (clients, secrets) = Clients::new(oauth);
        Ok(Self {
            keyring: Keyring::new(profile.keys.clone()),
            logins: Logins::default(),
            code_logins: Logins::default(),
            key_codes: Codes::default(),
            authorizations: Logins::default(),
            authorization_codes: Codes::default(),
            clients,
            tokens: Tokens::new(oauth.and_then(|oauth| oauth.refresh_tokens.clone())),
            devices: Approvals::default(),
            headless: Approvals::default(),
            confirmations: Logins::default(),
            personal_tokens: true,
            lapses: Lapses::default(),
            accounts: vec![account(&profile.account)?, account(&profile.account)?],
            touched: TouchedState::default(),
            secrets: secrets.into_iter().map(Handed::Named).collect(),
            handed_out: 0,
        })
    }

    pub(crate) fn account(&self, account: AccountId) -> &Map<String, Value> {
        &self.accounts[account.0]
    }

    /// The account at that place, if there is one.
    pub(crate) fn account_at(&self, place: usize) -> Option<AccountId> {
        (place < self.accounts.len()).then_some(AccountId(place))
    }

    pub(crate) fn push_account(&mut self, account: Map<String, Value>) -> AccountId {
        let place = self.accounts.len();
        self.accounts.push(account);
        self.touched.note_account(place);
        AccountId(place)
    }

    pub(crate) fn account_mut(&mut self, account: AccountId) -> &mut Map<String, Value> {
        self.touched.note_account(account.0);
        &mut self.accounts[account.0]
    }

    /// All accounts, the signed-in person's first.
    pub(crate) fn accounts(&self) -> &[Map<String, Value>] {
        &self.accounts
    }

    /// What the account calls itself in a token: its `id`, or its place where it has none.
    pub(crate) fn subject(&self, account: AccountId) -> String {
        match self.account(account).get("id") {
            Some(Value::String(id)) => id.clone(),
            Some(id) => id.to_string(),
            None => format!("account-{}", account.0),
        }
    }

    /// What the sign-in page calls the account.
    pub(crate) fn email(&self, account: AccountId) -> String {
        let email = self.account(account).get("email").and_then(Value::as_str);
        email.unwrap_or("your account").to_owned()
    }

    /// Makes a key, whatever the limit says, and remembers that its secret was handed out.
    pub(crate) fn mint_key(
        &mut self,
        owner: AccountId,
        name: &str,
        now_ms: u64,
    ) -> (KeyEntry, NamedSecret) {
        let (entry, secret) = self.keyring.mint(owner, name, now_ms);
        let entry = entry.clone();
        self.remember(secret.clone());
        (entry, secret)
    }

    /// Remembers that a secret was handed out, under the name `{what} #{number}`.
    pub(crate) fn hand_out(&mut self, what: &'static str, value: &Secret) {
        self.handed_out += 1;
        let (number, value) = (self.handed_out, value.clone());
        self.push_secret(Handed::Numbered { what, number, value });
    }

    pub(crate) fn remember(&mut self, secret: NamedSecret) {
        self.push_secret(Handed::Named(secret));
    }

    fn push_secret(&mut self, secret: Handed) {
        if self.secrets.len() >= SECRETS_KEPT {
            self.secrets.pop_front();
        }
        self.secrets.push_back(secret);
    }

    pub(crate) fn secrets(&self) -> Vec<NamedSecret> {
        self.secrets.iter().map(Handed::named).collect()
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
pub(crate) fn account(members: &Map<String, Value>) -> Result<Map<String, Value>, ProfileError> {
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
