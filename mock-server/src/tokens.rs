//! OAuth tokens. Each is kept as its SHA-256 hash, and belongs to a family: what one sign-in gave,
//! and what came of it by refreshing. A family ends as one.

mod kept;
mod refreshing;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::kept::TouchedTokens;
use self::refreshing::Standing;
use crate::keyring::AccountId;
use crate::profile::RefreshTokensProfile;
use crate::reply::Reason;
use crate::script::RefreshOptions;
use crate::secret::{Hash, Secret, hash};

/// How many families are kept, and how many tokens of either kind of each; the oldest are
/// forgotten.
const FAMILIES_KEPT: usize = 10_000;
const TOKENS_KEPT: usize = 1_000;

/// What a sign-in allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) client: Arc<str>,
    pub(crate) account: AccountId,
    /// Words with spaces between.
    pub(crate) scope: Arc<str>,
}

impl Grant {
    /// Whether the scope has all these words.
    pub(crate) fn covers(&self, scope: &str) -> bool {
        covers(&self.scope, scope)
    }
}

/// Whether the scope `whole` has all words of `part`, RFC 6749 section 3.3.
pub(crate) fn covers(whole: &str, part: &str) -> bool {
    part.split_ascii_whitespace().all(|word| whole.split_ascii_whitespace().any(|one| one == word))
}

/// All tokens of the platform.
#[derive(Debug)]
pub(crate) struct Tokens {
    policy: Option<RefreshTokensProfile>,
    /// What a script has put over the policy.
    played: RefreshOptions,
    families: HashMap<u64, Family>,
    /// The families' numbers, oldest first.
    order: VecDeque<u64>,
    last_family: u64,
    access: HashMap<Hash, AccessToken>,
    refresh: HashMap<Hash, RefreshToken>,
    touched: TouchedTokens,
}

