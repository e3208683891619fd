//! What a run looks like from below, by ptrace: the sandbox after each system call that may change
//! it, and every program that is started. Needs Linux, and no root.
//!
//! A process that is killed leaves behind exactly what stood there between two of its system calls:
//! so each moment is also what a `kill -9` at that moment would have left.

mod connections;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, killpg};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, mkfifo};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::observation::{Ending, FileTree};
use connections::destination;

/// What was seen from below.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The sandbox, before the run and after each system call that changed it, in order.
    pub moments: Vec<FileTree>,
    /// The programs that were started, the tool itself first: their arguments.
    pub programs: Vec<Vec<String>>,
    /// The addresses of the internet that it connected to, or tried to.
    #[serde(default)]
    pub connections: BTreeSet<SocketAddr>,
    /// How the tool ended, where this thread heard of it instead of who started it: of a program that
    /// is killed while it is stopped, the kernel tells its tracer.
    pub ended: Option<Ending>,
    /// Why not everything was seen; `None` when it was.
    pub failure: Option<String>,
}

/// How long the end of the last traced process is waited for, once the tool has ended.
const PATIENCE: Duration = Duration::from_secs(5);

impl Trace {
    /// Whether a connection to this machine was seen.
    pub fn connected_here(&self) -> bool {
        self.connections.iter().any(is_here)
    }

    /// The addresses of other machines that it connected to, or tried to.
    pub fn connected_elsewhere(&self) -> impl Iterator<Item = String> {
        self.connections.iter().filter(|address| !is_here(address)).map(ToString::to_string)
    }

    /// What was seen, once the tool has ended and its group is gone.
    pub async fn finish(tracing: oneshot::Receiver<Self>) -> Self {
        let failed = |why: &str| Self { failure: Some(why.to_owned()), ..Self::default() };
        match tokio::time::timeout(PATIENCE, tracing).await {
            Ok(Ok(trace)) => trace,
            Ok(Err(_)) => failed("the tracer has a mistake"),
            Err(_) => failed("a process of the tool lives on"),
        }
    }
}

/// A gate that a program waits behind until it is traced.
#[derive(Debug)]
pub struct Gate {
    path: PathBuf,
    // Open at both ends, so that neither side waits for the other to open it.
    end: File,
}

impl Gate {
    /// Makes one at `path`.
    ///
    /// # Errors
    /// When no named pipe can be made there.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        match mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let end = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Self { path, end })
    }

    /// `argv` as a program that waits behind this gate first.
    pub fn before(&self, argv: &[String]) -> Vec<String> {
        let gate = self.path.to_string_lossy().into_owned();
        let script = "read _ < \"$0\"; exec \"$@\"".to_owned();
        let shell = ["/bin/sh".to_owned(), "-c".to_owned(), script, gate];
        shell.into_iter().chain(argv.iter().cloned()).collect()
    }

    /// Traces the program `leader` that waits behind this gate, and all that it starts, and lets it
    /// go. What the files below `root` are is written down. The trace comes with
    /// the end of the last of them.
    /// `killed_by`: a secret; once a file holds it, the whole group is killed.
    pub fn follow(
        self,
        leader: Pid,
        root: &Path,
        killed_by: Option<String>,
    ) -> oneshot::Receiver<Trace> {
        let root = root.to_owned();
        let (tell, told) = oneshot::channel();
        std::thread::spawn(move || {
            let mut tracer = Tracer { root, leader, killed_by, trace: Trace::default() };
            let attached = tracer.attach();
            // The program must go on, traced or not.
            let opened = (&self.end).write_all(b"\n");
            if let Err(error) = attached.and_then(|()| tracer.watch()) {
                tracer.trace.failure = Some(format!("ptrace: {}", error.desc()));
            } else if let Err(error) = opened {
                tracer.trace.failure = Some(format!("the gate: {error}"));
            }
            // Who does not wait for it any more does not want it.
            let _ = tell.send(tracer.trace);
        });
        told
    }
}

/// Whether this is an address of the machine itself.
fn is_here(address: &SocketAddr) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}

struct Tracer {
    root: PathBuf,
    leader: Pid,
    killed_by: Option<String>,
    trace: Trace,
}

impl Tracer {
    /// Every call to ptrace must come from one thread: this one.
    fn attach(&mut self) -> nix::Result<()> {
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_TRACEEXIT;
        ptrace::seize(self.leader, options)?;
        ptrace::interrupt(self.leader)?;
        waitpid(self.leader, Some(WaitPidFlag::__WALL))?;
        self.remember();
        ptrace::syscall(self.leader, None)
    }

