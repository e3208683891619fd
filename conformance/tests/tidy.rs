//! The invariants of ARCHITECTURE.md that a program can check.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below `directory` of the repository, with its text.
fn rust_files(directory: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(directory)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                found.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "nothing was looked at in {directory}");
    found
}

fn every_rust_file() -> Vec<(String, String)> {
    ["mock-server", "conformance", "cli-under-test"].into_iter().flat_map(rust_files).collect()
}

/// The files of `files` whose lines of code (not comments) hold one of `words`.
fn holding(files: Vec<(String, String)>, words: &[&str]) -> Vec<String> {
    let code = |line: &str| !line.trim_start().starts_with("//");
    let holds = |text: &str| {
        let mut lines = text.lines().filter(|line| code(line));
        lines.any(|line| words.iter().any(|word| line.to_lowercase().contains(word)))
    };
    files.into_iter().filter(|(_, text)| holds(text)).map(|(path, _)| path).collect()
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = every_rust_file()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST)
        .map(|(path, text)| format!("{path}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}

#[test]
fn no_file_is_called_after_nothing() {
    let nameless = ["utils.rs", "helpers.rs", "common.rs", "manager.rs", "misc.rs"];
    for (path, _) in every_rust_file() {
        let name = path.rsplit('/').next().expect("a name");
        assert!(!nameless.contains(&name), "{path} is not called after the one thing in it");
    }
}

#[test]
fn no_tool_is_named_outside_of_profiles_and_the_reference_cli() {
    let vendors = ["oanim", "animate", "amika", "almyty", "omni"];
    let naming: Vec<String> =
        holding([rust_files("mock-server/src"), rust_files("conformance/src")].concat(), &vendors);
    let allowed = |path: &String| path.ends_with("profile/builtin.rs");
    let strangers: Vec<String> = naming.into_iter().filter(|path| !allowed(path)).collect();
    assert!(strangers.is_empty(), "a tool's name belongs into its profile: {strangers:#?}");
}

#[test]
fn checks_do_no_input_or_output() {
    let words = ["std::fs", "std::net", "std::process", "std::env", "tokio", "reqwest", "println!"];
    let checks = ["conformance/src/checks", "conformance/src/server_checks"].map(rust_files);
    let doing = holding(checks.concat(), &words);
    assert!(doing.is_empty(), "a check sees what was recorded and nothing else: {doing:#?}");
}

#[test]
fn only_the_stage_sees_both_the_platform_and_the_process() {
    let seeing = |word: &str| holding(rust_files("conformance/src"), &[word]);
    let platform = seeing("platform::start");
    let process = seeing("process::start");
    let both: Vec<&String> = platform.iter().filter(|path| process.contains(path)).collect();
    assert_eq!(both.len(), 1, "{both:#?}");
    assert!(both[0].ends_with("src/stage.rs"), "{both:#?}");
}

#[test]
fn the_reference_cli_is_named_in_one_place_and_shares_nothing() {
    let naming = holding(rust_files("conformance/src"), &["cli_under_test"]);
    assert_eq!(naming.len(), 1, "{naming:#?}");
    assert!(naming[0].ends_with("src/main.rs"));
    let dependencies_of = |package: &str| {
        let text = fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("TOML");
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let tables =
            tables.into_iter().filter_map(|table| manifest.get(table)?.as_table().cloned());
        tables.flat_map(|table| table.into_iter().map(|(name, _)| name)).collect::<Vec<_>>()
    };
    let own = ["authspec", "mock-server", "cli-under-test"];
    for package in ["cli-under-test", "mock-server"] {
        let shared: Vec<_> = dependencies_of(package)
            .into_iter()
            .filter(|dependency| own.contains(&dependency.as_str()))
            .collect();
        assert!(shared.is_empty(), "{package} depends on {shared:?}");
    }
}

#[test]
fn no_test_sleeps_or_is_ignored() {
    let tests = every_rust_file().into_iter().filter(|(path, _)| path.contains("/tests/"));
    let sleeping =
        holding(tests.collect(), &[concat!("thread::", "sleep"), concat!("time::", "sleep")]);
    assert!(sleeping.is_empty(), "wait for the event, with a deadline: {sleeping:#?}");
    let ignored = holding(every_rust_file(), &[concat!("#[", "ignore")]);
    assert!(ignored.is_empty(), "{ignored:#?}");
}

#[test]
fn every_profile_is_built_in() {
    let files = fs::read_dir(root().join("profiles")).expect("a directory");
    let names = files.map(|entry| entry.expect("an entry").path());
    for path in names.filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let known = authspec::profile::BUILTIN.iter().any(|(builtin, _)| *builtin == name);
        assert!(known, "{name} is not embedded");
    }
}
