//! The loopback listener that a browser brings the key to (RFC 8252, section 7.3).
//!
//! Anybody on this machine, and any page in the browser, can knock here. Only the genuine
//! callback ends the wait; everything else gets an answer and changes nothing.

use std::convert::Infallible;
use std::future::{self, Future};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time;

use crate::error::Error;
use crate::opener::Opening;
use crate::secret::Secret;
use crate::session::Session;

mod code;
mod rules;

pub(crate) use code::{Issuer, Pending, code_of, iss_of, states_match};
use rules::Rules;
pub(crate) use rules::{Expected, escape, is_callback, is_get, is_own_host, key_of, thanks};

/// A connection being served.
pub(crate) type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;
/// What the browsers brought, in the order in which they were answered.
pub(crate) type Arrivals = UnboundedReceiver<Result<Secret, Error>>;
/// The one of the arrivals that counts.
pub(crate) type Choice<'a> = Pin<Box<dyn Future<Output = Result<Secret, Error>> + 'a>>;

/// A listener on a port of its own.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    /// The same port at `::1`, for browsers to whom `localhost` means that.
    twin: Option<TcpListener>,
    runtime: Runtime,
    port: u16,
}

/// What the browser is told to come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `127.0.0.1`, which means one address.
    Number,
    /// `localhost`, which may mean either loopback address.
    Localhost,
}

impl Name {
    /// The host, as an address says it.
    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::Number => "127.0.0.1",
            Self::Localhost => "localhost",
        }
    }
}

impl Listener {
    /// Listens. From here on a browser can connect, so only now may its address be shown.
    pub(crate) fn open(session: &Session, name: Name) -> Result<Self, Error> {
        let behaviour = &session.behaviour.callback;
        let (socket, twin) = match name {
            Name::Number => ((behaviour.bind)(session, behaviour.address), None),
            Name::Localhost => match bind_both(session) {
                Ok((socket, twin)) => (Ok(socket), twin),
                Err(error) => (Err(error), None),
            },
        };
        let socket = socket.map_err(Error::Listen)?;
        for socket in [Some(&socket), twin.as_ref()].into_iter().flatten() {
            socket.set_nonblocking(true).map_err(Error::Listen)?;
        }
        let port = socket.local_addr().map_err(Error::Listen)?.port();
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Listen)?;
        {
            let _inside = runtime.enter();
            (behaviour.ready)();
        }
        Ok(Self { socket, twin, runtime, port })
    }

    /// The port to send the browser to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for what is expected, and stops listening whatever comes of it.
    pub(crate) fn wait(
        self,
        session: &Session,
        expected: Expected,
        mut opening: Opening,
        limit: Duration,
    ) -> Result<Secret, Error> {
        let Self { socket, twin, runtime, port } = self;
        let behaviour = &session.behaviour;
        let (outcome, socket) = runtime.block_on(async {
            let from_std = tokio::net::TcpListener::from_std;
            let socket = from_std(socket).map_err(Error::Listen)?;
            let twin = twin.map(from_std).transpose().map_err(Error::Listen)?;
            let (sender, mut arrivals) = unbounded_channel();
            let rules = Arc::new(Rules { behaviour: behaviour.callback.clone(), expected, port });
            let outcome = tokio::select! {
                outcome = first_genuine(session, &mut arrivals, &mut opening) => outcome,
                never = accept(&socket, &rules, &sender) => match never {},
                never = accept_if_any(twin.as_ref(), &rules, &sender) => match never {},
                () = time::sleep((behaviour.callback.limit)(limit)) => Err(Error::GaveUp { limit }),
            };
            let socket = socket.into_std().map_err(Error::Listen)?;
            Ok::<_, Error>((outcome, socket))
        })?;
        // Ends every connection, also one that a browser would like to keep.
        drop(runtime);
        (behaviour.callback.close)(socket);
        outcome
    }
}

/// The key that counts, with an ear for the opener meanwhile.
async fn first_genuine(
    session: &Session,
    arrivals: &mut Arrivals,
    opening: &mut Opening,
) -> Result<Secret, Error> {
    let behaviour = &session.behaviour;
    let mut opener_failed = false;
    let first = loop {
        tokio::select! {
            biased;
            arrival = arrivals.recv() => match arrival {
                Some(arrival) => break arrival?,
                None => return future::pending().await,
            },
            why = opening.failure(), if !opener_failed => {
                opener_failed = true;
                (behaviour.opener.failed)(session, &why)?;
            }
        }
    };
    let key = (behaviour.callback.choose)(first, arrivals).await?;
    if !opener_failed
        && let Ok(why) = time::timeout(behaviour.opener.patience, opening.failure()).await
    {
        (behaviour.opener.failed)(session, &why)?;
    }
    Ok(key)
}

