//! Browser login that hands a key to a loopback port.
//!
//! ```text
//! tool ── opens ──▶ GET start?port=N ──▶ the sign-in page
//!                   POST start (the page's form) ──▶ 303 finish?state=…
//!                   GET finish?state=… ──▶ mints a key, 302 to the tool's port with it
//! ```
//!
//! Only the last step mints, once, and only after the form: looking at a page does nothing.

mod finish;
mod start;
mod submit;

use std::sync::Arc;

use self::finish::Finish;
use self::start::Start;
use self::submit::Submit;
use crate::error::ProfileError;
use crate::profile::{LoopbackKeyProfile, Route};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Piece, Topic, Vocabulary};

/// What the three steps share.
struct LoopbackKey {
    start_path: String,
    finish_path: String,
    port_parameter: String,
    /// The redirect's origin up to the port.
    loopback: &'static str,
    redirect: Vec<Piece>,
    lifetime_ms: u64,
    key_name: String,
    missing_port: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &LoopbackKeyProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    const PATH: &str = "platform.loopback_key";
    let path = |member: &str| format!("{PATH}.{member}");
    for (member, route) in [("start", &profile.start), ("finish", &profile.finish)] {
        if route.path.contains('{') {
            let problem = "has a name in its path, but leads there from a page";
            return Err(ProfileError::new(path(member), problem));
        }
    }
    let of_redirect = vocabulary.with(&[Topic::Key, Topic::KeySecret, Topic::Port]);
    let flow = Arc::new(LoopbackKey {
        start_path: profile.start.path.clone(),
        finish_path: profile.finish.path.clone(),
        port_parameter: profile.port_parameter.clone(),
        loopback: loopback(&profile.redirect).ok_or_else(|| {
            ProfileError::new(path("redirect"), "is not `http://127.0.0.1:{port}/…`")
        })?,
        redirect: of_redirect.pieces(&profile.redirect, &path("redirect"))?,
        lifetime_ms: profile.state_lifetime_seconds.saturating_mul(1000),
        key_name: profile.key_name.clone(),
        missing_port: ReplyTemplate::compile(
            &profile.missing_port,
            &path("missing_port"),
            &Vocabulary::new(vocabulary.platform_url),
        )?,
    });
    let submit = Route { method: "POST".into(), path: profile.start.path.clone() };
    routes.add(&profile.start, &path("start"), Start(Arc::clone(&flow)))?;
    routes.add(&submit, &path("start"), Submit(Arc::clone(&flow)))?;
    routes.add(&profile.finish, &path("finish"), Finish(flow))
}

/// The start of a redirect that goes to the user's own machine. Nothing else is allowed, or the
/// port's place could be filled so that the key goes somewhere else.
fn loopback(redirect: &str) -> Option<&'static str> {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].into_iter().find(|origin| {
        redirect.strip_prefix(origin).is_some_and(|rest| rest.starts_with("{port}/"))
    })
}
