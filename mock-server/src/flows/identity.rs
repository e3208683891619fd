//! "Whose credential is this?"

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::operation::Operation;
use crate::profile::IdentityProfile;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Values, Vocabulary};
use crate::state::World;

struct Identity {
    reply: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &IdentityProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let vocabulary = vocabulary.with(&[Topic::Key]);
    let reply = ReplyTemplate::compile(&profile.reply, "platform.identity.reply", &vocabulary)?;
    routes.add(&profile.on, "platform.identity.on", Identity { reply })
}

impl Endpoint for Identity {
    fn operation(&self) -> Operation {
        Operation::Identity
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let key = credential(&request.head.headers, "Bearer")?;
        let now_ms = world.clock.now_ms();
        let (caller, state) = world.caller(key, now_ms)?;
        Ok(self.reply.render(&Values {
            account: Some(state.account(caller.account)),
            key: Some(&caller.key),
            ..Values::default()
        }))
    }
}
