//! A code that is approved on any device.

use crate::profile::Command::{Identity, LoginOnDevice};
use crate::scenario::{Browser, Person, SIGNS_IN, Scenario, run};

/// The plain story: the person needs a moment.
pub static DEVICE_LOGIN: Scenario = Scenario {
    id: "device-login",
    story: "a person approves the code while the tool polls, then asks who they are",
    home: &[],
    script: r#"
        [[faults]]
        on = "{poll}"
        requests = "1"
        pending = true
    "#,
    steps: &[run("login", LoginOnDevice).waits(3).step(), run("identity", Identity).step()],
};

/// The platform asks for more time between polls.
pub static DEVICE_SLOW_DOWN: Scenario = Scenario {
    id: "device-slow-down",
    story: "the platform answers the first poll with slow_down and the second as pending, and the person approves",
    home: &[],
    script: r#"
        [[faults]]
        on = "{poll}"
        requests = "1"
        reply = { status = 400, body = { error = "slow_down" } }

        [[faults]]
        on = "{poll}"
        requests = "2"
        pending = true
    "#,
    steps: &[run("login", LoginOnDevice).waits(14).step()],
};

/// The person says no.
pub static DEVICE_DENIED: Scenario = Scenario {
    id: "device-denied",
    story: "the person refuses the code",
    home: &[],
    script: "",
    steps: &[run("login", LoginOnDevice)
        .browser(Browser { person: Person::Denies, ..SIGNS_IN })
        .waits(2)
        .step()],
};

/// Nobody comes in time.
pub static DEVICE_EXPIRED: Scenario = Scenario {
    id: "device-expired",
    story: "nobody approves the code, and at the first poll it has expired",
    home: &[],
    script: r#"
        [[faults]]
        on = "{poll}"
        requests = "1"
        advance_clock_seconds = 3600
    "#,
    steps: &[run("login", LoginOnDevice)
        .browser(Browser { person: Person::NeverComes, ..SIGNS_IN })
        .waits(2)
        .step()],
};

/// A network that fails for a moment.
pub static DEVICE_DROPPED_POLL: Scenario = Scenario {
    id: "device-dropped-poll",
    story: "the connection of the first poll is dropped, and the person approves",
    home: &[],
    script: r#"
        [[faults]]
        on = "{poll}"
        requests = "1"
        drop = true
    "#,
    steps: &[run("login", LoginOnDevice).waits(5).step()],
};

/// A page that is none.
pub static DEVICE_HOSTILE_PAGE: Scenario = Scenario {
    id: "device-hostile-page",
    story: "the platform names a file of this machine as the page to open",
    home: &[],
    script: r#"
        [[faults]]
        on = "{request}"
        members = { verification_uri = "file:///etc/passwd", verification_uri_complete = "file:///etc/passwd" }
    "#,
    steps: &[run("login", LoginOnDevice).waits(2).step()],
};
