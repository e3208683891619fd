//! The front `oanim`, from outside: the program, a home, a server.

mod api_keys;
mod assets;
mod browser_login;
mod failures;
mod redirects;
mod resolution;
mod support;
mod token_login;
