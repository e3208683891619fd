//! What the user types, or another program writes, where it is not shown.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::path::Path;

use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::session::Session;

mod unechoed;

use unechoed::Unechoed;

/// Longer than any credential.
const LONGEST: u64 = 64 << 10;
/// What some editors put in front of a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A credential on standard input: all of it from a pipe, one unseen line from a terminal.
pub(crate) fn credential(session: &Session, prompt: &str) -> Result<Credential, Error> {
    let text = if (session.behaviour.output.is_terminal)() {
        (session.behaviour.output.prompt_secret)(session, prompt)?
    } else {
        limited(io::stdin().lock()).map_err(|source| failed("standard input", source))?
    };
    accept(session, &text)
}

/// A credential in a file; `-` is standard input.
pub(crate) fn credential_in(session: &Session, file: &Path) -> Result<Credential, Error> {
    if file == Path::new("-") {
        return credential(session, "API key: ");
    }
    let text = std::fs::File::open(file)
        .and_then(limited)
        .map_err(|source| failed(&file.display().to_string(), source))?;
    accept(session, &text)
}

/// Whether somebody sits there, who can be asked.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// One line: what a question is answered with.
pub(crate) fn line(session: &Session, prompt: &str) -> Result<String, Error> {
    if (session.behaviour.output.is_terminal)() {
        session.ask(prompt);
    }
    let mut line = String::new();
    let read = io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut line)
        .map_err(|source| failed("standard input", source))?;
    if read == 0 {
        return Err(failed("standard input", io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(line.trim().to_owned())
}

/// One line that holds a secret: not echoed where there is a terminal.
pub(crate) fn secret_line(session: &Session, prompt: &str) -> Result<String, Error> {
    if (session.behaviour.output.is_terminal)() {
        (session.behaviour.output.prompt_secret)(session, prompt)
    } else {
        line(session, prompt)
    }
}

/// Asks for a secret at the terminal, which does not show it: nor what comes at once, since the
/// question is asked only when the terminal is ready.
pub(crate) fn unseen(session: &Session, prompt: &str) -> Result<String, Error> {
    let unechoed = Unechoed::begin().map_err(|source| failed("the terminal", source))?;
    session.ask(prompt);
    let mut text = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut text);
    drop(unechoed);
    // The line end was not shown either.
    session.ask("\n");
    read.map_err(|source| failed("the terminal", source))?;
    Ok(text)
}

fn accept(session: &Session, text: &str) -> Result<Credential, Error> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    credential::from_text(session, text, Origin::Given)
}

fn limited(reader: impl io::Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LONGEST).read_to_end(&mut bytes)?;
    // What is no text becomes text that no header may carry.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn failed(what: &str, source: io::Error) -> Error {
    Error::Input { what: what.to_owned(), source }
}