/// The same at the other address, where there is one.
async fn accept_if_any(
    socket: Option<&tokio::net::TcpListener>,
    rules: &Arc<Rules>,
    arrivals: &UnboundedSender<Result<Secret, Error>>,
) -> Infallible {
    match socket {
        Some(socket) => accept(socket, rules, arrivals).await,
        None => future::pending().await,
    }
}

/// Takes one connection after the other, for ever. None of them holds up another.
async fn accept(
    socket: &tokio::net::TcpListener,
    rules: &Arc<Rules>,
    arrivals: &UnboundedSender<Result<Secret, Error>>,
) -> Infallible {
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            // Out of descriptors, most likely: others need a turn to give some back.
            time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (rules, arrivals) = (Arc::clone(rules), arrivals.clone());
        let admit = rules.behaviour.admit;
        admit(Box::pin(serve(stream, rules, arrivals))).await;
    }
}

/// Answers one request, and passes on what it brought once the answer is on its way.
async fn serve(
    stream: tokio::net::TcpStream,
    rules: Arc<Rules>,
    arrivals: UnboundedSender<Result<Secret, Error>>,
) {
    let brought = OnceLock::new();
    let service = service_fn(|request: Request<Incoming>| {
        let (response, arrival) = rules.answer(request.method(), request.uri(), request.headers());
        if let Some(arrival) = arrival {
            let _ = brought.set(arrival);
        }
        future::ready(Ok::<_, Infallible>(response))
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    // One request a connection. A browser that hangs up early has still delivered.
    let _ = http.keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
    if let Some(arrival) = brought.into_inner() {
        let _ = arrivals.send(arrival);
    }
}

/// Serves a connection beside all the others.
pub(crate) fn side_by_side(connection: Connection) -> Connection {
    tokio::spawn(connection);
    Box::pin(future::ready(()))
}

/// The first callback counts; whatever comes after it is a duplicate or a forgery.
pub(crate) fn first_counts(first: Secret, _later: &mut Arrivals) -> Choice<'_> {
    Box::pin(future::ready(Ok(first)))
}

/// Listens on a port that the system chooses: nobody can occupy it beforehand.
pub(crate) fn bind_any_port(_session: &Session, address: Ipv4Addr) -> io::Result<TcpListener> {
    TcpListener::bind((address, 0))
}

/// Listens at both loopback addresses, on one port. A port that somebody else has at the other
/// address is not used: half of the browsers would bring the code to them.
fn bind_both(session: &Session) -> io::Result<(TcpListener, Option<TcpListener>)> {
    const TRIES: usize = 20;
    let behaviour = &session.behaviour.callback;
    for _ in 0..TRIES {
        let socket = (behaviour.bind)(session, behaviour.address)?;
        let port = socket.local_addr()?.port();
        match (behaviour.bind_twin)(port) {
            Ok(twin) => return Ok((socket, Some(twin))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // A machine without that address: nobody can be there.
            Err(_) => return Ok((socket, None)),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Listens at the loopback address of the newer protocol.
pub(crate) fn bind_twin(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((std::net::Ipv6Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, TcpListener};
    use std::sync::atomic::{AtomicU16, Ordering};

    use super::{Listener, Name};
    use crate::environment::Environment;
    use crate::session::Session;

    /// The port to try first.
    static FIRST: AtomicU16 = AtomicU16::new(0);

    #[test]
    fn a_port_that_is_somebody_elses_at_the_other_address_is_not_used() {
        // A machine without that address has nothing to get wrong.
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            return;
        };
        let taken = other.local_addr().expect("an address").port();
        FIRST.store(taken, Ordering::SeqCst);
        let mut session = Session::of(Environment::default());
        session.behaviour.callback.bind =
            |_, address| TcpListener::bind((address, FIRST.swap(0, Ordering::SeqCst)));
        let listener = Listener::open(&session, Name::Localhost).expect("another port");
        assert_ne!(listener.port(), taken);
        assert!(listener.twin.is_some());
        assert_eq!(FIRST.load(Ordering::SeqCst), 0, "the taken one was tried");
    }
}
