//! `authspec probe --sign-in chromium`: pages of every kind are gone through, also such as a script
//! makes, and nothing of the browser is left.

mod rig;
mod tls_front;

use std::process::Stdio;
use std::time::Duration;

use authspec::exit_code::{UNKNOWN, USAGE};
use authspec::probe::Plan;
use authspec::probe::terms::Browser;
use authspec::verdict::Verdict;
use mock_server::Script;
use rig::{Rig, authspec, ids_with, interrupt, probe};
use tokio::process::Command;

/// How long is waited for a browser.
const DEADLINE: Duration = Duration::from_mins(2);

/// A sign-in page that a script makes, and that leads on to the page behind it.
const SCRIPTED: &str = r#"
[[faults]]
on = "GET /oauth/authorize"
requests = "1"
[faults.reply]
status = 200
headers = { Content-Type = "text/html" }
text = """<!doctype html><title>Sign in</title><main></main><script>
onload = () => requestAnimationFrame(() => {
    document.querySelector('main').innerHTML =
        `<a href='/help/cancel'>Cancel</a><button>Deutsch</button>
        <form><input name=username><input type=password name=secret><input name=user-code><button>Sign in</button></form>`;
    document.querySelector('form').onsubmit = (event) => {
        event.preventDefault();
        const [user, password, code] = [...event.target.elements].map((field) => field.value);
        if (user === 'ada' && password === 'correct horse' && code === '') location.reload();
        else document.querySelector('main').textContent = 'wrong';
    };
});
</script>"""
"#;

/// A page on which nothing can be done.
const DEAD_END: &str = r#"
[[faults]]
on = "GET /oauth/authorize"
reply = { status = 200, headers = { Content-Type = "text/html" }, text = "<p>soon" }
"#;

/// A plan by which Chromium signs in, and these checks are judged.
fn plan(rig: &Rig, checks: &[&str]) -> Plan {
    let mut plan = rig.plan();
    plan.terms.grants.browser = Some(Browser::Chromium);
    plan.checks.retain(|check| checks.contains(&check.id));
    assert_eq!(plan.checks.len(), checks.len(), "a check is unknown");
    plan.patience = DEADLINE;
    plan
}

#[rstest::rstest]
#[case::by_code("standard", &["server-token-works", "server-authorization-denied"])]
#[case::on_a_device("standard", &["server-device-approved", "server-device-denied"])]
#[case::to_a_port("oanim", &["server-authorization-key-to-loopback"])]
#[case::for_a_key_elsewhere("almyty", &["server-device-key-approved", "server-device-key-denied"])]
#[tokio::test(flavor = "multi_thread")]
async fn it_allows_and_it_refuses(#[case] profile: &str, #[case] checks: &[&str]) {
    let rig = Rig::start(profile, None).await;
    let report = probe(&plan(&rig, checks)).await.report;
    assert_eq!(ids_with(&report, Verdict::Pass).len(), checks.len(), "{:#?}", report.results);
}

#[rstest::rstest]
#[case::with_what_was_lent(Some("correct horse"), Verdict::Pass, "")]
#[case::without(None, Verdict::Inconclusive, "set AUTHSPEC_PASSWORD")]
#[tokio::test(flavor = "multi_thread")]
async fn it_signs_in_on_a_page_that_a_script_makes(
    #[case] password: Option<&str>,
    #[case] verdict: Verdict,
    #[case] says: &str,
) {
    let rig = Rig::start("standard", None).await;
    rig.platform.script(Script::from_toml(SCRIPTED).expect("a script"));
    let mut plan = plan(&rig, &["server-token-works"]);
    plan.terms.grants.credentials.username = Some("ada".to_owned());
    plan.terms.grants.credentials.password = password.map(str::to_owned);
    let report = probe(&plan).await.report;
    assert_eq!(report.results[0].verdict, verdict, "{:#?}", report.results);
    let observed = format!("{:?}", report.results[0]);
    assert!(observed.contains(says), "{observed}");
}

/// The program, which is told to sign in by Chromium, and this.
fn signing_in(arguments: &[&str]) -> Command {
    let mut command = authspec(&["--profile", "standard", "--sign-in", "chromium"]);
    command.args(arguments);
    command
}

#[tokio::test]
async fn a_machine_without_it_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = signing_in(&["http://127.0.0.1:9"]);
    let output = command.env("PATH", directory.path()).output().await.expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(USAGE)), "{told}");
    assert!(told.contains("there is no `chromedriver` on PATH"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_and_leaves_nothing() {
    let rig = Rig::start("standard", None).await;
    rig.platform.script(Script::from_toml(DEAD_END).expect("a script"));
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = signing_in(&["--check", "server-token-works", rig.platform.url()]);
    command.env("TMPDIR", directory.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().expect("it runs");
    let opened = |exchanges: &[mock_server::Exchange]| {
        exchanges.iter().any(|one| one.path.starts_with("/oauth/authorize"))
    };
    assert!(rig.platform.journal().wait_for(opened, DEADLINE).await, "the page is opened");
    assert!(!processes_of(directory.path()).is_empty(), "the browser runs");
    interrupt(&child);

    let output = tokio::time::timeout(DEADLINE, child.wait_with_output()).await;

    let output = output.expect("it ends").expect("it ran");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(UNKNOWN)), "{told}");
    assert_eq!(processes_of(directory.path()), Vec::<String>::new());
    let left = std::fs::read_dir(directory.path()).expect("there").count();
    assert_eq!(left, 0, "{left} files are left");
}

/// The processes that were given something below `folder`, by their arguments.
fn processes_of(folder: &std::path::Path) -> Vec<String> {
    let folder = folder.to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let arguments = processes.filter_map(|one| std::fs::read(one.path().join("cmdline")).ok());
    let arguments = arguments.map(|text| String::from_utf8_lossy(&text).replace('\0', " "));
    arguments.filter(|arguments| arguments.contains(&folder)).collect()
}
