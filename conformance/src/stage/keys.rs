//! The keys that one scenario speaks of, each with a name and a value of its own: who sees one on
//! the wire or in a file knows where it came from.

use std::collections::BTreeMap;

use mock_server::{MintedKey, Platform};

use crate::observation::KeySeen;
use crate::profile::{Command, Profile};
use crate::scenario::{KeyChoice, Run, Scenario, Seed, StoreState, Token, Variable};

/// An id that no platform gives out.
const UNKNOWN_ID: &str = "no-such-key-id";

/// The keys of one scenario. Only those that it speaks of are minted, since each counts against
/// the account's limit.
#[derive(Debug, Default)]
pub(super) struct Keys {
    named: BTreeMap<&'static str, KeySeen>,
    /// Keys of another account, by the forged callback that carries each.
    of_strangers: BTreeMap<&'static str, KeySeen>,
    filled: Vec<String>,
}

impl Keys {
    pub(super) fn new(platform: &Platform, profile: &Profile, scenario: &Scenario) -> Self {
        let mut keys = Self::default();
        let never_minted = || KeySeen {
            id: String::new(),
            prefix: String::new(),
            secret: profile.platform.keys.format.mint().expose().to_owned(),
        };
        let stores = |state| scenario.home.contains(&Seed::Store(state));
        if [
            StoreState::HoldsKey,
            StoreState::HoldsKeyAmongOthers,
            StoreState::HoldsKeyLoosely,
            StoreState::IsSymlink,
        ]
        .into_iter()
        .any(stores)
        {
            keys.named.insert("stored", seen(platform.mint_key("stored")));
        }
        if stores(StoreState::HoldsLongKey) {
            let long = KeySeen { secret: never_minted().secret.repeat(110), ..never_minted() };
            keys.named.insert("stored", long);
        }
        for run in scenario.runs() {
            keys.name_those_of(run, platform, &never_minted);
        }
        keys
    }

    fn name_those_of(
        &mut self,
        run: &Run,
        platform: &Platform,
        never_minted: &dyn Fn() -> KeySeen,
    ) {
        if run.command == Command::LoginWithToken {
            self.named.entry("given").or_insert_with(|| match run.token {
                Token::Rejected => never_minted(),
                Token::Valid | Token::Padded | Token::Broken => seen(platform.mint_key("given")),
            });
        }
        for stray in run.browser.before.iter().chain(run.browser.after) {
            if stray.is_forgery() {
                self.of_strangers.insert(stray.name(), seen(platform.mint_foreign_key()));
            }
        }
        match run.variable {
            Variable::Valid | Variable::Padded => {
                let mint = || seen(platform.mint_key("environment"));
                self.named.entry("environment").or_insert_with(mint);
            }
            Variable::Rejected => {
                self.named.entry("environment").or_insert_with(never_minted);
            }
            Variable::Unset | Variable::Empty | Variable::Blank => {}
        }
    }

    /// The key called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&KeySeen> {
        self.named.get(name)
    }

    /// The key called `name`, as text; empty when the scenario does not speak of it.
    pub(super) fn secret(&self, name: &str) -> &str {
        self.get(name).map_or("", |key| &key.secret)
    }

    /// The keys of strangers, by the forged callback that carries each.
    pub(super) fn of_strangers(&self) -> BTreeMap<&'static str, String> {
        self.of_strangers.iter().map(|(stray, key)| (*stray, key.secret.clone())).collect()
    }

    /// The id that a run's `{id}` stands for.
    pub(super) fn choose(choice: KeyChoice, platform: &Platform) -> String {
        match choice {
            KeyChoice::Unknown => UNKNOWN_ID.to_owned(),
            KeyChoice::Newest => platform.keys().pop().map_or(String::new(), |key| key.id),
        }
    }

    /// Mints keys until the account holds as many as it may.
    pub(super) fn fill(&mut self, platform: &Platform, profile: &Profile) {
        let limit = profile.platform.keys.limit.unwrap_or(0);
        while platform.keys().len() < limit {
            self.filled.push(platform.mint_key("one of many").id);
        }
    }

    /// Revokes one of the keys that [`Keys::fill`] minted.
    pub(super) fn make_room(&mut self, platform: &Platform) {
        if let Some(id) = self.filled.pop() {
            platform.revoke_key(&id);
        }
    }

    /// The keys as an observation knows them, and every secret of the scenario with its name.
    pub(super) fn into_seen(
        self,
        platform: &Platform,
    ) -> (BTreeMap<String, KeySeen>, Vec<(String, String)>) {
        let strangers = self.of_strangers.into_iter();
        let strangers = strangers.map(|(stray, key)| (format!("stranger {stray}"), key));
        let named = self.named.into_iter().map(|(name, key)| (name.to_owned(), key));
        let named: BTreeMap<String, KeySeen> = named.chain(strangers).collect();
        let mut secrets: Vec<(String, String)> =
            named.iter().map(|(name, key)| (format!("key {name}"), key.secret.clone())).collect();
        for minted in platform.secrets() {
            let secret = minted.value.expose();
            if !secrets.iter().any(|(_, known)| known == secret) {
                secrets.push((minted.name, secret.to_owned()));
            }
        }
        (named, secrets)
    }
}

fn seen(key: MintedKey) -> KeySeen {
    KeySeen { id: key.id, prefix: key.prefix, secret: key.secret.expose().to_owned() }
}

/// Gives every member of the account another value of the same kind.
pub(super) fn change_account(platform: &Platform) {
    use serde_json::{Value, json};
    for (member, value) in platform.account() {
        let other = match value {
            Value::Number(number) => json!(number.as_f64().unwrap_or(0.0) + 31.0),
            Value::String(text) if text.contains('@') => json!(format!("changed-{text}")),
            other => other,
        };
        platform.set_account(&member, other);
    }
}
