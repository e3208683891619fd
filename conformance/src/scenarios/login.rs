//! Signing in with the browser, and what can come between.

use std::time::Duration;

use crate::profile::Command::{Identity, KeyList, Login, Sample};
use crate::scenario::{
    Browser, Change, Person, SIGNS_IN, Scenario, Seed, Step, StoreState, Stray, run,
};

/// The plain story, to its end.
pub static LOGIN: Scenario = Scenario {
    id: "login",
    story: "a person signs in with the browser, then uses each kind of command",
    home: &[],
    script: "",
    steps: &[
        run("login", Login).browser(Browser { looks_up_addresses: true, ..SIGNS_IN }).step(),
        run("identity", Identity).step(),
        run("keys", KeyList).step(),
        run("sample", Sample).step(),
    ],
};

/// Requests that browsers, and others, make beside the callback.
pub static LOGIN_STRAYS: Scenario = Scenario {
    id: "login-strays",
    story: "before the callback come a favicon request and a HEAD, another time callbacks without a key, another path, a POST and a foreign Host",
    home: &[],
    script: "",
    steps: &[
        run("login", Login)
            .browser(Browser { before: &[Stray::Favicon, Stray::Head], ..SIGNS_IN })
            .step(),
        run("strays", Login)
            .browser(Browser {
                before: &[
                    Stray::WithoutKey,
                    Stray::EmptyKey,
                    Stray::WrongPath,
                    Stray::Post,
                    Stray::ForeignHost,
                ],
                ..SIGNS_IN
            })
            .step(),
    ],
};

/// A browser that connects ahead of time.
pub static LOGIN_IDLE_CONNECTION: Scenario = Scenario {
    id: "login-idle-connection",
    story: "the browser opens a connection that it does not use, then comes back on another",
    home: &[],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { before: &[Stray::IdleConnection], ..SIGNS_IN })
        .step()],
};

/// A second callback.
pub static LOGIN_TWO_CALLBACKS: Scenario = Scenario {
    id: "login-two-callbacks",
    story: "after the callback comes another one, with a stranger's key",
    home: &[],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { after: &[Stray::StrangersKey], ..SIGNS_IN })
        .step()],
};

/// Signing in again where somebody is signed in already.
pub static LOGIN_AGAIN: Scenario = Scenario {
    id: "login-again",
    story: "a person who is signed in signs in twice more; the port of the first time is taken the second time",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[
        run("login", Login).step(),
        Step::Change(Change::TakeLoginPort),
        run("login again", Login).step(),
    ],
};

/// Ctrl-C.
pub static LOGIN_INTERRUPTED: Scenario = Scenario {
    id: "login-interrupted",
    story: "a person who is signed in starts to sign in again and presses Ctrl-C",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { person: Person::Interrupts, ..SIGNS_IN })
        .step()],
};

/// Nobody comes.
pub static LOGIN_ABANDONED: Scenario = Scenario {
    id: "login-abandoned",
    story: "the page is opened and nobody signs in",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { person: Person::NeverComes, ..SIGNS_IN })
        .time_limit(Duration::from_secs(1))
        .step()],
};

/// A machine without a browser.
pub static LOGIN_WITHOUT_BROWSER: Scenario = Scenario {
    id: "login-without-browser",
    story: "no browser can be started, and the person opens the printed URL",
    home: &[],
    script: "",
    steps: &[run("login", Login).opener_fails().step()],
};

/// A narrow terminal.
pub static LOGIN_NARROW_TERMINAL: Scenario = Scenario {
    id: "login-narrow-terminal",
    story: "a person signs in on a terminal of 40 columns",
    home: &[],
    script: "",
    steps: &[run("login", Login).terminal(40).step()],
};
