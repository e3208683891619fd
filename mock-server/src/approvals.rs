//! Logins that are decided on another device: the tool polls with a secret, a person types a code.

use std::collections::HashMap;

use rand::seq::IndexedRandom as _;

use crate::keyring::AccountId;
use crate::secret::{Hash, Secret, hash, random_alphanumeric};

/// RFC 8628 section 6.1: consonants, which spell no word and are hard to mistake.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// RFC 8628 section 3.5: "the interval MUST be increased by 5 seconds".
const SLOW_DOWN_MS: u64 = 5_000;
/// A poll that comes this much too soon is in time: a network is not exact.
const TOLERANCE_MS: u64 = 100;
/// How many wrong codes a minute may bring before all are refused for the rest of it: with 20^8
/// codes, RFC 8628 section 5.1.
const WRONG_CODES: u32 = 10;
const WRONG_CODES_MS: u64 = 60_000;

/// Requests for approval, each by the hash of the tool's secret.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    by_hash: HashMap<Hash, Approval>,
    /// When the minute of wrong codes began, and how many there were.
    wrong: (u64, u32),
}

/// A request for approval.
#[derive(Debug)]
pub(crate) struct Approval {
    /// What the person types, such as `WDJB-MJHT`.
    pub(crate) user_code: String,
    /// Who asks.
    pub(crate) client: String,
    /// What for, words with spaces between.
    pub(crate) scope: String,
    expires_at_ms: u64,
    interval_ms: u64,
    /// The last poll that was in time.
    polled_at_ms: Option<u64>,
    decision: Decision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    None,
    Approved(AccountId),
    Denied,
    /// Approved, and what it was for was handed out.
    Spent,
}

/// What a poll finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poll {
    Pending,
    SlowDown,
    Denied,
    Expired,
    /// Now, and never again.
    Approved(AccountId),
    Spent,
}

/// Why a person's code is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoApproval {
    Unknown,
    TooManyWrong,
}

impl Approvals {
    /// Takes a request in, and returns the tool's secret and the person's code. Requests that have
    /// been over for as long as they lived are forgotten here.
    pub(crate) fn request(
        &mut self,
        (client, scope): (String, String),
        now_ms: u64,
        lifetime_ms: u64,
        interval_ms: u64,
    ) -> (Secret, String) {
        self.by_hash.retain(|_, one| one.expires_at_ms.saturating_add(lifetime_ms) > now_ms);
        let secret = Secret::new(random_alphanumeric(43));
        let user_code = self.new_user_code();
        let approval = Approval {
            user_code: user_code.clone(),
            client,
            scope,
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
            interval_ms,
            polled_at_ms: None,
            decision: Decision::None,
        };
        self.by_hash.insert(hash(secret.expose()), approval);
        (secret, user_code)
    }

    /// The request of the tool that has this secret.
    pub(crate) fn of_tool(&mut self, secret: &str) -> Option<&mut Approval> {
        self.by_hash.get_mut(&hash(secret))
    }

    /// The request that a person may decide now. Case and punctuation are forgiven, RFC 8628
    /// section 6.1; wrong codes are counted.
    pub(crate) fn of_person(
        &mut self,
        user_code: &str,
        now_ms: u64,
    ) -> Result<&mut Approval, NoApproval> {
        let (since_ms, count) = self.wrong;
        if now_ms.saturating_sub(since_ms) >= WRONG_CODES_MS {
            self.wrong = (now_ms, 0);
        } else if count >= WRONG_CODES {
            return Err(NoApproval::TooManyWrong);
        }
        let wrong = &mut self.wrong.1;
        find_open(&mut self.by_hash, user_code, now_ms).ok_or_else(|| {
            *wrong += 1;
            NoApproval::Unknown
        })
    }

    /// The same where nobody can try codes, and none is counted: for whoever runs the platform, and
    /// for the decision on a page that was shown for a good code.
    pub(crate) fn of_known_code(&mut self, user_code: &str, now_ms: u64) -> Option<&mut Approval> {
        find_open(&mut self.by_hash, user_code, now_ms)
    }

    /// Those that can still be decided.
    pub(crate) fn open(&self, now_ms: u64) -> impl Iterator<Item = &Approval> {
        self.by_hash.values().filter(move |one| one.is_open(now_ms))
    }

    fn new_user_code(&self) -> String {
        loop {
            let mut code = String::with_capacity(9);
            for place in 0..8 {
                if place == 4 {
                    code.push('-');
                }
                code.extend(LETTERS.choose(&mut rand::rng()).map(|byte| char::from(*byte)));
            }
            if self.by_hash.values().all(|one| one.user_code != code) {
                return code;
            }
        }
    }
}

impl Approval {
    /// The person's decision, which stands.
    pub(crate) fn decide(&mut self, approved_by: Option<AccountId>) {
        if self.decision == Decision::None {
            self.decision = approved_by.map_or(Decision::Denied, Decision::Approved);
        }
    }

