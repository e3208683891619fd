//! The platform's one clock. Everything that is dated or expires reads it, and a scenario sets it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall time plus an offset that a scenario chooses.
///
/// It runs on between two changes, and does not follow corrections of the machine's own clock.
#[derive(Debug)]
pub struct Clock {
    anchor: Mutex<Anchor>,
}

/// "At this instant it was that time."
#[derive(Debug, Clone, Copy)]
struct Anchor {
    instant: Instant,
    time: SystemTime,
}

impl Clock {
    /// A clock that shows the machine's time.
    pub(crate) fn new() -> Self {
        Self { anchor: Mutex::new(Anchor { instant: Instant::now(), time: SystemTime::now() }) }
    }

    /// The platform's time.
    pub fn now(&self) -> SystemTime {
        self.anchor().now()
    }

    /// The platform's time in milliseconds since 1970, zero before that.
    pub fn now_ms(&self) -> u64 {
        let since_1970 = self.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
    }

    /// Makes it `time` now, earlier or later than it was.
    pub fn set(&self, time: SystemTime) {
        *self.anchor() = Anchor { instant: Instant::now(), time };
    }

    /// Makes it later by `step`. A step past the end of representable time changes nothing.
    pub fn advance(&self, step: Duration) {
        let mut anchor = self.anchor();
        if let Some(time) = anchor.time.checked_add(step) {
            anchor.time = time;
        }
    }

    fn anchor(&self) -> std::sync::MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Anchor {
    fn now(self) -> SystemTime {
        self.time.checked_add(self.instant.elapsed()).unwrap_or(self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_makes_it_later_by_the_step() {
        let clock = Clock::new();
        let before = clock.now();

        clock.advance(Duration::from_hours(8));

        assert!(clock.now() >= before + Duration::from_hours(8));
        assert!(clock.now() < before + Duration::from_hours(9));
    }

    #[test]
    fn it_can_be_set_to_the_past_and_runs_on_from_there() {
        let clock = Clock::new();

        clock.set(UNIX_EPOCH + Duration::from_secs(1000));

        let shown = clock.now_ms();
        assert!((1_000_000..1_060_000).contains(&shown), "{shown}");
    }

    #[test]
    fn a_step_past_the_end_of_time_changes_nothing() {
        let clock = Clock::new();
        let before = clock.now_ms();

        clock.advance(Duration::MAX);

        assert!(clock.now_ms() - before < 60_000);
    }
}
