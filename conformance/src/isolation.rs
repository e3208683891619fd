//! A network of the run's own, in which there is nothing but loopback: the platform, the proxy and
//! the tool are in it together, and a connection to any other host fails at once.
//!
//! Linux gives such a network to root, and to others together with a user namespace, in which they
//! are who they were before. Where that is forbidden nothing but the proxy is in the way of a tool
//! that would reach somebody.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};
use nix::unistd::{getegid, geteuid};
use thiserror::Error;

/// The first argument that makes the program try whether it can be isolated, and end.
pub const ATTEMPT: &str = "try-isolation";

/// The process was left half way to a network of its own: nothing can be run in it.
#[derive(Debug, Error)]
#[error("cannot set up a network for the run: {0}; --share-network does without")]
pub struct IsolationError(#[from] io::Error);

/// Moves this process, and all that it starts from now on, into a network of its own. `None` when
/// that is done; else why it is not possible here, and nothing is changed. Must be called before the
/// process has a second thread. `program` is the `authspec` program: what may fail half way is first
/// tried in another process.
///
/// # Errors
/// [`IsolationError`] when what was possible there is not possible here.
pub fn isolate(program: &Path) -> Result<Option<String>, IsolationError> {
    let mut attempt = Command::new(program);
    let attempt = attempt.arg(ATTEMPT).stdin(Stdio::null()).stdout(Stdio::null()).output()?;
    if !attempt.status.success() {
        let said = String::from_utf8_lossy(&attempt.stderr);
        return Ok(Some(said.lines().next().unwrap_or("no reason given").trim().to_owned()));
    }
    enter()?;
    Ok(None)
}

/// Enters a network of its own, for a process that ends after it.
///
/// # Errors
/// Why that is not possible.
pub fn attempt() -> io::Result<()> {
    enter()
}

fn enter() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    if user.is_root() {
        // In a user namespace even root could become nobody else.
        unshare(CloneFlags::CLONE_NEWNET)?;
    } else {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
        // Without this nobody may say who the groups of the namespace are.
        std::fs::write("/proc/self/setgroups", "deny")?;
        std::fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        std::fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    raise_loopback()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    TcpStream::connect(listener.local_addr()?).map(drop)
}

/// Switches the loopback interface on, which is the first of every network, and off in a new one.
fn raise_loopback() -> io::Result<()> {
    let kernel = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    send(kernel.as_raw_fd(), &switch_on(), MsgFlags::empty())?;
    let mut answer = [0; 64];
    let length = recv(kernel.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    // A header, and in it the error, negative, or 0.
    let error = answer[..length].get(16..20).and_then(|bytes| bytes.try_into().ok());
    match error.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(-error)),
        None => Err(io::Error::other("the kernel's answer is too short")),
    }
}

/// The message that switches on the first interface: rtnetlink(7), `RTM_NEWLINK`.
fn switch_on() -> Vec<u8> {
    const LENGTH: u32 = 32;
    const FIRST: i32 = 1;
    let flags = u16::try_from(libc::NLM_F_REQUEST | libc::NLM_F_ACK).unwrap_or_default();
    let up = u32::try_from(libc::IFF_UP).unwrap_or_default().to_ne_bytes();
    let header = [
        &LENGTH.to_ne_bytes()[..],
        &libc::RTM_NEWLINK.to_ne_bytes(),
        &flags.to_ne_bytes(),
        // The number of the message, and the sender, whom the kernel fills in.
        &[0; 8],
    ];
    // Any family, any type; which interface; the flags as they are to be, and those that change.
    let interface = [&[0; 4][..], &FIRST.to_ne_bytes(), &up, &up];
    [header.concat(), interface.concat()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_as_long_as_it_says() {
        let message = switch_on();
        assert_eq!(message.len(), 32);
        assert_eq!(message[..4], 32_u32.to_ne_bytes());
    }

    #[test]
    fn a_program_that_cannot_be_isolated_says_why() {
        let why = isolate(Path::new("/bin/false")).expect("nothing is half done");
        assert_eq!(why.as_deref(), Some("no reason given"));
    }
}