    /// What was handed out may be handed out again, for a lapse.
    pub(crate) fn hand_out_again(&mut self, approved_by: AccountId) {
        self.decision = Decision::Approved(approved_by);
        self.polled_at_ms = None;
    }

    /// A poll that nobody hurries or slows, see [`Self::paced_poll`].
    pub(crate) fn poll(&mut self, now_ms: u64, held_pending: bool) -> Poll {
        match self.decision {
            Decision::Spent => Poll::Spent,
            _ if self.expires_at_ms <= now_ms => Poll::Expired,
            Decision::Denied => Poll::Denied,
            Decision::Approved(_) if held_pending => Poll::Pending,
            Decision::Approved(account) => {
                self.decision = Decision::Spent;
                Poll::Approved(account)
            }
            Decision::None => Poll::Pending,
        }
    }

    /// A poll that has to keep the interval, RFC 8628 section 3.5.
    ///
    /// The first one is never too soon. One that is too soon makes the interval longer, and does
    /// not count as the last: so a client that keeps the new interval from then on is in time.
    pub(crate) fn paced_poll(&mut self, now_ms: u64, held_pending: bool) -> Poll {
        let is_over = self.expires_at_ms <= now_ms || self.decision == Decision::Spent;
        let since_ms = self
            .polled_at_ms
            .map(|at_ms| now_ms.saturating_sub(at_ms).saturating_add(TOLERANCE_MS));
        if !is_over && since_ms.is_some_and(|since_ms| since_ms < self.interval_ms) {
            self.interval_ms += SLOW_DOWN_MS;
            return Poll::SlowDown;
        }
        self.polled_at_ms = Some(now_ms);
        self.poll(now_ms, held_pending)
    }

    fn is_open(&self, now_ms: u64) -> bool {
        self.decision == Decision::None && self.expires_at_ms > now_ms
    }
}

fn find_open<'a>(
    approvals: &'a mut HashMap<Hash, Approval>,
    user_code: &str,
    now_ms: u64,
) -> Option<&'a mut Approval> {
    let typed = letters(user_code);
    approvals.values_mut().find(|one| one.is_open(now_ms) && letters(&one.user_code) == typed)
}

fn letters(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ADA: AccountId = AccountId(0);

    fn requested() -> (Approvals, Secret, String) {
        let mut approvals = Approvals::default();
        let (secret, code) = approvals.request(("cli".into(), String::new()), 0, 600_000, 5_000);
        (approvals, secret, code)
    }

    #[test]
    fn a_hasty_client_is_slowed_down_and_then_served() {
        let (mut approvals, secret, _) = requested();
        let approval = approvals.of_tool(secret.expose()).expect("known");

        assert_eq!(approval.paced_poll(0, false), Poll::Pending, "the first");
        assert_eq!(approval.paced_poll(4_000, false), Poll::SlowDown);
        // Ten seconds from then on, as it has to.
        assert_eq!(approval.paced_poll(14_000, false), Poll::Pending);
        assert_eq!(approval.paced_poll(24_000, false), Poll::Pending);
        // It goes back to five, and is told again: fifteen.
        assert_eq!(approval.paced_poll(29_000, false), Poll::SlowDown);
        assert_eq!(approval.paced_poll(44_000, false), Poll::Pending);
    }

    #[test]
    fn what_was_approved_is_handed_out_once() {
        let (mut approvals, secret, code) = requested();

        approvals.of_person(&code, 1).expect("open").decide(Some(ADA));

        assert_eq!(approvals.of_person(&code, 1).err(), Some(NoApproval::Unknown));
        let approval = approvals.of_tool(secret.expose()).expect("known");
        assert_eq!(approval.poll(1, true), Poll::Pending, "a script holds it");
        assert_eq!(approval.poll(1, false), Poll::Approved(ADA));
        assert_eq!(approval.poll(1, false), Poll::Spent);
    }

    #[rstest]
    #[case::denied(1, Poll::Denied)]
    #[case::expired(600_000, Poll::Expired)]
    fn an_end_is_told(#[case] at_ms: u64, #[case] expected: Poll) {
        let (mut approvals, secret, code) = requested();
        approvals.of_person(&code, 1).expect("open").decide(None);

        let approval = approvals.of_tool(secret.expose()).expect("known");

        assert_eq!(approval.poll(at_ms, false), expected);
    }

    #[test]
    fn a_code_is_typed_as_people_type() {
        let (mut approvals, _, code) = requested();
        let typed = format!(" {} ", code.to_lowercase().replace('-', " "));

        assert!(approvals.of_person(&typed, 1).is_ok());
        assert_eq!(code.len(), 9);
    }

    #[test]
    fn codes_cannot_be_tried_without_end() {
        let (mut approvals, _, code) = requested();
        for _ in 0..WRONG_CODES {
            assert_eq!(approvals.of_person("AAAA", 1).err(), Some(NoApproval::Unknown));
        }

        assert_eq!(approvals.of_person(&code, 1).err(), Some(NoApproval::TooManyWrong));
        assert!(approvals.of_person(&code, 1 + WRONG_CODES_MS).is_ok());
    }
}
