//! What other people's pipelines take from `ci/`: each file is read as its host reads it, and what
//! can be run without the host is run.

mod invocation;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::str::contains;
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use invocation::{AUTHSPEC, json_report};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A command of a pipeline, where `authspec` is installed and nothing of a pipeline is set.
fn command(program: &str, directory: &Path) -> Command {
    let own = Path::new(AUTHSPEC).parent().expect("a directory");
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", own.display()))
        .timeout(std::time::Duration::from_mins(1));
    command
}

/// A tool with a loose credential file.
fn loose() -> String {
    format!("{AUTHSPEC} reference --mutant loose-file-mode oanim")
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

/// The steps of every job of a workflow.
fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().expect("jobs").values();
    jobs.flat_map(|job| job["steps"].as_array().expect("steps")).collect()
}

#[test]
fn the_action_takes_what_it_says() {
    let action = yaml("ci/github/action.yml");
    let inputs = keys(&action["inputs"]);
    let whole = text("ci/github/action.yml");
    for input in &inputs {
        assert!(whole.contains(&format!("${{{{ inputs.{input} }}}}")), "{input} is used");
    }
    let script = text("ci/github/run.sh");
    let environment = &action["runs"]["steps"][1]["env"];
    for variable in keys(environment) {
        assert!(script.contains(&variable), "{variable} is read");
    }
    // No input is put into a script: it would be read as shell.
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert!(!step["run"].as_str().expect("a script").contains("inputs."));
        assert!(step["shell"].is_string(), "an action's step must name its shell");
    }
    for output in keys(&action["outputs"]) {
        assert!(script.contains(&format!("echo \"{output}=")), "{output} is given");
    }
}

#[rstest]
#[case("ci/github/example.yml", "OWNER/authspec/ci/github@v0")]
#[case(".github/workflows/ci.yml", "./ci/github")]
fn workflows_use_the_action_as_it_is(#[case] path: &str, #[case] action: &str) {
    let inputs = yaml("ci/github/action.yml")["inputs"].clone();
    let workflow = yaml(path);
    let steps = steps(&workflow);
    let uses = steps.iter().filter(|step| step["uses"] == action);
    let given: Vec<BTreeSet<String>> = uses.map(|step| keys(&step["with"])).collect();
    assert!(!given.is_empty(), "{path} uses the action");
    for given in given {
        assert!(given.is_subset(&keys(&inputs)), "{given:?}");
        for (name, input) in inputs.as_object().expect("inputs") {
            let is_required = input["required"] == true;
            assert!(!is_required || given.contains(name), "{name} is required");
        }
    }
    assert_eq!(workflow["permissions"]["contents"], "read", "no more than it needs");
}

#[test]
fn this_projects_pipeline_calls_its_one_command() {
    let workflow = yaml(".github/workflows/ci.yml");
    let runs = steps(&workflow).into_iter().filter_map(|step| step["run"].as_str());
    assert!(runs.into_iter().any(|run| run.ends_with(" ci/test")));
}

#[test]
fn the_actions_step_writes_every_report_and_returns_the_exit_code() {
    let directory = TempDir::new().expect("made");
    let path = |name: &str| directory.path().join(name);
    command("bash", directory.path())
        .arg(root().join("ci/github/run.sh"))
        .env("PROFILE", "oanim")
        .env("PROGRAM", loose())
        .env("SHARD", "1/1")
        .env("BASELINE", "")
        .env("ARGUMENTS", "--check storage-mode --check logout-clears")
        .env("REPORTS", "out")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", path("summary"))
        .env("GITHUB_OUTPUT", path("output"))
        .assert()
        .code(1)
        .stdout(contains("::error file=profiles/oanim.toml,line="))
        .stderr("");
    let read = |name: &str| fs::read_to_string(path(name)).expect(name);
    assert!(read("summary").contains("❌ authspec: 1 of 2 checks failed"), "{}", read("summary"));
    assert!(read("output").contains("json=out/authspec.json\n"));
    assert!(read("output").ends_with("exit-code=1\n"));
    for report in ["authspec.json", "authspec.xml", "authspec.sarif", "authspec.html", "badge.json"]
    {
        assert!(path("out").join(report).is_file(), "{report}");
    }
    assert!(path("out/capsules/oanim/token-login/observation.json").is_file());
}

#[test]
fn the_actions_step_says_what_is_wrong_with_its_inputs() {
    let directory = TempDir::new().expect("made");
    command("bash", directory.path())
        .arg(root().join("ci/github/run.sh"))
        .envs([("PROFILE", "./nothing.toml"), ("REPORTS", "out")])
        .assert()
        .code(2)
        .stderr(contains("nothing.toml"));
}

#[test]
fn the_gitlab_template_runs_parts_that_the_example_makes_whole() {
    let directory = TempDir::new().expect("made");
    let template = yaml("ci/gitlab/authspec.gitlab-ci.yml");
    let script = template[".authspec"]["script"][0].as_str().expect("a script");
    for index in ["1", "2"] {
        command("sh", directory.path())
            .args(["-euc", script])
            .env("AUTHSPEC_PROFILE", "oanim")
            .env("AUTHSPEC_PROGRAM", loose())
            .env("AUTHSPEC_ARGUMENTS", "--check storage-m* --check logout-*")
            .envs([("CI_NODE_TOTAL", "2"), ("CI_NODE_INDEX", index)])
            .assert()
            .stderr("");
    }
    let example = yaml("ci/gitlab/example.gitlab-ci.yml");
    let merge = example["sign-in-whole"]["script"][0].as_str().expect("a script");
    command("sh", directory.path())
        .args(["-euc", merge])
        .assert()
        .code(1)
        .stdout(contains("✗ storage-mode"));
    assert!(directory.path().join("authspec.html").is_file());
    // Not in parallel, and with the program that the profile names or the bundled one.
    let alone = TempDir::new().expect("made");
    command("sh", alone.path())
        .args(["-euc", script])
        .env("AUTHSPEC_PROFILE", "oanim")
        .env("AUTHSPEC_ARGUMENTS", "--check storage-mode")
        .assert()
        .code(0);
    assert_eq!(json_report(&alone.path().join("authspec-1.json")).results.len(), 1);
    // What the example sets is what the template reads.
    let known = keys(&template[".authspec"]["variables"]);
    assert!(keys(&example["sign-in"]["variables"]).is_subset(&known));
    assert_eq!(example["sign-in"]["extends"], ".authspec");
}

