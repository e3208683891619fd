//! The keys that one scenario speaks of, each with a name and a value of its own: who sees one on
//! the wire or in a file knows where it came from.

use std::collections::BTreeMap;

use mock_server::{MintedKey, Platform, Secret};

use crate::observation::KeySeen;
use crate::profile::{Command, LoginProfile, Profile, SessionProfile};
use crate::scenario::{
    ELSEWHERE, KeyChoice, Run, Scenario, Seed, SessionState, Step, StoreState, Token, Variable,
};

/// The name of the key that a run is given on its command line.
pub(super) const GIVEN: &str = "given";

/// What a credential of another tool ends in: all that a shell would act on.
const HOSTILE: &str = "it's $HOME \"x\" `id` #;&\\";

/// An id that no platform gives out.
const UNKNOWN_ID: &str = "no-such-key-id";

/// The keys of one scenario. Only those that it speaks of are minted, since each counts against
/// the account's limit.
#[derive(Debug, Default)]
pub(super) struct Keys {
    named: BTreeMap<String, KeySeen>,
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
        let brings_code = profile.cli.login.as_ref().is_some_and(LoginProfile::brings_code);
        let sources = scenario.sources();
        let holds_key = scenario
            .home
            .iter()
            .any(|seed| matches!(seed, Seed::Store(state) if state.holds_good_key()));
        if holds_key || sources.store || scenario.tells_url_sources_apart() {
            keys.named.insert("stored".to_owned(), seen(platform.mint_key("stored")));
        }
        if scenario.home.contains(&Seed::Store(StoreState::HoldsLongKey)) {
            let long = KeySeen { secret: never_minted().secret.repeat(110), ..never_minted() };
            keys.named.insert("stored".to_owned(), long);
        }
        let state = scenario.home.iter().find_map(|seed| match seed {
            Seed::Session(state) => Some(*state),
            _ => None,
        });
        let state = state.or(sources.session.then_some(SessionState::Fresh));
        if let (Some(state), Some(session)) = (state, &profile.cli.session) {
            keys.name_session(platform, session, state);
        }
        if let Some(extract) = &profile.cli.extract
            && scenario.runs().any(|run| run.command.extracts())
        {
            keys.name_other_tools(extract.sources.len(), &never_minted);
        }
        let crowds = scenario.steps.iter().filter_map(|step| match step {
            Step::Throng { writers, .. } => Some(*writers),
            _ => None,
        });
        for number in 1..=crowds.max().unwrap_or(0) {
            let name = given_to(number);
            keys.named.insert(name.clone(), seen(platform.mint_key(&name)));
        }
        for run in scenario.runs() {
            keys.name_those_of(run, platform, (&never_minted, brings_code));
        }
        keys
    }

    fn name_those_of(
        &mut self,
        run: &Run,
        platform: &Platform,
        (never_minted, brings_code): (&dyn Fn() -> KeySeen, bool),
    ) {
        if matches!(run.command, Command::LoginWithToken | Command::KeyVerify) {
            self.named.entry("given".to_owned()).or_insert_with(|| match run.token {
                Token::Rejected => never_minted(),
                Token::Valid | Token::Padded | Token::Blank | Token::Broken => {
                    seen(platform.mint_key("given"))
                }
            });
        }
        if run.flag {
            self.named
                .entry("option".to_owned())
                .or_insert_with(|| seen(platform.mint_key("option")));
        }
        for stray in run.browser.before.iter().chain(run.browser.after) {
            if stray.is_forgery() {
                // A code that nobody was given is no good; that it is tried is bad enough.
                let forged =
                    if brings_code { never_minted() } else { seen(platform.mint_foreign_key()) };
                self.of_strangers.insert(stray.name(), forged);
            }
        }
        match run.variable {
            Variable::Valid | Variable::Padded => {
                let mint = || seen(platform.mint_key("environment"));
                self.named.entry("environment".to_owned()).or_insert_with(mint);
            }
            Variable::Rejected => {
                self.named.entry("environment".to_owned()).or_insert_with(never_minted);
            }
            Variable::Unset | Variable::Empty | Variable::Blank => {}
        }
    }

    /// What other tools have saved: characters in it that a shell would make something of.
    fn name_other_tools(&mut self, sources: usize, never_minted: &dyn Fn() -> KeySeen) {
        let numbers = (1..=sources).map(|number| number.to_string());
        for source in numbers.chain([ELSEWHERE.to_owned()]) {
            let key = never_minted();
            let secret = format!("{}{HOSTILE}", key.secret);
            self.named.insert(format!("source {source}"), KeySeen { secret, ..key });
        }
    }

    /// A session of the signed-in person, in this state: its access token is called `access`, its
    /// refresh token `refresh`.
    fn name_session(&mut self, platform: &Platform, session: &SessionProfile, state: SessionState) {
        let now = platform.clock().now();
        // A token whose own words say that it is over has to have been issued before.
        platform.clock().set(now - state.age(session.margin()));
        let minted = platform.mint_tokens(&session.client, "");
        platform.clock().set(now);
        let named = |secret: &Secret| KeySeen {
            id: String::new(),
            prefix: String::new(),
            secret: secret.expose().to_owned(),
        };
        self.named.insert("access".to_owned(), named(&minted.access));
        self.named
            .extend(minted.refresh.as_ref().map(|refresh| ("refresh".to_owned(), named(refresh))));
        if state == SessionState::Ended {
            platform.revoke_family(minted.access.expose());
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
        let named = self.named.into_iter();
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

/// The name of the key that one of many is given, from 1.
pub(super) fn given_to(number: usize) -> String {
    format!("{GIVEN} {number}")
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
