//! Every server check, by what it is about.

mod authorization;
mod bearer;
mod device;
mod expect;
mod headers;
mod headless;
mod introspection;
mod key_limit;
mod key_login;
mod keys;
mod metadata;
mod refresh;
mod refusals;
mod revocation;
mod sign_in;
mod tls;
mod token;
mod token_requests;

use std::sync::LazyLock;

use crate::server_check::ServerCheck;

/// Every server check, in the order in which reports show them.
///
/// A check that is not in the list of its area does not exist: the compiler says so of its judge.
pub static SERVER_CHECKS: LazyLock<Vec<&'static ServerCheck>> = LazyLock::new(|| {
    let areas = [
        authorization::CHECKS,
        sign_in::CHECKS,
        key_login::CHECKS,
        token_requests::CHECKS,
        token::CHECKS,
        refresh::CHECKS,
        key_login::TOKEN_CHECKS,
        refusals::CHECKS,
        bearer::CHECKS,
        device::CHECKS,
        headless::CHECKS,
        metadata::CHECKS,
        revocation::CHECKS,
        introspection::CHECKS,
        keys::CHECKS,
        key_limit::CHECKS,
        headers::CHECKS,
        tls::CHECKS,
    ];
    areas.into_iter().flatten().collect()
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::checks::CHECKS;
    use crate::probe::PARTS;

    #[test]
    fn ids_are_names_and_unique() {
        let mut seen: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        for check in SERVER_CHECKS.iter() {
            assert!(seen.insert(check.id), "{} is there twice", check.id);
            let good = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(check.id.chars().all(good), "{} is no name", check.id);
            assert!(check.id.starts_with(&format!("{}-", check.area.name())), "{}", check.id);
        }
    }

    #[test]
    fn every_check_is_complete() {
        assert!(SERVER_CHECKS.len() >= 60, "{} checks", SERVER_CHECKS.len());
        for check in SERVER_CHECKS.iter() {
            assert!(!check.mutants.is_empty(), "{} has no mutant", check.id);
            assert!(!check.sources.is_empty(), "{} cites nothing", check.id);
            assert!(check.sentence.len() > 20, "{} says nothing", check.id);
            assert!(!check.sentence.ends_with('.'), "{}: a sentence within others", check.id);
            assert!(check.fix.len() > 20, "{} does not say what to do", check.id);
        }
    }

    #[test]
    fn every_area_stands_together_and_in_order() {
        let areas: Vec<_> = SERVER_CHECKS.iter().map(|check| check.area).collect();
        assert!(areas.is_sorted(), "an area is split");
    }

    #[test]
    fn every_part_is_judged_and_every_judged_part_is_played() {
        for part in PARTS {
            let judged = SERVER_CHECKS.iter().any(|check| std::ptr::eq(check.part, *part));
            assert!(judged, "nobody judges {}", part.id);
        }
        for check in SERVER_CHECKS.iter() {
            assert!(PARTS.iter().any(|part| std::ptr::eq(check.part, *part)), "{}", check.id);
        }
        let ids: BTreeSet<_> = PARTS.iter().map(|part| part.id).collect();
        assert_eq!(ids.len(), PARTS.len(), "two parts have one name");
    }
}
