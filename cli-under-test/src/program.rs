//! The outermost arguments: which front, and in what shape.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::exit_code::USAGE;
use crate::fronts::{almyty, amika, oanim, omni, standard};

/// The names by which a front is chosen.
pub const FRONTS: &[&str] = &["oanim", "omni", "amika", "almyty", "standard"];

const USAGE_LINE: &str = "usage: reference [--version | --help] FRONT [ARGUMENT]...";

/// The front that a program called `program` is, if its file name says so.
pub fn front_of(program: Option<&OsStr>) -> Option<&'static str> {
    let stem = Path::new(program?).file_stem()?;
    FRONTS.iter().copied().find(|front| stem == *front)
}

/// Runs the program with the arguments that follow its name.
///
/// The first may be `--mutant NAME` (feature `mutants` only), then comes the front's name, then
/// the front's own arguments.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    run(&mut { args }, Behaviour::default()).into()
}

fn run(args: &mut dyn Iterator<Item = OsString>, behaviour: Behaviour) -> u8 {
    let Some(first) = args.next() else {
        return refuse("no front was named");
    };
    match first.to_str() {
        Some("oanim") => oanim::run(args, Environment::of_process(), behaviour),
        Some("omni") => omni::run(args, Environment::of_process(), behaviour),
        Some("amika") => amika::run(args, Environment::of_process(), behaviour),
        Some("almyty") => almyty::run(args, Environment::of_process(), behaviour),
        Some("standard") => standard::run(args, Environment::of_process(), behaviour),
        Some("--version" | "-V") => answer(concat!("reference ", env!("CARGO_PKG_VERSION"), "\n")),
        Some("--help" | "-h") => answer(&help()),
        #[cfg(feature = "mutants")]
        Some("--mutant") => mutate(args, behaviour),
        #[cfg(feature = "mutants")]
        Some("--mutants") => {
            let list = crate::mutants::MUTANTS.iter();
            let lines: Vec<_> =
                list.map(|mutant| format!("{:<32} {}\n", mutant.name, mutant.sentence)).collect();
            answer(&lines.concat())
        }
        _ => refuse(&format!("no front is called {}", first.display())),
    }
}

#[cfg(feature = "mutants")]
fn mutate(args: &mut dyn Iterator<Item = OsString>, mut behaviour: Behaviour) -> u8 {
    let Some(name) = args.next() else {
        return refuse("--mutant needs a name");
    };
    let Some(mutant) = crate::mutants::named(&name) else {
        return refuse(&format!("no mutant is called {}", name.display()));
    };
    (mutant.apply)(&mut behaviour);
    run(args, behaviour)
}

fn help() -> String {
    format!(
        "The reference CLI: sign-in from a command line, done right.\n\n{USAGE_LINE}\n\n\
         Fronts:\n  {}\n\n`reference FRONT --help` says what a front can do.\n",
        FRONTS.join("\n  ")
    )
}

fn answer(text: &str) -> u8 {
    use std::io::Write as _;
    // A reader that has gone away has read what it wanted.
    let _ = std::io::stdout().write_all(text.as_bytes());
    0
}

fn refuse(why: &str) -> u8 {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "error: {why}\n{USAGE_LINE}");
    USAGE
}
