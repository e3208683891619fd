//! `amika auth status`: which credential is used, and which ones it keeps from being used.

use crate::behaviour::Moment;
use crate::error::Error;
use crate::session::Session;

/// Names the active source, and warns of each that it shadows.
pub(crate) fn show(session: &Session) -> Result<(), Error> {
    let behaviour = &session.behaviour;
    let mut sources = behaviour.amika.sources.iter();
    let active = sources.find_map(|source| (source.find)(session).transpose());
    let active = active.transpose()?.ok_or_else(|| session.signed_out())?;
    session.say(&format!("Active: {}", active.name))?;
    if behaviour.output.tell_of_shadow.contains(&Moment::Identity) {
        for source in sources {
            match (source.find)(session) {
                Ok(Some(shadowed)) => {
                    session.note(&format!("warning: {} shadows {}", active.name, shadowed.name));
                }
                Ok(None) => {}
                // Not in use, so no reason to fail; but worth a word.
                Err(error) => session.note(&format!(
                    "warning: {} shadows what cannot be used: {error}",
                    active.name
                )),
            }
        }
    }
    session.note("note: the server was not asked whether it accepts it.");
    Ok(())
}
