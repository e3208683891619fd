//! One run of one front: what every command works with.

use crate::behaviour::Behaviour;
use crate::environment::Environment;
use crate::error::Error;
use crate::output;

/// What a front is called, and what it calls its things: the words of messages.
#[derive(Debug)]
pub(crate) struct Front {
    /// The front's name.
    pub(crate) name: &'static str,
    /// The command that signs in.
    pub(crate) login: &'static str,
    /// The variable that a credential may come from.
    pub(crate) variable: &'static str,
    /// What the front saves, as messages call it.
    pub(crate) saved: &'static str,
    /// The variable that says how long a request may take, in seconds.
    pub(crate) request_limit_variable: &'static str,
    /// Every variable that may hold a secret: none is handed on to another program.
    pub(crate) secret_variables: &'static [&'static str],
    /// The front's own words for a failure, where the common ones would not do.
    pub(crate) words: fn(&Error) -> Option<Words>,
}

/// A failure in a front's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// What happened.
    pub(crate) said: String,
    /// What to do about it, a line each.
    pub(crate) advice: Vec<String>,
}

/// The surroundings of one command.
#[derive(Debug)]
pub(crate) struct Session {
    /// The front that runs.
    pub(crate) front: &'static Front,
    /// The environment as it was at the start.
    pub(crate) environment: Environment,
    /// How to behave.
    pub(crate) behaviour: Behaviour,
}

impl Session {
    /// The failure of a command that needs a credential and found none.
    pub(crate) fn signed_out(&self) -> Error {
        Error::NotSignedIn { no_home: self.environment.home().is_err() }
    }

    /// Data, for standard output.
    pub(crate) fn say(&self, line: &str) -> Result<(), Error> {
        use std::io::Write as _;
        let line = (self.behaviour.output.paint)(line);
        writeln!(std::io::stdout(), "{line}").map_err(Error::Output)
    }

    /// Talk, for standard error. Nobody listening there is no failure.
    pub(crate) fn note(&self, line: &str) {
        output::report(&(self.behaviour.output.paint)(line));
    }

    /// A question, for whoever sits at the terminal: the answer follows on the same line.
    pub(crate) fn ask(&self, question: &str) {
        use std::io::Write as _;
        let question = (self.behaviour.output.paint)(question);
        let _ = write!(std::io::stderr(), "{question}");
    }
}

#[cfg(test)]
impl Session {
    /// A session of nobody's, for tests that ask one question of it.
    pub(crate) fn of(environment: Environment) -> Self {
        Self { front: &crate::fronts::oanim::FRONT, environment, behaviour: Behaviour::default() }
    }
}
