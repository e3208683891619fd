//! Asking again and again whether the user has approved, at the server's pace (RFC 8628, 3.5).

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::opener::Opening;
use crate::session::Session;

/// The interval where the server names none.
const USUAL: Duration = Duration::from_secs(5);
/// What `slow_down` adds, for good.
const SLOWER: Duration = Duration::from_secs(5);
/// However unreachable the server, somebody is waiting.
const SLOWEST: Duration = Duration::from_mins(1);
/// However long the server would wait, the user has forgotten.
const LONGEST: Duration = Duration::from_hours(1);

/// What the server said to one question.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// Approved, and here it is.
    Done(T),
    /// Not yet.
    Pending,
    /// Not yet, and you ask too often.
    SlowDown,
}

/// How often to ask, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) interval: Duration,
    /// How long the server keeps what is asked for.
    pub(crate) limit: Duration,
    /// How long the user wants to wait, who may want less.
    pub(crate) patience: Option<Duration>,
}

impl Pace {
    /// The pace that a server asks for, in seconds; where it is silent, or says nothing sensible,
    /// what the standard says.
    pub(crate) fn of(interval: Option<u64>, expires_in: Option<u64>) -> Self {
        let interval = interval.filter(|seconds| *seconds > 0);
        let limit = expires_in.filter(|seconds| *seconds > 0);
        Self {
            interval: interval.map_or(USUAL, |seconds| Duration::from_secs(seconds).min(LONGEST)),
            limit: limit.map_or(LONGEST, |seconds| Duration::from_secs(seconds).min(LONGEST)),
            patience: None,
        }
    }

    /// The same for a user who does not want to wait for longer than that.
    pub(crate) fn within(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// The pace after being told that it is too fast.
    pub(crate) fn slowed(self) -> Self {
        Self { interval: self.interval + SLOWER, ..self }
    }

    /// The pace after not getting through.
    pub(crate) fn backed_off(self) -> Self {
        Self { interval: self.interval.max((self.interval * 2).min(SLOWEST)), ..self }
    }
}

/// Whether asking again could help: the server was not reached, or not well.
pub(crate) fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Unreachable { .. } | Error::Server { .. } | Error::RateLimited { .. })
}

