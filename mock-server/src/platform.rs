//! A platform: its origins, and the handles through which a scenario plays it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use serde_json::{Map, Value};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::error::StartError;
use crate::host::Shared;
use crate::issuing::Issue;
use crate::journal::Journal;
use crate::keyring::{AccountId, KeyEntry, KeyRecord, MintedKey};
use crate::lapse::Lapse;
use crate::profile::{HardCodedHost, PlatformProfile};
use crate::script::Script;
use crate::secret::{NamedSecret, Secret};
use crate::startup::{self, Options, Started};
use crate::state::{SIGNED_IN, SOMEBODY_ELSE};
use crate::state_file::StateFileError;
use crate::tokens::Grant;

/// A running platform. Dropping it stops it: its listeners and connections are closed.
#[derive(Debug)]
pub struct Platform {
    url: String,
    control_url: Option<String>,
    upstreams: Vec<(String, Upstream)>,
    hard_coded_hosts: Vec<HardCodedHost>,
    router: Router,
    shared: Arc<Shared>,
    /// Dropped last, and with it the tasks.
    _hosts: JoinSet<Infallible>,
}

/// A host of somebody else, stood in for.
#[derive(Debug)]
pub struct Upstream {
    url: String,
    secret: Secret,
}

/// New tokens, and the only copy of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintedTokens {
    /// The access token.
    pub access: Secret,
    /// The refresh token, if the profile has such.
    pub refresh: Option<Secret>,
    /// The ID token, if `openid` was in the scope.
    pub id_token: Option<Secret>,
    /// How many seconds the access token lives.
    pub expires_in: u64,
}

impl Drop for Platform {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.save();
        // What the tasks hold, they hold until the runtime has come to end them.
        self.shared.world.close();
    }
}

