//! How fast is asked: never more than so many requests in any second.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A bound on the requests of any second.
///
/// When a request reaches the server, between its being sent and its answer, is the network's
/// secret: so that the bound holds there too, a request counts until a second after its end.
#[derive(Debug)]
pub struct Pace {
    most: usize,
    /// When the last requests were let go or ended, oldest first.
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
        while sent.len() + count > self.most
            && let Some(oldest) = sent.front().copied()
        {
            // The bound is on time itself: there is nothing else to wait for. Who gives up here
            // has forgotten nothing.
            tokio::time::sleep_until(oldest + SECOND).await;
            sent.pop_front();
        }
        let now = Instant::now();
        sent.extend(std::iter::repeat_n(now, count));
    }

    /// Notes that the `count` requests that were let go last have ended, answered or not.
    pub async fn ended(&self, count: usize) {
        let mut sent = self.sent.lock().await;
        let now = Instant::now();
        sent.iter_mut().rev().take(count).for_each(|at| *at = now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(most: u32) -> Pace {
        tokio::time::pause();
        Pace::new(NonZeroU32::new(most).expect("not zero"))
    }

    #[tokio::test(flavor = "current_thread")]
    async fn no_second_has_more_than_allowed() {
        let pace = pace(5);
        let began = Instant::now();
        for _ in 0..10 {
            pace.wait(1).await;
        }
        assert_eq!(began.elapsed().as_secs(), 1);
        pace.wait(5).await;
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_slow_request_counts_until_a_second_after_its_end() {
        let pace = pace(1);
        let began = Instant::now();
        pace.wait(1).await;
        tokio::time::advance(Duration::from_millis(700)).await;
        pace.ended(1).await;
        pace.wait(1).await;
        // The clock of timers has whole milliseconds, and rounds up.
        let took = began.elapsed().as_millis();
        assert!((1700..1710).contains(&took), "{took} ms");
    }
}
