//! The fronts: one documented tool each, thin over what they share.

pub(crate) mod oanim;
