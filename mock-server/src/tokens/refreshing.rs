//! What a refresh token is good for, and for how long after its use.

use super::{Family, Grant, RefreshToken, Tokens};
use crate::profile::Rotation;
use crate::secret::hash;

/// What the token endpoint would say to a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Its family has ended.
    Revoked,
    Expired,
    /// It was rotated away, and its grace is over.
    Reused,
}

/// What a good refresh token allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refreshed {
    pub(crate) family: u64,
    pub(crate) grant: Grant,
    /// Whether a new refresh token takes the old one's place.
    pub(crate) rotates: bool,
}

impl Tokens {
    /// Uses a refresh token on behalf of a client. Reuse of one that was rotated ends its family,
    /// RFC 9700 section 4.14.2, unless the grace is not over.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client: &str,
        now_ms: u64,
    ) -> Result<Refreshed, &'static str> {
        self.policy.as_ref().ok_or("there are no refresh tokens")?;
        let grace_ms = self.grace_ms();
        let unknown = "the refresh token is unknown";
        let hash = hash(token);
        let token = self.refresh.get_mut(&hash).ok_or(unknown)?;
        let family = self.families.get_mut(&token.family).ok_or(unknown)?;
        if *family.grant.client != *client {
            return Err("the refresh token is another client's");
        }
        match token.standing(family, grace_ms, now_ms) {
            Standing::Good => {}
            Standing::Revoked => return Err("the refresh token was revoked"),
            Standing::Expired => return Err("the refresh token has expired"),
            Standing::Reused => {
                family.ended = true;
                self.touched.families.note(token.family);
                return Err("the refresh token was used before; its family is revoked");
            }
        }
        let rotates = grace_ms.is_some();
        if rotates {
            token.used_at_ms.get_or_insert(now_ms);
            self.touched.refresh.note(hash);
        }
        Ok(Refreshed { family: token.family, grant: family.grant.clone(), rotates })
    }

    /// For how many milliseconds a refresh token is good after it was used; none where it is not
    /// rotated, and stays good.
    pub(super) fn grace_ms(&self) -> Option<u64> {
        let policy = self.policy.as_ref()?;
        let rotates = self.played.rotation.unwrap_or(policy.rotation) == Rotation::Strict;
        let grace = self.played.grace_seconds.unwrap_or(policy.grace_seconds);
        rotates.then_some(grace.saturating_mul(1000))
    }
}

impl RefreshToken {
    /// Whether it is good for its family's client, where a used one is for `grace_ms`, or for ever
    /// where there is no rotation.
    pub(super) fn standing(&self, family: &Family, grace_ms: Option<u64>, now_ms: u64) -> Standing {
        let is_over = |(used_ms, grace_ms): (u64, u64)| now_ms >= used_ms.saturating_add(grace_ms);
        if family.ended {
            Standing::Revoked
        } else if self.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            Standing::Expired
        } else if self.used_at_ms.zip(grace_ms).is_some_and(is_over) {
            Standing::Reused
        } else {
            Standing::Good
        }
    }
}
