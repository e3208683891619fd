//! A session, and what renews it.

use crate::profile::Command::{Identity, Logout};
use crate::scenario::{Change, Scenario, Seed, SessionState, Step, run};

const FRESH: &[Seed] = &[Seed::Session(SessionState::Fresh)];
const OVER: &[Seed] = &[Seed::Session(SessionState::Over)];

/// How many commands start at once.
pub const CROWD: usize = 8;

/// Nothing to renew.
pub static REFRESH_NOT_DUE: Scenario = Scenario {
    id: "refresh-not-due",
    story: "an hour is left of the access token, and a person asks who they are",
    home: FRESH,
    script: "",
    steps: &[run("identity", Identity).step()],
};

/// Just in time.
pub static REFRESH_NEARLY_DUE: Scenario = Scenario {
    id: "refresh-nearly-due",
    story: "the access token is within the margin of its end, and a person asks who they are",
    home: &[Seed::Session(SessionState::NearItsEnd)],
    script: "",
    steps: &[run("identity", Identity).step()],
};

/// The plain story.
pub static REFRESH_DUE: Scenario = Scenario {
    id: "refresh-due",
    story: "the access token has ended: a person asks who they are, and again, and again when that one has ended too",
    home: OVER,
    script: "",
    steps: &[
        run("identity", Identity).step(),
        run("again", Identity).step(),
        Step::Change(Change::HoursPass),
        run("hours later", Identity).step(),
    ],
};

/// A token that ends before its time.
pub static REFRESH_UPON_REJECTION: Scenario = Scenario {
    id: "refresh-upon-rejection",
    story: "the platform rejects an access token that should still be good, once",
    home: FRESH,
    script: r#"
        [[faults]]
        on = "{identity}"
        requests = "1"
        answer = "unauthenticated"
    "#,
    steps: &[run("identity", Identity).step()],
};

/// A platform that rejects everything.
pub static REFRESH_REJECTED_FOR_EVER: Scenario = Scenario {
    id: "refresh-rejected-for-ever",
    story: "the platform rejects every access token, renewed ones too",
    home: FRESH,
    script: r#"
        [[faults]]
        on = "{identity}"
        answer = "unauthenticated"
    "#,
    steps: &[run("identity", Identity).step()],
};

/// No rotation.
pub static REFRESH_WITHOUT_ROTATION: Scenario = Scenario {
    id: "refresh-without-rotation",
    story: "the platform renews the access token and sends no new refresh token",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        without = ["refresh_token"]
    "#,
    steps: &[run("identity", Identity).step()],
};

/// A platform that says little.
pub static REFRESH_WITHOUT_EXPIRY: Scenario = Scenario {
    id: "refresh-without-expiry",
    story: "the platform renews the access token and does not say how long it lives",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        without = ["expires_in"]
    "#,
    steps: &[
        run("identity", Identity).step(),
        run("again", Identity).step(),
        Step::Change(Change::HoursPass),
        run("hours later", Identity).step(),
    ],
};

/// A platform that says it oddly.
pub static REFRESH_WITH_ODD_EXPIRY: Scenario = Scenario {
    id: "refresh-with-odd-expiry",
    story: "the platform writes the life of the new access token as text",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        members = { expires_in = "3600" }
    "#,
    steps: &[run("identity", Identity).step()],
};

/// A platform that boasts.
pub static REFRESH_WITH_HUGE_EXPIRY: Scenario = Scenario {
    id: "refresh-with-huge-expiry",
    story: "the platform says that the new access token lives longer than anybody can count",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        members = { expires_in = 9223372036854775807 }
    "#,
    steps: &[run("identity", Identity).step()],
};

/// A platform that fails for a while.
pub static REFRESH_FAILS: Scenario = Scenario {
    id: "refresh-fails",
    story: "the platform answers the renewal with 503, and later works again",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        requests = "1..3"
        reply = { status = 503, body = { error = "temporarily_unavailable" } }
    "#,
    steps: &[
        run("identity", Identity).step(),
        Step::Change(Change::ClearScript),
        run("later", Identity).step(),
    ],
};

/// A session that was ended elsewhere.
pub static REFRESH_ENDED: Scenario = Scenario {
    id: "refresh-ended",
    story: "the refresh token was revoked, and a person asks who they are",
    home: &[Seed::Session(SessionState::Ended)],
    script: "",
    steps: &[run("identity", Identity).step()],
};

/// A stampede.
pub static REFRESH_STAMPEDE: Scenario = Scenario {
    id: "refresh-stampede",
    story: "the access token has ended, and eight commands start at once",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        requests = "1..8"
        barrier = { requests = 2, timeout_ms = 300 }
    "#,
    steps: &[run("crowd", Identity).crowd(CROWD), run("afterwards", Identity).step()],
};

/// Signing out of a session.
pub static SESSION_LOGOUT: Scenario = Scenario {
    id: "session-logout",
    story: "a person who has a session signs out, and asks who they are",
    home: FRESH,
    script: "",
    steps: &[run("logout", Logout).step(), run("identity", Identity).step()],
};

/// Signing out of a session where nobody hears it.
pub static SESSION_LOGOUT_OFFLINE: Scenario = Scenario {
    id: "session-logout-offline",
    story: "a person who has a session signs out while the platform drops every connection",
    home: FRESH,
    script: crate::scenario::DROPS_EVERYTHING,
    steps: &[run("logout", Logout).step()],
};

/// A renewal, seen from below.
pub static REFRESH_TRACED: Scenario = Scenario {
    id: "refresh-traced",
    story: "the access token has ended, a person asks who they are, and every system call is watched",
    home: OVER,
    script: "",
    steps: &[run("identity", Identity).umask(0o000).traced().step()],
};

/// A platform whose clock is wrong, or ours is.
pub static REFRESH_UNDER_OTHER_CLOCK: Scenario = Scenario {
    id: "refresh-under-other-clock",
    story: "the platform's clock is two hours behind ours, and the access token has ended: a person asks who they are, twice",
    home: OVER,
    script: "",
    steps: &[
        Step::Change(Change::HoursAreTurnedBack),
        run("identity", Identity).step(),
        run("again", Identity).step(),
    ],
};

/// Signing out while a renewal is on its way.
pub static LOGOUT_DURING_REFRESH: Scenario = Scenario {
    id: "logout-during-refresh",
    story: "the access token has ended; a person asks who they are, and signs out while the answer to the renewal is on its way",
    home: OVER,
    script: r#"
        [[faults]]
        on = "token"
        requests = "1"
        body_delay_ms = 600
    "#,
    steps: &[Step::Meanwhile(run("identity", Identity), run("logout", Logout))],
};
