//! Who goes past the proxy.

use std::collections::BTreeSet;

use crate::check::{Area, Check, Level, not_reached, require};
use crate::scenarios::store::STORE_TRACED;
use crate::tracer::Trace;

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
        if !seen.success("login")?.traced()?.connected_here() {
            return not_reached("not even the connection to the platform was seen");
        }
        let traces = seen.runs.iter().filter_map(|run| run.trace.as_ref());
        let elsewhere: BTreeSet<String> = traces.flat_map(Trace::connected_elsewhere).collect();
        let elsewhere: Vec<String> = elsewhere.into_iter().collect();
        let observed = if elsewhere.is_empty() { "none".to_owned() } else { elsewhere.join(", ") };
        require(elsewhere.is_empty(), "none", observed)
    },
}];
