//! The journal: everything that was asked and answered, in the order of the answers.
//!
//! An exchange is written before its answer is sent. So a client that has its answer, and one that
//! has exited, is in the journal completely.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use crate::exchange::{Exchange, Record};

/// How many exchanges are kept.
const KEPT: usize = 1_000;

/// Everything that was asked and answered; append-only, the oldest dropped after 1,000.
#[derive(Debug)]
pub struct Journal {
    /// What the origins speak: `http` or `https`.
    scheme: &'static str,
    started: Instant,
    started_at: SystemTime,
    kept: Mutex<Kept>,
    /// How many exchanges there ever were, for those who wait for the next.
    written: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Arc<Record>>,
    /// How many exchanges there ever were: the number of the last.
    written: u64,
}

impl Journal {
    /// An empty one, of origins whose URLs have this scheme.
    pub(crate) fn new(scheme: &'static str) -> Self {
        Self {
            scheme,
            started: Instant::now(),
            started_at: SystemTime::now(),
            kept: Mutex::default(),
            written: watch::Sender::new(0),
        }
    }

    /// The scheme of the origins' URLs.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Time since the platform started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The machine's time when the platform started.
    pub(crate) fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// Forgets what is kept; numbers go on.
    pub fn clear(&self) {
        self.kept().records.clear();
    }

    /// Appends an exchange and numbers it.
    pub(crate) fn append(&self, mut record: Record) {
        let mut kept = self.kept();
        kept.written += 1;
        record.number = kept.written;
        let oldest = (kept.records.len() == KEPT).then(|| kept.records.pop_front());
        kept.records.push_back(Arc::new(record));
        // Under the lock, so that numbers never seem to go back. Nobody is woken where nobody waits.
        let number = kept.written;
        let awaited = self.written.receiver_count() > 0;
        self.written.send_if_modified(|written| {
            *written = number;
            awaited
        });
        drop(kept);
        // To let go of it takes a while, for which nobody else has to wait.
        drop(oldest);
    }

    /// All exchanges that are kept, oldest first.
    pub fn snapshot(&self) -> Vec<Exchange> {
        self.since(0)
    }

    /// The exchanges that are kept and have a greater number, oldest first.
    pub fn since(&self, number: u64) -> Vec<Exchange> {
        // Clone the pointers under the lock, and what they point to outside of it.
        let records: Vec<_> = {
            let kept = self.kept();
            let first = kept.records.partition_point(|one| one.number <= number);
            kept.records.range(first..).cloned().collect()
        };
        records.iter().map(|record| record.exchange()).collect()
    }

    /// How many exchanges are kept.
    pub fn len(&self) -> usize {
        self.kept().records.len()
    }

    /// Whether nothing was asked yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many exchanges are no longer kept.
    pub fn dropped(&self) -> u64 {
        let kept = self.kept();
        kept.written - kept.records.len() as u64
    }

    /// Waits until there is an exchange with a greater number. With [`Journal::since`], it shows
    /// exchanges as they come.
    pub async fn more_than(&self, number: u64) {
        let mut written = self.written.subscribe();
        // It ends with the sender alone, which lives as long as `self`.
        let _ = written.wait_for(|written| *written > number).await;
    }

    /// Waits until `predicate` holds for the exchanges, oldest first, and returns true; or false
    /// once `deadline` has passed. It is asked at once, and again after each exchange.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has its timer enabled.
    pub async fn wait_for(
        &self,
        mut predicate: impl FnMut(&[Exchange]) -> bool,
        deadline: Duration,
    ) -> bool {
        let mut written = self.written.subscribe();
        let mut seen: Vec<Exchange> = Vec::new();
        let expired = tokio::time::sleep(deadline);
        tokio::pin!(expired);
        loop {
            seen.extend(self.since(seen.last().map_or(0, |exchange| exchange.number)));
            if predicate(&seen) {
                return true;
            }
            tokio::select! {
                changed = written.changed() => if changed.is_err() { return false },
                () = &mut expired => return false,
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn exchanges_are_numbered_from_one() {
        let journal = Journal::new("http");
        assert!(journal.is_empty());

        journal.append(Record::of("/a"));
        journal.append(Record::of("/b"));

        let seen: Vec<_> = journal
            .snapshot()
            .into_iter()
            .map(|exchange| (exchange.number, exchange.path))
            .collect();
        assert_eq!(seen, [(1, "/a".into()), (2, "/b".into())]);
        assert_eq!(journal.since(1).len(), 1);
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        let journal = Journal::new("http");

        for _ in 0..KEPT + 3 {
            journal.append(Record::of("/"));
        }

        assert_eq!((journal.len(), journal.dropped()), (KEPT, 3));
        assert_eq!(journal.snapshot()[0].number, 4);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_exchange() {
        let journal = Journal::new("http");
        journal.append(Record::of("/a"));

        let (found, ()) = tokio::join!(
            journal.wait_for(|seen| seen.iter().any(|one| one.path == "/b"), LONG),
            async { journal.append(Record::of("/b")) },
        );

        assert!(found);
    }

    #[tokio::test]
    async fn waiting_sees_what_was_there_before() {
        let journal = Journal::new("http");
        journal.append(Record::of("/a"));

        assert!(journal.wait_for(|seen| seen.len() == 1, LONG).await);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_deadline() {
        let journal = Journal::new("http");

        assert!(!journal.wait_for(|_| false, Duration::ZERO).await);
    }
}
