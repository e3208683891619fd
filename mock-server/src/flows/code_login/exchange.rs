//! A code for a key, once, RFC 6749 section 10.5.

use std::sync::Arc;

use super::CodeLoginFlow;
use crate::endpoint::{Endpoint, Request};
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::slot::Values;
use crate::state::SIGNED_IN;
use crate::world::World;

pub(super) struct Exchange(pub(super) Arc<CodeLoginFlow>);

impl Endpoint for Exchange {
    fn operation(&self) -> Operation {
        Operation::CodeExchange
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let code = request.json_text(&flow.profile.code_member)?;
        let now_ms = world.clock.now_ms();
        // The lock is held from the look to the key, so that a code gives one key in a race.
        let mut state = world.state();
        let races = state.lapses.has(Lapse::CodeRaces);
        let twice = state.lapses.has(Lapse::CodeTwice);
        let account = match state.key_codes.find(&code, now_ms) {
            Ok(_) if races => {
                state.lapses.late_codes.push((code, None));
                SIGNED_IN
            }
            Ok(code) if twice => code.stands_for,
            Ok(code) => {
                code.spend(None);
                code.stands_for
            }
            Err(why) => return Ok(flow.invalid_code.plain().complaining(why.phrase())),
        };
        let (key, secret) = state.mint_key(account, &flow.profile.key_name, now_ms);
        Ok(flow.reply.render(&Values {
            account: Some(state.account(account)),
            key: Some(&key),
            key_secret: Some(secret.value.expose()),
            ..Values::default()
        }))
    }
}
