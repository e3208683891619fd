//! What a check says of an observation.

use serde::{Deserialize, Serialize};

/// What came of one check on one profile. Trouble of the harness itself is an error, never a
/// verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The requirement holds.
    Pass,
    /// It does not.
    Fail,
    /// The situation was not reached, so nothing is known.
    Inconclusive,
    /// The profile does not claim what the check is about.
    NotApplicable,
    /// Contract and standard disagree; the tool follows the contract.
    Advisory,
    /// It does not hold, and the profile says that this is known.
    KnownFailure,
    /// The harness failed; kept apart from what is known of the tool.
    Error,
}

impl Verdict {
    /// Every verdict, in the order in which summaries show them.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Fail,
        Self::Inconclusive,
        Self::NotApplicable,
        Self::Advisory,
        Self::KnownFailure,
        Self::Error,
    ];

    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "not applicable",
            Self::Advisory => "advisory",
            Self::KnownFailure => "known failure",
            Self::Error => "error",
        }
    }
}
