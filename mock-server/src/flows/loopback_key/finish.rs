//! The end of a login: it makes the key and hands it to the port, once.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::LoopbackKey;
use crate::endpoint::{Endpoint, Request};
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::pages;
use crate::reply::{Refusal, Reply};
use crate::slot::{Piece, Values};
use crate::state::SIGNED_IN;
use crate::world::World;

pub(super) struct Finish(pub(super) Arc<LoopbackKey>);

impl Endpoint for Finish {
    fn operation(&self) -> Operation {
        Operation::LoginFinish
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(self.finish(world, request).unwrap_or_else(pages::login_is_over))
    }
}

impl Finish {
    fn finish(&self, world: &World, request: &Request<'_>) -> Result<Reply, &'static str> {
        let Self(flow) = self;
        let login = request.query_value("state")?;
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let twice = state.lapses.has(Lapse::LoginTwice);
        let port = state.logins.finish(&login, now_ms, !twice)?;
        let (key, secret) = state.mint_key(SIGNED_IN, &flow.key_name, now_ms);
        let url = Piece::url(
            &flow.redirect,
            &Values {
                account: Some(state.account(SIGNED_IN)),
                key: Some(&key),
                key_secret: Some(secret.value.expose()),
                port: Some(port),
                ..Values::default()
            },
        );
        let location =
            url.and_then(|url| HeaderValue::try_from(url).ok()).ok_or("the redirect is no URL")?;
        Ok(Reply::redirect(StatusCode::FOUND, location))
    }
}
