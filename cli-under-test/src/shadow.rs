//! A variable that beats what is saved: it does so silently, unless somebody says so.

use crate::behaviour::Moment;
use crate::session::Session;

/// Says that the front's variable is used instead of what is saved, where it is set. Who only asks
/// who one is hears of it where something is saved.
pub(crate) fn tell(session: &Session, moment: Moment, is_saved: impl FnOnce() -> bool) {
    let (variable, saved) = (session.front.variable, session.front.saved);
    let told = session.behaviour.output.tell_of_shadow.contains(&moment);
    if !told || session.environment.get(variable).is_none() {
        return;
    }
    match moment {
        Moment::Login => session.note(&format!(
            "note: {variable} is set, and commands use it instead of what was just saved; unset it to use this."
        )),
        Moment::Logout => session.note(&format!(
            "note: {variable} is still set, and commands go on using it; unset it to be signed out."
        )),
        Moment::Identity if is_saved() => {
            session.note(&format!("note: {variable} is set, and is used instead of {saved}."));
        }
        Moment::Identity => {}
    }
}
