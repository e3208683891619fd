//! The form of the consent page: it sends the browser back with a code, or with the word that
//! access was denied.

use std::sync::Arc;

use super::OAuth;
use crate::endpoint::{Endpoint, Request};
use crate::flows::page_form::{CONSENT, PageForm};
use crate::oauth_request::AuthorizationCode;
use crate::operation::Operation;
use crate::pages;
use crate::reply::{Refusal, Reply};
use crate::state::SIGNED_IN;
use crate::tokens::Grant;
use crate::world::World;

pub(super) struct Consent(pub(super) Arc<OAuth>);

impl Endpoint for Consent {
    fn operation(&self) -> Operation {
        Operation::AuthorizePageSubmit
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(self.submit(world, request).unwrap_or_else(pages::login_is_over))
    }
}

impl Consent {
    fn submit(&self, world: &World, request: &Request<'_>) -> Result<Reply, &'static str> {
        let Self(flow) = self;
        let PageForm { state, token, agrees } = PageForm::read(&request.form(), CONSENT)?;
        let now_ms = world.clock.now_ms();
        let mut world = world.state();
        let asked = world.authorizations.decide(&state, &token, now_ms)?;
        let (uri, state) = (asked.redirect_uri.as_str(), asked.state.as_deref());
        if !agrees {
            let why = "the person has denied access";
            let error = [("error", "access_denied"), ("error_description", why)];
            return Reply::see_other(&flow.back(uri, state, &error));
        }
        let stands_for = AuthorizationCode {
            grant: Grant {
                client: Arc::clone(&asked.client),
                account: SIGNED_IN,
                scope: asked.scope.as_str().into(),
            },
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
        };
        let lifetime_ms = flow.profile.code_lifetime_seconds.saturating_mul(1000);
        let codes = &mut world.authorization_codes;
        let code = codes.mint(stands_for, now_ms, lifetime_ms);
        world.hand_out("authorization code", &code);
        Reply::see_other(&flow.back(uri, state, &[("code", code.expose())]))
    }
}
