//! Which credential: the sources are asked in order, and the first that has one wins.

use crate::error::Error;
use crate::secret::{Malformed, Secret};
use crate::session::Session;

/// A secret and where it came from. The two never part, so that a message can name the source.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// The secret.
    pub(crate) secret: Secret,
    /// Its source.
    pub(crate) origin: Origin,
}

/// Where a credential came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// New in this very command: typed, or handed over by the browser.
    Given,
    /// A variable of the environment.
    Variable(&'static str),
    /// The credential file.
    Stored,
    /// An option of the command line.
    Flag(&'static str),
    /// A session that renews itself.
    Session,
}

impl Origin {
    /// What to call a credential that came from here.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Given => "the given key".to_owned(),
            Self::Variable(name) => format!("the key in {name}"),
            Self::Stored => "the saved key".to_owned(),
            Self::Flag(name) => format!("the key of {name}"),
            Self::Session => "the saved session".to_owned(),
        }
    }
}

/// One place where a credential may be found. A source that is unset has none; a source that is
/// broken is an error, and the next is not asked: silently using another account is worse.
pub(crate) type Source = fn(&Session) -> Result<Option<Credential>, Error>;

/// The credential of the first source that has one.
pub(crate) fn resolve(session: &Session, sources: &[Source]) -> Result<Option<Credential>, Error> {
    let found = first_of(sources.iter().map(|source| source(session)))?;
    if let Some(credential) = &found {
        (session.behaviour.credential.resolved)(session, credential);
    }
    Ok(found)
}

/// What the first source has that has anything; one that is broken ends the search.
pub(crate) fn first_of<T, E>(
    sources: impl IntoIterator<Item = Result<Option<T>, E>>,
) -> Result<Option<T>, E> {
    sources.into_iter().find_map(Result::transpose).transpose()
}

/// The credential in a variable, if it is set.
pub(crate) fn from_variable(
    session: &Session,
    name: &'static str,
) -> Result<Option<Credential>, Error> {
    if session.environment.get(name).is_none() {
        return Ok(None);
    }
    let text = session.environment.raw(name).unwrap_or_default();
    from_text(session, &text, Origin::Variable(name)).map(Some)
}

/// The credential that `text` is, if it is well-formed.
pub(crate) fn from_text(
    session: &Session,
    text: &str,
    origin: Origin,
) -> Result<Credential, Error> {
    let secret = (session.behaviour.credential.parse)(text, origin)?;
    Ok(Credential { secret, origin })
}

/// Trims and checks; a refusal says what was wrong, and with what, but never quotes it.
pub(crate) fn parse(text: &str, origin: Origin) -> Result<Secret, Error> {
    Secret::parse(text).map_err(|why| malformed(origin, why))
}

/// The error for a text that is no credential.
pub(crate) fn malformed(origin: Origin, why: Malformed) -> Error {
    Error::MalformedCredential { what: origin.describe(), why }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{Origin, first_of, from_variable};
    use crate::environment::Environment;
    use crate::error::Error;
    use crate::session::Session;

    #[rstest]
    #[case::empty("")]
    #[case::blank(" \t")]
    #[case::line_end("\n")]
    fn a_blank_variable_is_unset(#[case] value: &str) {
        let session = Session::of(Environment::from([("KEY", value)]));
        assert!(from_variable(&session, "KEY").expect("no error").is_none());
    }

    #[test]
    fn a_variable_is_trimmed_and_names_itself() {
        let session = Session::of(Environment::from([("KEY", " anim_1\r\n")]));
        let found = from_variable(&session, "KEY").expect("well-formed").expect("set");
        assert_eq!(found.secret.expose(), "anim_1");
        assert_eq!(found.origin, Origin::Variable("KEY"));
    }

    #[test]
    fn a_bad_variable_is_refused_unprinted() {
        let session = Session::of(Environment::from([("KEY", "sesame\u{e9}")]));
        let refusal = from_variable(&session, "KEY").expect_err("not ASCII");
        assert!(matches!(refusal, Error::MalformedCredential { .. }));
        assert!(!format!("{refusal} {refusal:?}").contains("sesame"));
        assert!(refusal.to_string().contains("KEY"));
    }

    proptest! {
        /// The model: walk along; stop at the first that is not "none".
        #[test]
        fn the_first_source_that_has_one_wins(
            sources in proptest::collection::vec(
                prop_oneof![Just(Ok(None)), any::<u8>().prop_map(|n| Ok(Some(n))), any::<u8>().prop_map(Err)], 0..6),
        ) {
            let mut expected: Result<Option<u8>, u8> = Ok(None);
            for source in &sources {
                if expected == Ok(None) {
                    expected = *source;
                }
            }
            prop_assert_eq!(first_of(sources), expected);
        }
    }
}
