//! The built-in profiles, embedded so that the installed program needs no other file.

use super::Service;

/// Name and text of every built-in profile, in the order in which `run` takes those that have
/// a tool.
pub const BUILTIN: [(&str, &str); 5] = [
    ("oanim", include_str!("../../../profiles/oanim.toml")),
    ("omni", include_str!("../../../profiles/omni.toml")),
    ("amika", include_str!("../../../profiles/amika.toml")),
    ("almyty", include_str!("../../../profiles/almyty.toml")),
    ("standard", include_str!("../../../profiles/standard.toml")),
];

/// The names of the built-in profiles that have a tool: what `run` takes when it is given none.
pub fn tools() -> impl Iterator<Item = &'static str> {
    let has_tool = |(name, text): &&(&str, &str)| {
        Service::parse(name, text).is_ok_and(|service| service.cli.is_some())
    };
    BUILTIN.iter().filter(has_tool).map(|(name, _)| *name)
}
