//! OAuth 2.0 for a program that can keep no secret of its own (RFC 6749, 7636, 8252, 8628).
//!
//! Small and our own: what a server may leave out or get slightly wrong is forgiven here, what it
//! must not do is not, and each of these decisions is one that a mutant can take the other way.

pub(crate) mod behaviour;
pub(crate) mod code;
pub(crate) mod device;
pub(crate) mod metadata;
pub(crate) mod revocation;
pub(crate) mod token;

pub(crate) use code::CodeGrant;
pub(crate) use device::DeviceGrant;
pub(crate) use metadata::Metadata;
pub(crate) use token::{Granted, Tokens};