#[derive(Debug, Serialize, Deserialize)]
struct Family {
    grant: Grant,
    ended: bool,
    /// Its tokens, oldest first. A file has it only with each of them.
    #[serde(skip)]
    access: VecDeque<Hash>,
    #[serde(skip)]
    refresh: VecDeque<Hash>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AccessToken {
    family: u64,
    scope: Arc<str>,
    issued_at_ms: u64,
    expires_at_ms: u64,
    revoked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RefreshToken {
    family: u64,
    issued_at_ms: u64,
    expires_at_ms: Option<u64>,
    used_at_ms: Option<u64>,
}

/// A token that is good, as introspection tells it.
#[derive(Debug)]
pub(crate) struct Living {
    pub(crate) grant: Grant,
    pub(crate) issued_at_ms: u64,
    pub(crate) expires_at_ms: Option<u64>,
    pub(crate) is_refresh: bool,
}

impl Tokens {
    pub(crate) fn new(policy: Option<RefreshTokensProfile>) -> Self {
        Self {
            policy,
            played: RefreshOptions::default(),
            families: HashMap::new(),
            order: VecDeque::new(),
            last_family: 0,
            access: HashMap::new(),
            refresh: HashMap::new(),
            touched: TouchedTokens::default(),
        }
    }

    /// Puts other options over the profile's.
    pub(crate) fn play(&mut self, options: RefreshOptions) {
        self.played = RefreshOptions {
            rotation: options.rotation.or(self.played.rotation),
            grace_seconds: options.grace_seconds.or(self.played.grace_seconds),
        };
    }

    /// Takes all options as the profile has them.
    pub(crate) fn play_as_profiled(&mut self) {
        self.played = RefreshOptions::default();
    }

    /// Begins a family.
    pub(crate) fn begin(&mut self, grant: Grant) -> u64 {
        if self.order.len() >= FAMILIES_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(oldest);
        }
        self.last_family += 1;
        let family = Family {
            grant,
            ended: false,
            access: VecDeque::with_capacity(1),
            refresh: VecDeque::with_capacity(1),
        };
        self.families.insert(self.last_family, family);
        self.order.push_back(self.last_family);
        self.touched.families.note(self.last_family);
        self.last_family
    }

    /// Goes on with the numbers of families that are forgotten: a token that was decided for one
    /// of them is for none that begins later.
    pub(crate) fn number_after(&mut self, forgotten: &Self) {
        self.last_family = forgotten.last_family;
    }

    /// Takes the access token with this hash into a family, unless that was forgotten meanwhile.
    pub(crate) fn add_access(
        &mut self,
        family: u64,
        hash: Hash,
        scope: &Arc<str>,
        (now_ms, lifetime_ms): (u64, u64),
    ) {
        let Some(kept) = self.families.get_mut(&family) else {
            return;
        };
        let token = AccessToken {
            family,
            scope: Arc::clone(scope),
            issued_at_ms: now_ms,
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
            revoked: false,
        };
        self.access.insert(hash, token);
        self.touched.access.note(hash);
        if let Some(oldest) = pushed(&mut kept.access, hash) {
            self.access.remove(&oldest);
            self.touched.access.note(oldest);
        }
    }

    /// Makes a refresh token for a family, if the profile has such; `counted` instead of drawn,
    /// for a lapse.
    pub(crate) fn mint_refresh(
        &mut self,
        family: u64,
        now_ms: u64,
        counted: bool,
    ) -> Option<Secret> {
        let policy = self.policy.as_ref()?;
        let number = self.refresh.len();
        let secret = if counted {
            Secret::new(format!("refresh-token-number-{number:022}"))
        } else {
            policy.format.mint()
        };
        let lifetime_ms = policy.lifetime_seconds.map(|s| s.saturating_mul(1000));
        let hash = hash(secret.expose());
        let token = RefreshToken {
            family,
            issued_at_ms: now_ms,
            expires_at_ms: lifetime_ms.map(|ms| now_ms.saturating_add(ms)),
            used_at_ms: None,
        };
        self.refresh.insert(hash, token);
        self.touched.refresh.note(hash);
        let family = self.families.get_mut(&family);
        if let Some(oldest) = family.and_then(|family| pushed(&mut family.refresh, hash)) {
            self.refresh.remove(&oldest);
            self.touched.refresh.note(oldest);
        }
        Some(secret)
    }

    /// What the access token with this hash allows. None: there is none.
    pub(crate) fn use_access(&self, hash: &Hash, now_ms: u64) -> Option<Result<Grant, Reason>> {
        let token = self.access.get(hash)?;
        let family = self.families.get(&token.family)?;
        Some(if token.revoked || family.ended {
            Err(Reason::Revoked)
        } else if token.expires_at_ms <= now_ms {
            Err(Reason::Expired)
        } else {
            let scope = Arc::clone(&token.scope);
            Ok(Grant { scope, ..family.grant.clone() })
        })
    }

    /// The family of a token of either kind, and the client it is for.
    pub(crate) fn family_of(&self, token: &str) -> Option<(u64, Arc<str>)> {
        let hash = hash(token);
        let number = match (self.access.get(&hash), self.refresh.get(&hash)) {
            (Some(access), _) => access.family,
            (None, Some(refresh)) => refresh.family,
            (None, None) => return None,
        };
        let family = self.families.get(&number)?;
        Some((number, Arc::clone(&family.grant.client)))
    }

    /// Ends a token, RFC 7009 section 2.1: a refresh token takes its family with it.
    pub(crate) fn revoke(&mut self, token: &str) {
        let hash = hash(token);
        if let Some(access) = self.access.get_mut(&hash) {
            access.revoked = true;
            self.touched.access.note(hash);
        } else if let Some(refresh) = self.refresh.get(&hash) {
            self.end(refresh.family);
        }
    }

    /// Says when a refresh token was used, for a lapse.
    pub(crate) fn note_use(&mut self, token: &str, at_ms: Option<u64>) {
        if let Some(refresh) = self.refresh.get_mut(&hash(token)) {
            refresh.used_at_ms = at_ms;
        }
    }

    /// Whether the family of a refresh token has ended, for a lapse.
    pub(crate) fn has_ended(&self, token: &str) -> bool {
        let family = self.refresh.get(&hash(token)).and_then(|one| self.families.get(&one.family));
        family.is_some_and(|family| family.ended)
    }

    /// Takes back the end of a token's family, for a lapse.
    pub(crate) fn revive(&mut self, token: &str) {
        let refresh = self.refresh.get(&hash(token));
        let family = refresh.and_then(|refresh| self.families.get_mut(&refresh.family));
        if let Some(family) = family {
            family.ended = false;
        }
    }

    /// Ends the refresh tokens of a token's family and not its access tokens, for a lapse.
    pub(crate) fn end_refresh_only(&mut self, token: &str) {
        self.refresh.remove(&hash(token));
    }

    /// What a refresh token would allow if it were an access token, for a lapse.
    pub(crate) fn grant_of_refresh(&self, hash: &Hash) -> Option<Grant> {
        let family = self.families.get(&self.refresh.get(hash)?.family)?;
        Some(family.grant.clone())
    }

    /// Ends a family.
    pub(crate) fn end(&mut self, family: u64) {
        if let Some(ended) = self.families.get_mut(&family) {
            ended.ended = true;
            self.touched.families.note(family);
        }
    }

    /// A token of either kind, if it is good: a refresh token that was used is so as long as the
    /// token endpoint would take it.
    pub(crate) fn living(&self, token: &str, now_ms: u64) -> Option<Living> {
        let hash = hash(token);
        if let Some(access) = self.access.get(&hash) {
            return Some(Living {
                grant: self.use_access(&hash, now_ms)?.ok()?,
                issued_at_ms: access.issued_at_ms,
                expires_at_ms: Some(access.expires_at_ms),
                is_refresh: false,
            });
        }
        let refresh = self.refresh.get(&hash)?;
        let family = self.families.get(&refresh.family)?;
        let standing = refresh.standing(family, self.grace_ms(), now_ms);
        (standing == Standing::Good).then(|| Living {
            grant: family.grant.clone(),
            issued_at_ms: refresh.issued_at_ms,
            expires_at_ms: refresh.expires_at_ms,
            is_refresh: true,
        })
    }

    /// How many families there are that have not ended.
    pub(crate) fn living_families(&self) -> usize {
        self.families.values().filter(|one| !one.ended).count()
    }

    fn forget(&mut self, family: u64) {
        self.touched.families.note(family);
        let Some(family) = self.families.remove(&family) else {
            return;
        };
        for hash in family.access {
            self.access.remove(&hash);
            self.touched.access.note(hash);
        }
        for hash in family.refresh {
            self.refresh.remove(&hash);
            self.touched.refresh.note(hash);
        }
    }
}

/// Takes one more in, and returns the oldest if that is one too many.
fn pushed(kept: &mut VecDeque<Hash>, hash: Hash) -> Option<Hash> {
    kept.push_back(hash);
    (kept.len() > TOKENS_KEPT).then(|| kept.pop_front()).flatten()
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
