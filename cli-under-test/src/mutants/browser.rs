//! Wrong at signing in with the browser.

use std::future;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::Duration;

use hyper::{Method, Uri};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time;
use url::form_urlencoded;

use super::{Mutant, recall, remember};
use crate::callback::{self, Arrivals, Choice};
use crate::error::Error;
use crate::fronts::oanim::identity::Identity;
use crate::fronts::oanim::login::{self, Way};
use crate::fronts::oanim::settings;
use crate::opener::{self, Opening};
use crate::secret::Secret;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "prints-url-only",
        front: "oanim",
        sentence: "never starts a browser opener; still prints the URL and waits",
        apply: |b| b.opener.open = |_, _| Opening::untroubled(),
    },
    Mutant {
        name: "wrong-login-path",
        front: "oanim",
        sentence: "opens {api}/login?port=N instead of the documented path",
        apply: |b| b.oanim.login_path = "/login",
    },
    Mutant {
        name: "announces-other-port",
        front: "oanim",
        sentence: "the URL carries listening port + 1",
        apply: |b| b.callback.announced_port = |port| port.wrapping_add(1),
    },
    Mutant {
        name: "reuses-last-port",
        front: "oanim",
        sentence: "remembers the port of its last login in ~/.oanim/port and insists on it next time: if it is taken, login fails",
        apply: |b| b.callback.bind = bind_last_port,
    },
    Mutant {
        name: "listens-on-every-address",
        front: "oanim",
        sentence: "listener bound to 0.0.0.0",
        apply: |b| b.callback.address = Ipv4Addr::UNSPECIFIED,
    },
    Mutant {
        name: "saves-under-other-field",
        front: "oanim",
        sentence: "login (both kinds) writes the key under `token` instead of `api_key` (and reads either)",
        apply: |b| {
            b.oanim.save_field = "token";
            b.oanim.read_fields = &["token", "api_key"];
        },
    },
    Mutant {
        name: "saves-elsewhere",
        front: "oanim",
        sentence: "login (both kinds) writes to ~/.oanim/creds.yaml (and reads that or the right file)",
        apply: |b| {
            b.oanim.save_file = "creds.yaml";
            b.oanim.read_files = &["creds.yaml", "credentials.yaml"];
        },
    },
    Mutant {
        name: "keeps-first-key",
        front: "oanim",
        sentence: "when a key is stored already, login does not replace it though it claims success",
        apply: |b| b.oanim.save_key = keep_first_key,
    },
    Mutant {
        name: "accepts-callback-without-key",
        front: "oanim",
        sentence: "GET /callback with no or an empty key is answered 200 and ends the login as success (saving an empty key)",
        apply: |b| {
            b.callback.key = key_or_nothing;
            b.oanim.adopt = adopt_even_nothing;
        },
    },
    Mutant {
        name: "accepts-any-path",
        front: "oanim",
        sentence: "any path with ?key= completes the login",
        apply: |b| {
            b.callback.recognizes =
                |uri| callback::is_callback(uri) || callback::key_of(uri).is_some();
        },
    },
    Mutant {
        name: "first-request-ends-login",
        front: "oanim",
        sentence: "a request to any path other than the callback ends the login as a failure",
        apply: |b| {
            b.callback.stray = |uri| {
                Some(Error::Other(format!(
                    "the browser asked for {}, and brought no key",
                    uri.path()
                )))
            }
        },
    },
    Mutant {
        name: "last-callback-wins",
        front: "oanim",
        sentence: "after the genuine callback it lingers up to 1 s for another and, when one comes, saves that key instead",
        apply: |b| b.callback.choose = last_counts,
    },
    Mutant {
        name: "serves-one-connection-at-a-time",
        front: "oanim",
        sentence: "accepts one connection and reads from it without any time limit before it accepts the next",
        apply: |b| b.callback.admit = |connection| connection,
    },
    Mutant {
        name: "accepts-any-host",
        front: "oanim",
        sentence: "a callback whose Host header is not the listener's own 127.0.0.1:N or localhost:N is taken",
        apply: |b| b.callback.host_allowed = |_, _| true,
    },
    Mutant {
        name: "accepts-post",
        front: "oanim",
        sentence: "POST /callback?key=… completes the login",
        apply: |b| {
            b.callback.method_allowed = |method| [Method::GET, Method::POST].contains(method);
        },
    },
    Mutant {
        name: "page-shows-key",
        front: "oanim",
        sentence: "the page that answers the callback contains the key",
        apply: |b| {
            b.callback.text =
                |key| format!("{} Your key is {}", callback::thanks(key), key.expose());
        },
    },
    Mutant {
        name: "listener-outlives-login",
        front: "oanim",
        sentence: "after login a child (`sleep 30`, given the listening socket as its standard input, same process group) keeps the port open",
        apply: |b| b.callback.close = hand_to_a_child,
    },
    Mutant {
        name: "ignores-interrupt",
        front: "oanim",
        sentence: "SIGINT during the wait for the callback is swallowed",
        apply: |b| b.callback.ready = swallow_interrupts,
    },
    Mutant {
        name: "interrupt-exits-zero",
        front: "oanim",
        sentence: "SIGINT during the wait exits 0 at once",
        apply: |b| b.callback.ready = succeed_on_interrupt,
    },
    Mutant {
        name: "clears-before-login",
        front: "oanim",
        sentence: "login removes the stored key before the new one has come",
        apply: |b| b.oanim.browser_login_begins = settings::clear_key,
    },
    Mutant {
        name: "waits-for-ever",
        front: "oanim",
        sentence: "the wait for the callback has no limit",
        apply: |b| b.callback.limit = |_| Duration::MAX,
    },
    Mutant {
        name: "opener-failure-is-fatal",
        front: "oanim",
        sentence: "login fails when the opener cannot be started or exits non-zero",
        apply: |b| {
            b.opener.failed = |_, why| Err(Error::Opener(why.to_owned()));
            b.opener.patience = Duration::from_secs(2);
        },
    },
    Mutant {
        name: "hides-url",
        front: "oanim",
        sentence: "the URL is not printed",
        apply: |b| b.output.url_lines = |_| Vec::new(),
    },
    Mutant {
        name: "wraps-url",
        front: "oanim",
        sentence: "the URL is printed with a line break every 40 characters",
        apply: |b| b.output.url_lines = wrapped,
    },
    Mutant {
        name: "secret-in-opener-environment",
        front: "oanim",
        sentence: "the opener's environment carries OANIM_KEY=<stored key> when a key is stored",
        apply: |b| b.opener.environment = with_the_stored_key,
    },
];

