//! A part of a probe: one situation at the server, whose recording many checks judge.

use std::pin::Pin;

use super::need::Need;
use super::play::{Halt, Play};

/// What playing a part comes to.
pub type Playing<'a> = Pin<Box<dyn Future<Output = Result<(), Halt>> + Send + 'a>>;

/// One situation at the server.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub id: &'static str,
    /// What is done, in one sentence.
    pub story: &'static str,
    /// What it needs of the profile and of the operator.
    pub needs: &'static [&'static Need],
    /// What is done.
    pub play: for<'a> fn(&'a mut Play<'_>) -> Playing<'a>,
}
