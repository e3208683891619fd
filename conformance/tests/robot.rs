//! The robot browser, told to do the wrong thing, beside the reference CLI.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authspec::observation::{Ending, RunRecord};
use authspec::profile::{Command, Profile};
use authspec::robot;
use authspec::scenario::{Browser, Person, SIGNS_IN, Scenario, Stray, run};
use authspec::stage::{Setting, play};

const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// Plays one sign-in, and returns what was seen of it.
async fn sign_in(scenario: &'static Scenario) -> RunRecord {
    let setting = Setting {
        profile: Arc::new(Profile::load("oanim").expect("built in")),
        subject: [AUTHSPEC, "reference", "oanim"].map(str::to_owned).to_vec(),
        authspec: PathBuf::from(AUTHSPEC),
        deadline: Duration::from_secs(1),
        client: robot::client().expect("set up"),
    };
    let seen = play(&setting, scenario, None).await.expect("played");
    seen.runs.into_iter().next().expect("one run")
}

const fn one_login(steps: &'static [authspec::scenario::Step]) -> Scenario {
    Scenario { id: "robot", story: "one sign-in", home: &[], script: "", steps }
}

#[tokio::test]
async fn who_denies_hands_nothing_over() {
    static DENIES: Scenario = one_login(&[run("login", Command::Login)
        .browser(Browser { person: Person::Denies, ..SIGNS_IN })
        .time_limit(Duration::from_secs(1))
        .step()]);
    let login = sign_in(&DENIES).await;
    let submitted = login.exchanges.iter().find(|one| one.method == "POST");
    assert!(submitted.expect("the form was sent").body.contains("cancel"));
    assert!(login.visits.is_empty(), "{:?}", login.visits);
    assert!(login.ending.is_failure(), "{:?}", login.ending);
}

#[tokio::test]
async fn who_never_comes_loads_no_page() {
    static NEVER: Scenario = one_login(&[run("login", Command::Login)
        .browser(Browser { person: Person::NeverComes, ..SIGNS_IN })
        .step()]);
    let login = sign_in(&NEVER).await;
    assert_eq!(login.openings.len(), 1);
    assert!(login.exchanges.is_empty() && login.visits.is_empty());
    assert_eq!(login.ending, Ending::TimedOut(1000));
}

#[tokio::test]
async fn who_signs_in_comes_back_after_all_strays() {
    static STRAYS: Scenario = one_login(&[run("login", Command::Login)
        .browser(Browser { before: &[Stray::Favicon, Stray::WrongPath, Stray::Post], ..SIGNS_IN })
        .step()]);
    let login = sign_in(&STRAYS).await;
    let visits: Vec<_> =
        login.visits.iter().map(|visit| (visit.what.as_str(), visit.status)).collect();
    let expected = [
        ("favicon", Some(404)),
        ("wrong-path", Some(404)),
        ("post", Some(405)),
        ("callback", Some(200)),
    ];
    assert_eq!(visits, expected);
    assert_eq!(login.ending, Ending::Exited(0));
}

#[tokio::test]
async fn who_presses_ctrl_c_ends_the_tool() {
    static INTERRUPTS: Scenario = one_login(&[run("login", Command::Login)
        .browser(Browser { person: Person::Interrupts, ..SIGNS_IN })
        .step()]);
    let login = sign_in(&INTERRUPTS).await;
    assert_eq!(login.ending, Ending::Signalled(2));
    assert!(login.interrupted_ms.is_some() && !login.port_open_after);
}
