//! What the documents show of the program is what it does: samples of its output, and commands that
//! take a server, a key, or this repository.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use rstest::rstest;

use super::invocation::AUTHSPEC;
use super::{blocks, root, workshop};

/// As wide as a terminal is, in characters.
const COLUMNS: &str = "80";

/// The commands of a document that take more than files, without their prompt.
fn commands(path: &str) -> Vec<String> {
    let document = fs::read_to_string(root().join(path)).expect("there");
    let blocks = blocks(&document, "console").join("\n");
    blocks.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

/// Runs this in the workshop, with the platform of a profile beside it.
fn beside_platform(profile: &str, directory: &Path, path: &str, script: &str) -> Command {
    let mut command = Command::new(AUTHSPEC);
    command
        .args(["exec", "--profile", profile, "--", "sh", "-euc", script])
        .current_dir(directory)
        .env_clear()
        .env("PATH", path)
        .timeout(Duration::from_mins(1));
    command
}

#[test]
fn the_failure_of_the_readme_is_what_is_shown() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there");
    let sample = blocks(&readme, "text").remove(0);
    let (directory, path) = workshop();
    let tool = directory.path().join("mycli");
    let loose =
        format!("#!/bin/sh\nexec {AUTHSPEC} reference --mutant loose-file-mode standard \"$@\"\n");
    fs::write(&tool, loose).expect("written");
    let again = sample.lines().find_map(|line| line.trim().strip_prefix("again"));
    let output = Command::new("sh")
        .args(["-euc", again.expect("a command").trim()])
        .current_dir(directory.path())
        .env_clear()
        .envs([("PATH", path.as_str()), ("COLUMNS", COLUMNS)])
        .output()
        .expect("run");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(shown.contains(&sample), "README.md shows\n{sample}\n\nand the program\n{shown}");
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(widest <= COLUMNS.parse().ok(), "{widest:?} characters:\n{shown}");
}

#[rstest]
#[case(&["--help"])]
#[case(&["run", "--help"])]
#[case(&["probe", "--help"])]
#[case(&["serve", "--help"])]
#[case(&["replay", "--help"])]
#[case(&["profile", "--help"])]
#[case(&["list"])]
#[case(&["explain", "server-keys-revoked"])]
fn what_is_shown_is_as_wide_as_the_terminal(#[case] arguments: &[&str]) {
    let output = Command::new(AUTHSPEC).args(arguments).env("COLUMNS", COLUMNS).output();
    let shown = String::from_utf8(output.expect("run").stdout).expect("text");
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(!shown.is_empty() && widest <= COLUMNS.parse().ok(), "{widest:?}:\n{shown}");
}

/// A program that is ended when it is looked at no more.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_serve_prints_is_what_is_shown() {
    let guide = fs::read_to_string(root().join("docs/developer.md")).expect("there");
    let sample = blocks(&guide, "console").remove(0);
    let (command, sample) = sample.split_once('\n').expect("a command and what it prints");
    let arguments = command.strip_prefix("$ authspec ").expect("a command").split(' ');
    let mut serving = Program::new(AUTHSPEC);
    serving.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut served = Served(serving.spawn().expect("it runs"));
    let lines = BufReader::new(served.0.stdout.take().expect("a pipe")).lines();
    let shown: Vec<String> =
        lines.take(sample.lines().count()).map(|line| line.expect("text")).collect();
    let (_, port) = shown[0].rsplit_once(':').expect("a port");
    assert_eq!(shown.join("\n").replace(port, "40631"), sample);
}

#[test]
fn a_host_that_is_hard_coded_is_stood_in_for_as_shown() {
    let (directory, path) = workshop();
    let shown = commands("docs/developer.md");
    let exec = shown.iter().find(|command| command.contains("curl")).expect("it is shown");
    let output = Command::new("sh")
        .args(["-euc", exec])
        .current_dir(directory.path())
        .env_clear()
        .env("PATH", path)
        .timeout(Duration::from_mins(1))
        .assert()
        .success();
    let given = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(given.contains("\"device_code\""), "{given}");
}

