//! The form of the sign-in page. Its token shows that the page was seen: no other page, and no
//! tool on its own, can press the button.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::LoopbackKey;
use crate::endpoint::{Endpoint, Request};
use crate::flows::page_form::{PageForm, SIGN_IN};
use crate::operation::Operation;
use crate::pages;
use crate::reply::{Refusal, Reply};
use crate::world::World;

pub(super) struct Submit(pub(super) Arc<LoopbackKey>);

impl Endpoint for Submit {
    fn operation(&self) -> Operation {
        Operation::LoginPageSubmit
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(self.submit(world, request).unwrap_or_else(pages::login_is_over))
    }
}

impl Submit {
    fn submit(&self, world: &World, request: &Request<'_>) -> Result<Reply, &'static str> {
        let Self(flow) = self;
        let PageForm { state, token, agrees } = PageForm::read(&request.form(), SIGN_IN)?;
        let now_ms = world.clock.now_ms();
        let logins = &mut world.state().logins;
        if !agrees {
            logins.decide(&state, &token, now_ms)?;
            return Ok(pages::denied());
        }
        logins.sign_in(&state, &token, now_ms)?;
        let finish = format!("{}?state={state}", flow.finish_path);
        let finish = HeaderValue::try_from(finish).map_err(|_| "the state is no text")?;
        Ok(Reply::redirect(StatusCode::SEE_OTHER, finish))
    }
}
