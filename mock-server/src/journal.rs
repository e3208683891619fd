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
    started: Instant,
    started_at: SystemTime,
    kept: Mutex<Kept>,
    /// Tells those who wait that there is one more.
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Arc<Record>>,
    /// How many exchanges there ever were: the number of the last.
    written: u64,
}

impl Kept {
    /// How many records there were that are no longer here.
    fn dropped(&self) -> u64 {
        self.written - self.records.len() as u64
    }

    /// The records with a greater number, and the number of the first of them.
    fn since(&self, number: u64) -> (u64, Vec<Arc<Record>>) {
        let dropped = self.dropped();
        let first = number.clamp(dropped, self.written) + 1;
        let skipped = usize::try_from(first - 1 - dropped).unwrap_or(usize::MAX);
        (first, self.records.iter().skip(skipped).cloned().collect())
    }
}

impl Journal {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
            kept: Mutex::default(),
            news: watch::Sender::new(()),
        }
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

    /// Appends an exchange, which has the next number.
    pub(crate) fn append(&self, record: Record) {
        // What takes a while, to make a place and to let go of one, is outside of the lock.
        let record = Arc::new(record);
        let oldest = {
            let mut kept = self.kept();
            kept.written += 1;
            let oldest = (kept.records.len() == KEPT).then(|| kept.records.pop_front());
            kept.records.push_back(record);
            oldest
        };
        drop(oldest);
        // Whoever begins to wait from now on looks at what is kept first, and finds it.
        if self.news.receiver_count() > 0 {
            self.news.send_replace(());
        }
    }

    /// All exchanges that are kept, oldest first.
    pub fn snapshot(&self) -> Vec<Exchange> {
        self.since(0)
    }

    /// The exchanges that are kept and have a greater number, oldest first.
    pub fn since(&self, number: u64) -> Vec<Exchange> {
        let records = self.records_since(number);
        records.map(|(number, record)| record.exchange(number)).collect()
    }

    /// The records that are kept and have a greater number, and their numbers.
    pub(crate) fn records_since(
        &self,
        number: u64,
    ) -> impl Iterator<Item = (u64, Arc<Record>)> + use<> {
        // Clone the pointers under the lock, and what they point to outside of it.
        let (first, records) = self.kept().since(number);
        (first..).zip(records)
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
        self.kept().dropped()
    }

    /// Waits until there is an exchange with a greater number. With [`Journal::since`], it shows
    /// exchanges as they come.
    pub async fn more_than(&self, number: u64) {
        let mut news = self.news.subscribe();
        // It ends with the sender alone, which lives as long as `self`.
        while self.written() <= number && news.changed().await.is_ok() {}
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
        let mut news = self.news.subscribe();
        let mut seen: Vec<Exchange> = Vec::new();
        let expired = tokio::time::sleep(deadline);
        tokio::pin!(expired);
        loop {
            seen.extend(self.since(seen.last().map_or(0, |exchange| exchange.number)));
            if predicate(&seen) {
                return true;
            }
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return false },
                () = &mut expired => return false,
            }
        }
    }

    fn written(&self) -> u64 {
        self.kept().written
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
        let journal = Journal::new();
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
        let journal = Journal::new();

        for _ in 0..KEPT + 3 {
            journal.append(Record::of("/"));
        }

        assert_eq!((journal.len(), journal.dropped()), (KEPT, 3));
        assert_eq!(journal.snapshot()[0].number, 4);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_exchange() {
        let journal = Journal::new();
        journal.append(Record::of("/a"));

        let (found, ()) = tokio::join!(
            journal.wait_for(|seen| seen.iter().any(|one| one.path == "/b"), LONG),
            async { journal.append(Record::of("/b")) },
        );

        assert!(found);
    }

    #[tokio::test]
    async fn waiting_sees_what_was_there_before() {
        let journal = Journal::new();
        journal.append(Record::of("/a"));

        assert!(journal.wait_for(|seen| seen.len() == 1, LONG).await);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_deadline() {
        let journal = Journal::new();

        assert!(!journal.wait_for(|_| false, Duration::ZERO).await);
    }
}
