//! What a probe made at a server, and how each of it is removed again.

use std::sync::{Mutex, PoisonError};

use super::ask::Ask;
use super::wire::Wire;

/// The refusals that say that it is gone already: it is unknown, or what would remove it is itself
/// no credential any more.
const GONE: [u16; 4] = [400, 401, 404, 410];

/// Something that was made.
#[derive(Debug, Clone)]
struct Made {
    what: String,
    /// How it is removed; `None` where the profile has no way, or the server did not tell which one
    /// it is.
    removal: Option<Ask>,
}

/// Everything that was made and is not known to be gone.
#[derive(Debug, Default)]
pub(super) struct Undo {
    made: Mutex<Vec<Made>>,
}

impl Undo {
    /// Notes that something was made.
    pub(super) fn made(&self, what: &str, removal: Option<Ask>) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push(Made { what: what.to_owned(), removal });
    }

    /// Removes everything, the youngest first, and returns what is left behind.
    pub(super) async fn all(&self, wire: &Wire) -> Vec<String> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let mut left = Vec::new();
        for one in made.into_iter().rev() {
            let Some(removal) = &one.removal else {
                left.push(format!("{}: no way to remove it is known", one.what));
                continue;
            };
            match wire.send_regardless(removal).await {
                Ok(reply) if reply.is_success() || GONE.contains(&reply.status) => {}
                Ok(reply) => left.push(format!("{}: {}", one.what, reply.describe())),
                Err(silence) => left.push(format!("{}: {silence}", one.what)),
            }
        }
        left
    }
}
