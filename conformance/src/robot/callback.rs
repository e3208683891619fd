//! Requests to the loopback listener: the genuine callback, and all that may come beside it.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, header};
use tokio::net::TcpStream;
use url::Url;

use super::{Robot, Way};
use crate::observation::Visit;
use crate::scenario::{HOSTILE_WORDS, Stray};

/// How long a tool may take to listen after it has started its browser.
const LISTENING_DEADLINE: Duration = Duration::from_secs(5);

/// A state that no tool makes.
const FORGED_STATE: &str = "a-state-that-the-tool-never-made-0123456789";

/// The longest page that is remembered. In bytes.
const LONGEST_PAGE: usize = 64 * 1024;

impl Robot<'_> {
    /// Sends one stray request. `idle` keeps the connections that are to stay open.
    pub(super) async fn stray(
        &self,
        stray: Stray,
        callback: &Url,
        idle: &mut Vec<TcpStream>,
    ) -> Option<Visit> {
        let what = stray.name();
        let Way::Browser { grant_parameter: grant, state_parameter, .. } = &self.surroundings.way
        else {
            return None;
        };
        let state = state_parameter.as_deref().unwrap_or("");
        let strangers = self.surroundings.of_strangers.get(what).map_or("", String::as_str);
        let forged = with(callback, grant, Some(strangers));
        let url = match stray {
            Stray::IdleConnection => {
                idle.extend(connect(callback).await);
                return None;
            }
            Stray::Favicon => with_path(&without_query(callback), "/favicon.ico"),
            Stray::Head => without_query(callback),
            Stray::WrongPath => with_path(&forged, "/somewhere/else"),
            Stray::WithoutKey => with(callback, grant, None),
            Stray::EmptyKey => with(callback, grant, Some("")),
            Stray::Post | Stray::ForeignHost | Stray::StrangersKey => forged,
            Stray::WrongState => with(&forged, state, Some(FORGED_STATE)),
            Stray::WithoutState => with(&forged, state, None),
            Stray::ForgedRefusal => {
                let refusal = with(&without_query(callback), "error", Some("access_denied"));
                with(&refusal, state, Some(FORGED_STATE))
            }
            Stray::HostileRefusal => {
                let words = format!("\u{1b}[2J<script>alert(1)</script> {HOSTILE_WORDS}");
                let refusal = with(&with(callback, grant, None), "error", Some("access_denied"));
                with(&refusal, "error_description", Some(&words))
            }
            Stray::WrongIssuer => with(&forged, "iss", Some("https://evil.example")),
            Stray::TwoCodes => {
                let mut url = callback.clone();
                url.query_pairs_mut().append_pair(grant, strangers);
                url
            }
        };
        let mut request = match stray {
            Stray::Head => self.client.request(Method::HEAD, url.clone()),
            Stray::Post => self.client.post(url.clone()),
            _ => self.client.get(url.clone()),
        };
        if stray == Stray::ForeignHost {
            request = request.header(header::HOST, "evil.example");
        }
        Some(send(what, url, request).await)
    }
}

/// Asks for `url` as a browser does.
pub(super) async fn get(client: &Client, what: &str, url: Url) -> Visit {
    send(what, url.clone(), client.get(url)).await
}

async fn send(what: &str, url: Url, request: reqwest::RequestBuilder) -> Visit {
    let (status, body) = match request.send().await {
        Ok(reply) => {
            let status = reply.status().as_u16();
            let mut body = reply.text().await.unwrap_or_default();
            body.truncate(body.floor_char_boundary(LONGEST_PAGE));
            (Some(status), body)
        }
        Err(_) => (None, String::new()),
    };
    Visit { what: what.to_owned(), url: url.into(), status, body }
}

/// Waits until something listens at `callback`.
pub(super) async fn wait_for_listener(callback: &Url) -> Result<(), String> {
    let deadline = Instant::now() + LISTENING_DEADLINE;
    while connect(callback).await.is_none() {
        if Instant::now() > deadline {
            return Err("nothing listens on the port that it named".into());
        }
        // A port that begins to be listened on is no event that one could wait for.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

async fn connect(callback: &Url) -> Option<TcpStream> {
    let host = callback.host_str()?.trim_matches(['[', ']']);
    TcpStream::connect((host, callback.port_or_known_default()?)).await.ok()
}

/// The local addresses on which `port` is listened on, by the kernel's own tables. Empty where
/// there are none.
pub(super) fn listening_addresses(port: u16) -> BTreeSet<IpAddr> {
    // The kernel gives a table page by page, and a socket that others close or open meanwhile may
    // be told twice, or not at all: so each is read twice.
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].repeat(2).into_iter();
    let tables: Vec<String> = tables.filter_map(|path| fs::read_to_string(path).ok()).collect();
    let lines = tables.iter().flat_map(|table| table.lines());
    lines.filter_map(|line| listening_address(line, port)).collect()
}

/// The local address of this line of `/proc/net/tcp` or `tcp6`, when it listens on `port`.
fn listening_address(line: &str, port: u16) -> Option<IpAddr> {
    const LISTEN: &str = "0A";
    let mut fields = line.split_whitespace();
    let (address, its_port) = fields.nth(1)?.split_once(':')?;
    let state = fields.nth(1)?;
    if state != LISTEN || u16::from_str_radix(its_port, 16).ok()? != port {
        return None;
    }
    // Words of 32 bits in the machine's order, as the kernel prints them.
    let words: Option<Vec<u32>> = (0..address.len() / 8)
        .map(|word| u32::from_str_radix(address.get(word * 8..word * 8 + 8)?, 16).ok())
        .collect();
    let bytes: Vec<u8> = words?.iter().flat_map(|word| word.to_ne_bytes()).collect();
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

fn with_path(callback: &Url, path: &str) -> Url {
    let mut url = callback.clone();
    url.set_path(path);
    url
}

/// `url` with this value of the query parameter `name`, in its place; without it for `None`.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut changed = without_query(url);
    let mut others: Vec<(&str, &str)> =
        pairs.iter().filter(|(key, _)| key != name).map(|(k, v)| (&**k, &**v)).collect();
    others.extend(value.map(|value| (name, value)));
    if !others.is_empty() {
        changed.query_pairs_mut().extend_pairs(others);
    }
    changed
}

fn without_query(callback: &Url) -> Url {
    let mut url = callback.clone();
    url.set_query(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(IpAddr::V4(Ipv4Addr::LOCALHOST))]
    #[case(IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    #[tokio::test]
    async fn a_listener_is_found_at_its_address(#[case] address: IpAddr) {
        let listener = tokio::net::TcpListener::bind((address, 0)).await.expect("bound");
        let port = listener.local_addr().expect("bound").port();
        assert_eq!(listening_addresses(port), BTreeSet::from([address]));
    }
}
