//! What the store is like before, and what is made of it.

use crate::profile::Command::{Help, Identity, LoginWithToken, Logout};
use crate::scenario::{Scenario, Seed, Step, StoreState, run};

/// A store that others may read.
pub static STORE_LOOSE: Scenario = Scenario {
    id: "store-loose",
    story: "the credential file is there with mode 0644, and a person signs in",
    home: &[Seed::Store(StoreState::HoldsKeyLoosely)],
    script: "",
    steps: &[run("login", LoginWithToken).traced().step()],
};

/// A store with members that are not the tool's.
pub static STORE_AMONG_OTHERS: Scenario = Scenario {
    id: "store-among-others",
    story: "the credential file holds something of somebody else; a person signs in, and out",
    home: &[Seed::Store(StoreState::HoldsKeyAmongOthers)],
    script: "",
    steps: &[run("login", LoginWithToken).step(), run("logout", Logout).step()],
};

/// A store that is kept among the dotfiles.
pub static STORE_SYMLINK: Scenario = Scenario {
    id: "store-symlink",
    story: "the credential file is a symbolic link, and a person signs in",
    home: &[Seed::Store(StoreState::IsSymlink)],
    script: "",
    steps: &[run("login", LoginWithToken).step()],
};

/// A store that holds more than what comes after it.
pub static STORE_LONG: Scenario = Scenario {
    id: "store-long",
    story: "the credential file holds 4 KiB, and a person signs in with a short key",
    home: &[Seed::Store(StoreState::HoldsLongKey)],
    script: "",
    steps: &[run("login", LoginWithToken).step()],
};

/// A store that cannot be written.
pub static STORE_UNWRITABLE: Scenario = Scenario {
    id: "store-unwritable",
    story: "the path of the credential file is a directory, and a person signs in",
    home: &[Seed::Store(StoreState::IsDirectory)],
    script: "",
    steps: &[run("login", LoginWithToken).step()],
};

/// A store that cannot be read, and the way out by signing in.
pub static STORE_CORRUPT: Scenario = Scenario {
    id: "store-corrupt",
    story: "the credential file is corrupt: a person asks for help, then who they are, then signs in",
    home: &[Seed::Store(StoreState::IsCorrupt)],
    script: "",
    steps: &[
        run("help", Help).step(),
        run("identity", Identity).step(),
        run("login", LoginWithToken).step(),
    ],
};

/// A store that cannot be read, and the way out by signing out.
pub static STORE_CORRUPT_LOGOUT: Scenario = Scenario {
    id: "store-corrupt-logout",
    story: "the credential file is corrupt, and a person signs out",
    home: &[Seed::Store(StoreState::IsCorrupt)],
    script: "",
    steps: &[run("logout", Logout).step()],
};

/// A store that others may read, and a command that would use it.
pub static STORE_LOOSE_READ: Scenario = Scenario {
    id: "store-loose-read",
    story: "the credential file has mode 0644, and a person asks who they are",
    home: &[Seed::Store(StoreState::HoldsKeyLoosely)],
    script: "",
    steps: &[run("identity", Identity).step()],
};

/// A store of somebody else.
pub static STORE_OF_ANOTHER: Scenario = Scenario {
    id: "store-of-another",
    story: "the credential file belongs to another user, and a person asks who they are",
    home: &[Seed::Store(StoreState::BelongsToAnother)],
    script: "",
    steps: &[run("identity", Identity).step()],
};

/// A key that is typed.
pub static KEY_TYPED: Scenario = Scenario {
    id: "key-typed",
    story: "a person types a key at the terminal, when they are asked for it; then a script gives it, without a terminal",
    home: &[],
    script: "",
    steps: &[run("login", LoginWithToken).terminal(80).step(), run("piped", LoginWithToken).step()],
};

/// A save, and a removal, seen from below.
pub static STORE_TRACED: Scenario = Scenario {
    id: "store-traced",
    story: "with umask 000 a person signs in with a key, and out, and every system call is watched",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).umask(0o000).traced().step(),
        run("logout", Logout).umask(0o000).traced().step(),
    ],
};

/// A save over another one, seen from below.
pub static STORE_REPLACED: Scenario = Scenario {
    id: "store-replaced",
    story: "a person who is signed in gives another key, and every system call is watched",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", LoginWithToken).traced().step()],
};

/// A save that is cut off.
pub static SAVE_KILLED: Scenario = Scenario {
    id: "save-killed",
    story: "a person signs in and the tool is killed as soon as a file holds the key; they sign in again, and out",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).killed().step(),
        run("login again", LoginWithToken).step(),
        run("logout", Logout).step(),
    ],
};

/// How many sign in at once in [`STORE_CONTESTED`].
pub const WRITERS: usize = 4;

/// How many commands read meanwhile.
pub const READS: usize = 5;

/// Several saves at once, and somebody who reads.
pub static STORE_CONTESTED: Scenario = Scenario {
    id: "store-contested",
    story: "a person who is signed in gives four other keys at once, and meanwhile asks who they are, again and again; afterwards they ask once more",
    home: &[Seed::Store(StoreState::HoldsKey)],
    // All of them save at the same moment.
    script: r#"
        [[faults]]
        on = "{identity}"
        requests = "1..4"
        barrier = { requests = 4, timeout_ms = 500 }
    "#,
    steps: &[
        Step::Throng {
            writer: run("writer", LoginWithToken).traced(),
            writers: WRITERS,
            reader: run("reader", Identity),
            reads: READS,
        },
        run("afterwards", Identity).step(),
    ],
};
