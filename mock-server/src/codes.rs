//! Codes that are handed to a tool through the browser, to be exchanged once.

use std::collections::HashMap;

use crate::secret::{Hash, Secret, hash, random_alphanumeric};

/// Codes, each good once; `T` is what a code stands for.
#[derive(Debug)]
pub(crate) struct Codes<T> {
    by_hash: HashMap<Hash, Code<T>>,
}

/// A code that was handed out.
#[derive(Debug)]
pub(crate) struct Code<T> {
    pub(crate) stands_for: T,
    /// The token family that it gave, once it was exchanged.
    pub(crate) given: Option<u64>,
    used: bool,
    expires_at_ms: u64,
}

/// Why a code is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCode {
    Unknown,
    Expired,
    /// Used before, for this token family.
    Used(Option<u64>),
}

impl<T> Default for Codes<T> {
    fn default() -> Self {
        Self { by_hash: HashMap::new() }
    }
}

impl<T> Codes<T> {
    /// Makes a code. Those that have expired are forgotten here, so that they do not pile up.
    pub(crate) fn mint(&mut self, stands_for: T, now_ms: u64, lifetime_ms: u64) -> Secret {
        self.by_hash.retain(|_, code| code.expires_at_ms > now_ms);
        let secret = Secret::new(random_alphanumeric(43));
        let code = Code {
            stands_for,
            given: None,
            used: false,
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
        };
        self.by_hash.insert(hash(secret.expose()), code);
        secret
    }

    /// The code, as long as it is good.
    pub(crate) fn find(&mut self, code: &str, now_ms: u64) -> Result<&mut Code<T>, NoCode> {
        let code = self.by_hash.get_mut(&hash(code)).ok_or(NoCode::Unknown)?;
        if code.used {
            Err(NoCode::Used(code.given))
        } else if code.expires_at_ms <= now_ms {
            Err(NoCode::Expired)
        } else {
            Ok(code)
        }
    }
}

impl<T> Code<T> {
    /// The code is good no longer; `given` is the token family that it gave.
    pub(crate) fn spend(&mut self, given: Option<u64>) {
        self.used = true;
        self.given = given;
    }
}

impl NoCode {
    /// A phrase for the journal and for error descriptions.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Unknown => "the code is unknown",
            Self::Expired => "the code has expired",
            Self::Used(_) => "the code was used before",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_for_its_time() {
        let mut codes = Codes::default();
        let one = codes.mint("one", 0, 10);
        let two = codes.mint("two", 0, 10);

        let found = codes.find(one.expose(), 9).expect("in time");
        assert_eq!(found.stands_for, "one");
        found.spend(Some(7));

        assert_eq!(codes.find(one.expose(), 9).err(), Some(NoCode::Used(Some(7))));
        assert_eq!(codes.find(two.expose(), 10).err(), Some(NoCode::Expired));
        assert_eq!(codes.find("guessed", 0).err(), Some(NoCode::Unknown));
        codes.mint("three", 10, 10);
        assert_eq!(codes.by_hash.len(), 1);
    }
}
