//! Wrong at what one of the fronts alone promises.

use super::Mutant;
use crate::credential;
use crate::error::Error;
use crate::fronts::almyty::settings::{self, Environs};
use crate::fronts::amika::extract::{PLACES, Place};
use crate::fronts::amika::settings::{KEY, SESSION, VARIABLE};
use crate::fronts::amika::stores;
use crate::input;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "untrusted-address-asked",
        front: "omni",
        sentence: "omni: addresses that are not https, or not Omni's own, are asked without being told to",
        apply: |b| b.omni.is_trusted = |_| true,
    },
    Mutant {
        name: "profile-sent-anywhere",
        front: "omni",
        sentence: "omni: what a profile holds is sent to whatever address was given instead of its own",
        apply: |b| b.omni.may_use_at = |_, _| true,
    },
    Mutant {
        name: "shows-secrets",
        front: "omni",
        sentence: "omni: config show shows the secrets as well",
        apply: |b| b.omni.redact = |_| {},
    },
    Mutant {
        name: "logout-keeps-refresh-token",
        front: "omni",
        sentence: "omni: config logout removes the access token and leaves the rest",
        apply: |b| {
            b.omni.forget = |profile| {
                profile.fields.shift_remove("accessToken");
            }
        },
    },
    Mutant {
        name: "echoes-key",
        front: "omni",
        sentence: "a key that is typed at the terminal is shown",
        apply: |b| b.output.prompt_secret = input::line,
    },
    Mutant {
        name: "session-first",
        front: "amika",
        sentence: "amika: the session beats the variable and the key",
        apply: |b| b.amika.sources = &[SESSION, VARIABLE, KEY],
    },
    Mutant {
        name: "key-before-variable",
        front: "amika",
        sentence: "amika: the saved key beats the variable",
        apply: |b| b.amika.sources = &[KEY, VARIABLE, SESSION],
    },
    Mutant {
        name: "ignores-key",
        front: "amika",
        sentence: "amika: the saved key is not looked for",
        apply: |b| b.amika.sources = &[VARIABLE, SESSION],
    },
    Mutant {
        name: "login-replaces",
        front: "amika",
        sentence: "amika: login does not mind that somebody is signed in",
        apply: |b| b.amika.is_stored = |_| Ok(None),
    },
    Mutant {
        name: "logout-keeps-session",
        front: "amika",
        sentence: "amika: logout removes the key and leaves the session",
        apply: |b| b.amika.clear = |session| Ok(stores::key_file(session)?.remove()?),
    },
    Mutant {
        name: "logout-keeps-key",
        front: "amika",
        sentence: "amika: logout removes the session and leaves the key",
        apply: |b| b.amika.clear = |session| Ok(stores::session_file(session)?.remove()?),
    },
    Mutant {
        name: "extract-unquoted",
        front: "amika",
        sentence: "amika: extract prints values as they are",
        apply: |b| b.amika.quoted = str::to_owned,
    },
    Mutant {
        name: "extract-double-quotes",
        front: "amika",
        sentence: "amika: extract puts values between double quotes",
        apply: |b| b.amika.quoted = |text| format!("\"{text}\""),
    },
    Mutant {
        name: "extract-bare-quotes",
        front: "amika",
        sentence: "amika: extract puts values between single quotes and leaves those inside alone",
        apply: |b| b.amika.quoted = |text| format!("'{text}'"),
    },
    Mutant {
        name: "extract-ignores-expiry",
        front: "amika",
        sentence: "amika: extract prints tokens that have expired",
        apply: |b| b.amika.is_current = |_| true,
    },
    Mutant {
        name: "extract-many-names",
        front: "amika",
        sentence: "amika: extract takes claude and codex for providers of their own",
        apply: |b| b.amika.canonical = str::to_lowercase,
    },
    Mutant {
        name: "extract-upside-down",
        front: "amika",
        sentence: "amika: of several sources, extract prefers the lowest",
        apply: |b| b.amika.places = &UPSIDE_DOWN,
    },
    Mutant {
        name: "loose-file-used",
        front: "almyty",
        sentence: "almyty: a credentials file that others can read is used",
        apply: |b| b.storage.mode_allowed = |_| true,
    },
    Mutant {
        name: "foreign-file-used",
        front: "almyty",
        sentence: "almyty: a credentials file of another user is used",
        apply: |b| b.storage.owner_allowed = |_| true,
    },
    Mutant {
        name: "reads-all-the-same",
        front: "almyty",
        sentence: "almyty: with ALMYTY_TOKEN set the credentials file is read, and what it says is ignored",
        apply: |b| b.almyty.sources = &[read_all_the_same, settings::from_store],
    },
    Mutant {
        name: "forgets-environment",
        front: "almyty",
        sentence: "almyty: --api and --frontend are used for the login and not saved",
        apply: |b| {
            b.almyty.save = |session, key, email, _| {
                let usual = Environs {
                    api: "https://api.almyty.com".to_owned(),
                    frontend: "https://app.almyty.com".to_owned(),
                };
                settings::save(session, key, email, &usual)
            }
        },
    },
    Mutant {
        name: "logout-forgets-nothing",
        front: "almyty",
        sentence: "almyty: logout says so and leaves the file",
        apply: |b| b.almyty.clear = |_| Ok(()),
    },
];

const UPSIDE_DOWN: [Place; PLACES.len()] = {
    let mut places = [PLACES[0]; PLACES.len()];
    let mut at = 0;
    while at < PLACES.len() {
        places[at] = PLACES[at];
        places[at].priority = 1000 - PLACES[at].priority;
        at += 1;
    }
    places
};

fn read_all_the_same(session: &Session) -> Result<Option<credential::Credential>, Error> {
    let found = settings::from_variable(session)?;
    if found.is_some()
        && let Ok(store) = settings::store(session)
    {
        let _ = store.read();
    }
    Ok(found)
}
