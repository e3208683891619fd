//! Random numbers that nobody can guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;
use crate::secret::Secret;

/// 256 bits from the system, as 43 characters that need no escape anywhere.
pub(crate) fn unguessable() -> Result<Secret, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoChance)?;
    Secret::exactly(&URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| Error::NoChance)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::unguessable;

    #[test]
    fn never_the_same_and_always_unreserved() {
        let all: HashSet<String> =
            (0..200).map(|_| unguessable().expect("random").expose().to_owned()).collect();
        assert_eq!(all.len(), 200);
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(all.iter().all(|text| text.len() == 43 && text.bytes().all(unreserved)));
    }
}
