//! From a front's arguments to its exit code: the same way for every front.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::error::Error;
use crate::session::{Front, Session};

/// A command's name, and how it ended.
pub(crate) type Ended = (&'static str, Result<(), Error>);

/// Parses the arguments, runs the command that they name, and says how it ended.
pub(crate) fn run<Arguments: Parser>(
    front: &'static Front,
    args: &mut dyn Iterator<Item = OsString>,
    environment: Environment,
    behaviour: Behaviour,
    command: fn(&Session, Arguments) -> Ended,
) -> u8 {
    let session = Session { front, environment, behaviour };
    let named = [OsString::from(front.name)].into_iter().chain(args);
    let (name, outcome) = match Arguments::try_parse_from(named) {
        Ok(arguments) => {
            (session.behaviour.output.begun)(&session);
            command(&session, arguments)
        }
        Err(stop) => ("", explain(&session, stop)),
    };
    let output = &session.behaviour.output;
    match &outcome {
        Ok(()) => {}
        Err(Error::Arguments(usage)) => {
            (output.report)(&(output.paint)(usage.to_string().trim_end()));
        }
        Err(error) => (output.report)(&(output.paint)(&(output.describe)(front, error))),
    }
    (output.ended)(name);
    (output.exit_code)(name, &outcome)
}

/// Help and version are answers; everything else that stops the parser is a wrong usage.
fn explain(session: &Session, mut stop: clap::Error) -> Result<(), Error> {
    if matches!(stop.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        (session.behaviour.output.help)(session)?;
        return session.say(stop.to_string().trim_end());
    }
    // A key that was typed where none belongs is not to be repeated.
    if let Some(ContextValue::String(given)) = stop.get(ContextKind::InvalidArg)
        && !given.starts_with('-')
    {
        stop.insert(ContextKind::InvalidArg, ContextValue::String("…".to_owned()));
    }
    Err(Error::Arguments(stop))
}
