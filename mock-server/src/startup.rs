//! How a platform comes up: every shape of the profile is compiled, and then its origins listen.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::authority::{Authority, names_of};
use crate::control::{self, CONTROL_PREFIX};
use crate::error::{ProfileError, StartError};
use crate::faults::Faults;
use crate::flows;
use crate::host::{Host, REFUSAL_NAMES, Refusals, Shared};
use crate::issuing::Issuing;
use crate::journal::Journal;
use crate::platform::Upstream;
use crate::profile::{PlatformProfile, UpstreamProfile};
use crate::router::Routes;
use crate::secret::Secret;
use crate::serve::{accept_all, speak_tls};
use crate::shape::ReplyTemplate;
use crate::signer::{KeptKey, Signer};
use crate::slot::{Topic, Vocabulary};
use crate::state_file::StateFile;
use crate::world::World;

/// The origin's name in the journal.
const PLATFORM: &str = "platform";
/// The second origin's name in the journal.
const ELSEWHERE: &str = "elsewhere";

/// Where a platform listens, and whether it can be played from outside.
#[derive(Clone, Debug)]
pub struct Options {
    /// The platform's own address; port 0 is any that is free. The other origins are on loopback.
    pub listen: SocketAddr,
    /// The control API.
    pub control: Control,
    /// Who certifies the origins, which then speak TLS; without it, they speak plain HTTP.
    pub authority: Option<Authority>,
    /// The file in which accounts, clients, keys, tokens and the signing key survive a restart;
    /// without it, nothing does. It is made where it is not there, for its owner alone. Logins and
    /// codes that are under way do not survive.
    pub state: Option<PathBuf>,
}

/// Where the control API is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// Nowhere: only the program that started the platform plays it.
    #[default]
    Off,
    /// Under `/_authspec/` of the platform's own address.
    SamePort,
    /// Under `/_authspec/` of this address; port 0 is any that is free.
    Own(SocketAddr),
}

impl Default for Options {
    /// Any free loopback port, no control API, and no TLS.
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listen, control: Control::Off, authority: None, state: None }
    }
}

/// A platform that is up.
pub(crate) struct Started {
    pub(crate) url: String,
    pub(crate) control_url: Option<String>,
    pub(crate) upstreams: Vec<(String, Upstream)>,
    /// The platform's routes, without the control API.
    pub(crate) router: Router,
    pub(crate) shared: Arc<Shared>,
    pub(crate) hosts: JoinSet<Infallible>,
}

/// Brings a platform up. Nothing is served before the whole profile was found good.
pub(crate) async fn start(
    profile: &PlatformProfile,
    options: Options,
) -> Result<Started, StartError> {
    let tls = options.authority.as_ref();
    let tls = tls.map(|one| one.acceptor(&names_of(options.listen.ip()))).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listen = |address| listen(address, scheme);
    let (listener, url) = listen(options.listen).await?;
    let loopback = Options::default().listen;
    let (elsewhere_listener, elsewhere) = listen(loopback).await?;
    let new_key = || KeptKey::new(profile.access_tokens.algorithm);
    let kept = options.state.as_deref();
    let kept = kept.map(|path| StateFile::open(path, &kind(profile), new_key)).transpose()?;
    let key = kept.as_ref().map_or_else(new_key, |kept| Ok(kept.key.clone()))?;
    let shared = Arc::new(Shared {
        world: World::new(profile, issuing(profile, &url, key)?, kept)?,
        journal: Journal::new(),
        faults: Faults::default(),
        elsewhere,
    });

    let vocabulary = Vocabulary { account: Some(&profile.account), ..Vocabulary::new(&url) };
    let routes = Routes::of_platform(profile, &vocabulary)?;
    let host = Arc::new(Host {
        name: PLATFORM.into(),
        refusals: Arc::new(refusals(profile, None, &url)?),
        shared: Arc::clone(&shared),
        scripted: true,
    });
    let second = Arc::new(Host {
        name: ELSEWHERE.into(),
        refusals: Arc::clone(&host.refusals),
        shared: Arc::clone(&shared),
        scripted: false,
    });
    let platform_router = routes.clone().router(&host);
    let mut serving = vec![(routes.router(&second), elsewhere_listener, false)];
    let mut upstreams = Vec::with_capacity(profile.upstreams.len());
    for (name, upstream) in &profile.upstreams {
        let (listener, upstream_url) = listen(loopback).await?;
        let secret = upstream.secret.mint();
        let routes = upstream_routes((name, upstream), &secret, &url, &upstream_url)?;
        let host = Arc::new(Host {
            name: name.as_str().into(),
            refusals: Arc::new(refusals(profile, Some((name, upstream)), &url)?),
            shared: Arc::clone(&shared),
            scripted: true,
        });
        serving.push((routes.router(&host), listener, true));
        upstreams.push((name.clone(), Upstream::new(upstream_url, secret)));
    }
    let control = || control::router(profile, &shared, &url);
    let without_control = platform_router.clone();
    let control_url = match options.control {
        Control::Off => {
            serving.push((platform_router, listener, true));
            None
        }
        Control::SamePort => {
            serving.push((platform_router.merge(control()), listener, true));
            Some(format!("{url}{CONTROL_PREFIX}"))
        }
        Control::Own(address) => {
            let (own_listener, own_url) = listen(address).await?;
            serving.push((platform_router, listener, true));
            serving.push((control(), own_listener, false));
            Some(format!("{own_url}{CONTROL_PREFIX}"))
        }
    };
    let hosts = serve_all(serving, tls.as_ref(), &shared);
    // What is new at the start, such as the accounts, is kept from the start.
    shared.world.save()?;
    Ok(Started { url, control_url, upstreams, router: without_control, shared, hosts })
}

