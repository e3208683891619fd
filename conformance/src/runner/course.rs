//! How a plan is gone through: which part of it, in which order, and when it is given up.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Plan;
use crate::report::LeftOut;
use crate::scenario::Scenario;

/// The longest that a scenario of a quick run may have to wait.
pub const LONGEST_QUICK_WAIT: Duration = Duration::from_secs(2);

/// Which part of a plan is played, in which order, and what becomes of it.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Leaves out the scenarios that must wait longer than [`LONGEST_QUICK_WAIT`].
    pub quick: bool,
    /// The part of the plan that is played; `None`: all of it.
    pub shard: Option<Shard>,
    /// What the order of the scenarios is drawn from; `None`: those that must wait come first.
    pub seed: Option<u64>,
    /// Starts no more scenarios after the first failure.
    pub fail_fast: bool,
    /// Where the capsules of results that want attention stay; `None`: nowhere.
    pub capsules: Option<PathBuf>,
}

/// One of several parts of a plan, which together are the whole, each scenario in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// Whether what stands at `position` of the plan belongs to it.
    fn holds(self, position: usize) -> bool {
        position % self.of == self.index - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(index, of)| {
            Some(Self { index: index.parse().ok()?, of: of.parse().ok()? })
        });
        match parts {
            Some(shard) if (1..=shard.of).contains(&shard.index) => Ok(shard),
            Some(shard) => Err(format!("there is no part {} of {}", shard.index, shard.of)),
            None => Err("write it as I/N, as in 1/4 for the first of four".to_owned()),
        }
    }
}

/// A scenario to be played for one of the plan's profiles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// The profile's position in the plan.
    pub(super) profile: usize,
    pub(super) scenario: &'static Scenario,
    /// The longest that it must wait.
    wait: Duration,
}

impl Part {
    /// Whether it mostly waits, and so takes nobody's place.
    pub(super) fn waits(self) -> bool {
        self.wait > Duration::ZERO
    }

    fn is_quick(self) -> bool {
        self.wait <= LONGEST_QUICK_WAIT
    }

    pub(super) fn same(self, other: Self) -> bool {
        self.profile == other.profile && std::ptr::eq(self.scenario, other.scenario)
    }
}

/// What is to be played, in order.
pub(super) fn parts(plan: &Plan) -> Vec<Part> {
    let course = &plan.course;
    let mut parts = every_part(plan);
    parts.retain(|part| !course.quick || part.is_quick());
    parts.sort_by_key(|part| std::cmp::Reverse(part.wait));
    if let Some(shard) = course.shard {
        let mut position = 0..;
        parts.retain(|_| position.next().is_some_and(|position| shard.holds(position)));
    }
    if let Some(seed) = course.seed {
        parts.sort_by_cached_key(|part| lot(plan, seed, *part));
    }
    parts
}

/// Every scenario that a profile of the plan can be played, in the order of plan and catalogue.
fn every_part(plan: &Plan) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (position, (profile, _)) in plan.profiles.iter().enumerate() {
        for check in &plan.checks {
            let wait = check.scenario.forced_wait_of(&profile.cli);
            let part = Part { profile: position, scenario: check.scenario, wait };
            let is_known = parts.iter().rev().any(|known| known.same(part));
            if !is_known && part.scenario.unclaimed(&profile.cli).is_none() {
                parts.push(part);
            }
        }
    }
    parts
}

/// What a part draws: the same for ever for the same seed, profile and scenario.
fn lot(plan: &Plan, seed: u64, part: Part) -> Vec<u8> {
    let (profile, _) = &plan.profiles[part.profile];
    let text = format!("{seed}\n{}\n{}", profile.name, part.scenario.id);
    Sha256::digest(text).to_vec()
}

/// Whether a result that no scenario needs to be played for, the `number`th of them, is reported
/// here and not by another shard.
pub(super) fn is_ours(plan: &Plan, number: usize) -> bool {
    plan.course.shard.is_none_or(|shard| shard.holds(number))
}

/// The checks that a quick run says nothing about.
pub(super) fn left_out_for_speed(plan: &Plan) -> Vec<LeftOut> {
    if !plan.course.quick {
        return Vec::new();
    }
    let slow = every_part(plan).into_iter().filter(|part| !part.is_quick());
    let left_out = slow.flat_map(|part| {
        let seconds = part.wait.as_secs_f32();
        left_out(plan, part, &format!("--quick: `{}` waits {seconds} s", part.scenario.id))
    });
    in_order(plan, left_out.collect())
}

/// The checks that are left out with `parts`, which a failure kept from being played.
pub(super) fn left_out_after_failure(plan: &Plan, parts: &[Part]) -> Vec<LeftOut> {
    let why = "--fail-fast: not played after the first failure";
    in_order(plan, parts.iter().flat_map(|part| left_out(plan, *part, why)).collect())
}

