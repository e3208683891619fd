//! Every set of sources, of a credential and of the platform's URL, each with one of its own.

use crate::profile::Command::{Identity, LoginWithToken};
use crate::scenario::{
    Change, Run, Scenario, Sources, Step, Url, UrlFiles, UrlVariable, Variable, run,
};

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

/// How many sets there are of the option, the variable, what is saved and the file, but for none.
const URL_SETS: usize = 15;

/// What each set is called: its members, the one that wins first.
const URL_LABELS: [&str; URL_SETS] = [
    "file",
    "saved",
    "saved, file",
    "variable",
    "variable, file",
    "variable, saved",
    "variable, saved, file",
    "option",
    "option, file",
    "option, saved",
    "option, saved, file",
    "option, variable",
    "option, variable, file",
    "option, variable, saved",
    "option, variable, saved, file",
];

/// The sets with the option, for tools that take it at a sign-in alone.
const SIGN_IN_LABELS: [&str; 8] = [
    "sign-in: option",
    "sign-in: option, file",
    "sign-in: option, saved",
    "sign-in: option, saved, file",
    "sign-in: option, variable",
    "sign-in: option, variable, file",
    "sign-in: option, variable, saved",
    "sign-in: option, variable, saved, file",
];

/// The sets with a variable that holds nothing, and all that lies in the home.
const NOTHING_LABELS: [(&str, UrlVariable); 2] =
    [("empty", UrlVariable::Empty), ("blank", UrlVariable::Blank)];

/// How many runs that makes.
const URL_RUNS: usize = URL_SETS + NOTHING_LABELS.len() + SIGN_IN_LABELS.len();

static URL_STEPS: [Step; 2 * URL_RUNS] = url_steps();

/// For each set the home is made so, and a person asks who they are, or signs in.
const fn url_steps() -> [Step; 2 * URL_RUNS] {
    let all = Change::UrlFiles(UrlFiles { saved: true, file: true });
    let mut steps = [Step::Change(all); 2 * URL_RUNS];
    let mut set = 1;
    while set <= URL_SETS {
        let mut identity = run(URL_LABELS[set - 1], Identity);
        // Where nothing beats what is saved, what is saved is to be used.
        if set & 0b1100 != 0 || set & 0b0010 == 0 {
            identity = identity.variable(Variable::Valid);
        }
        steps[2 * (set - 1)] = files(set);
        steps[2 * (set - 1) + 1] = with_sources(identity, set).step();
        set += 1;
    }
    let mut empty = 0;
    while empty < NOTHING_LABELS.len() {
        let (label, variable) = NOTHING_LABELS[empty];
        let identity = run(label, Identity).variable(Variable::Valid);
        let identity = identity.url(Url::Each { option: false, variable });
        steps[2 * (URL_SETS + empty) + 1] = identity.step();
        empty += 1;
    }
    // What follows a sign-in that the tool has not is left out with it.
    let mut set = 8;
    while set <= URL_SETS {
        let at = 2 * (URL_SETS + NOTHING_LABELS.len() + set - 8);
        steps[at] = files(set);
        steps[at + 1] = with_sources(run(SIGN_IN_LABELS[set - 8], LoginWithToken), set).step();
        set += 1;
    }
    steps
}

const fn files(set: usize) -> Step {
    Step::Change(Change::UrlFiles(UrlFiles { saved: set & 2 != 0, file: set & 1 != 0 }))
}

const fn with_sources(run: Run, set: usize) -> Run {
    let variable = if set & 4 != 0 { UrlVariable::Own } else { UrlVariable::Unset };
    run.url(Url::Each { option: set & 8 != 0, variable })
}

/// Every set of sources of the URL.
pub static URL_LATTICE: Scenario = Scenario {
    id: "url-lattice",
    story: "a person asks who they are, or signs in, with every set of the sources that the platform's URL may come from, each naming a platform of its own",
    home: &[],
    script: "",
    steps: &URL_STEPS,
};
