//! The flows, a module each. A profile takes those it names.

pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod loopback_key;
pub(crate) mod resources;
pub(crate) mod sign_out_page;