fn left_out(plan: &Plan, part: Part, why: &str) -> Vec<LeftOut> {
    let (profile, _) = &plan.profiles[part.profile];
    let checks = plan.checks.iter().filter(|check| std::ptr::eq(check.scenario, part.scenario));
    let left_out = checks.map(|check| LeftOut {
        id: check.id.to_owned(),
        profile: profile.name.clone(),
        why: why.to_owned(),
    });
    left_out.collect()
}

fn in_order(plan: &Plan, mut left_out: Vec<LeftOut>) -> Vec<LeftOut> {
    let place = |one: &LeftOut| {
        let profile = plan.profiles.iter().position(|(profile, _)| profile.name == one.profile);
        (profile, plan.checks.iter().position(|check| check.id == one.id))
    };
    left_out.sort_by_key(place);
    left_out
}

/// What is equal for the shards of one plan and different for those of others: the version, the
/// checks, the profiles and how they are gone through.
pub(super) fn fingerprint(plan: &Plan) -> String {
    let mut text = format!("{}\n{:?}\n", env!("CARGO_PKG_VERSION"), plan.program);
    for (profile, _) in &plan.profiles {
        text.push_str(&profile.text);
    }
    for check in &plan.checks {
        text.push_str(check.id);
        text.push('\n');
    }
    text.push_str(if plan.course.quick { "quick" } else { "whole" });
    let digest = Sha256::digest(text);
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, LazyLock};

    use super::*;
    use crate::checks::CHECKS;
    use crate::profile::{Profile, tools};

    /// Every check on every built-in tool. Reading the profiles takes longer than all else here.
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let profiles = tools().map(|name| {
            (Arc::new(Profile::load(name).expect("built in")), vec!["/bin/true".to_owned()])
        });
        Plan {
            profiles: profiles.collect(),
            checks: CHECKS.clone(),
            program: Vec::new(),
            authspec: "/bin/true".into(),
            jobs: 1,
            repeat: 1,
            deadline: Duration::from_secs(1),
            share_network: false,
            keep: None,
            course: Course::default(),
        }
    });

    fn plan(course: Course) -> Plan {
        Plan { course, ..PLAN.clone() }
    }

    fn names(course: Course) -> Vec<(usize, &'static str)> {
        parts(&plan(course)).iter().map(|part| (part.profile, part.scenario.id)).collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(8))]

        #[test]
        fn shards_are_a_partition(of in 1usize..30, quick: bool) {
            let whole = names(Course { quick, ..Course::default() });
            let shards = (1..=of).map(|index| Shard { index, of });
            let parts: Vec<_> = shards
                .flat_map(|shard| names(Course { quick, shard: Some(shard), ..Course::default() }))
                .collect();
            proptest::prop_assert_eq!(parts.len(), whole.len());
            let (whole, parts): (BTreeSet<_>, BTreeSet<_>) =
                (whole.into_iter().collect(), parts.into_iter().collect());
            proptest::prop_assert_eq!(whole, parts);
        }
    }

    #[test]
    fn a_seed_gives_an_order_of_its_own_and_always_the_same() {
        let seeded = |seed| names(Course { seed, ..Course::default() });
        assert_eq!(seeded(Some(7)), seeded(Some(7)));
        assert_ne!(seeded(Some(7)), seeded(Some(8)));
        let set = |names: Vec<_>| names.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(set(seeded(Some(7))), set(seeded(None)));
    }

    #[test]
    fn a_quick_run_says_what_it_leaves_out() {
        let quick = plan(Course { quick: true, ..Course::default() });
        assert!(parts(&quick).iter().all(|part| part.is_quick()));
        let left_out = left_out_for_speed(&quick);
        assert!(!left_out.is_empty() && left_out.iter().all(|one| one.why.contains("waits")));
        assert!(left_out_for_speed(&plan(Course::default())).is_empty());
    }

    #[rstest::rstest]
    #[case("1/4", Ok(Shard { index: 1, of: 4 }))]
    #[case("4/4", Ok(Shard { index: 4, of: 4 }))]
    #[case("5/4", Err("no part 5 of 4"))]
    #[case("0/4", Err("no part 0 of 4"))]
    #[case("0/0", Err("no part 0 of 0"))]
    #[case("4", Err("write it as I/N"))]
    #[case("-1/4", Err("write it as I/N"))]
    fn a_shard_is_read(#[case] text: &str, #[case] expected: Result<Shard, &str>) {
        match (text.parse::<Shard>(), expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(error), Err(says)) => assert!(error.contains(says), "{error}"),
            (read, _) => panic!("{read:?}"),
        }
    }

    #[test]
    fn shards_of_one_plan_know_each_other() {
        let of = |course| fingerprint(&plan(course));
        let shard = |index| Course { shard: Some(Shard { index, of: 2 }), ..Course::default() };
        assert_eq!(of(shard(1)), of(shard(2)));
        assert_ne!(of(shard(1)), of(Course { quick: true, ..shard(1) }));
    }
}
