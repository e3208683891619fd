//! A program that tells a stranger about every command.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use url::Url;

use crate::proxy;
use crate::session::Session;

const EVENT: &str = "http://telemetry.example/event";
const PATIENCE: Duration = Duration::from_secs(1);

/// Reports a command, through the proxy if one is set, and cares for nothing that comes of it.
pub(super) fn home(session: &Session) {
    let Ok(event) = Url::parse(EVENT) else { return };
    let proxy =
        proxy::for_url(&session.environment, &event).and_then(|proxy| Url::parse(&proxy).ok());
    let (sender, receiver) = mpsc::channel();
    // Looking a name up cannot be bounded in time, so waiting for it is.
    thread::spawn(move || {
        let _ = sender.send(report(&event, proxy.as_ref()));
    });
    let _ = receiver.recv_timeout(PATIENCE);
}

/// Tries to tell a stranger of a command, past any proxy, and cares for nothing that comes of it.
pub(super) fn past_proxy(_: &Session) {
    // An address for documentation: nobody has it.
    let stranger = (Ipv4Addr::new(192, 0, 2, 1), 80).into();
    let _ = TcpStream::connect_timeout(&stranger, Duration::from_millis(20));
}

fn report(event: &Url, proxy: Option<&Url>) -> io::Result<()> {
    let target = proxy.unwrap_or(event);
    let host = target.host_str().unwrap_or_default();
    let mut addresses = (host, target.port_or_known_default().unwrap_or(80)).to_socket_addrs()?;
    let address = addresses.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // A proxy is asked for the whole address, a server for the path.
    let asked = if proxy.is_some() { event.as_str() } else { event.path() };
    let name = event.host_str().unwrap_or_default();
    write!(stream, "GET {asked} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")?;
    let _ = stream.read(&mut [0; 512])?;
    Ok(())
}
