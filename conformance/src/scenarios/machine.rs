//! The machine is not what one expects.

use crate::profile::Command::{Identity, LoginWithToken};
use crate::scenario::{Machine, Scenario, Seed, SessionState, StoreState, Variable, run};

/// A container without a home.
pub static NO_HOME: Scenario = Scenario {
    id: "no-home",
    story: "neither HOME nor any XDG variable is set, and the credential comes from the environment",
    home: &[],
    script: "",
    steps: &[run("identity", Identity).variable(Variable::Valid).machine(Machine::NoHome).step()],
};

/// A disk without room.
pub static FULL_DISK: Scenario = Scenario {
    id: "full-disk",
    story: "no file can grow by a byte, and a person who is signed in gives another key",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", LoginWithToken).machine(Machine::FullDisk).step()],
};

/// A machine at the other end of the world.
pub static FAR_TIME_ZONE: Scenario = Scenario {
    id: "far-time-zone",
    story: "an hour is left of the access token, on a machine whose time zone is fourteen hours ahead",
    home: &[Seed::Session(SessionState::Fresh)],
    script: "",
    steps: &[run("identity", Identity).machine(Machine::FarTimeZone).step()],
};

/// A pipe that nobody writes to.
pub static SILENT_INPUT: Scenario = Scenario {
    id: "silent-input",
    story: "nobody is signed in, standard input is a pipe that stays silent, and a script asks who it is",
    home: &[],
    script: "",
    steps: &[
        run("with variable", Identity)
            .variable(Variable::Valid)
            .machine(Machine::SilentInput)
            .step(),
        run("identity", Identity).machine(Machine::SilentInput).step(),
    ],
};

/// A person who wants no colours.
pub static NO_COLOUR: Scenario = Scenario {
    id: "no-colour",
    story: "NO_COLOR is set, and a person who is not signed in asks who they are at a terminal",
    home: &[],
    script: "",
    steps: &[run("identity", Identity).terminal(80).machine(Machine::NoColour).step()],
};
