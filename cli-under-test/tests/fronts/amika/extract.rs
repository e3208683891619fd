//! `amika auth extract`: eight sources, one winner each, and nothing that a shell would run.

use std::process::Command;

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;

use crate::home::Home;

/// Every source, with a credential that says which; the first is the most important.
const SOURCES: &[(&str, &str)] = &[
    (".claude.json.api", r#"{"apiKey": "v500"}"#),
    (
        ".claude/.credentials.json",
        r#"{"claudeAiOauth": {"accessToken": "v400", "expiresAt": 4102444800000}}"#,
    ),
    (".cache/amika/env-cache.json", r#"{"ANTHROPIC_API_KEY": "v290"}"#),
    (".local/share/amika/keychain.json", r#"{"Claude": {"key": "v280"}}"#),
    (".local/state/amika/oauth.json", r#"{"claude": {"access_token": "v270"}}"#),
    (".local/share/opencode/auth.json", r#"{"anthropic": {"type": "api", "key": "v200"}}"#),
    (".amp/config.json", r#"{"apiKey": "v100"}"#),
];

fn extract(home: &Home, arguments: &[&str]) -> String {
    let mut command = home.command("amika");
    let assert = command.args(["auth", "extract"]).args(arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn the_higher_priority_wins() {
    let home = Home::new();
    for (file, text) in SOURCES {
        home.write(file, text);
    }
    for (file, text) in SOURCES {
        let value = &text[text.find("\"v").expect("a value") + 1..][..4];
        let expected = format!("ANTHROPIC_API_KEY='{value}'\nCLAUDE_API_KEY='{value}'\n");
        assert_eq!(extract(&home, &[]), expected);
        std::fs::remove_file(home.path(file)).expect("removed");
    }
    assert_eq!(extract(&home, &[]), "");
}

#[test]
fn providers_stand_side_by_side_and_can_be_exported() {
    let home = Home::new();
    home.write(".codex/auth.json", r#"{"OPENAI_API_KEY": "o1"}"#);
    home.write(
        ".local/share/opencode/auth.json",
        r#"{"Google Vertex": {"type": "api", "key": "g"}, "OpenAI": {"type": "api", "key": "o2"}}"#,
    );
    assert_eq!(
        extract(&home, &["--export"]),
        "export GOOGLE_VERTEX_API_KEY='g'\nexport OPENAI_API_KEY='o1'\nexport CODEX_API_KEY='o1'\n"
    );
}

#[test]
fn sessions_that_have_ended_or_are_not_wanted_are_left_out() {
    let home = Home::new();
    let old =
        json!({ "claudeAiOauth": { "accessToken": "old", "expiresAt": 1_500_000_000_000_i64 } });
    home.write(".claude/.credentials.json", &old.to_string());
    home.write(".claude-oauth-credentials.json", r#"{"claudeAiOauth": {"accessToken": "new"}}"#);
    home.write(".codex/auth.json", r#"{"tokens": {"access_token": "codex"}}"#);
    let sessions = json!({
        "a": { "type": "oauth", "access": "gone", "expires": "2020-01-01T00:00:00Z" },
        "b": { "type": "oauth", "access": "there", "expires": 4_102_444_800_i64 },
    });
    home.write(".local/share/opencode/auth.json", &sessions.to_string());
    home.write(".amp/config.json", r#"{"apiKey": "amp"}"#);
    let all = extract(&home, &[]);
    assert!(
        all.contains("ANTHROPIC_API_KEY='new'") && all.contains("OPENAI_API_KEY='codex'"),
        "{all}"
    );
    assert!(
        all.contains("B_API_KEY='there'") && !all.contains("gone") && !all.contains("old"),
        "{all}"
    );
    assert_eq!(extract(&home, &["--no-oauth"]), "ANTHROPIC_API_KEY='amp'\nCLAUDE_API_KEY='amp'\n");
}

#[test]
fn another_home_is_the_only_one_looked_into() {
    let home = Home::new();
    home.write(".amp/config.json", r#"{"apiKey": "mine"}"#);
    home.write("cache/amika/env-cache.json", r#"{"OPENAI_API_KEY": "mine"}"#);
    home.write("other/.local/state/amika/oauth.json", r#"{"openai": {"access": "theirs"}}"#);
    home.command("amika")
        .args(["auth", "extract", "--homedir", "other"])
        .env("XDG_CACHE_HOME", home.path("cache"))
        .env_remove("HOME")
        .assert()
        .success()
        .stdout("OPENAI_API_KEY='theirs'\nCODEX_API_KEY='theirs'\n");
    home.command("amika")
        .args(["auth", "extract"])
        .env("XDG_CACHE_HOME", home.path("cache"))
        .assert()
        .success()
        .stdout(contains("OPENAI_API_KEY='mine'"));
}

#[test]
fn damage_and_odd_names_are_left_out_and_said() {
    let home = Home::new();
    home.write(".claude.json", "{");
    home.write(".codex/auth.json", "[1]");
    home.write(
        ".local/share/opencode/auth.json",
        r#"{"x;touch pwned": {"key": "k"}, "ok": {"key": "k"}, "nul": {"key": "a\u0000b"}}"#,
    );
    home.command("amika")
        .args(["auth", "extract"])
        .assert()
        .success()
        .stdout("OK_API_KEY='k'\n")
        .stderr(contains(".claude.json").and(contains("no name")));
}

#[rstest]
#[case("it's")]
#[case("$(touch pwned)`touch pwned`;touch pwned\ntouch pwned")]
#[case("\\'\"$HOME ! * ~")]
#[case("trailing\n\n")]
fn what_is_printed_can_be_evaluated(#[case] secret: &str) {
    let home = Home::new();
    home.write(".amp/config.json", &json!({ "apiKey": secret }).to_string());
    let script = "eval \"$(\"$0\" amika auth extract --export)\"; exec /usr/bin/env -0";
    let output = Command::new("/bin/sh")
        .env_clear()
        .env("HOME", home.path(""))
        .current_dir(home.path(""))
        .args(["-c", script])
        .arg(assert_cmd::cargo::cargo_bin!("reference"))
        .output()
        .expect("started");
    let environment = String::from_utf8(output.stdout).expect("UTF-8");
    for name in ["ANTHROPIC_API_KEY", "CLAUDE_API_KEY"] {
        let expected = format!("{name}={secret}");
        assert!(environment.split('\0').any(|entry| entry == expected), "{environment}");
    }
    assert!(!home.path("pwned").exists());
}
