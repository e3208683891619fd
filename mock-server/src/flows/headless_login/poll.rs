//! A tool asks whether its code was approved, and gets the key, once.

use std::sync::Arc;

use super::HeadlessLogin;
use crate::approvals::Poll;
use crate::endpoint::{Endpoint, Request};
use crate::keyring::AccountId;
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::slot::Values;
use crate::state::State;
use crate::world::World;

pub(super) struct PollForKey(pub(super) Arc<HeadlessLogin>);

impl Endpoint for PollForKey {
    fn operation(&self) -> Operation {
        Operation::HeadlessPoll
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let secret = request.json_text(&flow.profile.secret_member)?;
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let poll =
            state.headless.of_tool(&secret).map(|one| one.poll(now_ms, request.held_pending));
        if let Some(Poll::Approved(account)) = poll
            && state.lapses.has(Lapse::DeviceTwice)
            && let Some(approval) = state.headless.of_tool(&secret)
        {
            approval.hand_out_again(account);
        }
        let gone = |why| flow.expired.plain().complaining(why);
        Ok(match poll {
            Some(Poll::Pending | Poll::SlowDown) => flow.pending.plain(),
            Some(Poll::Denied) => flow.denied.plain().complaining("the login was denied"),
            Some(Poll::Approved(account)) => flow.key(&mut state, account, now_ms),
            Some(Poll::Expired) => gone("the login has expired"),
            Some(Poll::Spent) => gone("the key was handed out before"),
            None => gone("the poll's secret is unknown"),
        })
    }
}

impl HeadlessLogin {
    fn key(&self, state: &mut State, account: AccountId, now_ms: u64) -> Reply {
        let (key, secret) = state.mint_key(account, &self.profile.key_name, now_ms);
        self.approved.render(&Values {
            account: Some(state.account(account)),
            key: Some(&key),
            key_secret: Some(secret.value.expose()),
            ..Values::default()
        })
    }
}
