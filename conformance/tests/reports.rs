//! What is written for CI systems and code hosts, held against what they read.

mod invocation;

use std::path::Path;

use authspec::report::Report;
use predicates::prelude::*;
use predicates::str::contains;
use roxmltree::{Document, Node};
use rstest::rstest;
use tempfile::TempDir;

use invocation::{authspec, mutant, run};

/// A run with failures, in a file of each of these formats.
fn reports(directory: &Path, formats: &[&str]) {
    let targets: Vec<String> = formats
        .iter()
        .map(|format| format!("{format}={}", directory.join(format).display()))
        .collect();
    let flags = targets.iter().flat_map(|target| ["--report", target]);
    run(&["--profile", "oanim", "--check", "storage-*"])
        .args(flags)
        .args(mutant("loose-file-mode"))
        .assert()
        .code(1);
}

fn text(directory: &Path, format: &str) -> String {
    std::fs::read_to_string(directory.join(format)).expect("written")
}

/// What the schema of Jenkins (`junit-10.xsd` of its xUnit plugin), which is stricter than GitLab's
/// parser, allows of an element: its attributes, those it must have, and its children.
struct Rule {
    element: &'static str,
    attributes: &'static [&'static str],
    required: &'static [&'static str],
    children: &'static [&'static str],
}

const WHAT_HAPPENED: [&str; 5] = ["skipped", "error", "failure", "system-out", "system-err"];

const RULES: [Rule; 8] = [
    Rule {
        element: "testsuites",
        attributes: &["name", "time", "tests", "failures", "errors"],
        required: &[],
        children: &["testsuite"],
    },
    Rule {
        element: "testsuite",
        attributes: &[
            "name",
            "tests",
            "failures",
            "errors",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        ],
        required: &["name", "tests", "failures", "errors"],
        children: &["testsuite", "properties", "testcase", "system-out", "system-err"],
    },
    Rule {
        element: "testcase",
        attributes: &["name", "time", "classname", "group"],
        required: &["name"],
        children: &WHAT_HAPPENED,
    },
    Rule { element: "failure", attributes: &["type", "message"], required: &[], children: &[] },
    Rule { element: "error", attributes: &["type", "message"], required: &[], children: &[] },
    Rule { element: "skipped", attributes: &["type", "message"], required: &[], children: &[] },
    Rule { element: "properties", attributes: &[], required: &[], children: &["property"] },
    Rule {
        element: "property",
        attributes: &["name", "value"],
        required: &["name", "value"],
        children: &[],
    },
];

fn breaches(node: Node) -> Vec<String> {
    let name = node.tag_name().name();
    let Some(rule) = RULES.iter().find(|rule| rule.element == name) else {
        return vec![format!("<{name}> is no element of the schema")];
    };
    let mut breaches = Vec::new();
    for attribute in node.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        if !rule.attributes.contains(&key) {
            breaches.push(format!("<{name}> has no attribute {key}"));
        }
        let is_count = ["tests", "failures", "errors", "disabled", "skipped"].contains(&key);
        if is_count && value.parse::<u32>().is_err()
            || key == "time" && value.parse::<f64>().is_err()
        {
            breaches.push(format!("<{name} {key}=\"{value}\"> is no number"));
        }
    }
    let missing = rule.required.iter().filter(|key| !node.has_attribute(**key));
    breaches.extend(missing.map(|key| format!("<{name}> lacks {key}")));
    let children: Vec<Node> = node.children().filter(Node::is_element).collect();
    for child in &children {
        if !rule.children.contains(&child.tag_name().name()) {
            breaches.push(format!("<{}> may not stand in <{name}>", child.tag_name().name()));
        }
        breaches.extend(breaches_of_text(*child));
        breaches.extend(self::breaches(*child));
    }
    breaches
}

/// Text stands in the elements that tell what happened, and in no other.
fn breaches_of_text(node: Node) -> Option<String> {
    let has = node.children().any(|child| child.text().is_some_and(|text| !text.trim().is_empty()));
    let name = node.tag_name().name();
    (has && !WHAT_HAPPENED.contains(&name) && !node.children().any(|child| child.is_element()))
        .then(|| format!("<{name}> holds text"))
}

