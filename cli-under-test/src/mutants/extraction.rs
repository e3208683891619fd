//! Wrong at `amika`: other tools' credentials, and keys that are saved.

use super::Mutant;
use super::tokens::say;
use crate::credential;
use crate::credential::Origin;
use crate::error::{self, Error};
use crate::exit_code;
use crate::fronts::amika::Extract;
use crate::fronts::amika::extract::{PLACES, Place};
use crate::secret::Secret;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "extract-skips-claude-key",
        front: "amika",
        sentence: "amika: extract does not look for Claude's API key",
        apply: |b| b.amika.places = const { &without::<0>() },
    },
    Mutant {
        name: "extract-skips-claude-session",
        front: "amika",
        sentence: "amika: extract does not look for Claude's session",
        apply: |b| b.amika.places = const { &without::<1>() },
    },
    Mutant {
        name: "extract-skips-codex",
        front: "amika",
        sentence: "amika: extract does not look for Codex",
        apply: |b| b.amika.places = const { &without::<2>() },
    },
    Mutant {
        name: "extract-skips-env-cache",
        front: "amika",
        sentence: "amika: extract does not look for Amika's variables",
        apply: |b| b.amika.places = const { &without::<3>() },
    },
    Mutant {
        name: "extract-skips-keychain",
        front: "amika",
        sentence: "amika: extract does not look for Amika's keychain",
        apply: |b| b.amika.places = const { &without::<4>() },
    },
    Mutant {
        name: "extract-skips-oauth",
        front: "amika",
        sentence: "amika: extract does not look for Amika's sessions",
        apply: |b| b.amika.places = const { &without::<5>() },
    },
    Mutant {
        name: "extract-skips-opencode",
        front: "amika",
        sentence: "amika: extract does not look for OpenCode",
        apply: |b| b.amika.places = const { &without::<6>() },
    },
    Mutant {
        name: "extract-skips-amp",
        front: "amika",
        sentence: "amika: extract does not look for Amp",
        apply: |b| b.amika.places = const { &without::<7>() },
    },
    Mutant {
        name: "extract-ignores-no-oauth",
        front: "amika",
        sentence: "amika: extract prints tokens of sessions in spite of --no-oauth",
        apply: |b| b.amika.told = |how| Extract { no_oauth: false, ..how },
    },
    Mutant {
        name: "extract-ignores-homedir",
        front: "amika",
        sentence: "amika: extract looks in the home directory in spite of --homedir",
        apply: |b| b.amika.told = |how| Extract { homedir: None, ..how },
    },
    Mutant {
        name: "extract-ignores-export",
        front: "amika",
        sentence: "amika: extract prints no `export ` in spite of --export",
        apply: |b| b.amika.told = |how| Extract { export: false, ..how },
    },
    Mutant {
        name: "extract-says-more",
        front: "amika",
        sentence: "amika: extract says on stdout that it is done",
        apply: |b| {
            b.output.ended = |command| {
                if command == "auth extract" {
                    say("# Done");
                }
            }
        },
    },
    Mutant {
        name: "empty-key-accepted",
        front: "amika",
        sentence: "amika: login --api-key-file saves an empty key",
        apply: |b| {
            b.credential.parse = |text, origin| match text.trim() {
                "" if origin == Origin::Given => Ok(Secret::unchecked("")),
                _ => credential::parse(text, origin),
            };
            b.amika.verify = |_, _| Ok(());
        },
    },
    Mutant {
        name: "key-untrimmed",
        front: "amika",
        sentence: "amika: login --api-key-file saves the key with the white space around it",
        apply: |b| {
            b.credential.parse = |text, origin| match origin {
                Origin::Given => super::token::with_white_space(text, origin),
                _ => credential::parse(text, origin),
            };
            b.amika.verify = |_, _| Ok(());
        },
    },
    Mutant {
        name: "saves-key-unverified",
        front: "amika",
        sentence: "amika: login --api-key-file does not ask the server about the key",
        apply: |b| b.amika.verify = |_, _| Ok(()),
    },
    Mutant {
        name: "status-exits-zero",
        front: "amika",
        sentence: "amika: auth status exits 0 when there is no credential",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(Error::NotSignedIn { .. }) if command == "auth status" => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "causes-unnamed",
        front: "almyty",
        sentence: "almyty: a 401 is reported without its three causes",
        apply: |b| {
            b.output.describe = |front, error| {
                let text = error::describe(front, error);
                let lines = text.lines().filter(|line| !line.contains("expired JWT"));
                lines.collect::<Vec<_>>().join("\n")
            }
        },
    },
    Mutant {
        name: "leaves-temporary-files",
        front: "standard",
        sentence: "what a killed save has left beside a store is never removed",
        apply: |b| b.storage.sweep = |_| {},
    },
];

/// All places but one.
const fn without<const SKIPPED: usize>() -> [Place; PLACES.len() - 1] {
    let mut places = [PLACES[0]; PLACES.len() - 1];
    let (mut from, mut to) = (0, 0);
    while from < PLACES.len() {
        if from != SKIPPED {
            places[to] = PLACES[from];
            to += 1;
        }
        from += 1;
    }
    places
}
