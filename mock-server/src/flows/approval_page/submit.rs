//! The form of the approval page: a code that was typed, or the decision.

use std::sync::Arc;

use hyper::StatusCode;

use super::ApprovalPage;
use crate::endpoint::{Endpoint, Request};
use crate::flows::page_form::{CONSENT, PageForm};
use crate::operation::Operation;
use crate::pages;
use crate::parameters::Parameters;
use crate::reply::{Refusal, Reply};
use crate::state::SIGNED_IN;
use crate::world::World;

pub(super) struct Submit(pub(super) Arc<ApprovalPage>);

impl Endpoint for Submit {
    fn operation(&self) -> Operation {
        Operation::ApprovalPageSubmit
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(page) = self;
        let form = request.form();
        Ok(match form.optional(&page.parameter) {
            Ok(Some(code)) => page.confirmation(world, code),
            _ => page.decide(world, &form).unwrap_or_else(pages::login_is_over),
        })
    }
}

impl ApprovalPage {
    fn decide(&self, world: &World, form: &Parameters) -> Result<Reply, &'static str> {
        let PageForm { state, token, agrees } = PageForm::read(form, CONSENT)?;
        let now_ms = world.clock.now_ms();
        let mut world = world.state();
        let user_code = world.confirmations.decide(&state, &token, now_ms)?;
        let approval = self
            .which
            .of(&mut world)
            .of_known_code(&user_code, now_ms)
            .ok_or("the code has expired or was decided")?;
        approval.decide(agrees.then_some(SIGNED_IN));
        Ok(if agrees {
            pages::message(
                StatusCode::OK,
                "Access allowed",
                "Go back to the command line. You can close this page.",
            )
        } else {
            pages::denied()
        })
    }
}
