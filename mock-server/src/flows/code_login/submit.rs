//! The form of the sign-in page: it sends the browser back to the tool, with a code, with a key in
//! the fragment, or with the word that access was denied.

use std::sync::Arc;

use super::CodeLoginFlow;
use crate::endpoint::{Endpoint, Request};
use crate::flows::page_form::{PageForm, SIGN_IN};
use crate::operation::Operation;
use crate::pages;
use crate::reply::{Refusal, Reply};
use crate::state::SIGNED_IN;
use crate::world::World;

pub(super) struct Submit(pub(super) Arc<CodeLoginFlow>);

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
        let mut world = world.state();
        let login = world.code_logins.decide(&state, &token, now_ms)?;
        let (mark, name, value) = if !agrees {
            ('?', "error", "access_denied".to_owned())
        } else if login.in_fragment {
            let (_, key) = world.mint_key(SIGNED_IN, &flow.profile.key_name, now_ms);
            ('#', "token", key.value.expose().to_owned())
        } else {
            let code = world.key_codes.mint(SIGNED_IN, now_ms, flow.lifetime_ms);
            world.hand_out("login code", &code);
            ('?', "code", code.expose().to_owned())
        };
        let mut answer = form_urlencoded::Serializer::new(String::new());
        answer.append_pair(name, &value);
        if let Some(state) = &login.state {
            answer.append_pair(&flow.profile.state_parameter, state);
        }
        Reply::see_other(&format!("{}{mark}{}", login.callback, answer.finish()))
    }
}
