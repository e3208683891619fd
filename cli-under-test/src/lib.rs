//! The reference CLI: the sign-in of documented command-line tools, done right.
//!
//! ```text
//! arguments ─▶ front ─▶ session ─▶ credential (environment, store) ─▶ http ─▶ answer ─▶ output, exit code
//!                │                                                     ▲
//!                └─▶ login: listener ─▶ opener ─▶ callback ─▶ verify ──┘─▶ store
//! ```
//!
//! One program, several fronts: a front is one documented tool, with its commands, its names and
//! its files; everything that fronts have in common stands beside them, once. Whatever could be
//! done wrong is a field of `behaviour`, whose default is right. With the feature `mutants`,
//! a mutant replaces one such field, and so is wrong in one known way.
//!
//! Exit codes of every front: 0 done, 1 other failure, 2 usage, 3 not signed in, 4 refused,
//! 5 could not reach the server.

// In reading order: who is called, what it works with, where a key comes from and goes to,
// how the browser hands one over, how a session is granted and renewed, and how it all ends.
mod arguments;
mod fronts;
mod program;

mod environment;
mod secret;
mod session;
mod shadow;

mod credential;
mod lock;
mod store;

mod address;
mod http;
mod proxy;

mod browser;
mod callback;
mod input;
mod opener;

mod chance;
mod oauth;
mod poll;
mod renewal;

mod error;
mod exit_code;
mod output;

mod behaviour;
#[cfg(feature = "mutants")]
mod mutants;

#[cfg(feature = "mutants")]
pub use mutants::{MUTANTS, Mutant};
pub use program::{FRONTS, front_of, main};
