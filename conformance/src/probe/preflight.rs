//! What is looked at before anything else: is this the platform, and are the credentials good?

use thiserror::Error;
use url::Url;

use super::ask::Ask;
use super::recording::Reply;
use super::terms::Terms;
use super::wire::{Silence, Wire};

/// A URL that cannot be a server's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{url}` is no URL of a server: {why}: write it as in https://platform.example")]
pub struct UrlError {
    url: String,
    why: String,
}

/// Why the probe did not begin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Preflight {
    /// No answer came.
    #[error("{url}: {silence}")]
    Silent {
        /// What was asked.
        url: String,
        /// Why there was no answer.
        silence: Silence,
    },
    /// It redirects.
    #[error("{asked} redirects to {to}: probe the address that the tools are given")]
    Elsewhere {
        /// What was asked.
        asked: String,
        /// Where it redirects to.
        to: String,
    },
    /// A web page came where an API was asked.
    #[error("{asked} answers a web page, not JSON: this is not the API that the profile describes")]
    Page {
        /// What was asked.
        asked: String,
    },
    /// It is served by something else.
    #[error("{asked} answers {status}: this is not the platform that the profile describes")]
    Stranger {
        /// What was asked.
        asked: String,
        /// The status.
        status: u16,
    },
    /// The credential is no good.
    #[error("the {name} was refused with 401: it is wrong, revoked or expired: lend another one")]
    Refused {
        /// The credential's name.
        name: &'static str,
    },
    /// The credential is good, and not enough.
    #[error(
        "the {name} is good and may not do enough, 403: lend one that may read its own identity"
    )]
    Weak {
        /// The credential's name.
        name: &'static str,
    },
}

/// The URL without a slash at its end.
///
/// # Errors
/// [`UrlError`] when it is no http or https URL, or holds a user, a query or a fragment.
pub fn server_url(text: &str) -> Result<String, UrlError> {
    let wrong = |why: &str| UrlError { url: without_user(text), why: why.to_owned() };
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
        return Err(wrong("it is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a credential does not belong into it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends before the query"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The text without what may be a password.
fn without_user(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}://…{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    }
}

/// Asks for something harmless, and then for it with each key and token that should be good.
pub(super) async fn check(terms: &Terms, wire: &Wire) -> Result<(), Preflight> {
    let oauth = terms.platform().oauth.as_ref();
    let token = oauth.map(|oauth| terms.at(&oauth.token).form(&[]));
    if let Some(ask) = terms.protected().or(token) {
        let reply = asked(wire, &ask).await?;
        is_platform(&ask, &reply)?;
    }
    let Some(protected) = terms.protected() else { return Ok(()) };
    let lent = &terms.grants.credentials;
    let lent = [
        ("key", lent.key.as_deref()),
        ("token", lent.token.as_deref()),
        ("second-key", lent.second_key.as_deref()),
    ];
    for (name, secret) in lent.into_iter().filter_map(|(name, secret)| Some((name, secret?))) {
        match asked(wire, &protected.clone().bearer(secret)).await?.status {
            401 => return Err(Preflight::Refused { name }),
            403 => return Err(Preflight::Weak { name }),
            _ => {}
        }
    }
    Ok(())
}

async fn asked(wire: &Wire, ask: &Ask) -> Result<Reply, Preflight> {
    let reply = wire.send(ask).await;
    reply.map_err(|silence| Preflight::Silent { url: ask.url.clone(), silence })
}

fn is_platform(ask: &Ask, reply: &Reply) -> Result<(), Preflight> {
    let asked = format!("{} {}", ask.method, ask.url);
    if let Some(location) = reply.location() {
        let base = Url::parse(&ask.url).ok();
        let to = base.and_then(|base| base.join(location).ok());
        let to = to.map_or(location.to_owned(), |mut to| {
            to.set_query(None);
            to.into()
        });
        return Err(Preflight::Elsewhere { asked, to });
    }
    if reply.is_of_type("text/html") {
        return Err(Preflight::Page { asked });
    }
    match reply.status {
        200..300 | 400 | 401 | 403 => Ok(()),
        status => Err(Preflight::Stranger { asked, status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("https://platform.example/", Some("https://platform.example"))]
    #[case("http://127.0.0.1:8080/base/", Some("http://127.0.0.1:8080/base"))]
    #[case("platform.example", None)]
    #[case("ftp://platform.example", None)]
    #[case("https://u:secret@platform.example", None)]
    #[case("https://platform.example?x=1", None)]
    fn a_url_of_a_server_is_known(#[case] text: &str, #[case] expected: Option<&str>) {
        let url = server_url(text);
        assert_eq!(url.as_deref().ok(), expected);
        if let Err(error) = url {
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