/// Each way to lend a key, at a server of our own instead of yours.
#[rstest]
#[case::nothing(0, "")]
#[case::by_the_environment(1, "")]
#[case::by_a_file(
    2,
    "printf 'key = \"%s\"\\n' \"$KEY\" >credentials.toml; chmod 600 credentials.toml;"
)]
#[case::by_a_prompt(3, "")]
fn a_server_is_probed_as_shown(#[case] number: usize, #[case] before: &str) {
    let commands = commands("docs/self-hoster.md");
    assert_eq!(commands.len(), 4, "each has a case: {commands:#?}");
    let (directory, path) = workshop();
    let mint = "curl -sS -d '{\"name\":\"lent\"}' -H content-type:application/json";
    let mint =
        format!("KEY=$({mint} \"$AUTHSPEC_CONTROL_URL/keys\" | sed 's/.*\"key\":\"//; s/\".*//');");
    let mut probe = at_mock(&commands[number]).replace("AUTHSPEC_KEY=…", "AUTHSPEC_KEY=\"$KEY\"");
    if probe.contains("--ask") {
        // What asks at a terminal is given one.
        fs::write(directory.path().join("asking"), &probe).expect("written");
        probe = "echo \"$KEY\" | script -qec 'sh -eu asking' /dev/null".to_owned();
    }
    let without = at_mock(&commands[0]);
    let script = format!("{mint} {before} {without}; {probe}");
    let output = beside_platform("oanim", directory.path(), &path, &script).output().expect("run");
    assert!(output.status.success(), "{script}\n{output:?}");
    let shown = String::from_utf8_lossy(&output.stdout);
    let passed: Vec<usize> = shown.lines().filter_map(passed).collect();
    assert_eq!(passed.len(), 2, "{shown}");
    assert!(passed[0] < passed[1] || number == 0, "what is lent enables nothing: {shown}");
}

/// The command with the platform's URL for the server of the guide.
fn at_mock(command: &str) -> String {
    let replaced = command.replace("https://animate.corp.example", "\"$AUTHSPEC_URL\"");
    assert!(replaced.contains("$AUTHSPEC_URL"), "it names no server: {command}");
    replaced
}

/// How many checks passed, by the last line of a report.
fn passed(line: &str) -> Option<usize> {
    let (_, verdicts) = line.split_once(" checks: ")?;
    verdicts.split_once(" pass")?.0.parse().ok()
}

/// What takes this repository is not run here, since this test is part of it: it is there.
#[rstest]
#[case("README.md")]
#[case("CONTRIBUTING.md")]
fn what_is_typed_in_this_repository_is_there(#[case] path: &str) {
    let ci = fs::read_to_string(root().join("ci/test")).expect("there");
    let typed = commands(path);
    assert!(!typed.is_empty(), "{path} shows nothing");
    for command in typed {
        let command = command.split('#').next().unwrap_or_default().trim();
        let words: Vec<&str> = command.split_whitespace().collect();
        let tests = words.windows(2).filter(|pair| pair[0] == "--test").map(|pair| pair[1]);
        let tests: Vec<_> = tests.collect();
        let folder = root().join("conformance/tests");
        let is_test =
            |name: &&str| folder.join(name).is_dir() || folder.join(format!("{name}.rs")).is_file();
        let in_ci = command.replace(" -- ", " --locked -- ");
        let is_there = root().join(words[0]).is_file()
            || ci.contains(&in_ci)
            || (!tests.is_empty() && tests.iter().all(is_test));
        assert!(is_there, "{path}: {command}");
    }
}

#[test]
fn known_failures_are_written_as_shown() {
    let guide = fs::read_to_string(root().join("docs/ci.md")).expect("there");
    let shown = blocks(&guide, "toml").remove(0);
    let (directory, path) = workshop();
    let profile = directory.path().join("mycli.toml");
    let whole = fs::read_to_string(&profile).expect("there") + "\n" + &shown;
    fs::write(&profile, whole).expect("written");
    let mut check = Command::new(AUTHSPEC);
    check.args(["profile", "check", "./mycli.toml"]).current_dir(directory.path());
    check.env_clear().env("PATH", path).assert().success();
}
