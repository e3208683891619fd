//! What every endpoint works on: the clock, the way tokens are issued, and the state behind its
//! lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use crate::authorization::credential;
use crate::clock::Clock;
use crate::error::StartError;
use crate::issuing::Issuing;
use crate::keyring::{AccountId, KeyEntry};
use crate::lapse::Lapse;
use crate::parameters::Parameters;
use crate::profile::{CredentialKind, PlatformProfile};
use crate::reply::{Reason, Refusal};
use crate::secret::{Hash, hash};
use crate::state::{SIGNED_IN, State};
use crate::state_file::{Kept, StateFile, StateFileError};
use crate::tokens::Grant;

/// What every endpoint works on.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) issuing: Issuing,
    keys_are_taken: bool,
    tokens_are_taken: bool,
    profile: PlatformProfile,
    state: Mutex<State>,
    file: Option<StateFile>,
}

/// Who asks, and with what.
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    /// The key, if it was one.
    pub(crate) key: Option<KeyEntry>,
    /// What the access token allows, if it was one.
    pub(crate) grant: Option<Grant>,
}

impl Caller {
    /// A key has every scope, and an access token those that it was given.
    pub(crate) fn require_scope(&self, scope: Option<&str>) -> Result<(), Refusal> {
        match (&self.grant, scope) {
            (Some(grant), Some(scope)) if !grant.covers(scope) => {
                Err(Refusal::Forbidden("the token lacks a scope"))
            }
            _ => Ok(()),
        }
    }
}

impl World {
    pub(crate) fn new(
        profile: &PlatformProfile,
        issuing: Issuing,
        kept: Option<Kept>,
    ) -> Result<Self, StartError> {
        let mut state = State::new(profile)?;
        if let Some(Kept { file, rows, .. }) = &kept {
            if let Some(rows) = rows {
                state.restore(rows).ok_or_else(|| file.wrong("does not fit itself"))?;
                // Only now: a file that is refused stays as it was.
                file.take_over()?;
            }
            state.watch(rows.is_none());
        }
        Ok(Self {
            clock: Clock::new(),
            issuing,
            keys_are_taken: profile.bearer.contains(&CredentialKind::Key),
            tokens_are_taken: profile.bearer.contains(&CredentialKind::Token),
            profile: profile.clone(),
            state: Mutex::new(state),
            file: kept.map(|kept| kept.file),
        })
    }

    /// Whose credential this is, noting that it was used; and the state, still locked, so that
    /// what is decided for the caller is decided in one piece.
    pub(crate) fn caller(
        &self,
        credential: &str,
        now_ms: u64,
    ) -> Result<(Caller, MutexGuard<'_, State>), Refusal> {
        let mut hash = hash(credential);
        let mut state = self.state();
        state.settle(now_ms);
        if state.lapses.has(Lapse::KeyByPrefix) {
            hash = state.keyring.by_prefix(credential).unwrap_or(hash);
        }
        if state.lapses.has(Lapse::TellsOfPrefixes)
            && state.keyring.by_prefix(credential).is_some_and(|found| found != hash)
        {
            let why = "the prefix is known, and the rest is wrong";
            return Err(Refusal::Unauthenticated(Reason::Revoked, why));
        }
        if state.lapses.has(Lapse::RevokedKeyGood) {
            state.keyring.revive(&hash);
        }
        let ages = !state.lapses.has(Lapse::NeverExpires);
        if self.keys_are_taken
            && let Some(used) = state.keyring.use_key(&hash, if ages { now_ms } else { 0 })
        {
            let (account, key) = used.map_err(|reason| {
                Refusal::Unauthenticated(
                    reason,
                    match reason {
                        Reason::Revoked => "the key was revoked",
                        _ => "the key has expired",
                    },
                )
            })?;
            let key = Some(key.clone());
            let grant = None;
            return Ok((Caller { account, key, grant }, state));
        }
        let grant = self.grant(&state, &hash, if ages { now_ms } else { 0 })?;
        let caller = Caller { account: grant.account, key: None, grant: Some(grant) };
        Ok((caller, state))
    }

