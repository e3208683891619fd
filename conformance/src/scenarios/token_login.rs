//! Signing in with a credential on the command line.

use crate::profile::Command::{Identity, LoginWithToken, Logout, Status};
use crate::scenario::{Scenario, Seed, StoreState, Token, Variable, run};

/// The plain story, with the loosest umask there is.
pub static TOKEN_LOGIN: Scenario = Scenario {
    id: "token-login",
    story: "a person signs in with a key, in an empty home and with umask 000",
    home: &[],
    script: "",
    steps: &[run("login", LoginWithToken).umask(0o000).step(), run("identity", Identity).step()],
};

/// A key that is not good.
pub static TOKEN_LOGIN_REJECTED: Scenario = Scenario {
    id: "token-login-rejected",
    story: "a person who is signed in gives a key that the platform rejects",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", LoginWithToken).token(Token::Rejected).step()],
};

/// A key as it comes from a clipboard.
pub static TOKEN_LOGIN_PADDED: Scenario = Scenario {
    id: "token-login-padded",
    story: "a person gives a key with blanks around it and a line end",
    home: &[],
    script: "",
    steps: &[run("login", LoginWithToken).token(Token::Padded).step()],
};

/// A key that no header may carry.
pub static TOKEN_LOGIN_BROKEN: Scenario = Scenario {
    id: "token-login-broken",
    story: "a person gives a key with a control character in its middle, then a good one",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).token(Token::Broken).step(),
        run("login with a good key", LoginWithToken).step(),
    ],
};

/// Signing in and out while a variable holds another key.
pub static TOKEN_LOGIN_SHADOWED: Scenario = Scenario {
    id: "token-login-shadowed",
    story: "a person signs in and out while the credential variable holds another key",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).variable(Variable::Valid).step(),
        run("identity", Identity).variable(Variable::Valid).step(),
        run("status", Status).variable(Variable::Valid).step(),
        run("logout", Logout).variable(Variable::Valid).step(),
    ],
};

/// Signing in where somebody is signed in already, and should sign out first.
pub static LOGIN_OVER_SAVED: Scenario = Scenario {
    id: "login-over-saved",
    story: "a person who is signed in gives another key",
    home: &[Seed::Store(StoreState::HoldsKey)],
    script: "",
    steps: &[run("login", LoginWithToken).over_saved().step()],
};

/// A key that is none.
pub static TOKEN_LOGIN_BLANK: Scenario = Scenario {
    id: "token-login-blank",
    story: "a person gives blanks for a key, then a good one",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).token(Token::Blank).step(),
        run("login with a good key", LoginWithToken).step(),
    ],
};
