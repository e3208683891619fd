//! OAuth clients, and where their codes may be sent.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::profile::OAuthProfile;
use crate::secret::{NamedSecret, Secret};
use crate::state_file::{Row, Table, Touched};

/// The most clients that may be registered; RFC 7591 section 5 warns of floods.
pub(crate) const MOST_CLIENTS: usize = 10_000;

/// A client, confidential if it has a secret.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: Arc<str>,
    pub(crate) name: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) secret: Option<Secret>,
}

/// All clients.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_id: HashMap<String, Arc<Client>>,
    /// Whether an unknown id is that of a public client.
    any: bool,
    touched: Touched<Arc<str>>,
}

/// A client as a file has it.
#[derive(Serialize, Deserialize)]
struct KeptClient {
    name: String,
    redirect_uris: Vec<String>,
    secret: Option<String>,
}

impl Clients {
    /// The profile's clients, and the secrets that were made for them.
    pub(crate) fn new(profile: Option<&OAuthProfile>) -> (Self, Vec<NamedSecret>) {
        let mut clients =
            Self { any: profile.is_some_and(|profile| profile.any_client), ..Self::default() };
        let mut secrets = Vec::new();
        for client in profile.map_or(&[][..], |profile| &profile.clients) {
            let secret = client.secret.as_ref().map(crate::KeyFormat::mint);
            if let Some(value) = secret.clone() {
                secrets.push(NamedSecret { name: secret_name(&client.id), value });
            }
            clients.add(Client {
                id: client.id.as_str().into(),
                name: client.name.clone().unwrap_or_else(|| client.id.clone()),
                redirect_uris: client.redirect_uris.clone(),
                secret,
            });
        }
        (clients, secrets)
    }

    pub(crate) fn add(&mut self, client: Client) {
        self.touched.note(Arc::clone(&client.id));
        self.by_id.insert(client.id.to_string(), Arc::new(client));
    }

    /// From now on changes are to be written; all that is there, too, if that is said.
    pub(crate) fn watch(&mut self, all: bool) {
        let first = self.by_id.values().map(|client| Arc::clone(&client.id));
        self.touched.watch(first.filter(|_| all));
    }

    /// What has changed since the last time.
    pub(crate) fn changed(&mut self, rows: &mut Vec<Row>) {
        for id in self.touched.take() {
            let kept = self.by_id.get(&*id).map(|client| KeptClient {
                name: client.name.clone(),
                redirect_uris: client.redirect_uris.clone(),
                secret: client.secret.as_ref().map(|secret| secret.expose().to_owned()),
            });
            rows.push(Row::new(Table::Clients, id.as_bytes(), kept.as_ref()));
        }
    }

    /// Takes a client back in, and names its secret. Of a client that the profile has, the profile
    /// says the rest. None where the row is not this program's.
    pub(crate) fn restore(&mut self, row: &Row, secrets: &mut Vec<NamedSecret>) -> Option<()> {
        let id = str::from_utf8(&row.key).ok()?;
        let KeptClient { name, redirect_uris, secret } = row.value()?;
        let secret = secret.map(Secret::new);
        let value = secret.clone();
        secrets.extend(value.map(|value| NamedSecret { name: secret_name(id), value }));
        let client = match self.by_id.get(id) {
            Some(known) => Client { secret, ..Client::clone(known) },
            None => Client { id: id.into(), name, redirect_uris, secret },
        };
        self.by_id.insert(id.to_owned(), Arc::new(client));
        Some(())
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Client>> {
        self.by_id.get(id).cloned().or_else(|| {
            (self.any && !id.is_empty()).then(|| {
                Arc::new(Client {
                    id: id.into(),
                    name: id.to_owned(),
                    redirect_uris: Vec::new(),
                    secret: None,
                })
            })
        })
    }
}

/// What a client's secret is called.
fn secret_name(id: &str) -> String {
    format!("secret of client {id}")
}

impl Client {
    /// Whether a code may be sent to `uri`: character by character one of those that are
    /// registered (RFC 9700 section 4.1.3), but for the port of a loopback URL (RFC 8252
    /// section 7.3).
    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        let registered = self.redirect_uris.iter();
        registered.into_iter().any(|one| {
            one == uri
                || loopback_parts(one)
                    .is_some_and(|parts| loopback_parts(uri).as_ref() == Some(&parts))
        })
    }
}

/// A loopback URL without its port: what stands before it, and what behind.
pub(crate) fn loopback_parts(uri: &str) -> Option<(&'static str, &str)> {
    let origin = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .into_iter()
        .find(|origin| uri.starts_with(origin))?;
    let rest = &uri[origin.len()..];
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let port: u16 = rest[..end].parse().ok()?;
            if port == 0 || end > 5 {
                return None;
            }
            &rest[end..]
        }
    };
    // Behind a host and a port comes a path, or nothing: no other host, and no user.
    (rest.is_empty() || rest.starts_with('/')).then_some((origin, rest))
}

/// The origin of a loopback URL, with its port, for a page's policy.
pub(crate) fn origin(uri: &str) -> &str {
    let behind_scheme = uri.find("://").map_or(0, |at| at + 3);
    let end = uri[behind_scheme..].find(['/', '?', '#']);
    end.map_or(uri, |end| &uri[..behind_scheme + end])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same("http://127.0.0.1/callback", true)]
    #[case::any_port("http://127.0.0.1:49152/callback", true)]
    #[case::six("http://[::1]:1/callback", true)]
    #[case::exact("https://app.example/back?x=1", true)]
    #[case::other_port("https://app.example:8443/back?x=1", false)]
    #[case::other_host("http://localhost:49152/callback", false)]
    #[case::other_scheme("https://127.0.0.1:49152/callback", false)]
    #[case::longer_path("http://127.0.0.1:49152/callback/x", false)]
    #[case::dots("http://127.0.0.1:49152/callback/../x", false)]
    #[case::query("http://127.0.0.1:49152/callback?x", false)]
    #[case::fragment("http://127.0.0.1:49152/callback#x", false)]
    #[case::longer_host("http://127.0.0.1.evil.example/callback", false)]
    #[case::user("http://127.0.0.1@evil.example/callback", false)]
    #[case::user_with_port("http://127.0.0.1:1@evil.example/callback", false)]
    #[case::no_port("http://127.0.0.1:/callback", false)]
    #[case::zero("http://127.0.0.1:0/callback", false)]
    #[case::too_great("http://127.0.0.1:65536/callback", false)]
    #[case::case("http://127.0.0.1/Callback", false)]
    fn redirects_are_matched_exactly_but_for_a_loopback_port(
        #[case] uri: &str,
        #[case] expected: bool,
    ) {
        let client = Client {
            id: "cli".into(),
            name: "CLI".into(),
            redirect_uris: vec![
                "http://127.0.0.1/callback".into(),
                "http://[::1]/callback".into(),
                "https://app.example/back?x=1".into(),
            ],
            secret: None,
        };

        assert_eq!(client.may_redirect_to(uri), expected);
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        assert_eq!(origin("http://127.0.0.1:80/a/b"), "http://127.0.0.1:80");
        assert_eq!(origin("http://[::1]:80?a"), "http://[::1]:80");
    }
}
