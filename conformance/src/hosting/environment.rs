//! The variables that lead a tool to a hosted platform.

use super::Hosted;
use crate::profile::{Service, fill};

/// Where the platform is, whatever the profile.
const URL: &str = "AUTHSPEC_URL";
/// Where its control API is.
const CONTROL_URL: &str = "AUTHSPEC_CONTROL_URL";

/// Where programs look for certificates to believe: OpenSSL, Go and rustls; Node; Python's
/// requests; curl.
const CERTIFICATES: [&str; 4] =
    ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Where programs look for a proxy; curl reads `http_proxy` in lowercase alone.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Where programs look for what is not the proxy's.
const NOT_PROXIED: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Those of the profile's tool, those of our own for whoever has no such tool, and, where they are
/// needed, those of a proxy and a certificate.
pub(super) fn of(service: &Service, hosted: &Hosted) -> Vec<(String, String)> {
    let mut environment = of_tool(service, hosted);
    let mut add = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
    add(URL, hosted.platform.url());
    if let Some(control) = hosted.platform.control_url() {
        add(CONTROL_URL, control);
    }
    if let Some(file) = hosted.authority_file() {
        for name in CERTIFICATES {
            add(name, &file.to_string_lossy());
        }
    }
    if let Some(stand_in) = &hosted.stand_in {
        for name in PROXIES {
            add(name, stand_in.url());
        }
        for name in NOT_PROXIED {
            add(name, "127.0.0.1,localhost,::1");
        }
        // Node heeds the others with this one alone.
        add("NODE_USE_ENV_PROXY", "1");
    }
    environment
}

/// That of the platform's URL, and those of the profile that do not speak of a sandbox.
fn of_tool(service: &Service, hosted: &Hosted) -> Vec<(String, String)> {
    let Some(cli) = &service.cli else { return Vec::new() };
    let platform = &hosted.platform;
    let mut values = vec![("platform.url".to_owned(), platform.url().to_owned())];
    for (name, upstream) in platform.upstreams() {
        values.push((format!("upstream.{name}.url"), upstream.url().to_owned()));
    }
    let filled = cli.environment.iter().map(|(name, value)| (name.clone(), fill(value, &values)));
    let mut environment = vec![(cli.url.variable.clone(), platform.url().to_owned())];
    environment.extend(filled.filter(|(_, value)| !value.contains('{')));
    environment
}