#[test]
fn junit_is_of_the_schema_that_ci_systems_read() {
    let directory = TempDir::new().expect("made");
    reports(directory.path(), &["junit", "json"]);
    let junit = text(directory.path(), "junit");
    let document = Document::parse(&junit).expect("XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_eq!(breaches(root), Vec::<String>::new());
    let report: Report = serde_json::from_str(&text(directory.path(), "json")).expect("a report");
    let count = |name: &str| root.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(count("testcase"), report.results.len());
    // Failures as failures, each once, and the sums as the parts.
    assert_eq!(count("failure"), report.summary.fail);
    assert_eq!(root.attribute("failures"), Some(report.summary.fail.to_string().as_str()));
    assert_eq!(root.attribute("tests"), Some(report.results.len().to_string().as_str()));
    for case in root.descendants().filter(|node| node.has_tag_name("testcase")) {
        // GitLab tells a test by name and class.
        assert!(case.has_attribute("classname"), "{case:?}");
    }
}

#[test]
fn the_rules_for_junit_refuse_what_is_not_of_them() {
    for (wrong, says) in [
        ("<testsuites><testsuite tests='1'/></testsuites>", "<testsuite> lacks name"),
        ("<testsuites><case/></testsuites>", "<case> may not stand in <testsuites>"),
        ("<testsuites tests='some'/>", "is no number"),
        ("<testsuites colour='red'/>", "<testsuites> has no attribute colour"),
        (
            "<testsuites><testsuite name='a' tests='1'><testcase name='b'>x</testcase></testsuite></testsuites>",
            "<testcase> holds text",
        ),
    ] {
        let document = Document::parse(wrong).expect("XML");
        let found = breaches(document.root_element());
        assert!(found.iter().any(|breach| breach.contains(says)), "{wrong}: {found:?}");
    }
}

#[test]
fn sarif_is_of_the_schema_and_points_at_the_profile() {
    let directory = TempDir::new().expect("made");
    reports(directory.path(), &["sarif"]);
    let text = text(directory.path(), "sarif");
    let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("SARIF");
    let results = sarif.runs[0].results.clone().expect("results");
    let mode = results.iter().find(|one| one.rule_id.as_deref() == Some("storage-mode"));
    let location = mode.and_then(|one| one.locations.clone()).expect("a place").remove(0);
    let place = location.physical_location.expect("in a file");
    let uri = place.artifact_location.and_then(|artifact| artifact.uri).expect("a file");
    assert_eq!(uri, "profiles/oanim.toml");
    let line = place.region.and_then(|region| region.start_line).expect("a line");
    let profile = include_str!("../../profiles/oanim.toml");
    let line = usize::try_from(line).expect("small");
    assert!(profile.lines().nth(line - 1).expect("there").contains("storage-mode"));
}

#[test]
fn a_saved_report_can_be_shown_in_any_format() {
    let directory = TempDir::new().expect("made");
    let formats = ["json", "text", "junit", "sarif", "md", "html", "badge", "github"];
    reports(directory.path(), &formats);
    let saved = directory.path().join("json").display().to_string();
    for format in formats {
        let target = format!("{format}=-");
        let shown = authspec(&["report", "show", &saved, "--report", &target]).output();
        let shown = String::from_utf8(shown.expect("run").stdout).expect("text");
        // JUnit says when it was written.
        if format != "junit" {
            assert_eq!(shown, text(directory.path(), format), "{format}");
        }
    }
    authspec(&["report", "show", &saved, "-v", "--timings"])
        .assert()
        .code(1)
        .stdout(contains("✗ storage-mode").and(contains("the scenarios that took longest")));
}

#[test]
fn a_summary_says_what_changed_since_the_baseline() {
    let directory = TempDir::new().expect("made");
    reports(directory.path(), &["json"]);
    let failed = directory.path().join("json").display().to_string();
    run(&["--profile", "oanim", "--check", "storage-*", "--baseline", &failed, "--report", "md=-"])
        .assert()
        .code(0)
        .stdout(
            contains("✅ authspec").and(contains("🟢 `storage-mode` (oanim): fail → **pass**")),
        );
    // What was run is reported even where there is nothing to compare it with.
    run(&["--profile", "oanim", "--check", "storage-mode", "--baseline", "/nothing.json"])
        .assert()
        .code(2)
        .stdout(contains("1 pass"))
        .stderr(contains("--baseline: cannot read /nothing.json"));
}

#[test]
fn annotations_are_for_github_alone() {
    let failing = |on: Option<&str>, more: &[&str]| {
        let mut command = run(&["--profile", "oanim", "--check", "storage-mode"]);
        if let Some(on) = on {
            command.env("GITHUB_ACTIONS", on);
        }
        command.args(more).args(mutant("loose-file-mode")).assert().code(1)
    };
    let annotation = "::error file=profiles/oanim.toml,line=";
    failing(Some("true"), &[]).stdout(contains(annotation)).stderr("");
    failing(None, &[]).stdout(contains(annotation).not());
    // Never into a document.
    failing(Some("true"), &["--report", "json=-"])
        .stdout(contains(annotation).not())
        .stderr(contains(annotation));
}

#[rstest]
#[case::nothing("", "is cut off")]
#[case::half("{\"schema\": 1, \"authspec\": \"0.1.0\", \"subj", "is cut off")]
#[case::page("<!doctype html>", "is no report of authspec")]
#[case::newer("{\"schema\": 2, \"authspec\": \"9.0.0\"}", "made by authspec 9.0.0")]
fn what_is_no_report_is_not_shown(#[case] text: &str, #[case] says: &str) {
    let directory = TempDir::new().expect("made");
    let path = directory.path().join("report.json");
    std::fs::write(&path, text).expect("written");
    let path = path.display().to_string();
    authspec(&["report", "show", &path]).assert().code(2).stdout("").stderr(contains(says));
}