    fn grant(&self, state: &State, hash: &Hash, now_ms: u64) -> Result<Grant, Refusal> {
        let used = state.tokens.use_access(hash, now_ms);
        match used.filter(|_| self.tokens_are_taken) {
            Some(Ok(_)) if !state.personal_tokens => {
                Err(Refusal::Forbidden("the organization has personal tokens disabled"))
            }
            Some(Ok(grant)) => Ok(grant),
            Some(Err(reason)) => Err(Refusal::Unauthenticated(
                reason,
                match reason {
                    Reason::Revoked => "the token was revoked",
                    _ => "the token has expired",
                },
            )),
            None if state.lapses.has(Lapse::RefreshAsAccess)
                && state.tokens.grant_of_refresh(hash).is_some() =>
            {
                state.tokens.grant_of_refresh(hash).ok_or_else(|| Refusal::missing("gone"))
            }
            None => {
                let why = match (self.keys_are_taken, self.tokens_are_taken) {
                    (true, false) => "the key is unknown",
                    (false, true) => "the token is unknown",
                    _ => "the credential is unknown",
                };
                Err(Refusal::Unauthenticated(Reason::Unknown, why))
            }
        }
    }

    /// Ends the family of the token that a request presents: in its `Authorization` header, or as
    /// `refresh_token` or `token` in a form.
    pub(crate) fn revoke_presented(&self, head: &Parts, body: &Bytes) {
        let form = Parameters::parse(body);
        let of_form = |name| form.optional(name).ok().flatten();
        let bearer = credential(&head.headers, "Bearer").ok();
        let presented = of_form("refresh_token").or(of_form("token")).or(bearer);
        let tokens = &mut self.state().tokens;
        if let Some((family, _)) = presented.and_then(|token| tokens.family_of(token)) {
            tokens.end(family);
        }
    }

    /// A new account: as the profile has them, with these members over it.
    pub(crate) fn add_account(&self, members: Map<String, Value>) -> AccountId {
        // The profile was found good when the platform started.
        let mut new = crate::state::account(&self.profile.account).unwrap_or_default();
        new.extend(members);
        self.state().push_account(new)
    }

    /// Decides a code that a tool shows, of whichever flow; false if none such is open.
    pub(crate) fn decide_code(&self, user_code: &str, approve: bool) -> bool {
        let now_ms = self.clock.now_ms();
        let by = approve.then_some(SIGNED_IN);
        let mut state = self.state();
        let State { devices, headless, .. } = &mut *state;
        [devices, headless].into_iter().any(|approvals| {
            let found = approvals.of_known_code(user_code, now_ms);
            found.map(|one| one.decide(by)).is_some()
        })
    }

    /// The codes that wait for a decision.
    pub(crate) fn open_codes(&self) -> Vec<String> {
        let now_ms = self.clock.now_ms();
        let state = self.state();
        let open = state.devices.open(now_ms).chain(state.headless.open(now_ms));
        open.map(|one| one.user_code.clone()).collect()
    }

    /// Whether there is a file to be written.
    pub(crate) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Writes what has changed to the file, if there is one. What could not be written is written
    /// the next time, with all the rest.
    pub(crate) fn save(&self) -> Result<(), StateFileError> {
        let Some(file) = &self.file else { return Ok(()) };
        let changes = || self.state().changes();
        file.write_next(changes).inspect_err(|_| self.state().watch(true))
    }

    /// Lets go of the file.
    pub(crate) fn close(&self) {
        if let Some(file) = &self.file {
            file.close();
        }
    }

    /// The state, for as long as the guard lives.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything; accounts and client secrets are new ones.
    pub(crate) fn reset(&self) {
        // The profile was found good when the platform started.
        if let Ok(mut state) = State::new(&self.profile) {
            let mut old = self.state();
            state.tokens.number_after(&old.tokens);
            if self.file.is_some() {
                state.watch(true);
            }
            *old = state;
        }
        self.clock.set(std::time::SystemTime::now());
    }
}
