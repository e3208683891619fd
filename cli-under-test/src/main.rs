//! The program `reference`: see the library for what it does.

use std::ffi::OsString;
use std::process::ExitCode;

/// Called by a front's own name it is that front; otherwise the first argument names the front.
fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let called = cli_under_test::front_of(args.next().as_deref()).map(OsString::from);
    cli_under_test::main(called.into_iter().chain(args))
}
