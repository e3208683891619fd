//! Wrong at the keys of the account.

use super::{Mutant, recall, remember};
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::oanim::api_keys::{self, ApiKey, CREATED, ID, LAST_USED, NAME, NewKey, PREFIX};
use crate::fronts::oanim::settings;
use crate::secret::Secret;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "create-hides-key",
        front: "oanim",
        sentence: "api-keys create does not print the key",
        apply: |b| b.oanim.show_key = show_all_but_key,
    },
    Mutant {
        name: "create-does-not-warn",
        front: "oanim",
        sentence: "prints the key without the warning",
        apply: |b| b.oanim.show_key = show_without_warning,
    },
    Mutant {
        name: "create-replaces-login",
        front: "oanim",
        sentence: "api-keys create saves the new key as the login",
        apply: |b| b.oanim.show_key = show_and_save,
    },
    Mutant {
        name: "create-ignores-name",
        front: "oanim",
        sentence: "api-keys create sends the name \"key\" whatever --name says",
        apply: |b| b.oanim.create_key = |session, _| api_keys::request_key(session, "key"),
    },
    Mutant {
        name: "list-omits-prefix",
        front: "oanim",
        sentence: "no prefix column in api-keys list",
        apply: |b| b.oanim.key_columns = &[NAME, CREATED, LAST_USED, ID],
    },
    Mutant {
        name: "list-omits-last-used",
        front: "oanim",
        sentence: "no last-used column",
        apply: |b| b.oanim.key_columns = &[NAME, PREFIX, CREATED, ID],
    },
    Mutant {
        name: "list-shows-own-key",
        front: "oanim",
        sentence: "the row of the key in use shows it whole",
        apply: |b| b.oanim.listed = with_own_key,
    },
    Mutant {
        name: "revokes-first-key",
        front: "oanim",
        sentence: "api-keys revoke ID asks for the list and revokes its first key",
        apply: |b| b.oanim.revoke = revoke_first,
    },
    Mutant {
        name: "unknown-key-is-success",
        front: "oanim",
        sentence: "revoking an unknown id exits 0 with the success message",
        apply: |b| b.oanim.revoke = revoke_if_there,
    },
    Mutant {
        name: "limit-exits-zero",
        front: "oanim",
        sentence: "the refusal of the eleventh key is printed, exit 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(error) if command == "api-keys create" && is_limit(error) => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "limit-unexplained",
        front: "oanim",
        sentence: "the refusal is reported as `could not create the key`, without the server's reason",
        apply: |b| {
            b.output.describe = |front, error| match error {
                Error::Doing { doing: "create the key", .. } => {
                    "error: could not create the key".to_owned()
                }
                other => error::describe(front, other),
            }
        },
    },
    Mutant {
        name: "remembers-limit",
        front: "oanim",
        sentence: "once refused for the limit it notes that in ~/.oanim/limit and refuses later creates by itself",
        apply: |b| b.oanim.create_key = create_unless_limited,
    },
];

fn show_all_but_key(session: &Session, created: &NewKey) -> Result<(), Error> {
    session.say(&format!("Name: {}", created.api_key.name))?;
    session.say(&format!("Prefix: {}", created.api_key.prefix))?;
    session.note("Save this key now: it will not be shown again.");
    Ok(())
}

fn show_without_warning(session: &Session, created: &NewKey) -> Result<(), Error> {
    session.say(&format!("Name: {}", created.api_key.name))?;
    session.say(&format!("Prefix: {}", created.api_key.prefix))?;
    session.say(&format!("Key: {}", created.key))
}

fn show_and_save(session: &Session, created: &NewKey) -> Result<(), Error> {
    api_keys::show_key(session, created)?;
    settings::save_key(session, &Secret::unchecked(&created.key))
}

fn with_own_key(session: &Session, mut keys: Vec<ApiKey>) -> Vec<ApiKey> {
    if let Ok(Some(own)) = settings::credential(session) {
        let own = own.secret.expose();
        for key in keys.iter_mut().filter(|key| own.starts_with(&key.prefix)) {
            own.clone_into(&mut key.prefix);
        }
    }
    keys
}

fn revoke_first(session: &Session, id: &str) -> Result<(), Error> {
    let keys = api_keys::fetch(session)?;
    api_keys::request_revocation(session, keys.first().map_or(id, |first| &first.id))
}

fn revoke_if_there(session: &Session, id: &str) -> Result<(), Error> {
    match api_keys::request_revocation(session, id) {
        Err(error) if matches!(error.root(), Error::Rejected { status: 404, .. }) => Ok(()),
        other => other,
    }
}

fn is_limit(error: &Error) -> bool {
    matches!(error.root(), Error::Rejected { status: 400, .. })
}

fn create_unless_limited(session: &Session, name: &str) -> Result<NewKey, Error> {
    if let Some(said) = recall(session, "limit") {
        return Err(Error::Rejected { status: 400, said });
    }
    let created = api_keys::request_key(session, name);
    if let Err(Error::Rejected { status: 400, said }) = &created {
        remember(session, "limit", said);
    }
    created
}
