//! A platform: its origins, and the handles through which a scenario plays it.

use std::convert::Infallible;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::error::{ProfileError, StartError};
use crate::faults::Faults;
use crate::host::{Host, Refusals, Shared};
use crate::journal::Journal;
use crate::keyring::{AccountId, KeyEntry, KeyRecord, MintedKey};
use crate::profile::{PlatformProfile, UpstreamProfile};
use crate::router::Routes;
use crate::script::Script;
use crate::secret::{NamedSecret, Secret};
use crate::shape::ReplyTemplate;
use crate::slot::Vocabulary;
use crate::state::{SIGNED_IN, SOMEBODY_ELSE, World};

/// The origin's name in the journal.
const PLATFORM: &str = "platform";
/// The second origin's name in the journal.
const ELSEWHERE: &str = "elsewhere";

/// A running platform. Dropping it stops it: its listeners and connections are closed.
#[derive(Debug)]
pub struct Platform {
    url: String,
    upstreams: Vec<(String, Upstream)>,
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

impl Upstream {
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
        let world = World::new(profile)?;
        let (listener, url) = listen().await?;
        let (elsewhere_listener, elsewhere) = listen().await?;
        let shared = Arc::new(Shared {
            world,
            journal: Journal::new(),
            faults: Faults::default(),
            elsewhere,
        });

        let vocabulary = Vocabulary { account: Some(&profile.account), ..Vocabulary::new(&url) };
        let router = Routes::of_platform(profile, &vocabulary)?.router(PLATFORM)?;
        let host = Host {
            name: PLATFORM.into(),
            router: Arc::new(router),
            refusals: Arc::new(refusals(profile, None, &url)?),
            shared: Arc::clone(&shared),
            scripted: true,
        };
        let second = Host {
            name: ELSEWHERE.into(),
            router: Arc::clone(&host.router),
            refusals: Arc::clone(&host.refusals),
            shared: Arc::clone(&shared),
            scripted: false,
        };
        // Nothing is served before the whole profile was found good.
        let mut serving = vec![(host, listener), (second, elsewhere_listener)];
        let mut upstreams = Vec::with_capacity(profile.upstreams.len());
        for (name, upstream) in &profile.upstreams {
            let (listener, upstream_url) = listen().await?;
            let secret = upstream.secret.mint();
            let host = Host {
                name: name.as_str().into(),
                router: Arc::new(upstream_router(name, upstream, &secret, &url, &upstream_url)?),
                refusals: Arc::new(refusals(profile, Some((name, upstream)), &url)?),
                shared: Arc::clone(&shared),
                scripted: true,
            };
            serving.push((host, listener));
            shared
                .world
                .state()
                .remember(NamedSecret { name: format!("upstream {name}"), value: secret.clone() });
            let url = upstream_url;
            upstreams.push((name.clone(), Upstream { url, secret }));
        }
        let mut hosts = JoinSet::new();
        for (host, listener) in serving {
            hosts.spawn(host.serve(listener));
        }
        Ok(Self { url, upstreams, shared, _hosts: hosts })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
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

    /// The signed-in person's keys that are good, oldest first.
    pub fn keys(&self) -> Vec<KeyRecord> {
        let state = self.shared.world.state();
        let keys = state.keyring.list(SIGNED_IN);
        keys.into_iter().map(KeyEntry::record).collect()
    }

    /// Plans misbehaviour, behind what is planned already.
    pub fn script(&self, script: Script) {
        self.shared.faults.plan(script);
    }

    /// Every secret that was ever handed out, for a search in places where none should be.
    pub fn secrets(&self) -> Vec<NamedSecret> {
        self.shared.world.state().secrets().to_vec()
    }

    fn mint(&self, owner: AccountId, name: &str) -> MintedKey {
        let world = &self.shared.world;
        let now_ms = world.clock.now_ms();
        let (key, secret) = world.state().mint_key(owner, name, now_ms);
        MintedKey { id: key.id, name: key.name, prefix: key.prefix, secret: secret.value }
    }
}

async fn listen() -> Result<(TcpListener, String), std::io::Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

fn upstream_router(
    name: &str,
    profile: &UpstreamProfile,
    secret: &Secret,
    platform_url: &str,
    upstream_url: &str,
) -> Result<crate::router::Router, ProfileError> {
    let path = format!("platform.upstreams.{name}");
    if [PLATFORM, ELSEWHERE].contains(&name) {
        return Err(ProfileError::new(path, "is the name of an origin already"));
    }
    if profile.secret.random_characters() < 16 {
        let problem = "has less than 16 random characters";
        return Err(ProfileError::new(format!("{path}.secret"), problem));
    }
    let vocabulary =
        Vocabulary { upstream_url: Some(upstream_url), ..Vocabulary::new(platform_url) };
    let mut routes = Routes::default();
    crate::flows::resources::routes(
        &profile.resources,
        &path,
        Some(secret),
        &vocabulary,
        &mut routes,
    )?;
    routes.router(&path)
}

/// How an origin refuses: an upstream has its own word for a wrong credential, and the rest from
/// the platform.
fn refusals(
    profile: &PlatformProfile,
    upstream: Option<(&String, &UpstreamProfile)>,
    platform_url: &str,
) -> Result<Refusals, ProfileError> {
    let vocabulary = Vocabulary::new(platform_url);
    let compile = |shape, path: &str| ReplyTemplate::compile(shape, path, &vocabulary);
    Ok(Refusals {
        unauthenticated: match upstream {
            None => compile(&profile.unauthenticated, "platform.unauthenticated")?,
            Some((name, upstream)) => compile(
                &upstream.unauthenticated,
                &format!("platform.upstreams.{name}.unauthenticated"),
            )?,
        },
        malformed: compile(&profile.malformed, "platform.malformed")?,
        not_found: compile(&profile.not_found, "platform.not_found")?,
        wrong_method: compile(&profile.wrong_method, "platform.wrong_method")?,
        rate_limited: compile(&profile.rate_limited, "platform.rate_limited")?,
    })
}
