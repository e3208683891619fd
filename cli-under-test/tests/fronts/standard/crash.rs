//! ST-4: whoever is killed while saving leaves the whole old file, or the whole new one.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::Value;

use super::{STORE, signed_in, standard};
use crate::authority::{Authority, State};
use crate::home::Home;

/// What kills at a system call. `ci/test` installs it.
const TRACER: &str = "strace";
/// Every system call by which a file could come to be, change, or go.
const WRITES: [&str; 19] = [
    "openat",
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "chmod",
    "fchmod",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "ftruncate",
    "link",
    "linkat",
    "flock",
];
const LOGIN: &[&str] = &["login", "--with-token"];

/// Runs a command that is killed as it enters the n-th call of one name. Returns its exit code, if
/// it came that far.
fn killed_at(
    (name, call): (&str, usize),
    home: &Home,
    authority: &Authority,
    arguments: &[&str],
) -> Option<i32> {
    // The question mark is for machines that have no call of that name.
    let inject = format!("inject=?{name}:signal=SIGKILL:when={call}");
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

/// Every moment to be killed at, as long as there are more.
struct Moments {
    name: usize,
    call: usize,
}

impl Moments {
    fn all() -> Self {
        Self { name: 0, call: 0 }
    }

    /// The next one, given whether the last one was ever reached.
    fn next(&mut self, reached: bool) -> Option<(&'static str, usize)> {
        (self.name, self.call) =
            if reached { (self.name, self.call + 1) } else { (self.name + 1, 1) };
        assert!(self.call < 500, "it never got through");
        WRITES.get(self.name).map(|name| (*name, self.call))
    }
}

fn access_token(home: &Home) -> Value {
    let saved = home.json(STORE);
    let identity = &saved["identities"]["default"];
    let token = identity.get("access_token").or(identity.get("token"));
    token.expect("there").clone()
}

/// The files that hold a secret after one more command, whatever comes of that one.
fn left_after(arguments: &[&str], home: &Home, authority: &Authority) -> Vec<PathBuf> {
    let _ = fs::remove_file(home.path("token"));
    standard(home, authority).args(arguments).output().expect("started");
    let secrets = ["access-", "refresh-", "key-1"];
    let mut found: Vec<_> = secrets.iter().flat_map(|secret| home.holding(secret)).collect();
    found.sort();
    found.dedup();
    found
}

/// Whoever is killed at his first login of all leaves a file behind, and no store beside it.
#[tokio::test]
async fn logging_out_removes_what_was_never_finished() {
    let (authority, mut left_behind) = (Authority::start().await, 0);
    let (mut moments, mut reached) = (Moments::all(), true);
    while let Some(moment) = moments.next(reached) {
        let home = Home::new();
        home.write("token", "key-1\n");
        reached = killed_at(moment, &home, &authority, LOGIN) != Some(0);
        left_behind += usize::from(home.read(STORE).is_none() && home.holding("key-1").len() > 1);
        assert!(left_after(&["logout"], &home, &authority).is_empty(), "{moment:?}");
    }
    assert!(left_behind > 0, "nothing was ever left behind");
}

#[rstest]
#[case::login(LOGIN, "key-1")]
#[case::renewal(&["whoami"], "access-2")]
#[tokio::test]
async fn a_kill_leaves_the_old_or_the_new(#[case] arguments: &[&str], #[case] new: &str) {
    let authority = Authority::start().await;
    let (mut old_seen, mut new_seen) = (0, 0);
    let (mut moments, mut reached) = (Moments::all(), true);
    while let Some(moment) = moments.next(reached) {
        authority.with(|state| *state = State::default());
        let home = signed_in(&authority, -100);
        home.write("token", "key-1\n");
        reached = killed_at(moment, &home, &authority, arguments) != Some(0);
        let found = access_token(&home);
        assert!(found == "access-1" || found == new, "{moment:?}: {found}");
        old_seen += usize::from(found == "access-1");
        new_seen += usize::from(found == new);
        let directory = fs::read_dir(home.path(".config/standard")).expect("readable");
        for entry in directory {
            let name = entry.expect("readable").file_name();
            let file = format!(".config/standard/{}", name.display());
            assert_eq!(home.mode(&file) & 0o077, 0, "{moment:?}: {file}");
        }
        assert_eq!(left_after(&["whoami"], &home, &authority), [home.path(STORE)], "{moment:?}");
        assert!(left_after(&["logout"], &home, &authority).is_empty(), "{moment:?}");
    }
    // Both sides of the one moment were reached.
    assert!(old_seen > 3 && new_seen > 1, "{old_seen} old, {new_seen} new");
}
