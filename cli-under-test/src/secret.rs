//! A secret is a type, so that it cannot be printed by accident.

use std::fmt;

/// A credential, fit to stand in a header.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

/// Why a text is no credential. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// Nothing, or nothing but white space.
    #[error("is empty")]
    Empty,
    /// A control character, an inner space, or anything beyond ASCII.
    #[error("holds a character that no header may carry")]
    Character,
}

impl Secret {
    /// A credential as people paste it: white space around it, line ends included, is dropped.
    ///
    /// Its form is the server's business; only what no header may carry is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        Self::exactly(text.trim())
    }

    /// A credential as a machine hands it over: nothing is dropped.
    pub(crate) fn exactly(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Malformed::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for the header or the store that it is meant for.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whatever it is, right or wrong.
    #[cfg(feature = "mutants")]
    pub(crate) fn unchecked(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{Malformed, Secret};

    #[rstest]
    #[case::empty("", Malformed::Empty)]
    #[case::blank(" \t\r\n", Malformed::Empty)]
    #[case::inner_space("anim key", Malformed::Character)]
    #[case::inner_line_end("anim\nkey", Malformed::Character)]
    #[case::zero_width_space("anim\u{200b}key", Malformed::Character)]
    #[case::null("anim\0key", Malformed::Character)]
    #[case::delete("anim\u{7f}key", Malformed::Character)]
    #[case::replacement("anim\u{fffd}", Malformed::Character)]
    fn refuses(#[case] text: &str, #[case] why: Malformed) {
        assert_eq!(Secret::parse(text), Err(why));
    }

    #[test]
    fn debug_output_shows_nothing() {
        let secret = Secret::parse("anim_sesame").expect("well-formed");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "**** Some(****)");
    }

    proptest! {
        #[test]
        fn white_space_around_a_credential_is_dropped(
            before in "[ \t\r\n]{0,4}", credential in "[!-~]{1,4096}", after in "[ \t\r\n]{0,4}",
        ) {
            let parsed = Secret::parse(&format!("{before}{credential}{after}")).expect("well-formed");
            prop_assert_eq!(parsed.expose(), credential);
        }

        #[test]
        fn whatever_is_taken_fits_a_header(text in any::<String>()) {
            if let Ok(secret) = Secret::parse(&text) {
                prop_assert!(!secret.expose().is_empty());
                prop_assert!(secret.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(text.contains(secret.expose()));
            }
        }

        #[test]
        fn a_refusal_quotes_nothing(text in "[a-z]{6,20}\u{e9}[a-z]{6,20}") {
            let refusal = Secret::parse(&text).expect_err("not ASCII").to_string();
            prop_assert!(!refusal.contains(&text[..6]));
        }
    }
}
