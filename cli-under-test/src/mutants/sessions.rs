//! Wrong at keeping a session alive, or at ending it.

use std::thread;
use std::time::Duration;

use super::Mutant;
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens};
use crate::renewal::Vault;
use crate::store::Fields;

/// Long enough for every command that was started together to have looked at the old session: it
/// makes the fault certain, which without it is only likely.
const TOGETHER: Duration = Duration::from_secs(1);

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "renews-without-lock",
        front: "standard",
        sentence: "each command waits for a second instead of for its turn: those that start together all renew, at once",
        apply: |b| {
            b.storage.lock = |_, _| {
                thread::sleep(TOGETHER);
                Ok(Lock::none())
            };
            b.renewal.overtaken = |_, _| false;
        },
    },
    Mutant {
        name: "loser-does-not-look-again",
        front: "standard",
        sentence: "who waited for a turn renews once more, although somebody else just has",
        apply: |b| b.renewal.overtaken = |_, _| false,
    },
    Mutant {
        name: "never-renews-early",
        front: "standard",
        sentence: "an expired token is sent all the same, and renewed only upon a 401",
        apply: |b| b.renewal.due = |_, _, _| false,
    },
    Mutant {
        name: "renews-without-margin",
        front: "standard",
        sentence: "a token is renewed when it has expired, and not a second before",
        apply: |b| b.renewal.margin = Duration::ZERO,
    },
    Mutant {
        name: "renews-every-time",
        front: "standard",
        sentence: "every command renews the session, however long it still lives",
        apply: |b| b.renewal.due = |tokens, _, _| tokens.refresh.is_some(),
    },
    Mutant {
        name: "gives-up-upon-rejection",
        front: "standard",
        sentence: "a token that is rejected before its time is not renewed",
        apply: |b| b.renewal.after_rejection = 0,
    },
    Mutant {
        name: "drops-refresh-token",
        front: "standard",
        sentence: "an answer without a refresh token wipes the saved one",
        apply: |b| b.renewal.kept = |_, granted| granted,
    },
    Mutant {
        name: "keeps-used-refresh-token",
        front: "standard",
        sentence: "the refresh token that was used stays saved, the new one is dropped",
        apply: |b| {
            b.renewal.kept = |current, mut granted| {
                granted.tokens.refresh.clone_from(&current.refresh);
                granted
            }
        },
    },
    Mutant {
        name: "renews-without-saving",
        front: "standard",
        sentence: "renewed tokens are used and not saved",
        apply: |b| b.renewal.keep = |_, _| Ok(()),
    },
    Mutant {
        name: "failed-renewal-ends-session",
        front: "standard",
        sentence: "whatever keeps a renewal from working, the saved refresh token is removed",
        apply: |b| b.renewal.failed = |_, vault, _| forget(vault),
    },
    Mutant {
        name: "logout-does-not-revoke",
        front: "standard",
        sentence: "logout clears the store and tells the server nothing",
        apply: |b| b.oauth.revoke = |_, _, _, _| Ok(()),
    },
];

fn forget(vault: &dyn Vault) {
    if let Ok(Some(tokens)) = vault.load() {
        let tokens = Tokens { refresh: None, ..tokens };
        let rest = Fields::new();
        // The vaults that keep what they are not told need to be told.
        let _ = vault.save(&Granted { tokens, rest });
    }
}
