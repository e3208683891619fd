//! The deliberate faults: each is the clean program with one thing wrong, and says which.

use std::fs;

use crate::behaviour::Behaviour;
use crate::fronts::oanim::settings;
use crate::session::Session;
use crate::store::{self, Mode};

mod api_keys;
mod browser;
mod bypass;
mod crash;
mod extraction;
mod failure;
mod flows;
mod grants;
mod logout;
mod output;
mod permissions;
mod phone;
mod precedence;
mod resolution;
mod saving;
mod sessions;
mod storage;
mod token;
mod tokens;
mod vendors;
mod words;

/// A program that is wrong in one known way, every time.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// What to call it on the command line.
    pub name: &'static str,
    /// The front in which it is wrong. Others may share what it replaces.
    pub front: &'static str,
    /// How it differs from the clean program.
    pub sentence: &'static str,
    pub(crate) apply: fn(&mut Behaviour),
}

const AREAS: &[&[Mutant]] = &[
    browser::MUTANTS,
    token::MUTANTS,
    storage::MUTANTS,
    resolution::MUTANTS,
    output::MUTANTS,
    failure::MUTANTS,
    logout::MUTANTS,
    api_keys::MUTANTS,
    bypass::MUTANTS,
    crash::MUTANTS,
    grants::MUTANTS,
    flows::MUTANTS,
    sessions::MUTANTS,
    tokens::MUTANTS,
    precedence::MUTANTS,
    extraction::MUTANTS,
    vendors::MUTANTS,
    saving::MUTANTS,
    words::MUTANTS,
    permissions::MUTANTS,
];

/// All mutants there are, area by area.
pub const MUTANTS: &[Mutant] = &joined::<{ count(AREAS) }>(AREAS);

/// The mutant of a name, whichever front it is wrong in.
pub(crate) fn named(name: &std::ffi::OsStr) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| name == mutant.name)
}

const fn count(areas: &[&[Mutant]]) -> usize {
    let (mut count, mut area) = (0, 0);
    while area < areas.len() {
        count += areas[area].len();
        area += 1;
    }
    count
}

const fn joined<const COUNT: usize>(areas: &[&[Mutant]]) -> [Mutant; COUNT] {
    let mut all = [areas[0][0]; COUNT];
    let (mut filled, mut area) = (0, 0);
    while area < areas.len() {
        let mut at = 0;
        while at < areas[area].len() {
            all[filled] = areas[area][at];
            filled += 1;
            at += 1;
        }
        area += 1;
    }
    all
}

/// Leaves a note in `~/.oanim`, with the care that a clean program would take.
fn remember(session: &Session, name: &str, text: &str) {
    let Ok(file) = settings::file(session, name) else {
        return;
    };
    let Some(directory) = file.path().parent() else {
        return;
    };
    let _ = store::create_directory(directory, Mode::exactly(0o700));
    let _ = store::replace(file.path(), text.as_bytes(), Mode::exactly(0o600));
}

/// What such a note says.
fn recall(session: &Session, name: &str) -> Option<String> {
    fs::read_to_string(settings::file(session, name).ok()?.path()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::MUTANTS;

    #[test]
    fn names_are_unique_and_sentences_are_there() {
        let names: HashSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
        for mutant in MUTANTS {
            assert!(mutant.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert!(!mutant.sentence.is_empty());
            assert!(crate::FRONTS.contains(&mutant.front), "{}", mutant.front);
        }
    }
}
