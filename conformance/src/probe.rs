//! The probe: is a real server what a profile says, and does it keep what the standards ask?
//!
//! ```text
//! profile.toml ──▶ parts ◀──HTTP, paced──▶ server
//!                    │
//!                    └──▶ recordings ──▶ check.judge ──▶ verdict ──▶ report ──▶ exit code
//! ```
//!
//! Playing a part asks and keeps; judging its recording does no I/O. Whatever a part makes at the
//! server is noted before it goes on, and removed at the end, also after Ctrl-C.

pub mod ask;
mod browser;
pub mod chromium;
pub mod credentials;
mod listener;
pub mod need;
pub mod pace;
pub mod part;
mod parts;
pub mod play;
mod preflight;
pub mod recording;
pub mod redaction;
mod results;
pub mod terms;
mod tls;
mod undo;
pub mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use parts::parameter_of_key;
pub use parts::*;
pub use preflight::{Preflight, UrlError, server_url};
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::sync::Notify;

use self::pace::Pace;
use self::play::{Halt, Play};
use self::recording::Recording;
use self::redaction::Redaction;
use self::terms::Terms;
use self::undo::Undo;
use self::wire::Wire;
use crate::report::Report;
use crate::server_check::ServerCheck;

/// What is probed, by what, and how.
#[derive(Debug)]
pub struct Plan {
    /// What the probe is told.
    pub terms: Terms,
    /// The checks, in the order of the catalogue.
    pub checks: Vec<&'static ServerCheck>,
    /// How long an answer is waited for.
    pub deadline: Duration,
    /// How long a person is waited for.
    pub patience: Duration,
    /// The flags that it was told this by, as they are typed again; without the checks.
    pub flags: Vec<String>,
    /// The variables of the environment that lent something.
    pub lent_by_environment: Vec<String>,
    /// Authorities that are trusted beside the system's.
    pub authorities: Vec<CertificateDer<'static>>,
}

/// What came of a probe.
#[derive(Debug)]
pub struct Probed {
    /// The report.
    pub report: Report,
    /// How many requests were sent.
    pub requests: usize,
    /// What could not be removed again, each with why.
    pub left_behind: Vec<String>,
}

/// Why nothing was judged.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Setup(rustls::Error),
    /// The server is not what it should be, or a credential is no good.
    #[error(transparent)]
    Preflight(#[from] Preflight),
    /// The operator pressed Ctrl-C.
    #[error("interrupted: nothing was judged{}", left(left_behind))]
    Interrupted {
        /// What could not be removed again, each with why.
        left_behind: Vec<String>,
    },
}

fn left(left_behind: &[String]) -> String {
    match left_behind {
        [] => ", and nothing is left at the server".to_owned(),
        left => format!("; left at the server: {}", left.join("; ")),
    }
}

/// Plays the parts that the checks judge, one after the other, judges, and tidies up.
/// `interrupted` is told when the operator presses Ctrl-C: the request that is under way is
/// finished, so that what it made is known, and no other is sent but to tidy up.
///
/// # Errors
/// [`ProbeError`] when nothing could be judged.
pub async fn run(plan: &Plan, interrupted: Arc<Notify>) -> Result<Probed, ProbeError> {
    let began = Instant::now();
    let pace = Pace::new(plan.terms.rate);
    let wire = Wire::new(&plan.terms.url, &plan.authorities, pace, plan.deadline);
    let wire = wire.map_err(ProbeError::Setup)?;
    let (undo, redaction) = (Undo::default(), Redaction::default());
    for (name, secret) in plan.terms.grants.credentials.each() {
        redaction.hide(name, &secret);
    }
    let playing = async {
        preflight::check(&plan.terms, &wire).await?;
        Ok::<_, Preflight>(Box::pin(play_all(plan, &wire, &undo, &redaction)).await)
    };
    tokio::pin!(playing);
    let recordings = tokio::select! {
        recordings = &mut playing => recordings,
        () = interrupted.notified() => {
            wire.interrupt();
            playing.await
        }
    };
    let left_behind = undo.all(&wire).await;
    let left_behind = left_behind.iter().map(|left| redaction.redact(left)).collect();
    if wire.is_interrupted() {
        return Err(ProbeError::Interrupted { left_behind });
    }
    let report = results::report(plan, &recordings?, &redaction, began.elapsed());
    Ok(Probed { report, requests: wire.sent(), left_behind })
}

async fn play_all(plan: &Plan, wire: &Wire, undo: &Undo, redaction: &Redaction) -> Vec<Recording> {
    let mut recordings = Vec::new();
    for part in PARTS {
        let mut judging = plan.checks.iter().filter(|check| std::ptr::eq(check.part, *part));
        if judging.all(|check| check.unmet(&plan.terms).is_some()) {
            continue;
        }
        let mut playing = Play::new(part, &plan.terms, (wire, undo, redaction), plan.patience);
        let halt = (part.play)(&mut playing).await.err();
        recordings.push(playing.finish(halt.as_ref()).await);
        if halt == Some(Halt::Interrupted) {
            break;
        }
    }
    recordings
}
