//! `omni config init` at a terminal: the key is not shown while it is typed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::pty;

use super::{CONFIG, INSECURE, instance};
use crate::home::Home;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a terminal shows, as it comes.
fn shown_by(terminal: &File) -> mpsc::Receiver<String> {
    let mut terminal = terminal.try_clone().expect("cloned");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = terminal.read(&mut bytes) {
            let _ = sender.send(String::from_utf8_lossy(&bytes[..read]).into_owned());
        }
    });
    receiver
}

#[tokio::test]
async fn a_key_is_not_echoed() {
    let (home, authority) = (Home::new(), instance().await);
    let controller =
        pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).expect("a terminal");
    pty::grantpt(&controller).expect("granted");
    pty::unlockpt(&controller).expect("unlocked");
    let name = pty::ptsname(&controller, Vec::new()).expect("a name");
    let user =
        File::options().read(true).write(true).open(name.to_str().expect("UTF-8")).expect("opened");
    let mut controller = File::from(controller);
    let shown = shown_by(&controller);

    // A session of its own, whose terminal this is.
    let end = || Stdio::from(user.try_clone().expect("cloned"));
    let mut child = Command::new("/usr/bin/setsid")
        .args(["--ctty", "--wait"])
        .arg(assert_cmd::cargo::cargo_bin!("reference"))
        .args(["omni", "config", "init"])
        .env_clear()
        .env("HOME", home.path(""))
        .env(INSECURE, "1")
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .expect("started");
    let mut all = String::new();
    for (question, answer) in [
        ("Profile name", "work".to_owned()),
        ("Endpoint", authority.url()),
        ("Sign in with", "api-key".to_owned()),
        ("API key: ", "key-1".to_owned()),
    ] {
        while !all.contains(question) {
            all.push_str(&shown.recv_timeout(PATIENCE).expect("a question"));
        }
        writeln!(controller, "{answer}").expect("typed");
    }
    assert!(child.wait().expect("ended").success(), "{all}");
    drop(user);
    while let Ok(more) = shown.recv_timeout(PATIENCE) {
        all.push_str(&more);
    }
    assert!(all.contains("api-key") && all.contains("Saved profile work"), "{all}");
    assert!(!all.contains("key-1"), "{all}");
    assert_eq!(home.json(CONFIG)["profiles"]["work"]["apiKey"], "key-1");
}
