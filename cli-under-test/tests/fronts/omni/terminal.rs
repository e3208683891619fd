//! `omni config init` at a terminal: the key is not shown while it is typed, and all that is typed
//! afterwards is.

use std::process::Command;

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};

use super::{CONFIG, INSECURE, instance};
use crate::home::Home;
use crate::terminal::Terminal;

fn init(home: &Home, command: &mut Command) {
    command.args(["omni", "config", "init"]).env("HOME", home.path("")).env(INSECURE, "1");
}

/// Answers every question but the last, which it waits for.
fn up_to_the_key(terminal: &mut Terminal, url: &str) {
    for (question, answer) in
        [("Profile name", "work"), ("Endpoint", url), ("Sign in with", "api-key")]
    {
        terminal.until(question);
        terminal.type_in(&format!("{answer}\n"));
    }
    terminal.until("API key: ");
}

#[tokio::test]
async fn a_key_is_not_echoed() {
    let (home, authority) = (Home::new(), instance().await);
    let mut terminal = Terminal::new();
    let mut child = terminal.start(|command| init(&home, command));
    up_to_the_key(&mut terminal, &authority.url());
    assert!(!terminal.echoes());
    terminal.type_in("key-1\n");
    assert!(child.wait().expect("ended").success(), "{}", terminal.all);
    assert!(terminal.echoes());
    let all = terminal.close();
    assert!(all.contains("api-key") && all.contains("Saved profile work"), "{all}");
    assert!(!all.contains("key-1"), "{all}");
    assert_eq!(home.json(CONFIG)["profiles"]["work"]["apiKey"], "key-1");
}

#[rstest]
#[case::typed(None)]
#[case::interrupted(Some(Signal::INT))]
#[case::terminated(Some(Signal::TERM))]
#[case::hung_up(Some(Signal::HUP))]
#[tokio::test]
async fn whoever_is_interrupted_leaves_a_terminal_that_echoes(#[case] signal: Option<Signal>) {
    let (home, authority) = (Home::new(), instance().await);
    let mut terminal = Terminal::new();
    let mut child = terminal.start(|command| init(&home, command));
    up_to_the_key(&mut terminal, &authority.url());
    assert!(!terminal.echoes());
    match signal {
        Some(signal) => {
            kill_process(Pid::from_child(&child), signal).expect("sent");
        }
        None => terminal.type_in("sesame\u{3}"),
    }
    assert!(!child.wait().expect("ended").success());
    assert!(terminal.echoes());
    assert_eq!(home.read(CONFIG), None);
}
