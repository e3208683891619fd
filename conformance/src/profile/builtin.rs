//! The built-in profiles, embedded so that the installed program needs no other file.

/// Name and text of every built-in profile, in the order in which `run` takes them.
pub const BUILTIN: [(&str, &str); 1] = [("oanim", include_str!("../../../profiles/oanim.toml"))];
