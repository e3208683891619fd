//! A barrier holds requests until enough of them are in, or a time has passed. So a race that
//! happens now and then happens every time.

use std::time::Duration;

use tokio::sync::watch;

/// Holds requests until `needed` of them are in.
#[derive(Debug)]
pub(crate) struct Barrier {
    needed: u64,
    patience: Duration,
    arrived: watch::Sender<u64>,
}

impl Barrier {
    pub(crate) fn new(needed: u64, patience: Duration) -> Self {
        Self { needed, patience, arrived: watch::Sender::new(0) }
    }

    /// Comes back once enough requests have come here, or this one has waited long enough in the
    /// machine's time. It stays open then.
    pub(crate) async fn wait(&self) {
        let mut arrived = self.arrived.subscribe();
        self.arrived.send_modify(|count| *count += 1);
        let enough = arrived.wait_for(|count| *count >= self.needed);
        // Both ends of the wait are the same to the request: it goes on.
        let _ = tokio::time::timeout(self.patience, enough).await;
    }
}
