//! Browser login that hands a code to a loopback callback, to be exchanged for a key.
//!
//! ```text
//! tool ── opens ──▶ GET start?callback=…&state=… ──▶ the sign-in page
//!                   POST start (the page's form) ──▶ 303 <callback>?code=…&state=…
//! tool ───────────▶ POST exchange {"code"} ──▶ the key, once
//! ```
//!
//! Where the tool asks so, the callback's fragment gets the key itself, and nothing is exchanged.

mod exchange;
mod start;
mod submit;

use std::sync::Arc;

use self::exchange::Exchange;
use self::start::Start;
use self::submit::Submit;
use super::approval_page::{form_route, page_path};
use crate::error::ProfileError;
use crate::profile::CodeLoginProfile;
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Vocabulary};

/// What the steps share.
struct CodeLoginFlow {
    profile: CodeLoginProfile,
    start_path: String,
    lifetime_ms: u64,
    reply: ReplyTemplate,
    invalid_code: ReplyTemplate,
}

pub(crate) fn routes(
    profile: &CodeLoginProfile,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let path = |member: &str| format!("platform.code_login.{member}");
    let of_key = vocabulary.with(&[Topic::Key, Topic::KeySecret]);
    let flow = Arc::new(CodeLoginFlow {
        start_path: page_path(&profile.start, &path("start"))?,
        lifetime_ms: profile.lifetime_seconds.saturating_mul(1000),
        reply: ReplyTemplate::compile(&profile.reply, &path("reply"), &of_key)?,
        invalid_code: ReplyTemplate::compile(
            &profile.invalid_code,
            &path("invalid_code"),
            &Vocabulary::new(vocabulary.platform_url),
        )?,
        profile: profile.clone(),
    });
    let submit = form_route(&profile.start);
    routes.add(&profile.start, &path("start"), Start(Arc::clone(&flow)))?;
    routes.add(&submit, &path("start"), Submit(Arc::clone(&flow)))?;
    routes.add(&profile.exchange, &path("exchange"), Exchange(flow))
}
