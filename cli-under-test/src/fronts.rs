//! The fronts: one documented tool each, thin over what they share.

pub(crate) mod almyty;
pub(crate) mod amika;
pub(crate) mod oanim;
pub(crate) mod omni;
pub(crate) mod standard;
