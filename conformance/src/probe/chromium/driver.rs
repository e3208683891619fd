//! ChromeDriver: the program that starts Chromium, and is told what to do there.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::ChromiumError;
use crate::probe::credentials::{NAMES, variable};
use crate::process::{group_ends, on_path};

/// What it is called on PATH.
pub(super) const DRIVER: &str = "chromedriver";

/// How often it is started: now and then it takes a port that is free for IPv4 and finds it taken
/// for IPv6, and ends.
const ATTEMPTS: usize = 5;

/// A driver that runs. Dropping it ends its whole process group, and so the browser.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    group: Pid,
    port: u16,
    /// Where it and the browser write everything.
    _folder: TempDir,
}

/// Where it is.
///
/// # Errors
/// [`ChromiumError::NoDriver`] when it is not on PATH.
pub fn find() -> Result<PathBuf, ChromiumError> {
    on_path(DRIVER).ok_or(ChromiumError::NoDriver)
}

impl Driver {
    /// Starts it at a free port.
    ///
    /// # Errors
    /// [`ChromiumError`] when it is not there, or ends again.
    pub(super) async fn start() -> Result<Self, ChromiumError> {
        let program = find()?;
        let mut said = "it ends at once".to_owned();
        for _ in 0..ATTEMPTS {
            let folder = TempDir::with_prefix("authspec-chromium-");
            let mut driver = Self::spawn(&program, folder.map_err(ChromiumError::Driver)?)?;
            let Some(stdout) = driver.child.stdout.take() else { continue };
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await.map_err(ChromiumError::Driver)? {
                let port = line.split_once("started successfully on port ");
                if let Some(port) =
                    port.and_then(|(_, port)| port.trim_end_matches('.').parse().ok())
                {
                    driver.port = port;
                    return Ok(driver);
                }
                said = line;
            }
        }
        Err(ChromiumError::Driver(io::Error::other(said)))
    }

    fn spawn(program: &std::path::Path, folder: TempDir) -> Result<Self, ChromiumError> {
        let mut command = Command::new(program);
        for name in NAMES {
            command.env_remove(variable(name));
        }
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        for place in ["TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(place, folder.path());
        }
        // The browser is in this group too, and hears no Ctrl-C: it ends when we end it.
        command.process_group(0).kill_on_drop(true);
        let child = command.spawn().map_err(ChromiumError::Driver)?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.ok_or_else(|| ChromiumError::Driver(io::Error::other("it has no id")))?;
        Ok(Self { child, group: Pid::from_raw(id), port: 0, _folder: folder })
    }

    /// The port of 127.0.0.1 at which it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it and the browser, and returns when both are gone: then the folder can be removed.
    pub(super) async fn end(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
        group_ends(self.group).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}
