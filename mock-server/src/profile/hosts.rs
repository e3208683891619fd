//! Hosts that a tool does not let its user change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An origin that a tool hard-codes, such as `https://api.vendor.example`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^https?://[A-Za-z0-9.-]+(:[0-9]+)?$"))]
pub struct HardCodedHost {
    /// Whether it is `https`.
    pub secure: bool,
    /// The host's name, in lowercase.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl HardCodedHost {
    /// Host and port with a colon between, as `CONNECT` names them.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn usual_port(secure: bool) -> u16 {
        if secure { 443 } else { 80 }
    }
}

impl TryFrom<String> for HardCodedHost {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = || {
            let (scheme, rest) = text.split_once("://")?;
            let secure = match scheme {
                "https" => true,
                "http" => false,
                _ => return None,
            };
            let (host, port) = match rest.split_once(':') {
                None => (rest, Self::usual_port(secure)),
                Some((host, port)) => (host, port.parse().ok()?),
            };
            let is_name = |label: &str| {
                let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                !label.is_empty() && label.bytes().all(known)
            };
            let host = host.to_ascii_lowercase();
            host.split('.').all(is_name).then_some(Self { secure, host, port })
        };
        parsed().ok_or_else(|| format!("`{text}` is not http:// or https:// and a host's name"))
    }
}

impl From<HardCodedHost> for String {
    fn from(host: HardCodedHost) -> Self {
        let HardCodedHost { secure, host, port } = host;
        let scheme = if secure { "https" } else { "http" };
        if port == HardCodedHost::usual_port(secure) {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.vendor.example", Some("api.vendor.example:443"))]
    #[case("https://API.vendor.example:8443", Some("api.vendor.example:8443"))]
    #[case("http://api.vendor.example", Some("api.vendor.example:80"))]
    #[case("api.vendor.example", None)]
    #[case("https://api.vendor.example/", None)]
    #[case("https://api.vendor.example/path", None)]
    #[case("https://me@api.vendor.example", None)]
    #[case("ftp://api.vendor.example", None)]
    #[case("https://", None)]
    #[case("https://a..example", None)]
    #[case("https://a.example:99999", None)]
    fn an_origin_and_nothing_more(#[case] text: &str, #[case] expected: Option<&str>) {
        let host = HardCodedHost::try_from(text.to_owned()).ok();
        assert_eq!(host.as_ref().map(HardCodedHost::authority).as_deref(), expected);
        if let Some(host) = host {
            assert_eq!(String::from(host), text.to_lowercase());
        }
    }
}
