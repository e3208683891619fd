//! How the tests call the program.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use authspec::report::Report;

/// The program.
pub(crate) const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// `authspec run` on the oanim profile, which at its slowest is far from this limit.
pub(crate) fn run(arguments: &[&str]) -> Command {
    let mut command = Command::new(AUTHSPEC);
    command.timeout(Duration::from_mins(1)).env_remove("GITHUB_ACTIONS");
    command.arg("run").args(arguments);
    command
}

/// `authspec` with these arguments.
pub(crate) fn authspec(arguments: &[&str]) -> Command {
    let mut command = Command::new(AUTHSPEC);
    command.timeout(Duration::from_mins(1)).env_remove("GITHUB_ACTIONS").args(arguments);
    command
}

/// The arguments that make a mutant of the reference CLI the subject.
pub(crate) fn mutant(name: &str) -> [&str; 6] {
    ["--", AUTHSPEC, "reference", "--mutant", name, "oanim"]
}

/// The arguments that make a shell script the subject; what the suite would say to a tool is lost
/// on it.
pub(crate) fn script(text: &str) -> [&str; 5] {
    ["--", "/bin/sh", "-c", text, "sh"]
}

/// A copy of the oanim profile with `more` at its end.
pub(crate) fn profile_with(directory: &Path, more: &str) -> String {
    let text = include_str!("../../../profiles/oanim.toml");
    let path = directory.join("mine.toml");
    std::fs::write(&path, format!("{text}\n{more}")).expect("written");
    path.to_string_lossy().into_owned()
}

pub(crate) fn json_report(path: &Path) -> Report {
    serde_json::from_slice(&std::fs::read(path).expect("written")).expect("a report")
}
