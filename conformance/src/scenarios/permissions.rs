//! What a person may not read, or not write. None of them is root, for whom nothing is forbidden.

use crate::profile::Command::{Identity, LoginWithToken, Logout};
use crate::scenario::{Change, Machine, Run, Scenario, Seed, Step, StoreState, Variable, run};

const ASKS: Run = run("", Identity).machine(Machine::Unprivileged);

/// A home that cannot be written, as in many containers.
pub static HOME_READ_ONLY: Scenario = Scenario {
    id: "home-read-only",
    story: "a person who is not root asks who they are, with the credential from the environment; then nothing in the home can be written, they ask again, and sign in",
    home: &[],
    script: "",
    steps: &[
        ASKS.called("writable").variable(Variable::Valid).step(),
        Step::Change(Change::LockHome),
        ASKS.called("with variable").variable(Variable::Valid).step(),
        run("login", LoginWithToken).machine(Machine::Unprivileged).step(),
    ],
};

/// A store that cannot be read.
pub static STORE_UNREADABLE: Scenario = Scenario {
    id: "store-unreadable",
    story: "a person who is not root asks who they are; then the credential file has mode 000, they ask again, with the variable set, and without it, and sign out",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[
        ASKS.called("readable").step(),
        Step::Change(Change::CloseStore),
        ASKS.called("with variable").variable(Variable::Valid).step(),
        ASKS.called("identity").step(),
        run("logout", Logout).machine(Machine::Unprivileged).step(),
    ],
};
