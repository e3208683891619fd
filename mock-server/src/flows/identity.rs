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
use crate::world::World;

struct Identity {
    reply: ReplyTemplate,
    scope: Option<String>,
}

pub(crate) fn routes(
    profile: &IdentityProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let vocabulary = vocabulary.with(&[Topic::Key]);
    let reply = ReplyTemplate::compile(&profile.reply, "platform.identity.reply", &vocabulary)?;
    let scope = profile.scope.clone();
    routes.add(&profile.on, "platform.identity.on", Identity { reply, scope })
}

impl Endpoint for Identity {
    fn operation(&self) -> Operation {
        Operation::Identity
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let key = credential(&request.head.headers, "Bearer")?;
        let now_ms = world.clock.now_ms();
        let (caller, state) = world.caller(key, now_ms)?;
        caller.require_scope(self.scope.as_deref())?;
        Ok(self.reply.render(&Values {
            account: Some(state.account(caller.account)),
            key: caller.key.as_ref(),
            ..Values::default()
        }))
    }
}
