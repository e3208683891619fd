//! Every set of sources of a credential, each with one of its own.

use crate::profile::Command::Identity;
use crate::scenario::{Change, Scenario, Sources, Step, Variable, run};

/// How many sets there are of the option, the variable, the store and the session.
const SETS: usize = 16;

/// What each set is called: its members, the one that wins first.
const LABELS: [&str; SETS] = [
    "nothing",
    "session",
    "store",
    "store, session",
    "variable",
    "variable, session",
    "variable, store",
    "variable, store, session",
    "option",
    "option, session",
    "option, store",
    "option, store, session",
    "option, variable",
    "option, variable, session",
    "option, variable, store",
    "option, variable, store, session",
];

static STEPS: [Step; 2 * SETS] = steps();

/// For each set the home is made so, and a person asks who they are.
const fn steps() -> [Step; 2 * SETS] {
    let nothing = Sources { store: false, session: false };
    let mut steps = [Step::Change(Change::Sources(nothing)); 2 * SETS];
    let mut set = 0;
    while set < SETS {
        let sources = Sources { store: set & 2 != 0, session: set & 1 != 0 };
        let mut identity = run(LABELS[set], Identity);
        if set & 4 != 0 {
            identity = identity.variable(Variable::Valid);
        }
        if set & 8 != 0 {
            identity = identity.flag();
        }
        steps[2 * set] = Step::Change(Change::Sources(sources));
        steps[2 * set + 1] = identity.step();
        set += 1;
    }
    steps
}

/// Every set of sources.
pub static CREDENTIAL_LATTICE: Scenario = Scenario {
    id: "credential-lattice",
    story: "a person asks who they are, with every set of the sources that a credential may come from",
    home: &[],
    script: "",
    steps: &STEPS,
};
