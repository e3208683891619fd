//! The fronts whose sessions renew themselves, and whose codes are exchanged, from outside.

mod almyty;
mod amika;
mod authority;
mod home;
mod omni;
mod openers;
mod standard;
mod terminal;
mod waiting;
#[cfg(feature = "mutants")]
mod wrong;
