//! One run of a program: started in a process group of its own, listened to, ended when it must
//! be.

mod streams;
mod unprivileged;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{AccessFlags, Pid, access};
use tokio::process::{Child, ChildStdin};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

pub use streams::Captured;
use streams::{start_on_pipes, start_on_terminal};
use unprivileged::without_privilege;

use crate::tracer::Gate;

/// The most that is remembered of one stream; a program that writes more is ended. In bytes.
pub const LONGEST_OUTPUT: usize = 4 * 1024 * 1024;

/// How long what is left of a process group is waited for after its leader has ended: a browser
/// opener may still be starting.
const GRACE: Duration = Duration::from_secs(2);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub environment: Vec<(String, String)>,
    /// The working directory.
    pub directory: PathBuf,
    /// The umask.
    pub umask: u32,
    /// The width of its terminal; `None`: pipes.
    pub terminal: Option<u16>,
    /// Whether the permissions of files hold for it, also when it is root's.
    pub unprivileged: bool,
    /// Whether the files that it writes may not grow.
    pub disk_full: bool,
    /// Whether standard input stays open when there is nothing to be read.
    pub silent_input: bool,
    /// What it finds on standard input, or what is typed on its terminal.
    pub input: String,
}

/// A program that runs. Dropping it ends its whole process group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Pid,
    started: Instant,
    /// What it has written to standard output so far; on a terminal, everything.
    pub stdout: Arc<Captured>,
    /// What it has written to standard error so far.
    pub stderr: Arc<Captured>,
    prompts: Arc<Mutex<Vec<String>>>,
    /// Open as long as the program runs, where it is to find a silent pipe.
    _silence: Option<ChildStdin>,
    reading: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it, behind `gate` where there is one.
    ///
    /// # Errors
    /// When the program cannot be started, or no terminal be had.
    pub fn start(launch: &Launch, gate: Option<&Gate>) -> io::Result<Self> {
        // A caller that ignores Ctrl-C, as a shell does for what it runs in the background, would have
        // the program ignore it too: what is handled here begins anew in each that is started.
        let _handled = signal(SignalKind::interrupt())?;
        let argv = with_limits(launch);
        let argv = gate.map_or(argv.clone(), |gate| gate.before(&argv));
        let (stdout, stderr) = (Arc::<Captured>::default(), Arc::<Captured>::default());
        let prompts = Arc::default();
        let start = || match launch.terminal {
            None => start_on_pipes(launch, &argv, &stdout, &stderr),
            Some(columns) => start_on_terminal(launch, &argv, columns, (&stdout, &prompts)),
        };
        let (mut child, reading) =
            if launch.unprivileged { without_privilege(start)? } else { start()? };
        // Waiting for the program would close what is left in it.
        let silence = child.stdin.take();
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Pid::from_raw(id.ok_or_else(|| io::Error::other("it has no process id"))?);
        Ok(Self {
            child,
            group,
            started: Instant::now(),
            stdout,
            stderr,
            prompts,
            _silence: silence,
            reading,
        })
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// When the system cannot say.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends the whole group at once and reaps the program.
    pub async fn kill(&mut self) {
        // Gone already is as good.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
    }

    /// The process group, to send signals to.
    pub fn group(&self) -> Pid {
        self.group
    }

    /// What stood before the cursor each time that something was typed.
    pub fn prompts(&self) -> Vec<String> {
        self.prompts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Since when it runs.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Waits a moment for all that it started to end as well, and returns whether that did.
    pub async fn group_ends(&self) -> bool {
        group_ends(self.group).await
    }

    /// Ends what is left of the group, so that nothing of this run reaches into the next, and reads
    /// the streams to their ends.
    pub async fn finish(mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        self.group_ends().await;
        for reading in std::mem::take(&mut self.reading) {
            // A process that left the group may hold the stream open for ever.
            let _ = tokio::time::timeout(GRACE, reading).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        for reading in &self.reading {
            reading.abort();
        }
    }
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(name));
    programs.find(|program| is_program(program))
}

/// Whether this can be run.
pub fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}

/// The arguments, behind a shell that sets umask and limits where they are not ours already: both
/// are of the whole process, so that they cannot be set here without a race.
fn with_limits(launch: &Launch) -> Vec<String> {
    let umask = if inherited_umask() == Some(launch.umask) {
        String::new()
    } else {
        format!("umask {:03o}; ", launch.umask)
    };
    // A write that goes too far fails, and does not end the program.
    let limit = if launch.disk_full { "trap '' XFSZ; ulimit -f 0; " } else { "" };
    if umask.is_empty() && limit.is_empty() {
        return launch.argv.clone();
    }
    let script = format!("{umask}{limit}exec \"$@\"");
    let shell = ["/bin/sh", "-c", &script, "sh"].map(str::to_owned);
    shell.into_iter().chain(launch.argv.iter().cloned()).collect()
}

