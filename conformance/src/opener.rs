//! The browser openers: what a tool starts in the place of a browser, and the mailbox on which
//! the harness hears of it.
//!
//! An opener says under what name it was started, with which arguments and environment, is told
//! how to end, and ends: a tool that waits for its opener waits a few milliseconds.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::sync::mpsc;

use crate::observation::Opening;

/// The exit code of `xdg-open` when it finds no browser.
const NO_BROWSER: u8 = 3;

/// Runs as an opener: `authspec opener MAILBOX NAME ARGUMENT…`.
///
/// Reports to the harness that listens on `mailbox`, and ends as it says. Fails when nobody
/// listens, as an opener without a browser would.
pub fn run(mailbox: &Path, name: &str, arguments: Vec<String>) -> ExitCode {
    let program = Path::new(name).file_name().map_or(name.into(), |name| name.to_string_lossy());
    let environment = std::env::vars_os()
        .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))
        .collect();
    let opening = Opening { program: program.into_owned(), arguments, environment };
    report(mailbox, &opening).map_or(ExitCode::from(NO_BROWSER), ExitCode::from)
}

fn report(mailbox: &Path, opening: &Opening) -> io::Result<u8> {
    let mut stream = UnixStream::connect(mailbox)?;
    stream.write_all(&serde_json::to_vec(opening)?)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = [NO_BROWSER];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

/// Where the openers of one sandbox report. Dropping it stops the listening.
#[derive(Debug)]
pub struct Mailbox {
    fails: Arc<AtomicBool>,
    openings: mpsc::UnboundedReceiver<Opening>,
    listening: tokio::task::JoinHandle<()>,
}

impl Mailbox {
    /// Listens on the socket `path`.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn listen(path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let fails = Arc::new(AtomicBool::new(false));
        let (sender, openings) = mpsc::unbounded_channel();
        let told = Arc::clone(&fails);
        let listening = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                if stream.read_to_end(&mut bytes).await.is_err() {
                    continue;
                }
                if let Ok(opening) = serde_json::from_slice(&bytes) {
                    // The receiver is gone only when the scenario is over.
                    let _ = sender.send(opening);
                }
                let answer = if told.load(Ordering::Relaxed) { NO_BROWSER } else { 0 };
                let _ = stream.write_all(&[answer]).await;
            }
        });
        Ok(Self { fails, openings, listening })
    }

    /// Says whether openers are to end as if there were no browser.
    pub fn set_failing(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// The next opening; waits for ever when none comes.
    pub async fn next(&mut self) -> Opening {
        match self.openings.recv().await {
            Some(opening) => opening,
            None => std::future::pending().await,
        }
    }

    /// The openings that were not asked for yet.
    pub fn rest(&mut self) -> Vec<Opening> {
        std::iter::from_fn(|| self.openings.try_recv().ok()).collect()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
