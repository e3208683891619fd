//! `standard logout`: given back at the server, and forgotten here whatever the server says.

use super::identities;
use super::{Options, settings};
use crate::behaviour::Moment;
use crate::error::{Error, harmless};
use crate::oauth::{metadata, revocation};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::StoreError;

/// Revokes and forgets the identity. Nobody needs to be signed in for that.
pub(crate) fn logout(session: &Session, options: &Options) -> Result<(), Error> {
    let store = identities::store(session)?;
    if !store.exists() {
        return done(session, options, "Logged out");
    }
    let _turn = store.lock()?;
    match settings::saved(session, options) {
        Ok(Some(identity)) => {
            let tokens = identities::tokens_of(&identity);
            let told = match tokens {
                Some(tokens) => {
                    let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
                    revoke(session, &identity.url, token)
                }
                None => Ok(()),
            };
            let told = (session.behaviour.oauth.told)(told)?;
            identities::remove(&store, &identity.name)?;
            if let Err(why) = told {
                session.note(&format!(
                    "note: {} could not be told: {}. The session may stay valid there until it expires.",
                    identity.url,
                    why.root()
                ));
            }
            let name = harmless(&identity.name);
            done(session, options, &format!("Logged out of {name} at {}", identity.url))
        }
        Ok(None) => done(session, options, "Logged out"),
        // Nothing in it can be read, by anybody: what is in there is forgotten as a whole.
        Err(Error::Store(StoreError::Corrupt { .. })) => {
            store.remove()?;
            done(session, options, "Logged out")
        }
        Err(error) => Err(error),
    }
}

fn done(session: &Session, options: &Options, what: &str) -> Result<(), Error> {
    session.say(what)?;
    settings::tell_of_shadow(session, Moment::Logout, options);
    Ok(())
}

/// Asks the server of a session to forget it.
pub(crate) fn revoke(session: &Session, url: &str, token: &Secret) -> Result<(), Error> {
    let metadata = metadata::discover_within(session, url, revocation::PATIENCE)?;
    let client = settings::client(session);
    (session.behaviour.oauth.revoke)(session, metadata.revocation()?, &client, token)
}