fn bind_last_port(session: &Session, address: Ipv4Addr) -> io::Result<TcpListener> {
    let last = recall(session, "port").and_then(|port| port.trim().parse().ok());
    let socket = TcpListener::bind((address, last.unwrap_or(0)))?;
    remember(session, "port", &socket.local_addr()?.port().to_string());
    Ok(socket)
}

fn keep_first_key(session: &Session, key: &Secret) -> Result<(), Error> {
    match settings::from_store(session) {
        Ok(Some(_)) => Ok(()),
        _ => settings::save_key(session, key),
    }
}

/// An empty key is one, and so is none at all.
fn key_or_nothing(uri: &Uri) -> Option<Secret> {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let given = query.filter(|(name, value)| name == "key" && !value.is_empty()).count();
    if given == 0 { Some(Secret::unchecked("")) } else { callback::key_of(uri) }
}

fn adopt_even_nothing(session: &Session, key: Secret, way: Way) -> Result<Identity, Error> {
    if !key.expose().is_empty() {
        return login::adopt(session, key, way);
    }
    (session.behaviour.oanim.save_key)(session, &key)?;
    Ok(Identity::unknown())
}

fn last_counts(first: Secret, later: &mut Arrivals) -> Choice<'_> {
    Box::pin(async {
        match time::timeout(Duration::from_secs(1), later.recv()).await {
            Ok(Some(another)) => another,
            _ => Ok(first),
        }
    })
}

/// The child's standard input is the socket, and so the port stays taken.
fn hand_to_a_child(socket: TcpListener) {
    let mut child = Command::new("sleep");
    child.arg("30").stdin(OwnedFd::from(socket)).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = child.spawn();
}

/// Once asked for, the signal no longer ends the process, listened to or not.
fn swallow_interrupts() {
    drop(signal(SignalKind::interrupt()));
}

fn succeed_on_interrupt() {
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
        return;
    };
    tokio::spawn(async move {
        match interrupts.recv().await {
            Some(()) => std::process::exit(0),
            None => future::pending().await,
        }
    });
}

fn wrapped(url: &str) -> Vec<String> {
    let characters: Vec<char> = url.chars().collect();
    characters.chunks(40).map(|line| line.iter().collect()).collect()
}

fn with_the_stored_key(session: &Session, command: &mut Command) {
    opener::without_secrets(session, command);
    if let Ok(Some(stored)) = settings::from_store(session) {
        command.env("OANIM_KEY", stored.secret.expose());
    }
}
