//! Where a program that is stopped at `connect` would go.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::libc;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// As long as the address of an internet socket gets, in bytes.
const LONGEST: usize = 28;

/// The address that `pid` would connect to; `None` for one that is not of the internet, or cannot be
/// read.
pub(super) fn destination(pid: Pid) -> Option<SocketAddr> {
    let (base, length) = address_argument(pid).ok()?;
    let mut bytes = [0; LONGEST];
    let len = length.min(LONGEST);
    let local = &mut [IoSliceMut::new(&mut bytes[..len])];
    let read = process_vm_readv(pid, local, &[RemoteIoVec { base, len }]).ok()?;
    address(bytes.get(..read)?)
}

/// The address that a `sockaddr` of these bytes is.
fn address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = libc::c_int::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let ip: IpAddr = match family {
        libc::AF_INET => Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?).into(),
        libc::AF_INET6 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

/// Where the address lies that is the second argument of the call, and how long it is.
#[cfg(target_arch = "x86_64")]
fn address_argument(pid: Pid) -> nix::Result<(usize, usize)> {
    let registers = nix::sys::ptrace::getregs(pid)?;
    Ok((as_size(registers.rsi), as_size(registers.rdx)))
}

#[cfg(target_arch = "aarch64")]
fn address_argument(pid: Pid) -> nix::Result<(usize, usize)> {
    let registers = nix::sys::ptrace::getregs(pid)?;
    Ok((as_size(registers.regs[1]), as_size(registers.regs[2])))
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn address_argument(_: Pid) -> nix::Result<(usize, usize)> {
    Err(nix::errno::Errno::ENOSYS)
}

fn as_size(register: u64) -> usize {
    usize::try_from(register).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::four(libc::AF_INET, &[0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0], Some("192.0.2.1:80"))]
    #[case::mapped(
        libc::AF_INET6,
        &[1, 187, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1, 0, 0, 0, 0],
        Some("192.0.2.1:443")
    )]
    #[case::cut_off(libc::AF_INET6, &[1, 187, 0, 0], None)]
    #[case::local(libc::AF_UNIX, b"/run/a-socket-of-this-machine", None)]
    fn an_address_is_read(
        #[case] family: i32,
        #[case] rest: &[u8],
        #[case] expected: Option<&str>,
    ) {
        let family = u16::try_from(family).expect("small").to_ne_bytes();
        let read = address(&[&family, rest].concat()).map(|address| address.to_string());
        assert_eq!(read.as_deref(), expected);
    }
}