/// Serves these origins; a script reaches the connections of those that say so.
fn serve_all(
    origins: Vec<(Router, TcpListener, bool)>,
    tls: Option<&TlsAcceptor>,
    shared: &Arc<Shared>,
) -> JoinSet<Infallible> {
    let mut hosts = JoinSet::new();
    for (router, listener, scripted) in origins {
        let (tls, shared) = (tls.cloned(), scripted.then(|| Arc::clone(shared)));
        hosts.spawn(accept_all(listener, move |stream| {
            let (tls, router, shared) = (tls.clone(), router.clone(), shared.clone());
            async move {
                let admitted = match shared {
                    None => true,
                    Some(shared) => shared.admit().await,
                };
                if admitted {
                    speak_tls(stream, tls, router).await;
                }
            }
        }));
    }
    hosts
}

async fn listen(address: SocketAddr, scheme: &str) -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await?;
    let url = format!("{scheme}://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// What must be the same for a state to be understood again.
fn kind(profile: &PlatformProfile) -> String {
    let PlatformProfile { account, keys, access_tokens, .. } = profile;
    serde_json::json!([account, keys.format, access_tokens.format, access_tokens.algorithm])
        .to_string()
}

fn issuing(profile: &PlatformProfile, url: &str, key: KeptKey) -> Result<Issuing, StartError> {
    let oauth = profile.oauth.as_ref();
    let format = &profile.access_tokens.format;
    if let crate::profile::AccessTokenFormat::Opaque(format) = format
        && format.random_characters() < 22
    {
        let problem = "has less than 22 random characters";
        return Err(ProfileError::new("platform.access_tokens.format", problem).into());
    }
    let algorithm = profile.access_tokens.algorithm;
    Ok(Issuing {
        issuer: oauth.map_or_else(|| url.to_owned(), |oauth| flows::issuer(oauth, url)).into(),
        signer: Signer::new(key, algorithm)?,
        profile: profile.access_tokens.clone(),
        openid: oauth
            .is_some_and(|oauth| oauth.openid_configuration.is_some() || oauth.userinfo.is_some()),
    })
}

fn upstream_routes(
    (name, profile): (&String, &UpstreamProfile),
    secret: &Secret,
    platform_url: &str,
    upstream_url: &str,
) -> Result<Routes, ProfileError> {
    let path = format!("platform.upstreams.{name}");
    if [PLATFORM, ELSEWHERE].contains(&name.as_str()) {
        return Err(ProfileError::new(path, "is the name of an origin already"));
    }
    if profile.secret.random_characters() < 16 {
        let problem = "has less than 16 random characters";
        return Err(ProfileError::new(format!("{path}.secret"), problem));
    }
    let vocabulary =
        Vocabulary { upstream_url: Some(upstream_url), ..Vocabulary::new(platform_url) };
    let mut routes = Routes::default();
    let resources = &profile.resources;
    flows::resources::routes(resources, &path, Some(secret), &vocabulary, &mut routes)?;
    Ok(routes)
}

/// How an origin refuses: an upstream has its own word for a wrong credential, and the rest from
/// the platform.
fn refusals(
    profile: &PlatformProfile,
    upstream: Option<(&String, &UpstreamProfile)>,
    platform_url: &str,
) -> Result<Refusals, ProfileError> {
    let vocabulary = Vocabulary::new(platform_url);
    let of_refusal = vocabulary.with(&[Topic::Names(REFUSAL_NAMES)]);
    let compile = |shape, path: &str| ReplyTemplate::compile(shape, path, &vocabulary);
    Ok(Refusals {
        unauthenticated: match upstream {
            None => ReplyTemplate::compile(
                &profile.unauthenticated,
                "platform.unauthenticated",
                &of_refusal,
            )?,
            Some((name, upstream)) => ReplyTemplate::compile(
                &upstream.unauthenticated,
                &format!("platform.upstreams.{name}.unauthenticated"),
                &of_refusal,
            )?,
        },
        forbidden: ReplyTemplate::compile(&profile.forbidden, "platform.forbidden", &of_refusal)?,
        malformed: compile(&profile.malformed, "platform.malformed")?,
        not_found: compile(&profile.not_found, "platform.not_found")?,
        wrong_method: compile(&profile.wrong_method, "platform.wrong_method")?,
        rate_limited: compile(&profile.rate_limited, "platform.rate_limited")?,
        challenges: upstream.is_none(),
    })
}
