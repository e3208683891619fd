//! Who goes past the proxy.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::check::{Area, Check, Level, not_reached, require};
use crate::scenarios::store::STORE_TRACED;

pub(super) static CHECKS: &[Check] = &[Check {
    id: "no-other-host-directly",
    area: Area::Transport,
    level: Level::Must,
    sentence: "no connection to another host than this one is attempted past the proxy",
    sources: &["RFC 6750 §5.3"],
    bugs: &["getsentry/cli#279"],
    fix: "send telemetry and update checks nowhere, and let every connection honour HTTP_PROXY and HTTPS_PROXY",
    scenario: &STORE_TRACED,
    mutants: &["phones-home-directly"],
    judge: |seen| {
        let login = seen.success("login")?.traced()?;
        if !login.connections.iter().any(is_here) {
            return not_reached("not even the connection to the platform was seen");
        }
        let traces = seen.runs.iter().filter_map(|run| run.trace.as_ref());
        let connections: BTreeSet<&SocketAddr> =
            traces.flat_map(|trace| &trace.connections).collect();
        let elsewhere = connections.into_iter().filter(|address| !is_here(address));
        let elsewhere: Vec<String> = elsewhere.map(ToString::to_string).collect();
        let observed = if elsewhere.is_empty() { "none".to_owned() } else { elsewhere.join(", ") };
        require(elsewhere.is_empty(), "none", observed)
    },
}];

/// Whether this is an address of the machine itself.
fn is_here(address: &SocketAddr) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}