impl Upstream {
    pub(crate) fn new(url: String, secret: Secret) -> Self {
        Self { url, secret }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The one credential of this host.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl Platform {
    /// Starts the platform of a profile on loopback ports that were free, with tasks on the
    /// current tokio runtime, which needs its I/O and its timer enabled.
    ///
    /// # Errors
    ///
    /// If the machine gives no port, or the profile contradicts itself, with the place in it.
    ///
    /// # Panics
    ///
    /// Outside of such a runtime.
    pub async fn start(profile: &PlatformProfile) -> Result<Self, StartError> {
        Self::start_with(profile, Options::default()).await
    }

    /// Starts the platform where the options say, otherwise as [`Platform::start`] does.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on, or the profile contradicts itself.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has its I/O and its timer enabled.
    pub async fn start_with(
        profile: &PlatformProfile,
        options: Options,
    ) -> Result<Self, StartError> {
        let Started { url, control_url, upstreams, router, shared, hosts } =
            startup::start(profile, options).await?;
        let hard_coded_hosts = profile.stands_in_for.clone();
        Ok(Self { url, control_url, upstreams, hard_coded_hosts, router, shared, _hosts: hosts })
    }

    /// The control API's URL, with `/_authspec` and without a slash at the end, if there is one.
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// `http://127.0.0.1:PORT`, or `https` with an authority; without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The origins that the profile stands in for.
    pub fn hard_coded_hosts(&self) -> &[HardCodedHost] {
        &self.hard_coded_hosts
    }

    /// The platform's routes, without the control API.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The second origin, to which faults redirect. It answers as the platform does, and its
    /// exchanges have the origin `elsewhere`.
    pub fn elsewhere_url(&self) -> &str {
        &self.shared.elsewhere
    }

    /// The upstream of that name in the profile.
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams().find(|(one, _)| *one == name).map(|(_, upstream)| upstream)
    }

    /// The upstreams, by their names in the profile.
    pub fn upstreams(&self) -> impl Iterator<Item = (&str, &Upstream)> {
        self.upstreams.iter().map(|(name, upstream)| (name.as_str(), upstream))
    }

    /// Everything that was asked and answered.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The clock by which everything here is dated and expires.
    pub fn clock(&self) -> &Clock {
        &self.shared.world.clock
    }

    /// The signed-in person's account as it is now.
    pub fn account(&self) -> Map<String, Value> {
        self.shared.world.state().account(SIGNED_IN).clone()
    }

    /// Changes a member of the signed-in person's account, for every later reply.
    pub fn set_account(&self, member: &str, value: Value) {
        let mut state = self.shared.world.state();
        state.account_mut(SIGNED_IN).insert(member.to_owned(), value);
    }

    /// Makes a key for the signed-in person, whatever the limit says.
    pub fn mint_key(&self, name: &str) -> MintedKey {
        self.mint(SIGNED_IN, name)
    }

    /// Makes a key for another account: it is good, but not the signed-in person's.
    pub fn mint_foreign_key(&self) -> MintedKey {
        self.mint(SOMEBODY_ELSE, "somebody else's")
    }

    /// Ends a key, whosever it is; false if there is none with that id.
    pub fn revoke_key(&self, id: &str) -> bool {
        let mut state = self.shared.world.state();
        state.keyring.revoke(id, None).is_ok()
    }

    /// The signed-in person's keys that were not revoked, oldest first.
    pub fn keys(&self) -> Vec<KeyRecord> {
        let state = self.shared.world.state();
        let keys = state.keyring.list(SIGNED_IN);
        keys.into_iter().map(KeyEntry::record).collect()
    }

    /// Plans misbehaviour, behind what is planned already.
    pub fn script(&self, script: Script) {
        self.shared.plan(script);
    }

    /// Plans no misbehaviour any more.
    pub fn clear_script(&self) {
        self.shared.clear_script();
    }

    /// Makes a mistake from now on, until [`Platform::reset`].
    pub fn lapse(&self, lapse: Lapse) {
        self.shared.world.state().lapses.make(lapse);
    }

    /// Forgets everything, the journal and the clock's offset included. Accounts and clients'
    /// secrets are new ones; upstreams keep theirs.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// The upstreams' secrets, and every secret that was handed out, the last 10,000 of them, for a
    /// search in places where none should be.
    pub fn secrets(&self) -> Vec<NamedSecret> {
        let of_upstreams = self.upstreams().map(|(name, upstream)| NamedSecret {
            name: format!("upstream {name}"),
            value: upstream.secret.clone(),
        });
        of_upstreams.chain(self.shared.world.state().secrets()).collect()
    }

    /// Issues an access token and, if the profile has such, a refresh token for the signed-in
    /// person, as if a client with this id had gone through a sign-in.
    pub fn mint_tokens(&self, client: &str, scope: &str) -> MintedTokens {
        self.issue(client, scope, None)
    }

    /// Issues an access token alone, which lives so many seconds of the platform's clock.
    pub fn mint_access_token(&self, client: &str, scope: &str, lifetime_seconds: u64) -> Secret {
        self.issue(client, scope, Some(lifetime_seconds)).access
    }

    /// Says when a key ends by itself: so many seconds from now by the platform's clock.
    pub fn expire_key(&self, id: &str, seconds: u64) {
        let world = &self.shared.world;
        let at_ms = world.clock.now_ms().saturating_add(seconds.saturating_mul(1000));
        world.state().keyring.expire(id, at_ms);
    }

    /// Ends a token of either kind, and all of its family.
    pub fn revoke_family(&self, token: &str) {
        let tokens = &mut self.shared.world.state().tokens;
        if let Some((family, _)) = tokens.family_of(token) {
            tokens.end(family);
        }
    }

    /// Allows or disables personal tokens for the organization.
    pub fn allow_personal_tokens(&self, allowed: bool) {
        self.shared.world.state().personal_tokens = allowed;
    }

    /// Decides a code that a tool shows, as the approval page does; false if there is none such
    /// that is open.
    pub fn decide_code(&self, user_code: &str, approve: bool) -> bool {
        self.shared.world.decide_code(user_code, approve)
    }

    /// The codes that wait for a decision.
    pub fn open_codes(&self) -> Vec<String> {
        self.shared.world.open_codes()
    }

    /// The secret of a confidential client.
    pub fn client_secret(&self, id: &str) -> Option<Secret> {
        let client = self.shared.world.state().clients.get(id)?;
        client.secret.clone()
    }

    /// Writes what has changed to the state's file, if there is one. It happens by itself before
    /// each answer and at the end; here it is known whether it went well.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it then has what was written before.
    pub fn save(&self) -> Result<(), StateFileError> {
        self.shared.world.save()
    }

    fn issue(&self, client: &str, scope: &str, lifetime: Option<u64>) -> MintedTokens {
        let world = &self.shared.world;
        let grant = Grant { client: client.into(), account: SIGNED_IN, scope: scope.into() };
        let issue =
            Issue { refresh: lifetime.is_none(), lifetime_seconds: lifetime, ..Issue::of(&grant) };
        let now_ms = world.clock.now_ms();
        let issued = world.issuing.issue(&mut world.state(), &issue, now_ms);
        MintedTokens {
            access: issued.access,
            refresh: issued.refresh,
            id_token: issued.id_token,
            expires_in: issued.expires_in,
        }
    }

    fn mint(&self, owner: AccountId, name: &str) -> MintedKey {
        let world = &self.shared.world;
        let now_ms = world.clock.now_ms();
        let (key, secret) = world.state().mint_key(owner, name, now_ms);
        MintedKey {
            id: key.id.to_string(),
            name: key.name.to_string(),
            prefix: key.prefix.to_string(),
            secret: secret.value,
        }
    }
}
