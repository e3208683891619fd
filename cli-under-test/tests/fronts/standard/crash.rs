//! ST-4: whoever is killed while saving leaves the whole old file, or the whole new one.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::Value;

use super::{STORE, signed_in};
use crate::authority::Authority;
use crate::home::Home;

/// What kills at a system call. `ci/test` installs it.
const TRACER: &str = "strace";
/// Every system call by which a file could come to be, change, or go.
const WRITES: &str = "openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,\
                      chmod,fchmod,mkdir,mkdirat,unlink,unlinkat,ftruncate,link,linkat,flock";

/// Runs a command that is killed as it enters its n-th such call.
fn killed_at(call: usize, home: &Home, authority: &Authority, arguments: &[&str]) -> Option<i32> {
    let inject = format!("inject={WRITES}:signal=SIGKILL:when={call}");
    let mut command = Command::new(TRACER);
    command
        .env_clear()
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(inject)
        .arg(assert_cmd::cargo::cargo_bin!("reference"))
        .arg("standard")
        .args(arguments)
        .env("HOME", home.path(""))
        .env("STANDARD_URL", authority.url())
        .stdin(fs::File::open(home.path("token")).expect("opened"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = command.status().expect("strace is installed");
    assert!(status.signal().is_none_or(|signal| signal == 9));
    status.code()
}

fn access_token(home: &Home) -> Value {
    let saved = home.json(STORE);
    let identity = &saved["identities"]["default"];
    let token = identity.get("access_token").or(identity.get("token"));
    token.expect("there").clone()
}

#[rstest]
#[case::login(&["login", "--with-token"], "key-1")]
#[case::renewal(&["whoami"], "access-2")]
#[tokio::test]
async fn a_kill_leaves_the_old_or_the_new(#[case] arguments: &[&str], #[case] new: &str) {
    let (mut old_seen, mut new_seen) = (0, 0);
    for call in 1.. {
        let authority = Authority::start().await;
        let home = signed_in(&authority, -100);
        home.write("token", "key-1\n");
        let code = killed_at(call, &home, &authority, arguments);
        let found = access_token(&home);
        assert!(found == "access-1" || found == new, "call {call}: {found}");
        old_seen += usize::from(found == "access-1");
        new_seen += usize::from(found == new);
        let directory = fs::read_dir(home.path(".config/standard")).expect("readable");
        for entry in directory {
            let name = entry.expect("readable").file_name();
            let file = format!(".config/standard/{}", name.display());
            assert_eq!(home.mode(&file) & 0o077, 0, "call {call}: {file}");
        }
        if code == Some(0) {
            break;
        }
        assert!(call < 500, "it never got through");
    }
    // Both sides of the one moment were reached.
    assert!(old_seen > 3 && new_seen > 1, "{old_seen} old, {new_seen} new");
}
