//! API keys over the API: list them, make one, take one back.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
