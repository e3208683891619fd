//! A visit to the browser and back: the listener first, then the address, then the wait.

use std::time::Duration;

use crate::callback::{Expected, Listener, Name};
use crate::error::Error;
use crate::opener::Opening;
use crate::output;
use crate::secret::Secret;
use crate::session::Session;

/// How a visit is to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    /// How the browser is told to find the way back.
    pub(crate) back_to: Name,
    /// Whether the browser is opened, or only the address shown.
    pub(crate) open: bool,
    /// How long it may take.
    pub(crate) limit: Duration,
}

/// Sends the user to the address that `page` makes of the callback's own and its port, and waits
/// for what the browser brings back.
pub(crate) fn visit(
    session: &Session,
    visit: Visit,
    expected: Expected,
    page: impl FnOnce(&str, u16) -> String,
) -> Result<Secret, Error> {
    let listener = Listener::open(session, visit.back_to)?;
    let port = (session.behaviour.callback.announced_port)(listener.port());
    let host = (session.behaviour.callback.host)(visit.back_to);
    let url = page(&callback_at(host, port), port);
    let opening = show(session, &url, visit.open);
    listener.wait(session, expected, opening, visit.limit)
}

/// Shows an address to sign in at, and opens it where that is wanted.
pub(crate) fn show(session: &Session, url: &str, open: bool) -> Opening {
    let behaviour = &session.behaviour;
    session.note("Open this URL to sign in:");
    for line in (behaviour.output.url_lines)(url) {
        output::report(&line);
    }
    if (behaviour.opener.wanted)(open) {
        (behaviour.opener.open)(session, url)
    } else {
        Opening::untroubled()
    }
}

/// The address that a browser comes back to.
fn callback_at(host: &str, port: u16) -> String {
    format!("http://{host}:{port}/callback")
}

/// How long to wait for the user, unless the variable says otherwise.
pub(crate) fn limit(
    session: &Session,
    variable: &'static str,
    usual: Duration,
) -> Result<Duration, Error> {
    Ok(session.environment.seconds(variable)?.unwrap_or(usual))
}