#[test]
fn the_container_file_builds_the_program_with_the_projects_compiler() {
    let file = text("ci/container/Containerfile");
    let lines: Vec<&str> =
        file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).collect();
    let known = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"];
    for line in &lines {
        let instruction = line.split(' ').next().expect("a word");
        assert!(known.contains(&instruction), "{line}");
    }
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let version = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version");
    assert!(lines[0].contains(&format!("rust:{version}-")), "{} builds with {version}", lines[0]);
    assert!(lines[0].contains("-alpine "), "a static program is linked against musl: {}", lines[0]);
    let built = format!("/target/release/{}", env!("CARGO_PKG_NAME"));
    assert!(
        lines.iter().any(|line| line.starts_with("COPY --from=build") && line.contains(&built))
    );
    assert!(lines.contains(&"USER runner"), "root is not a user");
    let entry: Vec<String> = lines
        .iter()
        .find_map(|line| line.strip_prefix("ENTRYPOINT "))
        .map(|list| serde_json::from_str(list).expect("a list"))
        .expect("an entry point");
    assert_eq!(entry, ["authspec"]);
}

/// The archive of a release, made of the program that is there.
#[test]
fn a_release_is_packed_with_all_that_belongs_to_it() {
    let directory = TempDir::new().expect("made");
    // The program itself is large here, and packing it would take long.
    let program = directory.path().join("program");
    fs::write(&program, format!("#!/bin/sh\nexec {AUTHSPEC} \"$@\"\n")).expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).expect("set");
    let name = format!("authspec-{}-mine", env!("CARGO_PKG_VERSION"));
    let pack = root().join("ci/release/archive");
    command("bash", directory.path())
        .args([pack.as_os_str(), program.as_os_str(), "mine".as_ref(), "out".as_ref()])
        .assert()
        .success()
        .stdout(contains(format!("{name}.tar.gz")));

    let out = directory.path().join("out");
    let checked = format!("{name}.tar.gz.sha256");
    command("sha256sum", &out).args(["--check", &checked]).assert().success();
    command("tar", &out).args(["-xzf", &format!("{name}.tar.gz")]).assert().success();
    let there = |file: &str| fs::metadata(out.join(&name).join(file)).is_ok_and(|it| it.len() > 0);
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "man/authspec-run.1"]
    {
        assert!(there(file), "{file} is missing");
    }
    for shell in ["bash", "elvish", "fish", "zsh"] {
        assert!(there(&format!("completions/authspec.{shell}")), "{shell} is not told");
    }
    command(&out.join(&name).join("authspec").to_string_lossy(), &out)
        .arg("--version")
        .assert()
        .success();
}

#[test]
fn a_tag_releases_what_was_built_and_run_on_each_architecture() {
    let workflow = yaml(".github/workflows/release.yml");
    let runs: Vec<String> = steps(&workflow)
        .into_iter()
        .filter_map(|step| step["run"].as_str().map(str::to_owned))
        .collect();
    assert!(runs.contains(&"ci/release/build dist".to_owned()), "{runs:?}");
    assert!(text("ci/release/build").contains("\nci/release/archive "));
    let machines = &workflow["jobs"]["build"]["strategy"]["matrix"]["machine"];
    assert_eq!(machines.as_array().map(Vec::len), Some(2), "{machines}");
    assert_eq!(workflow["permissions"]["contents"], "read");
    assert_eq!(workflow["jobs"]["publish"]["permissions"]["contents"], "write");
}

#[test]
fn the_hooks_are_as_the_example_uses_them_and_run() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_array().expect("a list");
    let hook = |id: &Value| hooks.iter().find(|hook| hook["id"] == *id);
    let example = yaml("ci/pre-commit/example.yaml");
    for used in example["repos"][0]["hooks"].as_array().expect("hooks") {
        assert!(hook(&used["id"]).is_some(), "{used}");
    }
    for hook in hooks {
        for member in ["id", "name", "entry", "language"] {
            assert!(hook[member].is_string(), "{hook} has no {member}");
        }
    }
    let directory = TempDir::new().expect("made");
    fs::write(directory.path().join("good.authspec.toml"), text("profiles/oanim.toml")).expect("");
    fs::write(directory.path().join("bad.authspec.toml"), "name = 1\n").expect("written");
    // As pre-commit does: the entry's words, then the arguments, then the files.
    let run = |id: &str, more: &[&str]| {
        let entry = hook(&id.into()).expect("there")["entry"].as_str().expect("text").to_owned();
        let words = shlex::split(&entry).expect("words");
        command(&words[0], directory.path()).args(&words[1..]).args(more).assert()
    };
    run("authspec-profile", &["good.authspec.toml"]).code(0);
    run("authspec-profile", &["good.authspec.toml", "bad.authspec.toml"])
        .code(2)
        .stderr(contains("bad.authspec.toml:1"));
    let check = ["--check", "storage-mode"];
    run("authspec-quick", &[&["--profile", "oanim"], &check[..]].concat())
        .code(0)
        .stdout(contains("1 pass"));
}
