//! A terminal of our own, and a command that believes somebody sits at it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::pty;
use rustix::termios::{self, LocalModes};

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Terminal {
    controller: File,
    user: File,
    shown: mpsc::Receiver<String>,
    /// All that was shown so far.
    pub(crate) all: String,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let controller =
            pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).expect("a terminal");
        pty::grantpt(&controller).expect("granted");
        pty::unlockpt(&controller).expect("unlocked");
        let name = pty::ptsname(&controller, Vec::new()).expect("a name");
        let mut options = File::options();
        let user =
            options.read(true).write(true).open(name.to_str().expect("UTF-8")).expect("opened");
        let controller = File::from(controller);
        let shown = shown_by(&controller);
        Self { controller, user, shown, all: String::new() }
    }

    /// Starts `reference` in a session of its own, whose terminal this is.
    pub(crate) fn start(&self, prepare: impl FnOnce(&mut Command)) -> Child {
        let end = || Stdio::from(self.user.try_clone().expect("cloned"));
        let mut command = Command::new("/usr/bin/setsid");
        command.args(["--ctty", "--wait"]).arg(assert_cmd::cargo::cargo_bin!("reference"));
        command.env_clear().stdin(end()).stdout(end()).stderr(end());
        prepare(&mut command);
        command.spawn().expect("started")
    }

    /// Waits until a text is shown.
    pub(crate) fn until(&mut self, text: &str) {
        while !self.all.contains(text) {
            self.all.push_str(&self.shown.recv_timeout(PATIENCE).expect("a question"));
        }
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.controller.write_all(text.as_bytes()).expect("typed");
    }

    /// Whether what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        let modes = termios::tcgetattr(&self.user).expect("a terminal").local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// Everything, once nobody is left to show anything.
    pub(crate) fn close(self) -> String {
        let Self { user, shown, mut all, .. } = self;
        drop(user);
        while let Ok(more) = shown.recv_timeout(PATIENCE) {
            all.push_str(&more);
        }
        all
    }
}

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
