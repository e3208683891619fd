//! The platform misbehaves, or is not there.

use crate::profile::Command::Identity;
use crate::scenario::{Scenario, Seed, Step, StoreState, Url, Variable, run};

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