fn inherited_umask() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(line.trim(), 8).ok()
}

/// Whole milliseconds, in which records and reports count time.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Waits a moment for a whole process group to end, and returns whether it did.
pub(crate) async fn group_ends(group: Pid) -> bool {
    let deadline = Instant::now() + GRACE;
    while killpg(group, None).is_ok() && group_lives(group) {
        if Instant::now() > deadline {
            return false;
        }
        // The end of a process that is no child of ours is no event that one could wait for.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}

/// Whether a process of `group` lives: the dead whom nobody has reaped do not count, and a signal
/// reaches those too. Where there is no `/proc`, who can be signalled is alive.
fn group_lives(group: Pid) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return true;
    };
    processes.filter_map(Result::ok).any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // The name in parentheses may hold anything: what counts stands behind the last one.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut fields = after_name.split_whitespace();
        let state = fields.next().unwrap_or("");
        let its_group = fields.nth(1).and_then(|text| text.parse().ok());
        !matches!(state, "" | "Z" | "X") && its_group == Some(group.as_raw())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(script: &str) -> Launch {
        Launch {
            argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            directory: PathBuf::from("/"),
            umask: 0o022,
            terminal: None,
            unprivileged: false,
            disk_full: false,
            silent_input: false,
            input: String::new(),
        }
    }

    async fn output_of(launch: Launch) -> (ExitStatus, String, String) {
        let mut process = Process::start(&launch, None).expect("started");
        let status = process.wait().await.expect("ended");
        let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
        process.finish().await;
        (status, stdout.text(), stderr.text())
    }

    #[tokio::test]
    async fn streams_and_exit_code_are_kept_apart() {
        let (status, stdout, stderr) = output_of(launch("echo data; echo talk >&2; exit 7")).await;
        assert_eq!((status.code(), &*stdout, &*stderr), (Some(7), "data\n", "talk\n"));
    }

    #[tokio::test]
    async fn nothing_is_inherited() {
        let (_, stdout, _) = output_of(launch("echo ${HOME-unset} ${CARGO-unset}")).await;
        assert_eq!(stdout, "unset unset\n");
    }

    #[rstest::rstest]
    #[case(0o000)]
    #[case(0o022)]
    #[case(0o077)]
    #[tokio::test]
    #[serial_test::serial(umask)]
    async fn the_umask_is_the_one_asked_for(#[case] umask: u32) {
        let (_, stdout, _) = output_of(Launch { umask, ..launch("umask") }).await;
        assert_eq!(u32::from_str_radix(stdout.trim(), 8), Ok(umask));
    }

    #[tokio::test]
    #[serial_test::serial(umask)]
    async fn the_umask_is_the_one_asked_for_whatever_ours_is() {
        let stricter = nix::sys::stat::Mode::from_bits_truncate(0o077);
        let ours = nix::sys::stat::umask(stricter);
        let (_, stdout, _) = output_of(launch("umask")).await;
        nix::sys::stat::umask(ours);
        assert_eq!(stdout.trim(), "0022");
    }

    #[tokio::test]
    async fn a_terminal_has_the_size_asked_for() {
        let (_, screen, _) = output_of(Launch { terminal: Some(40), ..launch("stty size") }).await;
        assert_eq!(screen.trim(), "24 40");
    }

    #[tokio::test]
    async fn a_flood_is_noticed_and_bounded() {
        let mut process = Process::start(&launch("exec yes"), None).expect("started");
        process.stdout.is_full().await;
        process.kill().await;
        assert_eq!(process.stdout.text().len(), LONGEST_OUTPUT);
    }

    #[tokio::test]
    async fn what_it_leaves_behind_is_seen_and_ended() {
        let mut process = Process::start(&launch("sleep 60 & exit 0"), None).expect("started");
        process.wait().await.expect("ended");
        assert!(!process.group_ends().await);
        let group = process.group();
        process.finish().await;
        assert!(!group_lives(group), "it lives on");
    }

    #[tokio::test]
    async fn who_leaves_nothing_is_not_suspected() {
        let mut process = Process::start(&launch("true"), None).expect("started");
        process.wait().await.expect("ended");
        assert!(process.group_ends().await);
    }
}
