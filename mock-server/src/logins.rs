//! Browser logins that have begun and are not finished.

use std::collections::HashMap;

use crate::secret::{Secret, random_alphanumeric};

/// How many logins may be under way; the oldest is forgotten for one more.
const KEPT: usize = 10_000;

/// Browser logins, each by its `state`, which is good once; `T` is what the login is about.
#[derive(Debug)]
pub(crate) struct Logins<T> {
    by_state: HashMap<String, Login<T>>,
}

#[derive(Debug)]
struct Login<T> {
    about: T,
    /// What only the page that was served for this login can send.
    form_token: Secret,
    expires_at_ms: u64,
    signed_in: bool,
}

/// A login that has just begun.
#[derive(Debug)]
pub(crate) struct BegunLogin {
    pub(crate) state: String,
    pub(crate) form_token: Secret,
}

impl<T> Default for Logins<T> {
    fn default() -> Self {
        Self { by_state: HashMap::new() }
    }
}

impl<T> Logins<T> {
    /// Begins a login. Those that are over are forgotten here, so that they do not pile up.
    pub(crate) fn begin(&mut self, about: T, now_ms: u64, lifetime_ms: u64) -> BegunLogin {
        self.by_state.retain(|_, login| login.expires_at_ms > now_ms);
        if self.by_state.len() >= KEPT {
            let oldest = self.by_state.iter().min_by_key(|(_, one)| one.expires_at_ms);
            if let Some(state) = oldest.map(|(state, _)| state.clone()) {
                self.by_state.remove(&state);
            }
        }
        let begun = BegunLogin {
            state: random_alphanumeric(32),
            form_token: Secret::new(random_alphanumeric(32)),
        };
        let login = Login {
            about,
            form_token: begun.form_token.clone(),
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
            signed_in: false,
        };
        self.by_state.insert(begun.state.clone(), login);
        begun
    }

    /// The person has signed in; the login goes on.
    pub(crate) fn sign_in(
        &mut self,
        state: &str,
        form_token: &str,
        now_ms: u64,
    ) -> Result<(), &'static str> {
        self.submitted(state, form_token, now_ms)?.signed_in = true;
        Ok(())
    }

    /// The person has decided, for or against: the login is over.
    pub(crate) fn decide(
        &mut self,
        state: &str,
        form_token: &str,
        now_ms: u64,
    ) -> Result<T, &'static str> {
        self.submitted(state, form_token, now_ms)?;
        let login = self.by_state.remove(state).ok_or(UNKNOWN)?;
        Ok(login.about)
    }

    /// Ends a login whose person has signed in, and returns what it was about. Not `once`, for a
    /// lapse: it may be ended again.
    pub(crate) fn finish(&mut self, state: &str, now_ms: u64, once: bool) -> Result<T, &'static str>
    where
        T: Clone,
    {
        if !self.living(state, now_ms)?.signed_in {
            return Err("nobody has signed in for this state");
        }
        if !once {
            return Ok(self.living(state, now_ms)?.about.clone());
        }
        let login = self.by_state.remove(state).ok_or(UNKNOWN)?;
        Ok(login.about)
    }

    fn submitted(
        &mut self,
        state: &str,
        form_token: &str,
        now_ms: u64,
    ) -> Result<&mut Login<T>, &'static str> {
        let login = self.living(state, now_ms)?;
        if login.form_token.matches(form_token) {
            Ok(login)
        } else {
            Err("the form's token is not the state's")
        }
    }

    fn living(&mut self, state: &str, now_ms: u64) -> Result<&mut Login<T>, &'static str> {
        let login = self.by_state.get_mut(state).ok_or(UNKNOWN)?;
        if login.expires_at_ms > now_ms { Ok(login) } else { Err("the state has expired") }
    }
}

const UNKNOWN: &str = "the state is unknown or was used";

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const BEGUN: u64 = 1_000;
    const LIFETIME: u64 = 600_000;

    fn begun() -> (Logins<u16>, String, Secret) {
        let mut logins = Logins::default();
        let login = logins.begin(4242, BEGUN, LIFETIME);
        (logins, login.state, login.form_token)
    }

    #[test]
    fn a_login_is_finished_once() {
        let (mut logins, state, token) = begun();

        assert_eq!(logins.sign_in(&state, token.expose(), BEGUN), Ok(()));
        assert_eq!(logins.finish(&state, BEGUN, true), Ok(4242));
        assert_eq!(logins.finish(&state, BEGUN, true), Err(UNKNOWN));
    }

    #[test]
    fn nobody_finishes_without_having_signed_in() {
        let (mut logins, state, token) = begun();

        assert!(logins.finish(&state, BEGUN, true).is_err());
        assert!(logins.sign_in(&state, "guessed", BEGUN).is_err());
        assert!(logins.finish(&state, BEGUN, true).is_err());

        assert_eq!(logins.sign_in(&state, token.expose(), BEGUN), Ok(()));
        assert_eq!(logins.finish(&state, BEGUN, true), Ok(4242));
    }

    #[test]
    fn a_login_that_was_decided_is_over() {
        let (mut logins, state, token) = begun();

        assert_eq!(logins.decide(&state, token.expose(), BEGUN), Ok(4242));
        assert_eq!(logins.sign_in(&state, token.expose(), BEGUN), Err(UNKNOWN));
    }

    #[rstest]
    #[case::last_moment(BEGUN + LIFETIME - 1, true)]
    #[case::too_late(BEGUN + LIFETIME, false)]
    fn a_login_expires(#[case] now_ms: u64, #[case] good: bool) {
        let (mut logins, state, token) = begun();
        logins.sign_in(&state, token.expose(), BEGUN).expect("in time");

        assert_eq!(logins.finish(&state, now_ms, true).is_ok(), good);
    }

    #[test]
    fn expired_logins_do_not_pile_up() {
        let (mut logins, _, _) = begun();

        logins.begin(1, BEGUN + LIFETIME, LIFETIME);

        assert_eq!(logins.by_state.len(), 1);
    }
}
