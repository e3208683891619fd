//! Which program is driven.

use std::path::{Path, PathBuf};

use super::Itself;
use crate::profile::{Profile, tools};

/// What is run for this profile: what was named, else what the profile names, else the bundled
/// reference CLI, which knows the built-in profiles alone.
pub(super) fn subject(
    program: &[String],
    profile: &Profile,
    itself: &Itself,
) -> Result<Vec<String>, String> {
    let named = [program, &profile.cli.program].into_iter().find(|argv| !argv.is_empty());
    if let Some(argv) = named {
        let mut argv = argv.to_vec();
        argv[0] = find_program(&argv[0])?;
        return Ok(argv);
    }
    if !tools().any(|name| name == profile.name) {
        let name = &profile.name;
        return Err(format!(
            "which program is `{name}`? name it after `--`, or as `program` in [cli]"
        ));
    }
    let program = itself.program.to_string_lossy().into_owned();
    let arguments = itself.reference.iter().cloned();
    Ok(std::iter::once(program).chain(arguments).chain([profile.name.clone()]).collect())
}

/// The absolute path of a program, so that it is found from any directory and with any PATH.
fn find_program(name: &str) -> Result<String, String> {
    let candidates: Vec<PathBuf> = if name.contains('/') {
        vec![PathBuf::from(name)]
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|directory| directory.join(name)).collect()
    };
    let found = candidates.iter().find(|candidate| is_executable(candidate));
    let absolute = found.and_then(|found| std::path::absolute(found).ok());
    match absolute {
        Some(path) => Ok(path.to_string_lossy().into_owned()),
        None if name.contains('/') => Err(format!("`{name}` is not a program that can be run")),
        None => Err(format!(
            "there is no program `{name}` on PATH; one of this directory is `./{name}`"
        )),
    }
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
}
