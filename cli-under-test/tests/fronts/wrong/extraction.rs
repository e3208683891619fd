//! What `amika` finds, saves and says wrongly.

use rstest::rstest;

use super::mutant;
use crate::home::Home;

#[rstest]
#[case("extract-skips-claude-key", ".claude.json", r#"{"apiKey": "k"}"#)]
#[case("extract-skips-claude-session", ".claude/.credentials.json", r#"{"accessToken": "k"}"#)]
#[case("extract-skips-codex", ".codex/auth.json", r#"{"OPENAI_API_KEY": "k"}"#)]
#[case("extract-skips-env-cache", ".cache/amika/env-cache.json", r#"{"claude": "k"}"#)]
#[case("extract-skips-keychain", ".local/share/amika/keychain.json", r#"{"claude": "k"}"#)]
#[case("extract-skips-oauth", ".local/state/amika/oauth.json", r#"{"claude": "k"}"#)]
#[case("extract-skips-opencode", ".local/share/opencode/auth.json", r#"{"claude": "k"}"#)]
#[case("extract-skips-amp", ".amp/config.json", r#"{"apiKey": "k"}"#)]
fn one_source_is_not_looked_for(#[case] name: &str, #[case] file: &str, #[case] text: &str) {
    let home = Home::new();
    home.write(file, text);
    home.command("amika")
        .args(["auth", "extract"])
        .assert()
        .success()
        .stdout(predicates::str::contains("_API_KEY='k'\n"));
    let output = mutant(&home, name).args(["amika", "auth", "extract"]).output().expect("started");
    assert!(output.status.success() && output.stdout.is_empty());
}

#[rstest]
#[case("extract-ignores-no-oauth", &["--no-oauth"], "", "ANTHROPIC_API_KEY='t'")]
#[case("extract-ignores-homedir", &["--homedir", "none"], "", "ANTHROPIC_API_KEY='t'")]
#[case("extract-ignores-export", &["--export"], "export ANTHROPIC_API_KEY='t'", "ANTHROPIC_API_KEY='t'")]
#[case("extract-says-more", &[], "ANTHROPIC_API_KEY='t'", "ANTHROPIC_API_KEY='t'")]
fn options_are_ignored(
    #[case] name: &str,
    #[case] options: &[&str],
    #[case] clean: &str,
    #[case] wrong: &str,
) {
    let home = Home::new();
    home.write(".claude/.credentials.json", r#"{"accessToken": "t"}"#);
    let lines = |output: std::process::Output| {
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let line = |at| text.lines().nth(at).unwrap_or_default().to_owned();
        (line(0), text.lines().count())
    };
    let mut program = home.process("amika");
    program.args(["auth", "extract"]).args(options);
    let right = lines(program.output().expect("started"));
    assert_eq!(right.0, clean);
    let mut program = mutant(&home, name);
    program.args(["amika", "auth", "extract"]).args(options);
    let found = lines(program.output().expect("started"));
    assert_eq!(found.0, wrong);
    assert_ne!(found, right);
}

#[rstest]
#[case("empty-key-accepted", " \n", "")]
#[case("key-untrimmed", " k\n", " k\n")]
#[case("saves-key-unverified", "bad", "bad")]
fn a_key_is_saved_as_it_should_not(#[case] name: &str, #[case] given: &str, #[case] saved: &str) {
    let home = Home::new();
    home.write("key", given);
    let mut program = mutant(&home, name);
    program.args(["amika", "auth", "login", "--api-key-file", "key"]);
    program.env("AMIKA_API_URL", "http://127.0.0.1:1");
    assert!(program.output().expect("started").status.success());
    assert_eq!(home.json(".local/state/amika/api-key.json")["key"], saved);
}