    fn watch(&mut self) -> nix::Result<()> {
        // Not the children of other threads: those are other scenarios' affair.
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            match waitpid(None, Some(flags)) {
                Ok(status) => self.go_on(status)?,
                Err(Errno::ECHILD) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn go_on(&mut self, status: WaitStatus) -> nix::Result<()> {
        const EXEC: i32 = Event::PTRACE_EVENT_EXEC as i32;
        const EXIT: i32 = Event::PTRACE_EVENT_EXIT as i32;
        let gone_on = match status {
            WaitStatus::PtraceSyscall(pid) => {
                let call = number_of_call(pid)?;
                if may_change_files(call) {
                    self.remember();
                }
                if call == nix::libc::SYS_connect {
                    self.trace.connections.extend(destination(pid));
                }
                ptrace::syscall(pid, None)
            }
            // Whoever started it is to hear of its end, not this thread.
            WaitStatus::PtraceEvent(pid, _, EXIT) => ptrace::detach(pid, None),
            WaitStatus::PtraceEvent(pid, _, EXEC) => {
                self.trace.programs.extend(arguments_of(pid));
                ptrace::syscall(pid, None)
            }
            WaitStatus::PtraceEvent(pid, ..) => ptrace::syscall(pid, None),
            WaitStatus::Stopped(pid, signal) => ptrace::syscall(pid, passed_on(signal)),
            WaitStatus::Exited(pid, code) if pid == self.leader => {
                self.trace.ended = Some(Ending::Exited(code));
                Ok(())
            }
            WaitStatus::Signaled(pid, signal, _) if pid == self.leader => {
                self.trace.ended = Some(Ending::Signalled(signal as i32));
                Ok(())
            }
            _ => Ok(()),
        };
        match gone_on {
            // Killed while it was stopped.
            Err(Errno::ESRCH) => Ok(()),
            other => other,
        }
    }

    fn remember(&mut self) {
        match FileTree::read(&self.root) {
            Ok(tree) if self.trace.moments.last() == Some(&tree) => {}
            Ok(tree) => {
                self.kill_when_due(&tree);
                self.trace.moments.push(tree);
            }
            Err(error) => self.trace.failure = Some(format!("the sandbox: {error}")),
        }
    }
}

impl Tracer {
    fn kill_when_due(&self, tree: &FileTree) {
        let Some(secret) = &self.killed_by else { return };
        if !tree.files_where(|_, file| file.text.contains(secret)).is_empty() {
            // Gone already is as good.
            let _ = killpg(self.leader, Signal::SIGKILL);
        }
    }
}

/// The signal that a tracee gets that was stopped by it.
fn passed_on(signal: Signal) -> Option<Signal> {
    (signal != Signal::SIGTRAP).then_some(signal)
}

fn arguments_of(pid: Pid) -> Option<Vec<String>> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words =
        line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut words: Vec<String> = words.collect();
    // Each argument ends in a NUL, the last one too.
    words.pop();
    Some(words)
}

/// Whether the system call of this number may change files.
fn may_change_files(call: nix::libc::c_long) -> bool {
    use nix::libc as sys;
    let common = [
        sys::SYS_openat,
        sys::SYS_openat2,
        sys::SYS_write,
        sys::SYS_pwrite64,
        sys::SYS_writev,
        sys::SYS_pwritev,
        sys::SYS_pwritev2,
        sys::SYS_splice,
        sys::SYS_ftruncate,
        sys::SYS_fallocate,
        sys::SYS_fchmod,
        sys::SYS_fchmodat,
        sys::SYS_renameat,
        sys::SYS_renameat2,
        sys::SYS_linkat,
        sys::SYS_unlinkat,
        sys::SYS_symlinkat,
        sys::SYS_mkdirat,
        sys::SYS_copy_file_range,
        sys::SYS_sendfile,
        sys::SYS_truncate,
    ];
    common.contains(&call) || older_calls().contains(&call)
}

#[cfg(target_arch = "x86_64")]
fn number_of_call(pid: Pid) -> nix::Result<nix::libc::c_long> {
    Ok(ptrace::getregs(pid)?.orig_rax.cast_signed())
}

#[cfg(target_arch = "aarch64")]
fn number_of_call(pid: Pid) -> nix::Result<nix::libc::c_long> {
    Ok(ptrace::getregs(pid)?.regs[8].cast_signed())
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn number_of_call(_: Pid) -> nix::Result<nix::libc::c_long> {
    Err(Errno::ENOSYS)
}

/// The calls that newer machines do without.
#[cfg(target_arch = "x86_64")]
fn older_calls() -> &'static [nix::libc::c_long] {
    use nix::libc as sys;
    &[
        sys::SYS_open,
        sys::SYS_creat,
        sys::SYS_chmod,
        sys::SYS_rename,
        sys::SYS_link,
        sys::SYS_unlink,
        sys::SYS_symlink,
        sys::SYS_mkdir,
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn older_calls() -> &'static [nix::libc::c_long] {
    &[]
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn trace(script: &str) -> Trace {
        let harness = tempfile::tempdir().expect("made");
        let root = tempfile::tempdir().expect("made");
        let gate = Gate::new(harness.path().join("gate")).expect("made");
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        let argv = gate.before(&argv);
        let mut child = Command::new(&argv[0])
            .args(&argv[1..])
            .current_dir(root.path())
            .spawn()
            .expect("started");
        let leader = Pid::from_raw(i32::try_from(child.id()).expect("small"));
        let trace = gate.follow(leader, root.path(), None).blocking_recv().expect("told");
        assert!(child.wait().expect("left to us").success());
        trace
    }

    #[test]
    fn what_was_there_for_a_moment_is_seen() {
        let trace = trace("umask 000; echo secret > a; chmod 600 a; mv a b");
        assert_eq!(trace.failure, None);
        let modes = |name: &str| {
            let trees = trace.moments.iter();
            let mut modes: Vec<u32> =
                trees.filter_map(|tree| Some(tree.0.get(name)?.mode)).collect();
            modes.dedup();
            modes
        };
        assert_eq!((modes("a"), modes("b")), (vec![0o666, 0o600], vec![0o600]));
    }

    #[test]
    fn programs_are_seen_with_their_arguments() {
        let trace = trace("/bin/echo one two >/dev/null; /bin/true");
        let last = &trace.programs[trace.programs.len() - 2..];
        assert_eq!(last[0], ["/bin/echo", "one", "two"]);
        assert_eq!(last[1], ["/bin/true"]);
    }

    #[test]
    fn the_end_of_a_child_is_told_to_who_started_it() {
        assert_eq!(trace("/bin/false; test $? -eq 1").failure, None);
    }
}
