//! Which sandboxes stay after a run, and where.

use std::path::PathBuf;

use super::Plan;
use super::course::Part;
use super::results::Placed;
use crate::capsule::Capsule;

/// Where the sandbox of this part goes, and what is laid into it, if it may stay.
pub(super) fn of(plan: &Plan, part: Part, number: u32) -> Option<(PathBuf, Capsule)> {
    let (profile, _) = &plan.profiles[part.profile];
    Some((directory(plan, part, number)?, Capsule::new(profile, &plan.program)))
}

fn directory(plan: &Plan, part: Part, number: u32) -> Option<PathBuf> {
    let (profile, _) = &plan.profiles[part.profile];
    let name = match number {
        1 => part.scenario.id.to_owned(),
        _ => format!("{}.{number}", part.scenario.id),
    };
    let root = plan.keep.as_ref().or(plan.course.capsules.as_ref())?;
    Some(root.join(&profile.name).join(name))
}

/// Takes a sandbox away that may stay only where a result wants attention, and none does.
pub(super) fn settle(
    plan: &Plan,
    part: Part,
    number: u32,
    mut results: Vec<Placed>,
) -> Vec<Placed> {
    let stays = plan.keep.is_some() || results.iter().any(|(_, one)| one.wants_attention());
    if stays {
        return results;
    }
    if let Some(directory) = directory(plan, part, number) {
        // That it stays, where it cannot be taken away, harms nobody.
        let _ = std::fs::remove_dir_all(&directory);
    }
    for (_, result) in &mut results {
        result.capsule = None;
    }
    results
}

/// Takes away what holds no capsule, once everything was played.
pub(super) fn tidy_up(plan: &Plan) {
    if let (None, Some(root)) = (&plan.keep, &plan.course.capsules) {
        for (profile, _) in &plan.profiles {
            // Fails where something is in it, as it should.
            let _ = std::fs::remove_dir(root.join(&profile.name));
        }
    }
}
