//! A credential in use: which one, with which platform, until it is given up.

use crate::profile::Command::{
    Identity, KeyCreate, KeyList, KeyRevoke, KeyVerify, LoginWithToken, Logout, Sample,
    ShowConfiguration, Status, Token, Unknown,
};
use crate::scenario::{
    Change, DROPS_EVERYTHING, KeyChoice, Scenario, Seed, SessionState, Step, StoreState, Url,
    Variable, run,
};

const SIGNED_IN: &[Seed] = &[Seed::Store(StoreState::HoldsKey)];

/// A variable and a store, each with a good key.
pub static ENVIRONMENT_AND_STORE: Scenario = Scenario {
    id: "environment-and-store",
    story: "the credential variable and the store hold different keys; later the variable is gone",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("with variable", Identity).variable(Variable::Valid).step(),
        run("without variable", Identity).step(),
    ],
};

/// A variable alone, as in CI.
pub static ENVIRONMENT_ALONE: Scenario = Scenario {
    id: "environment-alone",
    story: "the home is empty, and the credential variable holds a good key",
    home: &[],
    script: "",
    steps: &[
        run("identity", Identity).variable(Variable::Valid).step(),
        run("keys", KeyList).variable(Variable::Valid).step(),
        run("padded", Identity).variable(Variable::Padded).step(),
    ],
};

/// A variable that holds nothing.
pub static ENVIRONMENT_EMPTY: Scenario = Scenario {
    id: "environment-empty",
    story: "a person is signed in, and the credential variable is empty, then blank",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("empty", Identity).variable(Variable::Empty).step(),
        run("blank", Identity).variable(Variable::Blank).step(),
    ],
};

/// A stale variable.
pub static ENVIRONMENT_REJECTED: Scenario = Scenario {
    id: "environment-rejected",
    story: "a person is signed in, and the credential variable holds a key that is rejected",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("with variable", Identity).variable(Variable::Rejected).step(),
        run("without variable", Identity).step(),
    ],
};

/// A stale variable, and nothing else.
pub static ENVIRONMENT_REJECTED_ALONE: Scenario = Scenario {
    id: "environment-rejected-alone",
    story: "the home is empty, and the credential variable holds a key that is rejected",
    home: &[],
    script: "",
    steps: &[run("identity", Identity).variable(Variable::Rejected).step()],
};

/// Two sources of the URL.
pub static URL_SOURCES: Scenario = Scenario {
    id: "url-sources",
    story: "variable and configuration file name different platforms, and the credential comes from the environment; later the variable of the URL is gone",
    home: &[Seed::ConfigNamesOtherPlatform],
    script: "",
    steps: &[
        run("with variable", Identity).variable(Variable::Valid).step(),
        run("without variable", Identity).variable(Variable::Valid).url(Url::Unset).step(),
    ],
};

/// No source of the URL.
pub static URL_DEFAULT: Scenario = Scenario {
    id: "url-default",
    story: "nothing names a platform, and the credential comes from the environment",
    home: &[],
    script: "",
    steps: &[run("identity", Identity).variable(Variable::Valid).url(Url::Unset).step()],
};

/// Another spelling of the URL.
pub static URL_WITH_SLASH: Scenario = Scenario {
    id: "url-with-slash",
    story: "the platform's URL is given with a slash at its end",
    home: SIGNED_IN,
    script: "",
    steps: &[run("identity", Identity).url(Url::PlatformWithSlash).step()],
};

/// Nobody is signed in.
pub static SIGNED_OUT: Scenario = Scenario {
    id: "signed-out",
    story: "nobody is signed in, and a person asks who they are, and for a command that does not exist; with a key in the variable they ask again",
    home: &[],
    script: "",
    steps: &[
        run("identity", Identity).step(),
        run("sample", Sample).step(),
        run("unknown", Unknown).step(),
        run("with variable", Identity).variable(Variable::Valid).step(),
    ],
};

/// The account changes, and the key is revoked.
pub static IDENTITY_CHANGES: Scenario = Scenario {
    id: "identity-changes",
    story: "a person asks who they are; the account changes; they ask again; the key is revoked; they ask again",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("before", Identity).step(),
        Step::Change(Change::ChangeAccount),
        run("after", Identity).step(),
        Step::Change(Change::RevokeKey("stored")),
        run("revoked", Identity).step(),
    ],
};

/// Signing out.
pub static LOGOUT: Scenario = Scenario {
    id: "logout",
    story: "a person signs out, asks who they are, and signs out again",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("logout", Logout).step(),
        run("identity", Identity).step(),
        run("logout again", Logout).step(),
    ],
};

/// Signing out with the platform out of reach.
pub static LOGOUT_OFFLINE: Scenario = Scenario {
    id: "logout-offline",
    story: "a person signs out while the platform drops every connection",
    home: SIGNED_IN,
    script: DROPS_EVERYTHING,
    steps: &[run("logout", Logout).step()],
};

/// The life of an API key.
pub static KEYS: Scenario = Scenario {
    id: "keys",
    story: "a person creates a key, lists the keys, revokes the new one, then one that does not exist",
    home: SIGNED_IN,
    script: "",
    steps: &[
        Step::Change(Change::TimePasses),
        run("create", KeyCreate).step(),
        run("list", KeyList).step(),
        run("revoke", KeyRevoke).step(),
        run("revoke unknown", KeyRevoke).revokes(KeyChoice::Unknown).step(),
    ],
};

