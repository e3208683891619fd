//! A login that is approved on another device, for a key.
//!
//! ```text
//! tool ──▶ POST request ──▶ a code to show, and a secret to poll with
//! person ▶ GET page?code=… ──▶ the approval page, and its form
//! tool ──▶ POST poll {secret} ──▶ pending … the key, once
//! ```

mod poll;
mod request;

use std::sync::Arc;

use self::poll::PollForKey;
use self::request::RequestCode;
use super::approval_page::{self, Which};
use crate::error::ProfileError;
use crate::profile::HeadlessLoginProfile;
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Vocabulary};

/// The names that the reply to a request knows.
const REQUESTED: &[&str] =
    &["login.code", "login.secret", "login.url", "login.expires_in", "login.interval"];

/// What the steps share.
struct HeadlessLogin {
    profile: HeadlessLoginProfile,
    /// The page's URL.
    page: String,
    requested: ReplyTemplate,
    pending: ReplyTemplate,
    approved: ReplyTemplate,
    denied: ReplyTemplate,
    expired: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &HeadlessLoginProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let path = |member: &str| format!("platform.headless_login.{member}");
    let plain = Vocabulary::new(vocabulary.platform_url);
    let of_request = plain.with(&[Topic::Names(REQUESTED)]);
    let of_key = vocabulary.with(&[Topic::Key, Topic::KeySecret]);
    let compile = |shape, member: &str, vocabulary: &Vocabulary<'_>| {
        ReplyTemplate::compile(shape, &path(member), vocabulary)
    };
    let flow = Arc::new(HeadlessLogin {
        page: format!("{}{}", vocabulary.platform_url, profile.page.path),
        requested: compile(&profile.requested, "requested", &of_request)?,
        pending: compile(&profile.pending, "pending", &plain)?,
        approved: compile(&profile.approved, "approved", &of_key)?,
        denied: compile(&profile.denied, "denied", &plain)?,
        expired: compile(&profile.expired, "expired", &plain)?,
        profile: profile.clone(),
    });
    let request = RequestCode(Arc::clone(&flow));
    routes.add(&profile.request, &path("request"), request)?;
    routes.add(&profile.poll, &path("poll"), PollForKey(flow))?;
    approval_page::routes(
        (Which::Headless, &profile.page, &profile.code_parameter),
        profile.lifetime_seconds,
        &path("page"),
        routes,
    )
}