/// Asks until there is an answer, or until what is asked for has expired.
pub(crate) fn until_approved<T>(
    session: &Session,
    mut pace: Pace,
    mut opening: Opening,
    ask: impl Fn() -> Result<Reply<T>, Error>,
) -> Result<T, Error> {
    let behaviour = &session.behaviour.polling;
    let begun = (behaviour.now)();
    let (end, over) = match pace.patience {
        Some(limit) if limit < pace.limit => (limit, Error::Unapproved { limit }),
        _ => (pace.limit, Error::CodeExpired),
    };
    let mut told = false;
    loop {
        let left = end.saturating_sub((behaviour.now)().duration_since(begun));
        if left.is_zero() {
            return Err(over);
        }
        if left < pace.interval {
            // Too short for another question, and the user may still be reading.
            (behaviour.pause)(left);
            return Err(over);
        }
        (behaviour.pause)(pace.interval);
        if let Some(why) = opening.failed_by_now() {
            (session.behaviour.opener.failed)(session, &why)?;
        }
        match ask() {
            Ok(Reply::Done(it)) => {
                (0..behaviour.afterwards).for_each(|_| drop(ask()));
                return Ok(it);
            }
            Ok(Reply::Pending) => {}
            Ok(Reply::SlowDown) => pace = (behaviour.slowed)(pace)?,
            Err(error) if (behaviour.is_passing)(&error) => {
                pace = (behaviour.backed_off)(pace);
                if let Error::RateLimited { wait: Some(wait), .. } = &error {
                    pace.interval = pace.interval.max((*wait).min(SLOWEST));
                }
                if !std::mem::replace(&mut told, true) {
                    session.note(&format!("note: {error}. Trying again."));
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// The present moment, of a clock that nobody sets.
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::time::{Duration, Instant};

    use rstest::rstest;

    use super::{Pace, Reply, until_approved};
    use crate::environment::Environment;
    use crate::error::Error;
    use crate::opener::Opening;
    use crate::session::Session;

    thread_local! {
        static PAUSES: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
        static START: Cell<Option<Instant>> = const { Cell::new(None) };
    }

    fn start() -> Instant {
        START.with(|start| {
            let instant = start.get().unwrap_or_else(Instant::now);
            start.set(Some(instant));
            instant
        })
    }

    /// Polls with a clock that only pauses move; returns the pauses in seconds.
    fn poll(
        pace: Pace,
        ask: impl Fn(usize) -> Result<Reply<u8>, Error>,
    ) -> (Vec<u64>, Result<u8, Error>) {
        PAUSES.with_borrow_mut(Vec::clear);
        let mut session = Session::of(Environment::default());
        session.behaviour.polling.pause =
            |pause| PAUSES.with_borrow_mut(|pauses| pauses.push(pause.as_secs()));
        session.behaviour.polling.now =
            || start() + Duration::from_secs(PAUSES.with_borrow(|pauses| pauses.iter().sum()));
        let asked = Cell::new(0);
        let outcome = until_approved(&session, pace, Opening::untroubled(), || {
            asked.set(asked.get() + 1);
            ask(asked.get())
        });
        (PAUSES.with_borrow(Clone::clone), outcome)
    }

    fn unreachable() -> Error {
        Error::Unreachable { host: "as.test".into(), why: "refused".into() }
    }

    #[test]
    fn slow_down_adds_five_seconds_for_good() {
        let (pauses, outcome) = poll(Pace::of(Some(1), Some(900)), |asked| match asked {
            1 | 3 => Ok(Reply::SlowDown),
            6 => Ok(Reply::Done(7)),
            _ => Ok(Reply::Pending),
        });
        assert_eq!(pauses, [1, 6, 6, 11, 11, 11]);
        assert_eq!(outcome.expect("approved"), 7);
    }

    #[test]
    fn not_getting_through_makes_slower_and_not_tired() {
        let (pauses, outcome) = poll(Pace::of(Some(2), Some(900)), |asked| match asked {
            1 | 2 => Err(unreachable()),
            3 => Err(Error::Server { host: "as.test".into(), status: 502 }),
            4 => Err(Error::RateLimited {
                host: "as.test".into(),
                wait: Some(Duration::from_secs(40)),
            }),
            6 => Ok(Reply::Done(7)),
            _ => Ok(Reply::Pending),
        });
        assert_eq!(pauses, [2, 4, 8, 16, 40, 40]);
        assert_eq!(outcome.expect("approved"), 7);
    }

    #[test]
    fn any_other_error_ends_it() {
        let (pauses, outcome) = poll(Pace::of(None, None), |_| Err(Error::NoChance));
        assert_eq!(pauses, [5]);
        assert!(matches!(outcome, Err(Error::NoChance)));
    }

    #[rstest]
    #[case::after_whole_intervals(2, &[2, 2, 2], 3)]
    #[case::within_an_interval(4, &[4, 2], 1)]
    #[case::before_the_first(30, &[6], 0)]
    fn it_ends_when_the_code_has_expired(
        #[case] interval: u64,
        #[case] expected: &[u64],
        #[case] questions: usize,
    ) {
        let most = Cell::new(0);
        let (pauses, outcome) = poll(Pace::of(Some(interval), Some(6)), |asked| {
            most.set(asked);
            Ok(Reply::Pending)
        });
        assert_eq!(pauses, expected);
        assert_eq!(most.get(), questions);
        assert!(matches!(outcome, Err(Error::CodeExpired)));
    }

    #[test]
    fn a_code_that_expires_first_ends_it_for_the_patient_too() {
        let pace = Pace::of(Some(4), Some(6)).within(Some(Duration::from_secs(9)));
        let (pauses, outcome) = poll(pace, |_| Ok(Reply::Pending));
        assert_eq!(pauses, [4, 2]);
        assert!(matches!(outcome, Err(Error::CodeExpired)));
    }

    #[test]
    fn it_ends_when_the_user_has_waited_long_enough() {
        let pace = Pace::of(Some(2), Some(900)).within(Some(Duration::from_secs(5)));
        let (pauses, outcome) = poll(pace, |_| Ok(Reply::Pending));
        assert_eq!(pauses, [2, 2, 1]);
        assert!(matches!(outcome, Err(Error::Unapproved { .. })));
    }

    #[rstest]
    #[case(Some(2), Some(7), 2, 7)]
    #[case(None, None, 5, 3600)]
    #[case(Some(0), Some(0), 5, 3600)]
    #[case(Some(u64::MAX), Some(u64::MAX), 3600, 3600)]
    fn the_pace_is_the_servers_within_reason(
        #[case] interval: Option<u64>,
        #[case] expires_in: Option<u64>,
        #[case] expected: u64,
        #[case] limit: u64,
    ) {
        let pace = Pace::of(interval, expires_in);
        assert_eq!(pace.interval.as_secs(), expected);
        assert_eq!(pace.limit.as_secs(), limit);
        assert!(pace.backed_off().interval >= pace.interval);
    }
}
