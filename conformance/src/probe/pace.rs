//! How fast is asked: never more than so many requests in any second.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A bound on the requests of any second.
#[derive(Debug)]
pub struct Pace {
    most: usize,
    /// When the last requests were let go, oldest first.
    sent: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// At most so many requests in any second.
    pub fn new(most: NonZeroU32) -> Self {
        Self { most: most.get() as usize, sent: Mutex::new(VecDeque::new()) }
    }

    /// How many requests may be sent at once.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Waits until `count` requests may be sent at once; not more than [`Pace::most`].
    pub async fn wait(&self, count: usize) {
        let mut sent = self.sent.lock().await;
        let count = count.min(self.most);
        while sent.len() + count > self.most {
            // The bound is on time itself: there is nothing else to wait for.
            if let Some(oldest) = sent.pop_front() {
                tokio::time::sleep_until(oldest + SECOND).await;
            }
        }
        let now = Instant::now();
        sent.extend(std::iter::repeat_n(now, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn no_second_has_more_than_allowed() {
        tokio::time::pause();
        let pace = Pace::new(NonZeroU32::new(5).expect("five"));
        let began = Instant::now();
        for _ in 0..10 {
            pace.wait(1).await;
        }
        assert_eq!(began.elapsed().as_secs(), 1);
        pace.wait(5).await;
        assert_eq!(began.elapsed().as_secs(), 2);
    }
}
