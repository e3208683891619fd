//! The network that a tool is run in.

mod invocation;

use std::fs;
use std::path::PathBuf;

use authspec::report::Report;
use tempfile::TempDir;

use invocation::{json_report, run, script};

/// The network of a tool that was run with these arguments, and the report.
fn network_of_tool(arguments: &[&str]) -> (PathBuf, Report) {
    let directory = TempDir::new().expect("made");
    let (out, seen) = (directory.path().join("out.json"), directory.path().join("network"));
    let target = format!("json={}", out.display());
    let tool = format!("readlink /proc/self/ns/net > {}; exit 1", seen.display());
    let common = ["--profile", "oanim", "--check", "storage-mode", "--report", &target];
    run(&common).args(arguments).args(script(&tool)).output().expect("started");
    let network = fs::read_to_string(seen).expect("the tool was run");
    (network.trim().into(), json_report(&out))
}

#[test]
fn a_tool_has_a_network_of_its_own_or_the_report_says_why_not() {
    let ours = fs::read_link("/proc/self/ns/net").expect("on Linux");
    let (network, report) = network_of_tool(&[]);
    let why = report.scope.shared_network;
    assert_eq!(network == ours, why.is_some(), "{network:?}, {ours:?}: {why:?}");
    assert!(!report.results[0].again.contains("--share-network"));
}

#[test]
fn a_tool_shares_the_network_where_it_is_told_to() {
    let ours = fs::read_link("/proc/self/ns/net").expect("on Linux");
    let (network, report) = network_of_tool(&["--share-network"]);
    assert_eq!(network, ours);
    assert_eq!(report.scope.shared_network.as_deref(), Some("--share-network"));
    let again = &report.results[0].again;
    assert!(again.contains(" --share-network -- "), "{again}");
}
