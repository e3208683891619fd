//! Wrong in not even failing properly.

use super::Mutant;
use crate::error::{self, Error};

pub(super) const MUTANTS: &[Mutant] = &[Mutant {
    name: "panics-on-unauthorized",
    front: "oanim",
    sentence: "a 401 ends in a Rust panic (`panicked at …` on stderr, exit 101)",
    apply: |b| {
        b.output.describe = |front, error| {
            let refused = matches!(error.root(), Error::Unauthorized { .. });
            assert!(!refused, "the server answered 401");
            error::describe(front, error)
        };
    },
}];
