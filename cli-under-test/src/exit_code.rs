//! How a command ends, as a number: the one place that decides.

use crate::error::Error;

/// Wrong usage, or a setting that cannot be used as it is.
pub(crate) const USAGE: u8 = 2;

/// The exit code of a command that ended like this. Which command it was makes no difference.
pub(crate) fn of(_command: &str, outcome: &Result<(), Error>) -> u8 {
    let Err(error) = outcome else { return 0 };
    match error.root() {
        Error::Arguments(_)
        | Error::MalformedCredential { .. }
        | Error::BadAddress { .. }
        | Error::BadSetting { .. }
        | Error::Unknown { .. } => USAGE,
        Error::NotSignedIn { .. } | Error::OtherServer { .. } => 3,
        Error::Unauthorized { .. }
        | Error::Forbidden { .. }
        | Error::Denied { .. }
        | Error::Grant { status: 401 | 403, .. }
        | Error::SessionEnded { .. } => 4,
        Error::Unreachable { .. } => 5,
        _ => 1,
    }
}
