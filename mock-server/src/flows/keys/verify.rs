//! Is this key good? A key that is not is told like any other that is not.

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::operation::Operation;
use crate::profile::KeyVerifyProfile;
use crate::reply::{Reason, Refusal, Reply};
use crate::router::Routes;
use crate::secret::hash;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Values, Vocabulary};
use crate::world::World;

struct KeyVerify {
    key_member: String,
    valid: ReplyTemplate,
    invalid: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &KeyVerifyProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let of_key = vocabulary.with(&[Topic::Key]);
    let of_refusal = Vocabulary::new(vocabulary.platform_url);
    let of_refusal = of_refusal.with(&[Topic::Names(&["refusal.reason"])]);
    let invalid = "platform.key_verify.invalid";
    let endpoint = KeyVerify {
        key_member: profile.key_member.clone(),
        valid: ReplyTemplate::compile(&profile.valid, "platform.key_verify.valid", &of_key)?,
        invalid: ReplyTemplate::compile(&profile.invalid, invalid, &of_refusal)?,
    };
    routes.add(&profile.on, "platform.key_verify.on", endpoint)
}

impl Endpoint for KeyVerify {
    fn operation(&self) -> Operation {
        Operation::KeyVerify
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let own = credential(&request.head.headers, "Bearer")?;
        // Before the state is locked, so that others need not wait for it.
        let asked = request.json_text(&self.key_member).map(|key| hash(key.trim()));
        let now_ms = world.clock.now_ms();
        let (_, state) = world.caller(own, now_ms)?;
        let found = state.keyring.find(&asked?);
        let reason = match found {
            None => Reason::Unknown,
            Some((account, key)) => match key.end(now_ms) {
                Some(reason) => reason,
                None => {
                    return Ok(self.valid.render(&Values {
                        account: Some(state.account(account)),
                        key: Some(key),
                        ..Values::default()
                    }));
                }
            },
        };
        let named = [("refusal.reason", reason.name().into())];
        Ok(self.invalid.render(&Values { named: &named, ..Values::default() }))
    }
}
