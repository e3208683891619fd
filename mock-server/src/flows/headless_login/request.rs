//! A tool asks for a code to show, and gets a secret to poll with.

use std::sync::Arc;

use super::HeadlessLogin;
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::slot::Values;
use crate::world::World;

pub(super) struct RequestCode(pub(super) Arc<HeadlessLogin>);

impl Endpoint for RequestCode {
    fn operation(&self) -> Operation {
        Operation::HeadlessRequest
    }

    fn answer(&self, world: &World, _: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let profile = &flow.profile;
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let about = ("A command-line tool".to_owned(), String::new());
        let (secret, code) = state.headless.request(
            about,
            now_ms,
            profile.lifetime_seconds.saturating_mul(1000),
            profile.interval_seconds.saturating_mul(1000),
        );
        state.hand_out("poll token", &secret);
        let url = format!("{}?{}={code}", flow.page, profile.code_parameter);
        let named = [
            ("login.code", code.as_str().into()),
            ("login.secret", secret.expose().into()),
            ("login.url", url.as_str().into()),
            ("login.expires_in", profile.lifetime_seconds.into()),
            ("login.interval", profile.interval_seconds.into()),
        ];
        Ok(flow.requested.render(&Values { named: &named, ..Values::default() }))
    }
}
