//! What other tools have saved, printed for a shell.

use crate::profile::Command::{Extract, ExtractElsewhere, ExtractExported, ExtractKeysOnly};
use crate::scenario::{Change, OtherTools, Scenario, Step, run};

/// How many sources are tried one by one; a profile may have fewer.
pub const MOST_SOURCES: usize = 8;

/// What the runs of the sources are called.
pub const SOURCE_LABELS: [&str; MOST_SOURCES] = [
    "source 1", "source 2", "source 3", "source 4", "source 5", "source 6", "source 7", "source 8",
];

static EACH: [Step; 2 * MOST_SOURCES] = each();

const fn each() -> [Step; 2 * MOST_SOURCES] {
    let mut steps = [Step::Change(Change::OtherTools(OtherTools::None)); 2 * MOST_SOURCES];
    let mut source = 0;
    while source < MOST_SOURCES {
        steps[2 * source] = Step::Change(Change::OtherTools(OtherTools::Only(source)));
        steps[2 * source + 1] = run(SOURCE_LABELS[source], Extract).step();
        source += 1;
    }
    steps
}

/// Every source by itself.
pub static EXTRACT_EACH: Scenario = Scenario {
    id: "extract-each",
    story: "one other tool after the other has saved a credential, and a person asks for it",
    home: &[],
    script: "",
    steps: &EACH,
};

/// All sources at once.
pub static EXTRACT_ALL: Scenario = Scenario {
    id: "extract-all",
    story: "nothing is saved by other tools, then all have saved something, then only sessions, then those have ended: a person asks in each way",
    home: &[],
    script: "",
    steps: &[
        run("nothing", Extract).step(),
        Step::Change(Change::OtherTools(OtherTools::All)),
        run("all", Extract).step(),
        run("exported", ExtractExported).step(),
        run("elsewhere", ExtractElsewhere).step(),
        Step::Change(Change::OtherTools(OtherTools::Sessions)),
        run("sessions", Extract).step(),
        run("keys only", ExtractKeysOnly).step(),
        Step::Change(Change::OtherTools(OtherTools::SessionsOver)),
        run("sessions over", Extract).step(),
    ],
};
