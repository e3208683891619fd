//! What a probe is told: which server, how it should speak, and what the operator allows and lends.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_server::PlatformProfile;
use mock_server::profile::{Access, ClientProfile, CredentialKind, Route};

use super::ask::Ask;
use super::credentials::Credentials;
use crate::profile::Service;

/// What a probe is told.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The profile.
    pub service: Service,
    /// The server's URL, without a slash at the end.
    pub url: String,
    /// What the operator allows and lends.
    pub grants: Grants,
    /// The most requests in any second.
    pub rate: NonZeroU32,
}

/// What the operator allows and lends.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// Whether things may be created at the server.
    pub writes: bool,
    /// Who signs in.
    pub browser: Option<Browser>,
    /// The credentials.
    pub credentials: Credentials,
}

/// Who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Browser {
    /// The robot posts the forms of the pages.
    Robot,
    /// Chromium, without a window, goes through the pages, also through those that a script makes.
    Chromium,
    /// The operator opens what the terminal says.
    Operator,
}

/// The client on whose behalf something is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret, where it has one.
    pub secret: Option<String>,
}

/// What a server that takes any client is told.
const SOME_CLIENT: &str = "authspec-probe";
const ANOTHER_CLIENT: &str = "authspec-other";

impl Terms {
    /// How the server should speak.
    pub fn platform(&self) -> &PlatformProfile {
        &self.service.platform
    }

    /// A request to this route.
    pub fn at(&self, route: &Route) -> Ask {
        Ask::new(&route.method, format!("{}{}", self.url, route.path))
    }

    /// Something that takes a credential and that looking at does nothing to.
    pub fn protected(&self) -> Option<Ask> {
        let platform = self.platform();
        let identity = platform.identity.as_ref().map(|identity| &identity.on);
        let mut resources = platform.resources.iter().filter(|resource| {
            resource.access == Access::Bearer
                && resource.on.method == "GET"
                && !resource.on.path.contains('{')
        });
        let userinfo = platform.oauth.as_ref().and_then(|oauth| oauth.userinfo.as_ref());
        let route = identity.or_else(|| resources.next().map(|one| &one.on)).or(userinfo)?;
        Some(self.at(route))
    }

    /// A good credential that the protected resource takes.
    pub fn credential(&self) -> Option<&str> {
        let lent = &self.grants.credentials;
        let taken = |kind| self.platform().bearer.contains(&kind);
        let key = lent.key.as_deref().filter(|_| taken(CredentialKind::Key));
        key.or(lent.token.as_deref().filter(|_| taken(CredentialKind::Token)))
    }

    fn clients(&self) -> &[ClientProfile] {
        self.platform().oauth.as_ref().map_or(&[], |oauth| &oauth.clients)
    }

    fn registered(&self) -> Option<&ClientProfile> {
        let public = self.clients().iter().find(|client| client.secret.is_none());
        public.or(self.clients().first())
    }

    /// The client that signs in: a public one, or, where the profile has none, a confidential one
    /// whose secret was lent.
    pub fn client(&self) -> Client {
        let registered = self.registered();
        let id = registered.map_or(SOME_CLIENT, |client| &client.id);
        let confidential = registered.is_some_and(|client| client.secret.is_some());
        let secret = self.grants.credentials.client_secret.clone().filter(|_| confidential);
        Client { id: id.to_owned(), secret }
    }

    /// The confidential client whose secret was lent.
    pub fn confidential_client(&self) -> Option<Client> {
        let secret = self.grants.credentials.client_secret.clone()?;
        let client = self.clients().iter().find(|client| client.secret.is_some())?;
        Some(Client { id: client.id.clone(), secret: Some(secret) })
    }

    /// A client that is not the one that signs in.
    pub fn other_client(&self) -> Option<Client> {
        let public = self.clients().iter().filter(|client| client.secret.is_none()).nth(1);
        let public = public.map(|client| Client { id: client.id.clone(), secret: None });
        let any = self.platform().oauth.as_ref().is_some_and(|oauth| oauth.any_client);
        let any = any.then(|| Client { id: ANOTHER_CLIENT.to_owned(), secret: None });
        let own = self.client();
        let confidential = || self.confidential_client().filter(|client| *client != own);
        public.or_else(confidential).or(any)
    }

    /// Where the client that signs in is sent back to, with this port.
    pub fn redirect_uri(&self, port: u16) -> String {
        let registered = self.registered().map(|client| client.redirect_uris.as_slice());
        let registered = registered.unwrap_or_default();
        let v4 = registered.iter().find(|uri| uri.starts_with("http://127.0.0.1"));
        let uri = v4.or(registered.first()).map_or("http://127.0.0.1/callback", String::as_str);
        with_port(uri, port)
    }

    /// The last scope that a sign-in can do without: neither what makes it one of OpenID, nor what
    /// gives refresh tokens.
    pub fn dispensable_scope(&self) -> Option<&str> {
        let scopes = self.platform().oauth.as_ref().map(|oauth| oauth.scopes.as_slice());
        let scopes = scopes.filter(|scopes| scopes.len() > 1)?.iter().rev();
        let mut scopes = scopes.map(String::as_str);
        scopes.find(|scope| !["openid", "offline_access"].contains(scope))
    }

    /// Every scope that the profile knows, without one.
    pub fn scope_without(&self, without: &str) -> String {
        let all = self.scope();
        all.split(' ').filter(|word| *word != without).collect::<Vec<_>>().join(" ")
    }

    /// Every scope that the profile knows.
    pub fn scope(&self) -> String {
        let oauth = self.platform().oauth.as_ref();
        let scopes = oauth.map(|oauth| oauth.scopes.join(" "));
        scopes.filter(|scope| !scope.is_empty()).unwrap_or_default()
    }
}

impl Client {
    /// The request as this client's: its id, and its secret where it has one.
    pub fn asks(&self, ask: Ask, fields: &[(&str, &str)]) -> Ask {
        let mut form: Vec<(&str, &str)> = fields.to_vec();
        match &self.secret {
            None => form.push(("client_id", &self.id)),
            Some(secret) => {
                let basic = STANDARD.encode(format!("{}:{secret}", self.id));
                return ask.header("authorization", &format!("Basic {basic}")).form(&form);
            }
        }
        ask.form(&form)
    }
}

/// The loopback URL with this port.
fn with_port(uri: &str, port: u16) -> String {
    match url::Url::parse(uri) {
        Ok(mut url) => {
            let _ = url.set_port(Some(port));
            url.into()
        }
        Err(_) => uri.to_owned(),
    }
}
