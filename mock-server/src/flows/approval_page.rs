//! The page where a person approves what a tool on another device asks for: enter the code, compare
//! it, say yes or no. Opening the page does nothing, with or without a code in the URL.

mod submit;

use std::sync::Arc;

use hyper::StatusCode;

use self::submit::Submit;
use crate::approvals::{Approvals, NoApproval};
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::lapse::Lapse;
use crate::operation::Operation;
use crate::pages::{self, ConsentPage, Style};
use crate::profile::Route;
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::state::{SIGNED_IN, State};
use crate::world::World;

/// Whose approvals a page is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// OAuth device authorizations.
    Devices,
    /// Logins for a key.
    Headless,
}

impl Which {
    pub(crate) fn of(self, state: &mut State) -> &mut Approvals {
        match self {
            Self::Devices => &mut state.devices,
            Self::Headless => &mut state.headless,
        }
    }
}

/// What the page and its form share.
struct ApprovalPage {
    which: Which,
    path: String,
    /// The parameter of the URL and the field of the form that is the code.
    parameter: String,
    lifetime_ms: u64,
}

struct Show(Arc<ApprovalPage>);

/// The page whose route stands at `path` of the profile.
pub(crate) fn routes(
    (which, route, parameter): (Which, &Route, &str),
    lifetime_seconds: u64,
    path: &str,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let page = Arc::new(ApprovalPage {
        which,
        path: page_path(route, path)?,
        parameter: parameter.to_owned(),
        lifetime_ms: lifetime_seconds.saturating_mul(1000),
    });
    let submit = form_route(route);
    routes.add(route, path, Show(Arc::clone(&page)))?;
    routes.add(&submit, path, Submit(page))
}

/// The path of a page, which leads there itself and so has no names in it.
pub(crate) fn page_path(route: &Route, path: &str) -> Result<String, ProfileError> {
    if route.path.contains('{') {
        let problem = "has a name in its path, but leads there from a page";
        return Err(ProfileError::new(path, problem));
    }
    Ok(route.path.clone())
}

/// Where a page's form posts to.
pub(crate) fn form_route(page: &Route) -> Route {
    Route { method: "POST".into(), path: page.path.clone() }
}

impl Endpoint for Show {
    fn operation(&self) -> Operation {
        Operation::ApprovalPage
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(page) = self;
        Ok(match request.query().optional(&page.parameter) {
            Ok(Some(code)) => page.confirmation(world, code),
            Ok(None) => pages::enter_code(&page.path, &page.parameter, None),
            Err(why) => page.wrong(StatusCode::BAD_REQUEST, "Type one code.", why),
        })
    }
}

impl ApprovalPage {
    /// The page that shows the code, and who asks for what.
    fn confirmation(&self, world: &World, code: &str) -> Reply {
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let (user_code, client, scope) = match self.which.of(&mut state).of_person(code, now_ms) {
            Ok(one) => (one.user_code.clone(), one.client.clone(), one.scope.clone()),
            Err(NoApproval::Unknown) => {
                return self.wrong(
                    StatusCode::NOT_FOUND,
                    "That code is not known, or it has expired.",
                    "the user code is unknown or over",
                );
            }
            Err(NoApproval::TooManyWrong) => {
                return self.wrong(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many wrong codes. Wait a minute.",
                    "too many wrong user codes",
                );
            }
        };
        if state.lapses.has(Lapse::ApprovedByLooking)
            && let Ok(one) = self.which.of(&mut state).of_person(code, now_ms)
        {
            one.decide(Some(SIGNED_IN));
        }
        let about = user_code.clone();
        let login = state.confirmations.begin(about, now_ms, self.lifetime_ms);
        let client = state.clients.get(&client).map_or(client, |one| one.name.clone());
        ConsentPage {
            style: Style,
            action: &self.path,
            email: &state.email(SIGNED_IN),
            client: &client,
            scopes: scope.split_ascii_whitespace().collect(),
            code: Some(&user_code),
            state: &login.state,
            token: login.form_token.expose(),
        }
        .reply("")
    }

    fn wrong(&self, status: StatusCode, text: &str, complaint: &'static str) -> Reply {
        pages::enter_code(&self.path, &self.parameter, Some((status, text))).complaining(complaint)
    }
}
