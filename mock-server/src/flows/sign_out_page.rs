//! The page that signs the browser out. There is no browser session to end, only the word of it.

use hyper::StatusCode;

use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::operation::Operation;
use crate::pages;
use crate::profile::SignOutPageProfile;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::world::World;

struct SignOutPage;

pub(crate) fn routes(
    profile: &SignOutPageProfile,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    routes.add(&profile.on, "platform.sign_out_page.on", SignOutPage)
}

impl Endpoint for SignOutPage {
    fn operation(&self) -> Operation {
        Operation::SignOutPage
    }

    fn answer(&self, _: &World, _: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(pages::message(
            StatusCode::OK,
            "Signed out",
            "You are signed out in this browser. You can close this page.",
        ))
    }
}
