//! `authspec probe` as it is typed: what it makes of bad input, and of a person.

mod rig;
mod tls_front;

use std::process::Stdio;
use std::time::Duration;

use authspec::exit_code::{FAILED, HOLDS, UNKNOWN, USAGE};
use mock_server::Script;
use rig::{AUTHSPEC, Rig, authspec, interrupt};
use tls_front::Front;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::Command;

/// How long is waited for what comes at once.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the program ends with, and what it says on standard error.
async fn ends(mut command: Command) -> (u8, String) {
    let output = tokio::time::timeout(DEADLINE, command.output()).await;
    let output = output.expect("it ends").expect("it runs");
    let code = output.status.code().and_then(|code| u8::try_from(code).ok());
    (code.expect("a code"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[rstest::rstest]
#[case::no_url("platform.example", USAGE, "is no URL of a server")]
#[case::a_credential_in_it("https://ada:secret@platform.example", USAGE, "does not belong into it")]
#[case::nobody_there("http://127.0.0.1:9", UNKNOWN, "cannot connect")]
#[tokio::test]
async fn a_bad_url_is_told(#[case] url: &str, #[case] code: u8, #[case] says: &str) {
    let (ended, told) = ends(authspec(&["--profile", "standard", url])).await;
    assert_eq!(ended, code, "{told}");
    assert!(told.contains(says) && !told.contains("secret"), "{told}");
}

#[rstest::rstest]
#[case::elsewhere("redirect = 'elsewhere'", "redirects to http://127.0.0.1:")]
#[case::a_page(
    "reply = { status = 200, headers = { Content-Type = 'text/html' }, text = '<p>hi' }",
    "answers a web page, not JSON"
)]
#[case::another_service("answer = 'not_found'", "this is not the platform")]
#[case::never("stall = true", "no answer within 1 s")]
#[case::broken("drop = true", "127.0.0.1")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_the_platform_is_told(#[case] act: &str, #[case] says: &str) {
    let rig = Rig::start("standard", None).await;
    let keys = rig.platform.keys();
    let script = format!("[[faults]]\non = 'identity'\n{act}\n");
    rig.platform.script(Script::from_toml(&script).expect("a script"));
    let arguments =
        ["--profile", "standard", "--allow-writes", "--deadline", "1", rig.platform.url()];

    let (code, told) = ends(authspec(&arguments)).await;

    assert_eq!(code, UNKNOWN, "{told}");
    assert!(told.contains(says), "{told}");
    assert_eq!(rig.platform.keys(), keys, "something was left");
    assert_eq!(rig.platform.journal().snapshot().len(), 1, "it went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_certificate_is_told_and_a_trusted_one_is_taken() {
    let rig = Rig::start("oanim", None).await;
    let front = Front::start(rig.platform.url(), None).await;
    let arguments = ["--profile", "oanim", "--check", "server-bearer-unknown", &front.url];
    let with_key = || {
        let mut command = authspec(&arguments);
        command.env("AUTHSPEC_KEY", rig.lent.key.as_deref().expect("a key"));
        command
    };
    let (code, told) = ends(with_key()).await;
    assert_eq!(code, UNKNOWN, "{told}");
    assert!(told.contains("the certificate is not trusted"), "{told}");

    let directory = tempfile::tempdir().expect("a directory");
    let pem = directory.path().join("ca.pem");
    std::fs::write(&pem, &front.pem).expect("written");
    let mut command = with_key();
    command.arg("--ca").arg(&pem);
    let (code, told) = ends(command).await;
    assert_eq!(code, HOLDS, "{told}");
}

#[rstest::rstest]
#[case::unknown("", "refused with 401")]
#[case::weak(
    "[[faults]]\non = 'identity'\nheaders = { authorization = 'Bearer *' }\nanswer = 'forbidden'",
    "may not do enough"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_credential_is_told(#[case] script: &str, #[case] says: &str) {
    let rig = Rig::start("standard", None).await;
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let key = if script.is_empty() { &rig.lent.expired } else { &rig.lent.key };
    let key = key.clone().expect("a key");
    let mut command = authspec(&["--profile", "standard", "--allow-writes", rig.platform.url()]);
    command.env("AUTHSPEC_KEY", &key);

    let (code, told) = ends(command).await;

    assert_eq!(code, USAGE, "{told}");
    assert!(told.contains(says) && !told.contains(&key), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_others_may_read_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("credentials.toml");
    std::fs::write(&file, "key = 'k'\n").expect("written");
    let mut command = authspec(&["--profile", "standard", "http://127.0.0.1:9"]);
    command.arg("--credentials").arg(&file);
    let (code, told) = ends(command).await;
    assert_eq!(code, USAGE);
    assert!(told.contains("chmod 600"), "{told}");
}

/// What makes `server-bearer-unknown` fail.
const TAKES_ANYTHING: &str = "[[faults]]\non = 'identity'\nheaders = { authorization = 'Bearer *' }\nreply = { status = 200, body = {} }";

#[rstest::rstest]
#[case::it_passes("", "", FAILED, "pass: it no longer fails")]
#[case::it_fails(TAKES_ANYTHING, "", HOLDS, "(known: once)")]
#[case::before_its_day(TAKES_ANYTHING, "until = '2999-12-31'", HOLDS, "(known until 2999-12-31")]
#[case::after_its_day(TAKES_ANYTHING, "until = '2020-01-01'", FAILED, "(known until 2020-01-01")]
#[tokio::test(flavor = "multi_thread")]
async fn a_known_failure_is_one_until_its_day(
    #[case] script: &str,
    #[case] until: &str,
    #[case] expected: u8,
    #[case] says: &str,
) {
    let rig = Rig::start("standard", None).await;
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let known = known_failure("server-bearer-unknown", until);
    let profile = include_str!("../../profiles/standard.toml").to_owned() + &known;
    let key = rig.lent.key.as_deref();
    let (code, told) = probed_by(&profile, "server-bearer-unknown", rig.platform.url(), key).await;
    assert_eq!(code, expected, "{told}");
    assert!(told.contains(says), "{told}");
}

/// What the profile does not claim cannot fail; what the operator did not lend may.
#[rstest::rstest]
#[case::not_claimed("server-keys-verify-good", FAILED, "not applicable: it no longer fails")]
#[case::not_lent("server-keys-format", UNKNOWN, "there is no API key")]
#[case::not_lent_for_the_control("server-bearer-unknown", UNKNOWN, "there is no credential")]
#[tokio::test(flavor = "multi_thread")]
async fn a_known_failure_that_is_not_claimed_is_none(
    #[case] check: &str,
    #[case] expected: u8,
    #[case] says: &str,
) {
    let rig = Rig::start("oanim", None).await;
    let profile = include_str!("../../profiles/oanim.toml").to_owned() + &known_failure(check, "");
    let (code, told) = probed_by(&profile, check, rig.platform.url(), None).await;
    assert_eq!(code, expected, "{told}");
    assert!(told.contains(says), "{told}");
}

fn known_failure(check: &str, until: &str) -> String {
    format!("\n[[known_failures]]\ncheck = \"{check}\"\nreason = \"once\"\n{until}\n")
}

/// What a probe by a profile of this text ends with, and the whole of what it reports.
async fn probed_by(profile: &str, check: &str, url: &str, key: Option<&str>) -> (u8, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, report) = (directory.path().join("mine.toml"), directory.path().join("report"));
    std::fs::write(&file, profile).expect("written");
    let mut command = authspec(&["--check", check, url]);
    command.arg("--profile").arg(&file);
    command.arg("--report").arg(format!("json={}", report.display()));
    command.envs(key.map(|key| ("AUTHSPEC_KEY", key)));
    let (code, told) = ends(command).await;
    (code, told + &std::fs::read_to_string(&report).expect("a report"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_typed_again_is_what_was_typed() {
    let rig = Rig::start("standard", None).await;
    let directory = tempfile::tempdir().expect("a directory");
    let report = directory.path().join("report.json");
    let key = rig.lent.key.as_deref().expect("a key");
    let flags = "--allow-writes --sign-in robot --rate 100 --deadline 5 --patience 7";
    let mut arguments: Vec<&str> = flags.split(' ').collect();
    arguments.extend(["--profile", "standard", "--check", "server-keys-format"]);
    let to_file = format!("json={}", report.display());
    arguments.extend(["--report", &to_file, rig.platform.url()]);
    let mut command = authspec(&arguments);
    command.env("AUTHSPEC_KEY", key);
    let (code, told) = ends(command).await;
    assert_eq!(code, HOLDS, "{told}");

    let report = std::fs::read_to_string(&report).expect("a report");
    assert!(!report.contains(key));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let again = report["results"][0]["again"].as_str().expect("a command");
    let url = rig.platform.url();
    let expected = format!(
        "AUTHSPEC_KEY=\"$AUTHSPEC_KEY\" authspec probe --profile standard {flags} --check server-keys-format {url}"
    );
    assert_eq!(again, expected);

    let program = std::path::Path::new(AUTHSPEC);
    let mut typed = Command::new("/bin/sh");
    typed.args(["-euc", again]).env_clear().env("AUTHSPEC_KEY", key);
    typed.env("PATH", program.parent().expect("a directory"));
    let (code, told) = ends(typed).await;
    assert_eq!(code, HOLDS, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_removes_what_was_made() {
    let rig = Rig::start("standard", None).await;
    let before = rig.platform.keys().len();
    let arguments = ["--profile", "standard", "--allow-writes", "--check", "server-keys-*"];
    let mut command = authspec(&arguments);
    command.args(["--rate", "10", rig.platform.url()]);
    command.env("AUTHSPEC_KEY", rig.lent.key.as_deref().expect("a key"));
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let made = |exchanges: &[mock_server::Exchange]| {
        exchanges
            .iter()
            .any(|one| one.operation.as_deref() == Some("key-create") && one.status == 201)
    };
    assert!(rig.platform.journal().wait_for(made, DEADLINE).await, "a key is made");
    interrupt(&child);
    let output = tokio::time::timeout(DEADLINE, child.wait_with_output()).await;
    let output = output.expect("it ends").expect("it ran");

    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(UNKNOWN)), "{told}");
    assert!(told.contains("nothing is left at the server"), "{told}");
    assert_eq!(rig.platform.keys().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_what_to_open_and_waited_for() {
    let rig = Rig::start("standard", None).await;
    let arguments = ["--profile", "standard", "--sign-in", "operator"];
    let mut command = authspec(&arguments);
    command.args(["--check", "server-token-code-once", rig.platform.url()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    sign_in(&page_to_open(&mut lines).await).await;
    let status = tokio::time::timeout(DEADLINE, child.wait()).await.expect("it ends");
    assert_eq!(status.expect("it ran").code(), Some(i32::from(HOLDS)));
}

#[rstest::rstest]
#[case::for_the_browser("server-token-refresh-rotates", "/oauth/authorize?")]
#[case::for_enter("server-device-approved", "/device")]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_terminal_ends_the_wait_for_a_person(
    #[case] check: &str,
    #[case] waits_at: &str,
) {
    let rig = Rig::start("standard", None).await;
    let (terminal, end) = pty_process::open().expect("a terminal");
    let command = pty_process::Command::new(AUTHSPEC);
    let command = command.args(["probe", "--profile", "standard", "--sign-in", "operator"]);
    let command = command.args(["--check", "server-token-code-once", "--check", check]);
    let command = command.arg(rig.platform.url()).env_clear().kill_on_drop(true);
    let mut child = command.spawn(end).expect("it runs");
    let (from, mut to) = terminal.into_split();
    let mut lines = BufReader::new(from).lines();
    // Somebody signs in once, so that there is a session to end.
    sign_in(&page_to_open(&mut lines).await).await;
    let page = page_to_open(&mut lines).await;
    assert!(page.contains(waits_at), "{page}");

    to.write_all(b"\x03").await.expect("typed");

    let mut told = String::new();
    let ending = async {
        // A terminal whose other end is closed answers with an error, and says no more.
        while let Ok(Some(line)) = lines.next_line().await {
            told.push_str(&line);
        }
        child.wait().await.expect("it ran")
    };
    let status = tokio::time::timeout(DEADLINE, ending).await.expect("it ends");
    assert_eq!(status.code(), Some(i32::from(UNKNOWN)), "{told}");
    assert!(told.contains("nothing is left at the server"), "{told}");
    let revoked = |one: &mock_server::Exchange| one.operation.as_deref() == Some("token-revoke");
    assert!(rig.platform.journal().snapshot().iter().any(revoked), "the session was not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_ends_approves_nothing() {
    let rig = Rig::start("standard", None).await;
    let mut command = authspec(&["--profile", "standard", "--sign-in", "operator"]);
    command.args(["--check", "server-device-approved", rig.platform.url()]);
    let output = tokio::time::timeout(DEADLINE, command.output()).await;
    let output = output.expect("it ends").expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(i32::from(UNKNOWN)), "{told}");
    assert!(told.contains("the operator went away"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_never_comes_is_given_up_on() {
    let rig = Rig::start("standard", None).await;
    let arguments = ["--profile", "standard", "--sign-in", "operator", "--patience", "1"];
    let mut command = authspec(&arguments);
    command.args(["--check", "server-token-code-once", rig.platform.url()]);
    let (code, told) = ends(command).await;
    assert_eq!(code, UNKNOWN, "{told}");
}

#[test]
fn the_catalogue_shows_both_sides() {
    let run = |arguments: &[&str]| {
        let mut program = std::process::Command::new(AUTHSPEC);
        let output = program.args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let listed: Vec<serde_json::Value> =
        serde_json::from_str(&run(&["list", "--json"])).expect("JSON");
    let of_side = |side: &str| listed.iter().filter(|check| check["side"] == side).count();
    assert_eq!(of_side("server"), authspec::server_checks::SERVER_CHECKS.len());
    assert_eq!(of_side("client"), authspec::checks::CHECKS.len());
    assert!(run(&["list"]).contains("server-token-code-once"));
    let told = run(&["explain", "server-token-code-once"]);
    assert!(told.contains("RFC 6749") && told.contains("--sign-in"), "{told}");
}

#[test]
fn every_profile_of_a_real_server_is_valid() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../profiles/field");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let service = authspec::profile::Service::load(&path.to_string_lossy());
        let service = service.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(path.file_stem().expect("a name").to_string_lossy(), service.name);
        count += 1;
    }
    assert!(count >= 3, "{count} profiles");
}

/// The next page that the probe asks somebody to open.
async fn page_to_open(lines: &mut Lines<impl AsyncBufRead + Unpin>) -> String {
    let reading = async {
        loop {
            let line = lines.next_line().await.expect("text").expect("a page to open");
            if line.trim().starts_with("http") {
                return line.trim().to_owned();
            }
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.expect("a page to open, in time")
}

/// Does what a person does: opens the page, and presses its button.
async fn sign_in(page: &str) {
    let http = reqwest::Client::new();
    let text = http.get(page).send().await.expect("a page").text().await.expect("text");
    let hidden = |name: &str| {
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).expect("a field");
        rest.split('"').next().expect("its end").to_owned()
    };
    let form = [("state", hidden("state")), ("token", hidden("token"))];
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain([("decision", "approve")])
        .collect();
    let action = page.split('?').next().expect("a path");
    // The redirect leads to the probe's own listener, which answers.
    let reply = http.post(action).form(&form).send().await.expect("an answer");
    assert!(reply.status().is_success(), "{}", reply.status());
}
