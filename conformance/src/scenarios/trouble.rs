//! The platform misbehaves, or is not there.

use crate::profile::Command::Identity;
use crate::scenario::{Change, Scenario, Seed, Step, StoreState, Url, Variable, run};

const SIGNED_IN: &[Seed] = &[Seed::Store(StoreState::HoldsKey)];
const ASKS: &[Step] = &[run("identity", Identity).step()];

/// The platform fails.
pub static SERVER_ERROR: Scenario = Scenario {
    id: "server-error",
    story: "the platform answers 500",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        reply = { status = 500, body = { error = "Internal error" } }
    "#,
    steps: ASKS,
};

/// The platform wants to be left alone for a while.
pub static RATE_LIMITED: Scenario = Scenario {
    id: "rate-limited",
    story: "the platform answers 429 and asks to wait",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        answer = "rate_limited"
    "#,
    steps: ASKS,
};

/// A captive portal.
pub static HTML_ANSWER: Scenario = Scenario {
    id: "html-answer",
    story: "something in between answers 200 with an HTML page",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        [faults.reply]
        status = 200
        headers = { Content-Type = "text/html" }
        text = "<!doctype html><title>Welcome to our network</title>"
    "#,
    steps: ASKS,
};

/// A redirect to somebody else.
pub static REDIRECTED: Scenario = Scenario {
    id: "redirected",
    story: "the platform redirects to another origin",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        redirect = "elsewhere"
    "#,
    steps: ASKS,
};

/// The platform is not there.
pub static UNREACHABLE: Scenario = Scenario {
    id: "unreachable",
    story: "nothing listens where the platform should be; later the platform is there",
    home: &[],
    script: "",
    steps: &[
        run("identity", Identity).variable(Variable::Valid).url(Url::Closed).step(),
        run("within reach", Identity).variable(Variable::Valid).step(),
    ],
};

/// The platform knows the person, and says no.
pub static FORBIDDEN: Scenario = Scenario {
    id: "forbidden",
    story: "the platform answers 403",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        answer = "forbidden"
    "#,
    steps: ASKS,
};

/// What a person does who meets a platform that stalls, and comes back later.
const WAITS: &[Step] = &[
    run("identity", Identity).stalled().step(),
    Step::Change(Change::ClearScript),
    run("later", Identity).step(),
];

/// The platform hears nobody.
pub static STALLED_CONNECTION: Scenario = Scenario {
    id: "stalled-connection",
    story: "the platform takes connections and reads nothing from them; later it works again",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "connection"
        stall = true
    "#,
    steps: WAITS,
};

/// The platform does not answer.
pub static STALLED_HEADERS: Scenario = Scenario {
    id: "stalled-headers",
    story: "the platform reads the request and never answers it; later it works again",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        stall = true
    "#,
    steps: WAITS,
};

/// The platform stops in the middle.
pub static STALLED_BODY: Scenario = Scenario {
    id: "stalled-body",
    story: "the platform sends half of its answer, and the other half ten minutes later; later it works again",
    home: SIGNED_IN,
    script: r#"
        [[faults]]
        on = "{identity}"
        body_delay_ms = 600_000
    "#,
    steps: WAITS,
};
