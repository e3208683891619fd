//! How a part is played: it asks, keeps what was answered under names, and may end early.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::distr::{Alphanumeric, SampleString as _};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::ask::Ask;
use super::chromium::Chromium;
use super::part::Part;
use super::recording::{Recording, Reply, Sent};
use super::redaction::Redaction;
use super::terms::Terms;
use super::undo::Undo;
use super::wire::{Silence, Wire};

/// How many requests race.
pub const RACERS: usize = 20;

/// Why a part ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Halt {
    /// What comes next cannot be asked.
    #[error("{0}")]
    Stuck(String),
    /// The operator pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// A part that is being played.
#[derive(Debug)]
pub struct Play<'p> {
    /// What the probe was told.
    pub terms: &'p Terms,
    pub(super) wire: &'p Wire,
    pub(super) undo: &'p Undo,
    pub(super) redaction: &'p Redaction,
    pub(super) patience: std::time::Duration,
    pub(super) cookies: reqwest::cookie::Jar,
    pub(super) chromium: Option<Chromium>,
    recording: Recording,
}

impl<'p> Play<'p> {
    /// A part that begins.
    pub(super) fn new(
        part: &Part,
        terms: &'p Terms,
        (wire, undo, redaction): (&'p Wire, &'p Undo, &'p Redaction),
        patience: std::time::Duration,
    ) -> Self {
        let recording = Recording {
            part: part.id.to_owned(),
            platform: terms.platform().clone(),
            url: terms.url.clone(),
            sent: Vec::new(),
            values: BTreeMap::new(),
            ended: None,
        };
        let cookies = reqwest::cookie::Jar::default();
        Self { terms, wire, undo, redaction, patience, cookies, chromium: None, recording }
    }

    /// The recording, and why it ended early, if it did.
    pub(super) async fn finish(mut self, halt: Option<&Halt>) -> Recording {
        if let Some(chromium) = self.chromium.take() {
            chromium.end().await;
        }
        self.recording.ended = halt.map(ToString::to_string);
        self.recording
    }

    /// Sends a request and keeps what was answered as `name`.
    ///
    /// # Errors
    /// [`Halt`] when no answer came.
    pub async fn send(&mut self, name: &str, ask: Ask) -> Result<Reply, Halt> {
        let reply = self.wire.send(&ask).await;
        self.keep_exchange(name, &ask, reply)
    }

    /// Keeps an exchange as `name`.
    pub(super) fn keep_exchange(
        &mut self,
        name: &str,
        ask: &Ask,
        reply: Result<Reply, Silence>,
    ) -> Result<Reply, Halt> {
        if let Ok(reply) = &reply {
            self.redaction.hide_handed_out(reply);
        }
        self.recording.sent.push(Sent {
            name: name.to_owned(),
            method: ask.method.clone(),
            url: ask.url.clone(),
            reply: reply.clone().ok(),
        });
        reply.map_err(|silence| match silence {
            Silence::Interrupted => Halt::Interrupted,
            other => Halt::Stuck(format!("`{name}`: {other}")),
        })
    }

    /// Sends a request as often at once as the pace allows, at most [`RACERS`] times, and keeps
    /// what was answered as `name#1` and so on. The replies are those that came: what one of them
    /// made must be removed, whatever became of the others.
    ///
    /// # Errors
    /// [`Halt`] when none was answered.
    pub async fn race(&mut self, name: &str, ask: Ask) -> Result<Vec<Reply>, Halt> {
        let asks = vec![ask; RACERS.min(self.wire.most())];
        let outcomes = self.wire.send_at_once(&asks).await;
        let (mut replies, mut halt) = (Vec::new(), None);
        for (number, (ask, outcome)) in asks.iter().zip(outcomes).enumerate() {
            match self.keep_exchange(&format!("{name}#{}", number + 1), ask, outcome) {
                Ok(reply) => replies.push(reply),
                Err(why) => halt = Some(why),
            }
        }
        match halt {
            Some(why) if replies.is_empty() => Err(why),
            _ => Ok(replies),
        }
    }

    /// Waits for somebody, no longer than the operator's patience; `None`: nobody came.
    ///
    /// # Errors
    /// [`Halt::Interrupted`] as soon as the operator presses Ctrl-C.
    pub(super) async fn wait_for<T>(
        &self,
        somebody: impl Future<Output = T>,
    ) -> Result<Option<T>, Halt> {
        tokio::select! {
            biased;
            () = self.wire.interruption() => Err(Halt::Interrupted),
            came = tokio::time::timeout(self.patience, somebody) => Ok(came.ok()),
        }
    }

    /// The URLs of what was asked under names that begin so.
    pub(super) fn urls_of(&self, prefix: &str) -> Vec<String> {
        let sent = self.recording.sent.iter().filter(|sent| sent.name.starts_with(prefix));
        sent.map(|sent| sent.url.clone()).collect()
    }

    /// Keeps a value as `name`.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.recording.values.insert(name.to_owned(), value.to_owned());
    }

    /// Keeps a value as `name`, which reports must not show, or which differs each time.
    pub fn keep_hidden(&mut self, name: &str, value: &str) {
        self.redaction.hide(name, value);
        self.keep(name, value);
    }

    /// Notes that something was made, and how it is removed.
    pub fn made(&self, what: &str, removal: Option<Ask>) {
        self.undo.made(what, removal);
    }

    /// The member of a reply that the part cannot go on without.
    ///
    /// # Errors
    /// [`Halt::Stuck`] when it is not there.
    pub fn text(&self, reply: &Reply, member: &str) -> Result<String, Halt> {
        let answered = reply.describe();
        reply.text(member).ok_or_else(|| {
            Halt::Stuck(format!("there is no `{member}` in the reply, which was {answered}"))
        })
    }
}

/// A text of so many random letters and digits.
pub fn random(length: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), length)
}

/// The S256 challenge of a verifier, RFC 7636 section 4.2.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The objection that a part cannot go on.
///
/// # Errors
/// Always: it exists to be returned with `?`.
pub fn stuck<T>(why: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Stuck(why.into()))
}
