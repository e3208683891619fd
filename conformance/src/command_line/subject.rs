//! Which program is driven.

use std::path::PathBuf;

use super::Itself;
use crate::process::{is_program, on_path};
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
    let named = || Some(PathBuf::from(name)).filter(|path| is_program(path));
    let found = if name.contains('/') { named() } else { on_path(name) };
    let absolute = found.and_then(|found| std::path::absolute(found).ok());
    match absolute {
        Some(path) => Ok(path.to_string_lossy().into_owned()),
        None if name.contains('/') => Err(format!("`{name}` is not a program that can be run")),
        None => Err(format!(
            "there is no program `{name}` on PATH; one of this directory is `./{name}`"
        )),
    }
}