/// As many keys as there may be.
pub static KEYS_FULL: Scenario = Scenario {
    id: "keys-full",
    story: "a person with as many keys as allowed creates one more; one is revoked; they try again",
    home: SIGNED_IN,
    script: "",
    steps: &[
        Step::Change(Change::FillKeys),
        run("one too many", KeyCreate).step(),
        Step::Change(Change::MakeRoom),
        run("with room", KeyCreate).step(),
    ],
};

/// The credential of the other host, alone.
pub static BYPASS: Scenario = Scenario {
    id: "bypass",
    story: "nobody is signed in, and the variable that bypasses the platform is set",
    home: &[],
    script: "",
    steps: &[run("sample", Sample).bypass().step()],
};

/// The credential of the other host, where it does not belong.
pub static BYPASS_ELSEWHERE: Scenario = Scenario {
    id: "bypass-elsewhere",
    story: "a person is signed in, the variable that bypasses the platform is set, and they ask who they are",
    home: SIGNED_IN,
    script: "",
    steps: &[run("identity", Identity).bypass().step()],
};

/// Two sources of the URL, the option among them.
pub static URL_OPTION: Scenario = Scenario {
    id: "url-option",
    story: "option and variable name different platforms: a person asks who they are, with a credential from the environment, and signs in",
    home: &[],
    script: "",
    steps: &[
        run("identity", Identity).variable(Variable::Valid).url(Url::OptionOverOther).step(),
        run("login", LoginWithToken).url(Url::OptionOverOther).step(),
    ],
};

/// The URL that a sign-in was told.
pub static URL_SAVED: Scenario = Scenario {
    id: "url-saved",
    story: "a person signs in at a platform that an option names, and later names none",
    home: &[],
    script: "",
    steps: &[
        run("login", LoginWithToken).url(Url::Option).step(),
        run("identity", Identity).url(Url::Unset).step(),
    ],
};

/// A credential that is of another platform.
pub static OTHER_PLATFORM_ASKED: Scenario = Scenario {
    id: "other-platform-asked",
    story: "a person is signed in at one platform and asks another one who they are, then the first",
    home: SIGNED_IN,
    script: "",
    steps: &[run("elsewhere", Identity).url(Url::Other).step(), run("at home", Identity).step()],
};

/// A platform at an address that anybody could listen in on.
pub static URL_NOT_ALLOWED: Scenario = Scenario {
    id: "url-not-allowed",
    story: "the platform's URL is plain HTTP at a foreign host, without and with the variable that allows it",
    home: &[],
    script: "",
    steps: &[
        run("not allowed", Identity).variable(Variable::Valid).strict().step(),
        run("allowed", Identity).variable(Variable::Valid).step(),
    ],
};

/// Which credential is in use.
pub static STATUS: Scenario = Scenario {
    id: "status",
    story: "a person who has a key, a session and the variable asks which is in use; then without the variable; then after signing out",
    home: &[Seed::Store(StoreState::HoldsKey), Seed::Session(SessionState::Fresh)],
    script: "",
    steps: &[
        run("with variable", Status).variable(Variable::Valid).step(),
        run("without variable", Status).step(),
        run("logout", Logout).step(),
        run("signed out", Status).step(),
    ],
};

/// A token for other programs.
pub static TOKEN_PRINTED: Scenario = Scenario {
    id: "token-printed",
    story: "the access token has ended, and a script asks for one",
    home: &[Seed::Session(SessionState::Over)],
    script: "",
    steps: &[run("token", Token).step()],
};

/// A key that somebody found.
pub static KEY_VERIFIED: Scenario = Scenario {
    id: "key-verified",
    story: "a person asks whether a key is good; it is revoked; they ask again",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("good", KeyVerify).step(),
        Step::Change(Change::RevokeKey("given")),
        run("revoked", KeyVerify).step(),
    ],
};

/// The configuration on a shared screen.
pub static CONFIGURATION_SHOWN: Scenario = Scenario {
    id: "configuration-shown",
    story: "a person who is signed in looks at their configuration",
    home: SIGNED_IN,
    script: "",
    steps: &[run("show", ShowConfiguration).step()],
};

/// A store that is not looked at.
pub static STORE_UNREAD: Scenario = Scenario {
    id: "store-unread",
    story: "a person who is signed in asks who they are with the variable set, then without it",
    home: SIGNED_IN,
    script: "",
    steps: &[
        run("with variable", Identity).variable(Variable::Valid).step(),
        run("without variable", Identity).step(),
    ],
};

/// A URL that came with the credential, and one in a file.
pub static URL_OF_CREDENTIAL: Scenario = Scenario {
    id: "url-of-credential",
    story: "a person is signed in at one platform, and the configuration file names another one; then the variable holds another credential",
    home: &[Seed::Store(StoreState::HoldsKey), Seed::ConfigNamesOtherPlatform],
    script: "",
    steps: &[
        run("identity", Identity).url(Url::Unset).step(),
        run("with variable", Identity).variable(Variable::Valid).url(Url::Unset).step(),
    ],
};
