//! The report as SARIF 2.1.0, for code hosts that show findings at a line: that of the promise in
//! the profile.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::{CheckResult, Report};
use crate::check::Level;
use crate::exit_code;
use crate::profile::Place;
use crate::verdict::Verdict;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What a path holds that a URI may not.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// Writes it.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake of ours.
pub fn sarif(report: &Report) -> serde_json::Result<String> {
    let code = exit_code::of(report);
    let findings = report.results.iter().filter(|result| is_finding(result));
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "authspec",
                    "semanticVersion": report.authspec,
                    "rules": rules(report),
                },
            },
            "automationDetails": { "id": format!("authspec/{}/", report.subject.profile) },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": code != exit_code::HARNESS,
                "exitCode": code,
                "toolExecutionNotifications": notifications(report),
            }],
            "results": findings.map(finding).collect::<Vec<_>>(),
        }],
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn is_finding(result: &CheckResult) -> bool {
    matches!(result.verdict, Verdict::Fail | Verdict::Inconclusive | Verdict::KnownFailure)
}

/// One rule for each check that was run, whatever came of it, so that a code host knows that a
/// finding was fixed.
fn rules(report: &Report) -> Vec<Value> {
    let mut told = BTreeSet::new();
    let once = report.results.iter().filter(|result| told.insert(&result.id));
    let rules = once.map(|result| {
        let sources = result.source.join("; ");
        json!({
            "id": result.id,
            "shortDescription": { "text": result.sentence },
            "fullDescription": { "text": format!("{} ({sources})", result.sentence) },
            "help": {
                "text": format!("{}\nSource: {sources}", result.fix),
                "markdown": format!(
                    "{}\n\n*Source:* {sources}\n\n`authspec explain {}` tells more.",
                    result.fix, result.id
                ),
            },
            "defaultConfiguration": { "level": severity(result.level) },
            "properties": { "tags": ["authentication", result.area] },
        })
    });
    rules.collect()
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
    }
}

fn finding(result: &CheckResult) -> Value {
    let level = match result.verdict {
        Verdict::Inconclusive if result.level == Level::Must => "warning",
        Verdict::Inconclusive => "note",
        _ => severity(result.level),
    };
    let mut finding = json!({
        "ruleId": result.id,
        "level": level,
        "message": { "text": message(result) },
        "locations": result.place.iter().map(location).collect::<Vec<_>>(),
        "partialFingerprints": { "profileAndCheck/v1": format!("{}/{}", result.profile, result.id) },
        "properties": { "profile": result.profile, "scenario": result.scenario },
    });
    if result.verdict == Verdict::KnownFailure {
        let known = json!([{ "kind": "external", "justification": result.observed }]);
        finding["suppressions"] = known;
    }
    finding
}

fn message(result: &CheckResult) -> String {
    let mut message = format!("{}: {}.", result.profile, result.sentence);
    let lines = [
        ("Expected", &result.expected),
        ("Observed", &result.observed),
        ("Fix", &result.fix),
        ("Again", &result.again),
    ];
    for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(message, "\n{name}: {value}");
    }
    message
}

fn location(place: &Place) -> Value {
    let path = place.file.strip_prefix("./").unwrap_or(&place.file);
    let encoded = utf8_percent_encode(path, NOT_IN_A_PATH);
    let artifact = if path.starts_with('/') {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded.to_string(), "uriBaseId": "%SRCROOT%" })
    };
    json!({
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": { "startLine": place.line, "startColumn": place.column },
        },
    })
}

/// What the harness itself failed at: nothing that the tool's author can mend at a line.
fn notifications(report: &Report) -> Vec<Value> {
    let errors = report.results.iter().filter(|result| result.verdict == Verdict::Error);
    let notifications = errors.map(|result| {
        json!({
            "level": "error",
            "message": { "text": format!("{}: {}", result.id, result.observed) },
            "associatedRule": { "id": result.id },
        })
    });
    notifications.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report_of;

    fn every_verdict() -> Report {
        report_of(&Verdict::ALL.map(|verdict| (verdict, Level::Must)))
    }

    /// The types of `serde_sarif` are made from the schema: what is not in them was not in it.
    #[test]
    fn it_is_of_the_schema() {
        let ours: Value =
            serde_json::from_str(&sarif(&every_verdict()).expect("written")).expect("JSON");
        let read: serde_sarif::sarif::Sarif =
            serde_json::from_value(ours.clone()).expect("what the schema requires is there");
        let theirs = serde_json::to_value(read).expect("written");
        assert_eq!(ours, theirs, "the schema knows every member");
    }

    #[test]
    fn each_verdict_has_its_place() {
        insta::assert_snapshot!(sarif(&every_verdict()).expect("written"));
    }

    #[rstest::rstest]
    #[case("./ci/my cli.toml", "ci/my%20cli.toml", true)]
    #[case("mycli.toml", "mycli.toml", true)]
    #[case("/srv/100%/mycli.toml", "file:///srv/100%25/mycli.toml", false)]
    fn a_file_is_named_by_a_uri(#[case] file: &str, #[case] uri: &str, #[case] in_root: bool) {
        let place = Place { file: file.to_owned(), line: 3, column: 1 };
        let artifact = location(&place)["physicalLocation"]["artifactLocation"].clone();
        assert_eq!(artifact["uri"], uri);
        assert_eq!(artifact["uriBaseId"].is_string(), in_root);
    }
}
