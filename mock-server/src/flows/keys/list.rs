//! The account's keys, none of them whole.

use std::borrow::Cow;

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::json_template::{JsonTemplate, write_sequence};
use crate::keyring::KeyEntry;
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::profile::KeyListProfile;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Values, Vocabulary};
use crate::world::World;

struct KeyList {
    reply: ReplyTemplate,
    each: JsonTemplate,
}

pub(crate) fn routes(
    profile: &KeyListProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let of_list = vocabulary.with(&[Topic::Keys]);
    let of_key = vocabulary.with(&[Topic::Key]);
    let endpoint = KeyList {
        reply: ReplyTemplate::compile(&profile.reply, "platform.key_list.reply", &of_list)?,
        each: JsonTemplate::compile(&profile.each, "platform.key_list.each", &of_key)?,
    };
    routes.add(&profile.on, "platform.key_list.on", endpoint)
}

impl Endpoint for KeyList {
    fn operation(&self) -> Operation {
        Operation::KeyList
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let key = credential(&request.head.headers, "Bearer")?;
        let now_ms = world.clock.now_ms();
        let (caller, mut state) = world.caller(key, now_ms)?;
        let secrets = state.lapses.has(Lapse::ListShowsKeys).then(|| state.secrets());
        let account = Some(state.account(caller.account));
        let mut keys = Vec::new();
        let listed = state.keyring.list(caller.account);
        let count = listed.len();
        write_sequence(&mut keys, *b"[]", listed, |key, out| {
            let secrets = secrets.iter().flatten();
            let whole = secrets.map(|secret| secret.value.expose());
            let mut whole = whole.filter(|secret| secret.starts_with(&*key.prefix));
            let mut shown: Cow<'_, KeyEntry> = Cow::Borrowed(key);
            if let Some(whole) = whole.next() {
                shown.to_mut().prefix = whole.into();
            }
            let key = Some(&*shown);
            let values = Values { account, key, ..Values::default() };
            self.each.write(&values, out)
        });
        let values = Values { account, keys: Some(&keys), ..Values::default() };
        let reply = self.reply.render(&values);
        state.lapses.listed_keys = Some(count);
        Ok(reply)
    }
}
