//! The page that the tool opens. Showing it makes a login, and no code.

use std::sync::Arc;

use hyper::StatusCode;

use super::CodeLoginFlow;
use crate::clients::{loopback_parts, origin};
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::pages::{self, SignInPage, Style};
use crate::reply::{Refusal, Reply};
use crate::state::{CodeLogin, SIGNED_IN};
use crate::world::World;

pub(super) struct Start(pub(super) Arc<CodeLoginFlow>);

impl Endpoint for Start {
    fn operation(&self) -> Operation {
        Operation::LoginStart
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let login = match flow.login(request) {
            Ok(login) => login,
            // Never a redirect: where it would go is what is wrong.
            Err(complaint) => {
                return Ok(pages::message(
                    StatusCode::BAD_REQUEST,
                    "This sign-in cannot go on",
                    "The command-line tool gave no address on this computer to come back to.",
                )
                .complaining(complaint));
            }
        };
        let now_ms = world.clock.now_ms();
        let callback = login.callback.clone();
        let mut state = world.state();
        let login = state.code_logins.begin(login, now_ms, flow.lifetime_ms);
        let page = SignInPage {
            style: Style,
            action: &flow.start_path,
            email: &state.email(SIGNED_IN),
            state: &login.state,
            token: login.form_token.expose(),
        };
        Ok(page.reply(origin(&callback)))
    }
}

impl CodeLoginFlow {
    fn login(&self, request: &Request<'_>) -> Result<CodeLogin, &'static str> {
        let query = request.query();
        let callback = query.required(&self.profile.callback_parameter)?;
        if loopback_parts(&callback).is_none() || callback.contains(['?', '#']) {
            return Err("the callback is not a plain loopback URL");
        }
        let state = query.optional(&self.profile.state_parameter)?;
        let fragment = self.profile.fragment_parameter.as_deref();
        let in_fragment = match fragment {
            Some(parameter) => query.optional(parameter)?.is_some(),
            None => false,
        };
        Ok(CodeLogin { state: state.map(str::to_owned), callback, in_fragment })
    }
}
