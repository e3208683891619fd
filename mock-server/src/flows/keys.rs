//! API keys over the API: list them, make one, take one back, ask whether one is good.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod verify;
