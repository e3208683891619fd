//! Every scenario, by what happens in it.

pub mod code;
pub mod device;
pub mod extract;
pub mod lattice;
pub mod login;
pub mod machine;
pub mod permissions;
pub mod refresh;
pub mod session;
pub mod store;
pub mod token_login;
pub mod trouble;
