//! What a server says of itself (RFC 8414): nothing else about it is guessed.

use std::time::Duration;

use serde::Deserialize;
use ureq::http::Method;

use crate::address;
use crate::callback::Issuer;
use crate::error::{Error, harmless};
use crate::http::{self, Request};
use crate::session::Session;

const PATH: &str = "/.well-known/oauth-authorization-server";

/// An authorization server's description of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Asks the server at `url` what it offers. A description of any other server is not used.
pub(crate) fn discover(session: &Session, url: &str) -> Result<Metadata, Error> {
    ask(session, url, |request| request)
}

/// The same with less patience.
pub(crate) fn discover_within(
    session: &Session,
    url: &str,
    patience: Duration,
) -> Result<Metadata, Error> {
    ask(session, url, |request| request.within(patience))
}

fn ask(
    session: &Session,
    url: &str,
    patiently: impl Fn(Request) -> Request,
) -> Result<Metadata, Error> {
    let request = patiently(Request::new(Method::GET, format!("{url}{PATH}")));
    let finding_out = |error: Error| error.doing("find out how the server signs people in");
    let answer = http::exchange(session, &request, None).map_err(finding_out)?;
    let metadata: Metadata = http::decode(session, &answer).map_err(finding_out)?;
    if !(session.behaviour.oauth.describes)(url, &metadata.issuer) {
        return Err(Error::AnotherDescription {
            asked: harmless(url),
            described: harmless(&metadata.issuer),
        });
    }
    Ok(metadata)
}

/// Whether a description is that of the server asked: the names are the same, character by
/// character, but for a slash at the end, which an address has or has not as one likes.
pub(crate) fn is_same_server(asked: &str, described: &str) -> bool {
    asked.strip_suffix('/').unwrap_or(asked) == described.strip_suffix('/').unwrap_or(described)
}

impl Metadata {
    /// Where the user signs in.
    pub(crate) fn authorization(&self) -> Result<&str, Error> {
        self.offered(self.authorization_endpoint.as_deref(), "a sign-in in the browser")
    }

    /// Where codes are exchanged and tokens renewed.
    pub(crate) fn token(&self) -> Result<&str, Error> {
        self.offered(self.token_endpoint.as_deref(), "tokens")
    }

    /// Where a device asks for its code.
    pub(crate) fn device(&self) -> Result<&str, Error> {
        let endpoint = self.device_authorization_endpoint.as_deref();
        self.offered(endpoint, "a sign-in on another device")
    }

    /// Where tokens are given back.
    pub(crate) fn revocation(&self) -> Result<&str, Error> {
        self.offered(self.revocation_endpoint.as_deref(), "a way to revoke tokens")
    }

    /// Who must have answered an authorization request.
    pub(crate) fn issuer(&self) -> Issuer {
        Issuer {
            name: self.issuer.clone(),
            always_named: self.authorization_response_iss_parameter_supported,
        }
    }

    fn offered<'a>(&self, endpoint: Option<&'a str>, what: &'static str) -> Result<&'a str, Error> {
        let endpoint =
            endpoint.ok_or_else(|| Error::NotOffered { host: harmless(&self.issuer), what })?;
        address::parse(endpoint).map_err(|why| Error::BadAddress {
            from: "an address that the server gave".to_owned(),
            why,
        })?;
        Ok(endpoint)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::is_same_server;

    #[rstest]
    #[case("https://as.test", "https://as.test", true)]
    #[case("https://as.test", "https://as.test/", true)]
    #[case("https://as.test", "https://as.test//", false)]
    #[case("https://as.test", "https://AS.test", false)]
    #[case("https://as.test", "https://as.test.evil.test", false)]
    #[case("https://as.test", "http://as.test", false)]
    #[case("https://as.test/a", "https://as.test", false)]
    fn same(#[case] asked: &str, #[case] described: &str, #[case] expected: bool) {
        assert_eq!(is_same_server(asked, described), expected);
    }
}
