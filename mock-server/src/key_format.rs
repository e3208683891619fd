//! What keys look like: `anim_{8}_{24}` is `anim_`, eight random letters and digits, and so on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Secret, push_alphanumeric};
use crate::template::{self, Part};

/// The most random characters that one `{n}` may ask for.
const LONGEST_RUN: usize = 256;

/// The shape of a key: text as it stands, and `{n}` for `n` random letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct KeyFormat {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Random(usize),
}

impl KeyFormat {
    /// A new key from the thread's cryptographic generator.
    pub fn mint(&self) -> Secret {
        let mut key = String::with_capacity(self.length());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => key.push_str(text),
                Piece::Random(length) => push_alphanumeric(&mut key, *length),
            }
        }
        Secret::new(key)
    }

    /// Whether `text` could have been minted in this format.
    pub fn matches(&self, text: &str) -> bool {
        let mut rest = text;
        for piece in &self.pieces {
            let beyond = match piece {
                Piece::Literal(literal) => rest.strip_prefix(literal.as_str()),
                Piece::Random(length) => {
                    rest.split_at_checked(*length).and_then(|(run, beyond)| {
                        run.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(beyond)
                    })
                }
            };
            match beyond {
                Some(beyond) => rest = beyond,
                None => return false,
            }
        }
        rest.is_empty()
    }

    /// How many bytes every key of this format has.
    pub fn length(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.len(),
                Piece::Random(length) => *length,
            })
            .sum()
    }

    /// How many characters are random.
    pub(crate) fn random_characters(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(_) => 0,
                Piece::Random(length) => *length,
            })
            .sum()
    }

    /// Whether each key of the format `longer` begins with a key of this one.
    pub(crate) fn begins(&self, longer: &KeyFormat) -> bool {
        let Some((last, whole)) = self.pieces.split_last() else {
            return true;
        };
        let next = longer.pieces.get(whole.len());
        longer.pieces.starts_with(whole)
            && match (last, next) {
                (Piece::Literal(short), Some(Piece::Literal(long))) => long.starts_with(short),
                (Piece::Random(short), Some(Piece::Random(long))) => short <= long,
                (last, next) => next == Some(last),
            }
    }
}

impl TryFrom<String> for KeyFormat {
    type Error = KeyFormatError;

    fn try_from(text: String) -> Result<Self, KeyFormatError> {
        let mut pieces = Vec::new();
        for part in template::parse(&text).map_err(KeyFormatError)? {
            pieces.push(match part {
                Part::Literal(literal) if literal.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    Piece::Literal(literal)
                }
                Part::Literal(_) => {
                    return Err(KeyFormatError(format!(
                        "`{text}` holds a character that no header may carry"
                    )));
                }
                Part::Name(count) => match count.parse() {
                    Ok(length @ 1..=LONGEST_RUN) => Piece::Random(length),
                    _ => {
                        return Err(KeyFormatError(format!(
                            "`{{{count}}}` in `{text}` is not a number from 1 to {LONGEST_RUN}"
                        )));
                    }
                },
            });
        }
        Ok(Self { text, pieces })
    }
}

impl From<KeyFormat> for String {
    fn from(format: KeyFormat) -> String {
        format.text
    }
}

impl fmt::Display for KeyFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A text that is no key format; the message says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyFormatError(String);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn format(text: &str) -> KeyFormat {
        KeyFormat::try_from(text.to_owned()).expect("a format")
    }

    #[rstest]
    #[case::of_the_format("anim_AbCd1234_abcdefghijklmnopqrstuvwx", true)]
    #[case::too_short("anim_AbCd1234_abcdefghijklmnopqrstuvw", false)]
    #[case::too_long("anim_AbCd1234_abcdefghijklmnopqrstuvwxy", false)]
    #[case::other_vendor("cute_AbCd1234_abcdefghijklmnopqrstuvwx", false)]
    #[case::not_alphanumeric("anim_AbCd123-_abcdefghijklmnopqrstuvwx", false)]
    #[case::cut_in_a_character("anim_AbCd123é_abcdefghijklmnopqrstuvwx", false)]
    fn keys_are_recognized(#[case] key: &str, #[case] expected: bool) {
        assert_eq!(format("anim_{8}_{24}").matches(key), expected);
    }

    #[rstest]
    #[case::zero("key_{0}")]
    #[case::huge("key_{999999999}")]
    #[case::a_word("key_{many}")]
    #[case::open("key_{8")]
    #[case::white_space("key {8}")]
    #[case::line_end("key\n{8}")]
    fn a_wrong_format_is_refused(#[case] text: &str) {
        assert!(KeyFormat::try_from(text.to_owned()).is_err());
    }

    #[rstest]
    #[case("anim_{8}", true)]
    #[case("anim_", true)]
    #[case("an", true)]
    #[case("", true)]
    #[case("anim_{7}", true)]
    #[case("anim_{9}", false)]
    #[case("other_", false)]
    #[case("anim_{8}_{24}_{8}", false)]
    fn a_prefix_begins_the_format(#[case] prefix: &str, #[case] expected: bool) {
        assert_eq!(format(prefix).begins(&format("anim_{8}_{24}")), expected);
    }

    proptest! {
        #[test]
        fn every_minted_key_matches_its_format(
            literal in "[a-z_]{0,8}", first in 1_usize..40, second in 1_usize..40
        ) {
            let whole = format(&format!("{literal}{{{first}}}_{{{second}}}"));
            let prefix = format(&format!("{literal}{{{first}}}"));
            let key = whole.mint();

            prop_assert!(whole.matches(key.expose()));
            prop_assert_eq!(key.expose().len(), whole.length());
            prop_assert!(prefix.begins(&whole));
            prop_assert!(prefix.matches(&key.expose()[..prefix.length()]));
            prop_assert_ne!(whole.mint(), key);
        }
    }
}
