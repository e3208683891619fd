//! The documents are as the program is: what is made of the code is current, and what is to be
//! typed works as written.

#[path = "../invocation/mod.rs"]
mod invocation;
mod reference;
mod samples;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rstest::rstest;
use tempfile::TempDir;

use invocation::{AUTHSPEC, authspec};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Holds that a document is current; with `AUTHSPEC_UPDATE` set, makes it so.
fn hold(path: &str, made: &str) {
    let file = root().join(path);
    if std::env::var_os("AUTHSPEC_UPDATE").is_some() {
        fs::write(&file, made).expect("written");
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    let update = "AUTHSPEC_UPDATE=1 cargo test -p authspec --test documents";
    assert!(there == made, "{path} is not current; this makes it so: {update}");
}

#[test]
fn the_catalogue_is_current() {
    let made = authspec(&["list", "--md"]).output().expect("run").stdout;
    hold("docs/catalogue.md", &String::from_utf8(made).expect("text"));
}

#[test]
fn the_reference_of_profiles_is_current() {
    let made = reference::page(authspec::profile::schema().as_value());
    // Whatever a built-in profile says is there.
    let model = include_str!("../../../profiles/standard.toml");
    let tables = model.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    for table in tables.filter(|table| table.matches('.').count() == 1) {
        let key = table.rsplit('.').next().expect("a key");
        assert!(made.contains(&format!("| `{key}` |")), "{table} is not told");
    }
    hold("docs/profile.md", &made);
}

/// The blocks of a document that are marked so: what is marked `sh` is run as it stands; what is
/// marked `console` takes more than that, and [`samples`] gives it.
fn blocks(document: &str, mark: &str) -> Vec<String> {
    let fence = format!("```{mark}");
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in document.lines() {
        match &mut open {
            Some(lines) if line == "```" => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            Some(lines) => lines.push(line),
            None if line == fence => open = Some(Vec::new()),
            None => {}
        }
    }
    blocks
}

/// A directory as the documents suppose it: `authspec` on PATH, a tool called `mycli` with a
/// profile of its own, and a copy of this repository's files.
fn workshop() -> (TempDir, String) {
    let directory = TempDir::new().expect("made");
    let bin = directory.path().join("bin");
    fs::create_dir(&bin).expect("made");
    symlink(AUTHSPEC, bin.join("authspec")).expect("linked");
    let tool = format!("#!/bin/sh\nexec {AUTHSPEC} reference standard \"$@\"\n");
    let model = include_str!("../../../profiles/standard.toml");
    let profile = model.replacen("name = \"standard\"", "name = \"mycli\"", 1);
    for (name, text) in [("mycli", tool.as_str()), ("mycli.toml", &profile)] {
        fs::write(directory.path().join(name), text).expect("written");
    }
    let mut mode = fs::metadata(directory.path().join("mycli")).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    fs::set_permissions(directory.path().join("mycli"), mode).expect("set");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    (directory, path)
}

#[rstest]
#[case("README.md")]
#[case("CONTRIBUTING.md")]
#[case("docs/ci.md")]
#[case("docs/self-hoster.md")]
#[case("docs/developer.md")]
fn what_is_to_be_typed_works_as_written(#[case] path: &str) {
    let document = fs::read_to_string(root().join(path)).expect("there");
    let (directory, on_path) = workshop();
    let blocks = blocks(&document, "sh");
    assert!(!blocks.is_empty(), "{path} shows nothing to type");
    // One after the other, as a reader does: a later block may use what an earlier one made.
    for block in blocks {
        Command::new("sh")
            .args(["-euc", &block])
            .current_dir(directory.path())
            .env_clear()
            .env("PATH", &on_path)
            .timeout(std::time::Duration::from_mins(2))
            .assert()
            .success();
    }
}

#[test]
fn links_lead_somewhere() {
    let documents = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/ci.md"];
    let documents = documents.into_iter().chain(["docs/self-hoster.md", "docs/developer.md"]);
    for path in documents {
        let text = fs::read_to_string(root().join(path)).expect(path);
        let folder = root().join(path).parent().expect("a folder").to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let file = target.0.split('#').next().unwrap_or_default();
            let is_local = !file.is_empty() && !file.contains("://");
            assert!(!is_local || folder.join(file).exists(), "{path}: {file} is not there");
        }
    }
}
