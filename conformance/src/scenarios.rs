//! Every scenario, by what happens in it.

pub mod login;
pub mod session;
pub mod store;
pub mod token_login;
pub mod trouble;
