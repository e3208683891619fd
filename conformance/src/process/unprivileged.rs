//! Root without its power over the permissions of files: what they forbid then holds for root as for
//! anybody else. Another user would do as well, but might not reach the program at all, where that
//! lies in root's own home.

use std::io;
use std::thread;

use nix::unistd::geteuid;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, remove_capability_from_bounding_set,
    set_capabilities,
};
use tokio::runtime::Handle;

/// What lets root read, write and enter whatever the permissions say: capabilities(7).
const POWER_OVER_FILES: [CapabilitySet; 2] =
    [CapabilitySet::DAC_OVERRIDE, CapabilitySet::DAC_READ_SEARCH];

/// Does `start`, so that the programs that it starts have no power over the permissions of files.
///
/// # Errors
/// When that power cannot be given up, and those of `start`.
pub(super) fn without_privilege<T: Send>(
    start: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    if !geteuid().is_root() {
        return start();
    }
    let runtime = Handle::current();
    // There is no way back, so that it is a thread of its own that gives it up.
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let _inside = runtime.enter();
            give_up()?;
            start()
        });
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it ended")))
    })
}

/// Gives the power up for every program that this thread starts; the thread itself keeps it, and so
/// finds them.
fn give_up() -> io::Result<()> {
    let sets = capabilities(None)?;
    for power in POWER_OVER_FILES.into_iter().filter(|power| sets.permitted.contains(*power)) {
        remove_capability_from_bounding_set(power)?;
    }
    let inheritable = sets.inheritable.difference(POWER_OVER_FILES.into_iter().collect());
    Ok(set_capabilities(None, CapabilitySets { inheritable, ..sets })?)
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    use super::without_privilege;

    #[tokio::test]
    async fn a_file_that_may_not_be_read_is_not_read() {
        let directory = tempfile::tempdir().expect("made");
        let file = directory.path().join("closed");
        write(&file, "secret").expect("written");
        let output = || {
            let mut cat = std::process::Command::new("/bin/cat");
            cat.arg(&file).output()
        };
        assert!(without_privilege(output).expect("started").status.success());
        set_permissions(&file, Permissions::from_mode(0o000)).expect("changed");
        assert!(!without_privilege(output).expect("started").status.success());
    }
}
