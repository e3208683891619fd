//! Every check, by what it is about.

mod address;
mod atomicity;
mod code;
mod contested_store;
mod crowd;
mod device;
mod direct_connections;
mod errors;
mod extract;
mod guarded_store;
mod identity;
mod key_verification;
mod keys;
mod login;
mod logout;
mod loopback;
mod machine;
mod output;
mod permissions;
mod precedence;
mod proof_key;
mod refresh;
mod sources;
mod stalls;
mod state;
mod storage;
mod token_life;
mod token_login;
mod transport;
mod url_lattice;

use std::sync::LazyLock;

use crate::check::Check;

/// Every check, in the order in which reports show them.
///
/// A check that is not in the list of its area does not exist: the compiler says so of its judge.
pub static CHECKS: LazyLock<Vec<&'static Check>> = LazyLock::new(|| {
    let areas = [
        login::CHECKS,
        loopback::CHECKS,
        state::CHECKS,
        proof_key::CHECKS,
        code::CHECKS,
        device::CHECKS,
        token_login::CHECKS,
        storage::CHECKS,
        guarded_store::CHECKS,
        atomicity::CHECKS,
        contested_store::CHECKS,
        precedence::CHECKS,
        sources::CHECKS,
        refresh::CHECKS,
        token_life::CHECKS,
        crowd::CHECKS,
        transport::CHECKS,
        address::CHECKS,
        url_lattice::CHECKS,
        direct_connections::CHECKS,
        identity::CHECKS,
        errors::CHECKS,
        stalls::CHECKS,
        logout::CHECKS,
        keys::CHECKS,
        key_verification::CHECKS,
        extract::CHECKS,
        machine::CHECKS,
        permissions::CHECKS,
        output::CHECKS,
    ];
    areas.into_iter().flatten().collect()
});

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn ids_are_names_and_unique() {
        let mut seen = BTreeSet::new();
        for check in CHECKS.iter() {
            assert!(seen.insert(check.id), "{} is there twice", check.id);
            assert!(
                check.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{} is no name",
                check.id
            );
        }
    }

    #[test]
    fn every_check_is_complete() {
        for check in CHECKS.iter() {
            assert!(!check.mutants.is_empty(), "{} has no mutant", check.id);
            assert!(check.sentence.len() > 20, "{} says nothing", check.id);
            assert!(!check.sentence.ends_with('.'), "{}: a sentence within others", check.id);
            assert!(check.fix.len() > 20, "{} does not say what to do", check.id);
        }
    }

    #[test]
    fn every_area_stands_together_and_in_order() {
        let areas: Vec<_> = CHECKS.iter().map(|check| check.area).collect();
        assert!(areas.is_sorted(), "an area is split");
    }

    #[test]
    fn every_check_has_a_source_in_a_standard_or_in_a_builtin_contract() {
        for check in CHECKS.iter() {
            let promised = crate::profile::BUILTIN.iter().any(|(name, text)| {
                let profile = crate::profile::Profile::parse(name, text);
                profile.is_ok_and(|profile| !profile.clauses(check.id).is_empty())
            });
            assert!(promised || !check.sources.is_empty(), "{} cites nothing", check.id);
        }
    }

    #[test]
    fn scenarios_have_unique_ids_and_runs_unique_labels() {
        let mut scenarios = BTreeMap::new();
        for check in CHECKS.iter() {
            let known = scenarios.insert(check.scenario.id, check.scenario);
            assert!(known.is_none_or(|known| std::ptr::eq(known, check.scenario)));
            let labels: Vec<_> = check.scenario.runs().map(|run| run.label).collect();
            let unique: BTreeSet<_> = labels.iter().collect();
            assert_eq!(labels.len(), unique.len(), "{}", check.scenario.id);
        }
    }

    #[test]
    fn every_script_is_the_platforms_language() {
        for check in CHECKS.iter().filter(|check| !check.scenario.script.is_empty()) {
            for (name, text) in crate::profile::BUILTIN {
                let profile = crate::profile::Profile::parse(name, text).expect("a tool");
                let script = check.scenario.script_for(&profile.cli);
                if let Err(error) = mock_server::Script::from_toml(&script) {
                    panic!("{} for {name}: {error}", check.scenario.id);
                }
            }
        }
    }
}
