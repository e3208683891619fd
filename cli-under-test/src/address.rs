//! Addresses of servers: which may be asked, and which are the same.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use url::{Host, Url};

use crate::error::Error;

/// Everything that could mean something in a path, beyond what RFC 3986 leaves unreserved.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// A base address without the slashes at its end; a path in it is kept.
pub(crate) fn without_trailing_slashes(address: &str) -> String {
    address.trim_end_matches('/').to_owned()
}

/// Parses an address that requests may be sent to. Refusals quote nothing: it may hold a password.
pub(crate) fn parse(address: &str) -> Result<Url, String> {
    let url = Url::parse(address).map_err(|_| "not an absolute URL".to_owned())?;
    if url.host().is_none() {
        return Err("it names no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or password".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("http is for this machine alone; use https".to_owned()),
        _ => Err("its scheme is neither https nor http".to_owned()),
    }
}

/// Parses the base address of an API.
pub(crate) fn parse_base(address: &str) -> Result<Url, String> {
    let url = parse(address)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a base address has no query and no fragment".to_owned());
    }
    Ok(url)
}

/// The base address of an API, in one spelling for every way to write it. `from` names the place
/// that it was found in, for a refusal.
pub(crate) fn base(given: &str, from: String) -> Result<String, Error> {
    let url = parse_base(given).map_err(|why| Error::BadAddress { from, why })?;
    Ok(without_trailing_slashes(url.as_str()))
}

/// Whether an address is one of this machine, whatever the network is like.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether a request to `from` may be answered by `to` instead.
pub(crate) fn same_origin(from: &Url, to: &Url) -> bool {
    from.origin() == to.origin()
}

/// Host and, where it is not the scheme's own, port: what a message calls a server.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use url::Url;

    use super::{base, parse_base, same_origin, without_trailing_slashes};

    #[rstest]
    #[case("https://api.test", true)]
    #[case("https://api.test/base/path", true)]
    #[case("HTTPS://API.TEST", true)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://127.9.9.9", true)]
    #[case("http://localhost:1", true)]
    #[case("http://[::1]:1", true)]
    #[case("http://api.test", false)]
    #[case("http://127.0.0.1.evil.test", false)]
    #[case("http://localhost.evil.test", false)]
    #[case("https://me:sesame@api.test", false)]
    #[case("https://api.test?x=1", false)]
    #[case("ftp://api.test", false)]
    #[case("api.test", false)]
    #[case("localhost:8080", false)]
    #[case("", false)]
    fn takes(#[case] address: &str, #[case] expected: bool) {
        let parsed = parse_base(address);
        assert_eq!(parsed.is_ok(), expected);
        assert!(!format!("{parsed:?}").contains("sesame"));
    }

    #[rstest]
    #[case("http://h:1", "http://h:1")]
    #[case("http://h:1/", "http://h:1")]
    #[case("http://h:1//", "http://h:1")]
    #[case("http://h:1/base/", "http://h:1/base")]
    fn slashes(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(without_trailing_slashes(given), expected);
    }

    #[rstest]
    #[case("https://a.test/x", "https://a.test:443/y", true)]
    #[case("https://a.test", "http://a.test", false)]
    #[case("http://127.0.0.1:1", "http://127.0.0.1:2", false)]
    #[case("http://127.0.0.1:1", "http://localhost:1", false)]
    fn origins(#[case] from: &str, #[case] to: &str, #[case] same: bool) {
        let [from, to] = [from, to].map(|url| Url::parse(url).expect("a URL"));
        assert_eq!(same_origin(&from, &to), same);
    }

    #[rstest]
    #[case("https://API.test/", "https://api.test")]
    #[case("https://api.test:443//", "https://api.test")]
    #[case("https://api.test/base/v1/", "https://api.test/base/v1")]
    #[case("http://[::1]:8080", "http://[::1]:8080")]
    fn one_spelling(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(base(given, String::new()).expect("an address"), expected);
    }

    #[rstest]
    #[case("api.test")]
    #[case("api.test:8080")]
    #[case("http://api.test")]
    #[case("https://api.test?x=1")]
    #[case("https://user@api.test")]
    fn no_spelling(#[case] given: &str) {
        assert!(base(given, String::new()).is_err());
    }
}
