//! What a program reads and writes: pipes, or a terminal at which somebody types.

use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::termios::{LocalFlags, tcgetattr};
use pty_process::Pty;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{LONGEST_OUTPUT, Launch};

/// The height of every terminal, in rows. A program that finds no size at all may run away.
const TERMINAL_ROWS: u16 = 24;

/// How long a program may take to turn the echo off once it has printed its prompt.
const SILENCE_DEADLINE: Duration = Duration::from_millis(500);

/// What one stream has carried so far.
#[derive(Debug, Default)]
pub struct Captured {
    bytes: Mutex<Vec<u8>>,
    grown: Notify,
}

impl Captured {
    /// What was written, bytes that are no UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock()).into_owned()
    }

    /// Waits until as much was written as is remembered; for ever when it is not.
    pub async fn is_full(&self) {
        self.when(|bytes| (bytes.len() >= LONGEST_OUTPUT).then_some(())).await;
    }

    /// The first thing that `find` finds in what is written; waits for ever when it finds nothing.
    pub async fn when<T>(&self, find: impl Fn(&[u8]) -> Option<T>) -> T {
        loop {
            let grown = self.grown.notified();
            if let Some(found) = find(&self.lock()) {
                return found;
            }
            grown.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, bytes: &[u8]) {
        let mut held = self.lock();
        let room = LONGEST_OUTPUT.saturating_sub(held.len());
        held.extend_from_slice(&bytes[..bytes.len().min(room)]);
        drop(held);
        self.grown.notify_waiters();
    }
}

pub(super) type Started = (Child, Vec<JoinHandle<()>>);

pub(super) fn start_on_pipes(
    launch: &Launch,
    argv: &[String],
    stdout: &Arc<Captured>,
    stderr: &Arc<Captured>,
) -> io::Result<Started> {
    let mut command = Command::new(&argv[0]);
    command
        .args(&argv[1..])
        .env_clear()
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .env("TERM", "dumb")
        .current_dir(&launch.directory)
        .stdin(if launch.input.is_empty() && !launch.silent_input {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn()?;
    let mut reading = Vec::new();
    let input = launch.input.clone().into_bytes();
    if !launch.silent_input {
        reading.extend(child.stdin.take().map(|stream| tokio::spawn(write(stream, input))));
    }
    reading
        .extend(child.stdout.take().map(|stream| tokio::spawn(read(stream, Arc::clone(stdout)))));
    reading
        .extend(child.stderr.take().map(|stream| tokio::spawn(read(stream, Arc::clone(stderr)))));
    Ok((child, reading))
}

pub(super) fn start_on_terminal(
    launch: &Launch,
    argv: &[String],
    columns: u16,
    (screen, prompts): (&Arc<Captured>, &Arc<Mutex<Vec<String>>>),
) -> io::Result<Started> {
    let (pty, terminal) = pty_process::open().map_err(io::Error::other)?;
    pty.resize(pty_process::Size::new(TERMINAL_ROWS, columns)).map_err(io::Error::other)?;
    // On a terminal the program leads a session, and so a process group, of its own.
    let child = pty_process::Command::new(&argv[0])
        .args(&argv[1..])
        .env_clear()
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .env("TERM", "xterm-256color")
        .current_dir(&launch.directory)
        .spawn(terminal)
        .map_err(io::Error::other)?;
    let typed = launch.input.lines().map(str::to_owned).collect();
    Ok((child, vec![tokio::spawn(converse(pty, typed, (Arc::clone(screen), Arc::clone(prompts))))]))
}

async fn write(mut stream: impl AsyncWrite + Unpin, input: Vec<u8>) {
    // Who does not read what it is given is not waited for.
    let _ = stream.write_all(&input).await;
    let _ = stream.shutdown().await;
}

/// Reads a terminal, and types the next of `lines` at each prompt: where what is on the screen ends
/// within a line.
///
/// The last line is the secret, where there is one: before it is typed the echo is waited for to be
/// turned off, since a program prints its prompt first.
async fn converse(
    mut terminal: Pty,
    lines: Vec<String>,
    (screen, prompts): (Arc<Captured>, Arc<Mutex<Vec<String>>>),
) {
    let mut lines = lines.into_iter();
    let mut buffer = vec![0; 16 * 1024];
    // A terminal ends with an error, not with an end.
    while let Ok(length @ 1..) = terminal.read(&mut buffer).await {
        screen.push(&buffer[..length]);
        let at_prompt = buffer[length - 1] == b' ' || buffer[length - 1] == b':';
        if at_prompt && let Some(line) = lines.next() {
            let shown = screen.text();
            let prompt = shown.lines().next_back().unwrap_or_default().trim().to_owned();
            prompts.lock().unwrap_or_else(PoisonError::into_inner).push(prompt);
            if lines.len() == 0 {
                wait_for_silence(&terminal).await;
            }
            // Who has gone is not asked any more.
            let _ = terminal.write_all(format!("{line}\n").as_bytes()).await;
        }
    }
}

/// Waits until what is typed does not appear on the screen; not for long, since a program may mean
/// it to.
async fn wait_for_silence(terminal: &Pty) {
    let deadline = Instant::now() + SILENCE_DEADLINE;
    let echoes = || {
        tcgetattr(terminal).is_ok_and(|settings| settings.local_flags.contains(LocalFlags::ECHO))
    };
    while echoes() && Instant::now() < deadline {
        // That the settings of a terminal change is no event that one could wait for.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn read(mut stream: impl AsyncRead + Unpin, captured: Arc<Captured>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        captured.push(&buffer[..length]);
    }
}
