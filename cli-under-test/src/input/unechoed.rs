//! A terminal that does not show what is typed, and shows it again whatever happens.

use std::io;
use std::thread;

use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What ends a program that does not say otherwise, and would leave the terminal as it is.
const ENDINGS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// The terminal of standard input, showing nothing until this is dropped.
pub(super) struct Unechoed(Termios);

impl Unechoed {
    /// From now on nothing is shown.
    pub(super) fn begin() -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut during = before.clone();
        during.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        restore_at_the_end(before.clone())?;
        termios::tcsetattr(io::stdin(), OptionalActions::Now, &during)?;
        Ok(Self(before))
    }
}

impl Drop for Unechoed {
    fn drop(&mut self) {
        restore(&self.0);
    }
}

fn restore(terminal: &Termios) {
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, terminal);
}

/// Lets a signal end the program as it would have, once the terminal is as it was. That goes on
/// for the rest of the program: a signal that was listened to once does nothing by itself.
fn restore_at_the_end(before: Termios) -> io::Result<()> {
    let mut signals = Signals::new(ENDINGS)?;
    thread::spawn(move || {
        for signal in &mut signals {
            restore(&before);
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}
