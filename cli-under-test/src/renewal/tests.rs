//! Renewal, held against a vault in memory.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use jiff::Timestamp;
use rstest::rstest;

use super::{Vault, fresh, is_due, renewed};
use crate::environment::Environment;
use crate::error::Error;
use crate::lock::Lock;
use crate::oauth::{Granted, Tokens};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::{Fields, Store};

fn secret(text: &str) -> Secret {
    Secret::parse(text).expect("well-formed")
}

fn tokens(number: usize, left: i64) -> Tokens {
    let now = Timestamp::now().as_second();
    Tokens {
        access: secret(&format!("a{number}")),
        refresh: Some(secret(&format!("r{number}"))),
        expires_at: Timestamp::from_second(now + left).ok(),
    }
}

struct Memory {
    saved: RefCell<Tokens>,
    /// What another command saves while this one waits for its turn.
    meanwhile: RefCell<Option<Tokens>>,
    answer: fn(&Memory) -> Result<Granted, Error>,
    asked: Cell<usize>,
    home: tempfile::TempDir,
    session: Session,
}

impl Memory {
    fn new(saved: Tokens, answer: fn(&Memory) -> Result<Granted, Error>) -> Self {
        Self {
            saved: RefCell::new(saved),
            meanwhile: RefCell::default(),
            answer,
            asked: Cell::default(),
            home: tempfile::tempdir().expect("a directory"),
            session: Session::of(Environment::default()),
        }
    }
}

impl Vault for Memory {
    fn lock(&self) -> Result<Lock, Error> {
        if let Some(tokens) = self.meanwhile.take() {
            self.saved.replace(tokens);
        }
        let path = self.home.path().join("store.json");
        Store::json(path, &self.session.behaviour.storage).lock()
    }

    fn load(&self) -> Result<Option<Tokens>, Error> {
        Ok(Some(self.saved.borrow().clone()))
    }

    fn save(&self, granted: &Granted) -> Result<(), Error> {
        self.saved.replace(granted.tokens.clone());
        Ok(())
    }

    fn renew(&self, _refresh: &Secret) -> Result<Granted, Error> {
        self.asked.set(self.asked.get() + 1);
        (self.answer)(self)
    }
}

fn granted(tokens: Tokens) -> Granted {
    Granted { tokens, rest: Fields::new() }
}

fn refused(error: &str) -> Result<Granted, Error> {
    Err(Error::Grant {
        host: "as.test".into(),
        status: 400,
        error: error.into(),
        description: None,
    })
}

#[rstest]
#[case(59, true)]
#[case(-5, true)]
#[case(120, false)]
fn early_and_not_too_early(#[case] left: i64, #[case] due: bool) {
    let margin = Duration::from_mins(1);
    assert_eq!(is_due(&tokens(1, left), Timestamp::now(), margin), due);
    let mut lasting = tokens(1, left);
    lasting.expires_at = None;
    assert!(!is_due(&lasting, Timestamp::now(), margin));
    let mut last = tokens(1, left);
    last.refresh = None;
    assert!(!is_due(&last, Timestamp::now(), margin));
}

#[test]
fn what_is_renewed_is_saved_and_used() {
    let vault = Memory::new(tokens(1, 10), |_| Ok(granted(tokens(2, 3600))));
    let (found, renewed) = fresh(&vault.session, &vault).expect("renewed");
    assert!(renewed && found.access.expose() == "a2");
    assert_eq!(vault.saved.borrow().refresh, Some(secret("r2")));
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_old() {
    let vault = Memory::new(tokens(1, 10), |_| {
        let mut tokens = tokens(2, 3600);
        tokens.refresh = None;
        Ok(granted(tokens))
    });
    fresh(&vault.session, &vault).expect("renewed");
    assert_eq!(vault.saved.borrow().refresh, Some(secret("r1")));
}

#[test]
fn who_was_overtaken_uses_what_the_other_got() {
    let vault = Memory::new(tokens(1, 10), |_| Ok(granted(tokens(3, 3600))));
    vault.meanwhile.replace(Some(tokens(2, 3600)));
    let found = renewed(&vault.session, &vault, &tokens(1, 10)).expect("the other's");
    assert_eq!((found.access.expose(), vault.asked.get()), ("a2", 0));
}

#[test]
fn a_refusal_of_what_is_no_longer_saved_is_none() {
    let vault = Memory::new(tokens(1, 10), |vault| {
        // A program that does not wait for turns.
        vault.saved.replace(tokens(2, 3600));
        refused("invalid_grant")
    });
    let (found, _) = fresh(&vault.session, &vault).expect("the other's");
    assert_eq!(found.access.expose(), "a2");
}

#[rstest]
#[case::expired(-1)]
#[case::early(30)]
fn a_refusal_ends_the_session_and_deletes_nothing(#[case] left: i64) {
    let vault = Memory::new(tokens(1, left), |_| refused("invalid_grant"));
    let error = fresh(&vault.session, &vault).expect_err("over");
    assert!(matches!(error, Error::SessionEnded { .. }));
    assert_eq!(vault.saved.borrow().refresh, Some(secret("r1")));
}

#[rstest]
#[case::expired(-1, false)]
#[case::early(30, true)]
fn a_failure_that_passes_keeps_the_session(#[case] left: i64, #[case] usable: bool) {
    let vault = Memory::new(tokens(1, left), |_| {
        Err(Error::Server { host: "as.test".into(), status: 503 })
    });
    let found = fresh(&vault.session, &vault);
    assert_eq!(found.is_ok(), usable);
    assert_eq!(vault.saved.borrow().access, secret("a1"));
    assert_eq!(vault.asked.get(), 1);
}
