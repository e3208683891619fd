//! Takes a key back, at once.

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::keyring::NotRevoked;
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::profile::KeyRevokeProfile;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Values, Vocabulary};
use crate::world::World;

struct KeyRevoke {
    reply: ReplyTemplate,
    unknown: ReplyTemplate,
    foreign: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &KeyRevokeProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let on = "platform.key_revoke.on";
    if !profile.on.path.contains("{id}") {
        return Err(ProfileError::new(on, "has no {id} in its path"));
    }
    let compile = |shape, member: &str| {
        ReplyTemplate::compile(shape, &format!("platform.key_revoke.{member}"), vocabulary)
    };
    let endpoint = KeyRevoke {
        reply: compile(&profile.reply, "reply")?,
        unknown: compile(&profile.unknown, "unknown")?,
        foreign: compile(&profile.foreign, "foreign")?,
    };
    routes.add(&profile.on, on, endpoint)
}

impl Endpoint for KeyRevoke {
    fn operation(&self) -> Operation {
        Operation::KeyRevoke
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let key = credential(&request.head.headers, "Bearer")?;
        let (caller, mut state) = world.caller(key, world.clock.now_ms())?;
        let owner = (!state.lapses.has(Lapse::RevokesForeignKeys)).then_some(caller.account);
        let revoked = state.keyring.revoke(&request.path_value("id"), owner);
        let values = Values { account: Some(state.account(caller.account)), ..Values::default() };
        Ok(match revoked {
            Ok(()) => self.reply.render(&values),
            Err(NotRevoked::Unknown) => {
                self.unknown.render(&values).complaining("no key has this id")
            }
            Err(NotRevoked::Foreign) => {
                let reply = self.foreign.render(&values);
                reply.complaining("the key is another account's")
            }
        })
    }
}
