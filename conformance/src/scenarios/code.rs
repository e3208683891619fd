//! The browser brings a code: what may be wrong with it, and with what it is exchanged for.

use crate::profile::Command::Login;
use crate::scenario::{Browser, Change, Person, SIGNS_IN, Scenario, Step, Stray, run};

/// Callbacks that nobody who was asked has sent. Each comes to a sign-in of its own, since a tool
/// may end one that was tampered with.
pub static CODE_STRAYS: Scenario = Scenario {
    id: "code-strays",
    story: "before the callback comes one with another state, another time one without, then one with two codes",
    home: &[],
    script: "",
    steps: &[
        run("login", Login).step(),
        run("wrong-state", Login)
            .browser(Browser { before: &[Stray::WrongState], ..SIGNS_IN })
            .step(),
        run("without-state", Login)
            .browser(Browser { before: &[Stray::WithoutState], ..SIGNS_IN })
            .step(),
        run("two-codes", Login).browser(Browser { before: &[Stray::TwoCodes], ..SIGNS_IN }).step(),
    ],
};

/// A mix-up of two servers.
pub static CODE_OF_ANOTHER_ISSUER: Scenario = Scenario {
    id: "code-of-another-issuer",
    story: "a person signs in; another time the callback has the right state and names another issuer than the one that was asked",
    home: &[],
    script: "",
    steps: &[
        run("login", Login).step(),
        run("wrong-issuer", Login)
            .browser(Browser { before: &[Stray::WrongIssuer], ..SIGNS_IN })
            .step(),
    ],
};

/// The person says no.
pub static CODE_REFUSED: Scenario = Scenario {
    id: "code-refused",
    story: "the person refuses on the sign-in page, and the browser comes back with that",
    home: &[],
    script: "",
    steps: &[run("login", Login).browser(Browser { person: Person::Denies, ..SIGNS_IN }).step()],
};

/// The organization says no.
pub static CODE_DISABLED: Scenario = Scenario {
    id: "code-disabled",
    story: "the organization has personal tokens disabled, and a person signs in",
    home: &[],
    script: "",
    steps: &[Step::Change(Change::DisablePersonalTokens), run("login", Login).step()],
};

/// The exchange fails.
pub static CODE_EXCHANGE_FAILS: Scenario = Scenario {
    id: "code-exchange-fails",
    story: "the platform answers the exchange of the code with 503",
    home: &[],
    script: r#"
        [[faults]]
        on = "{exchange}"
        requests = "1"
        reply = { status = 503, body = { error = "temporarily_unavailable" } }
    "#,
    steps: &[run("login", Login).step()],
};

/// A server that describes itself as another one.
pub static CODE_METADATA_OF_ANOTHER: Scenario = Scenario {
    id: "code-metadata-of-another",
    story: "the metadata of the server names another issuer",
    home: &[],
    script: r#"
        [[faults]]
        on = "metadata"
        members = { issuer = "https://evil.example" }
    "#,
    steps: &[run("login", Login).step()],
};

/// A token that is no bearer.
pub static CODE_TOKEN_OF_OTHER_TYPE: Scenario = Scenario {
    id: "code-token-of-other-type",
    story: "the platform gives a token of a type that nobody knows",
    home: &[],
    script: r#"
        [[faults]]
        on = "{exchange}"
        members = { token_type = "N_A" }
    "#,
    steps: &[run("login", Login).step()],
};

/// A bearer, written otherwise.
pub static CODE_TOKEN_TYPE_IN_CAPITALS: Scenario = Scenario {
    id: "code-token-type-in-capitals",
    story: "the platform writes the token type in capitals",
    home: &[],
    script: r#"
        [[faults]]
        on = "{exchange}"
        members = { token_type = "BEARER" }
    "#,
    steps: &[run("login", Login).step()],
};

/// A refusal that means harm.
pub static CODE_HOSTILE_REFUSAL: Scenario = Scenario {
    id: "code-hostile-refusal",
    story: "the browser comes back with a refusal whose words would steer a terminal and run a script",
    home: &[],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { before: &[Stray::HostileRefusal], ..SIGNS_IN })
        .step()],
};

/// A refusal that nobody who was asked has sent.
pub static CODE_FORGED_REFUSAL: Scenario = Scenario {
    id: "code-forged-refusal",
    story: "before the callback comes a refusal with another state",
    home: &[],
    script: "",
    steps: &[run("login", Login)
        .browser(Browser { before: &[Stray::ForgedRefusal], ..SIGNS_IN })
        .step()],
};
