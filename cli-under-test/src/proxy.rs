//! Which proxy a request goes through.

use url::Url;

use crate::address::is_loopback;
use crate::environment::Environment;

/// The proxy for `url`, from the variables that everybody uses, either spelling.
///
/// This machine is never reached through another: a login must not depend on a proxy that does
/// not know its port, and a key for a local server must not travel.
pub(crate) fn for_url(environment: &Environment, url: &Url) -> Option<String> {
    let of = |name: &str| environment.get(name).or_else(|| environment.get(&name.to_lowercase()));
    if is_loopback(url) || of("NO_PROXY").is_some_and(|list| is_exempt(&list, url)) {
        return None;
    }
    let own = if url.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    of(own).or_else(|| of("ALL_PROXY"))
}

/// Whether the list of `NO_PROXY` names the host: itself, a parent domain of it, or everything.
fn is_exempt(list: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) if !name.ends_with(':') => (name, port.parse::<u16>().ok()),
            _ => (entry, None),
        };
        let name = name.trim_start_matches("*.").trim_start_matches('.');
        let named = name == "*"
            || host.eq_ignore_ascii_case(name)
            || host.to_lowercase().ends_with(&format!(".{}", name.to_lowercase()));
        named && port.is_none_or(|port| Some(port) == url.port_or_known_default())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use url::Url;

    use super::for_url;
    use crate::environment::Environment;

    const PROXIES: [(&str, &str); 2] =
        [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "http://p:1")];

    #[rstest]
    #[case("https://api.test", "", Some("http://s:1"))]
    #[case("http://api.test", "", Some("http://p:1"))]
    #[case("https://api.test", "api.test", None)]
    #[case("https://api.test", "test", None)]
    #[case("https://api.test", ".test", None)]
    #[case("https://api.test", "*.test", None)]
    #[case("https://api.test", "*", None)]
    #[case("https://api.test", "other, API.test:443", None)]
    #[case("https://api.test", "api.test:444", Some("http://s:1"))]
    #[case("https://notapi.test", "api.test", Some("http://s:1"))]
    #[case::this_machine("http://127.0.0.1:1", "", None)]
    #[case::this_machine("http://localhost:1", "", None)]
    #[case::this_machine("https://[::1]:1", "", None)]
    fn chooses(#[case] url: &str, #[case] no_proxy: &str, #[case] expected: Option<&str>) {
        let [secure, plain] = PROXIES;
        let environment = Environment::from([secure, plain, ("NO_PROXY", no_proxy)]);
        let url = Url::parse(url).expect("a URL");
        assert_eq!(for_url(&environment, &url).as_deref(), expected);
    }
}
