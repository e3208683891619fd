//! AL-13: a credentials file of another user is not used, whatever its mode.

use std::os::unix::fs::{chown, symlink};

use predicates::prelude::*;
use predicates::str::contains;

use super::{FILE, KEY, almyty, server, signed_in};

/// Nobody in particular, and not who runs this.
const SOMEBODY_ELSE: u32 = 65_534;
/// A file of root's that everybody can read.
const ROOTS: &str = "/etc/passwd";

/// Only root may give a file away. Whoever is not root finds one that belongs to root.
#[tokio::test]
async fn a_file_of_somebody_else_is_refused() {
    let authority = server().await;
    let home = signed_in(&authority);
    let path = home.path(FILE);
    let run = |arguments: &[&str]| {
        let mut command = almyty(&home);
        command.args(arguments);
        command.assert()
    };
    run(&["whoami"]).success();
    if rustix::process::geteuid().is_root() {
        chown(&path, Some(SOMEBODY_ELSE), None).expect("given away");
        run(&["whoami"]).code(1).stderr(
            contains("belongs to another user")
                .and(contains(path.to_str().expect("UTF-8")))
                .and(contains("chmod 600")),
        );
        assert_eq!(authority.asked("/auth/me").await, 1, "nothing more was sent");
        run(&["login", "--token", KEY, "--api", &authority.url()]).success();
        run(&["whoami"]).success();
    } else {
        std::fs::remove_file(&path).expect("removed");
        symlink(ROOTS, &path).expect("linked");
        run(&["whoami"]).code(1).stderr(contains("belongs to another user"));
        assert_eq!(authority.asked("/auth/me").await, 1, "nothing more was sent");
    }
}
