//! Makes a key and shows it, this once.

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::profile::KeyCreateProfile;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Values, Vocabulary};
use crate::world::World;

struct KeyCreate {
    name_member: String,
    reply: ReplyTemplate,
    at_limit: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &KeyCreateProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let of_new_key = vocabulary.with(&[Topic::Key, Topic::KeySecret]);
    let at_limit = "platform.key_create.at_limit";
    let endpoint = KeyCreate {
        name_member: profile.name_member.clone(),
        reply: ReplyTemplate::compile(&profile.reply, "platform.key_create.reply", &of_new_key)?,
        at_limit: ReplyTemplate::compile(&profile.at_limit, at_limit, vocabulary)?,
    };
    routes.add(&profile.on, "platform.key_create.on", endpoint)
}

impl Endpoint for KeyCreate {
    fn operation(&self) -> Operation {
        Operation::KeyCreate
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let key = credential(&request.head.headers, "Bearer")?;
        let now_ms = world.clock.now_ms();
        // The lock is held from the count to the new key, so that two requests cannot share a place.
        let (caller, mut state) = world.caller(key, now_ms)?;
        let name = request.json_text(&self.name_member)?;
        let is_full = match state.lapses.listed_keys {
            Some(listed) if state.lapses.has(Lapse::LimitRaces) => {
                state.keyring.limit().is_some_and(|limit| listed >= limit)
            }
            _ if state.lapses.has(Lapse::RevokedKeysCount) => {
                let ever = state.keyring.ever(caller.account);
                state.keyring.limit().is_some_and(|limit| ever >= limit)
            }
            _ => state.keyring.is_full(caller.account),
        };
        if is_full {
            let values =
                Values { account: Some(state.account(caller.account)), ..Values::default() };
            let reply = self.at_limit.render(&values);
            return Ok(reply.complaining("the account has as many keys as it may"));
        }
        let (key, secret) = state.mint_key(caller.account, &name, now_ms);
        Ok(self.reply.render(&Values {
            account: Some(state.account(caller.account)),
            key: Some(&key),
            key_secret: Some(secret.value.expose()),
            ..Values::default()
        }))
    }
}
