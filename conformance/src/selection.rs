//! Which checks are run: globs over ids, and a level.

use globset::{Glob, GlobSet, GlobSetBuilder};
use thiserror::Error;

use crate::check::{Check, Level};
use crate::checks::CHECKS;
use crate::profile::nearest_of;
use crate::server_check::ServerCheck;
use crate::server_checks::SERVER_CHECKS;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Globs over ids: only what one of them matches. Empty: everything.
    pub only: Vec<String>,
    /// Globs over ids: nothing that one of them matches.
    pub skip: Vec<String>,
    /// [`Level::Must`]: no others. `None`: all.
    pub level: Option<Level>,
}

/// Why no checks could be selected.
#[derive(Debug, Error)]
pub enum SelectionError {
    /// It is no glob.
    #[error("`{pattern}` is not a pattern: {source}")]
    Malformed {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// It matches nothing, which is more likely a slip than a wish.
    #[error(
        "{flag} `{pattern}` matches no check; did you mean `{nearest}`? `authspec list` shows them all"
    )]
    MatchesNothing {
        /// The flag that it was given with.
        flag: &'static str,
        /// What was given.
        pattern: String,
        /// The check that is spelled most like it.
        nearest: &'static str,
    },
    /// Nothing is left.
    #[error("no check is left to run: --check, --skip and --level exclude them all")]
    Empty,
}

impl Selection {
    /// The checks that were asked for, in the order of the catalogue.
    ///
    /// # Errors
    /// [`SelectionError`] when a pattern is no glob or matches nothing, or nothing is left.
    pub fn select(&self) -> Result<Vec<&'static Check>, SelectionError> {
        self.select_of(&CHECKS)
    }

    /// The server checks that were asked for, in the order of the catalogue.
    ///
    /// # Errors
    /// As [`Selection::select`].
    pub fn select_server(&self) -> Result<Vec<&'static ServerCheck>, SelectionError> {
        self.select_of(&SERVER_CHECKS)
    }

    fn select_of<T: Listed>(&self, all: &[&'static T]) -> Result<Vec<&'static T>, SelectionError> {
        let ids: Vec<_> = all.iter().map(|check| check.id()).collect();
        let only = globs("--check", &self.only, &ids)?;
        let skip = globs("--skip", &self.skip, &ids)?;
        let wanted = |check: &&&'static T| {
            (self.only.is_empty() || only.is_match(check.id()))
                && !skip.is_match(check.id())
                && self.level.is_none_or(|level| check.level() <= level)
        };
        let selected: Vec<&'static T> = all.iter().filter(wanted).copied().collect();
        if selected.is_empty() { Err(SelectionError::Empty) } else { Ok(selected) }
    }
}

/// A check of either side, as far as it can be selected.
trait Listed {
    fn id(&self) -> &'static str;
    fn level(&self) -> Level;
}

impl Listed for Check {
    fn id(&self) -> &'static str {
        self.id
    }

    fn level(&self) -> Level {
        self.level
    }
}

impl Listed for ServerCheck {
    fn id(&self) -> &'static str {
        self.id
    }

    fn level(&self) -> Level {
        self.level
    }
}

/// Whether a check of either side is called so.
pub(crate) fn exists(id: &str) -> bool {
    CHECKS.iter().any(|check| check.id == id) || SERVER_CHECKS.iter().any(|check| check.id == id)
}

fn globs(
    flag: &'static str,
    patterns: &[String],
    ids: &[&'static str],
) -> Result<GlobSet, SelectionError> {
    let malformed =
        |pattern: &str, source| SelectionError::Malformed { pattern: pattern.to_owned(), source };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|source| malformed(pattern, source))?;
        let matcher = glob.compile_matcher();
        if !ids.iter().any(|id| matcher.is_match(id)) {
            let nearest = nearest_of(ids.iter().copied(), pattern);
            return Err(SelectionError::MatchesNothing { flag, pattern: pattern.clone(), nearest });
        }
        set.add(glob);
    }
    set.build().map_err(|source| malformed(&patterns.join(" "), source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>, SelectionError> {
        let owned =
            |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let selection = Selection { only: owned(only), skip: owned(skip), level: None };
        Ok(selection.select()?.iter().map(|check| check.id).collect())
    }

    #[test]
    fn everything_is_the_default() {
        assert_eq!(select(&[], &[]).expect("valid").len(), CHECKS.len());
    }

    #[test]
    fn a_glob_selects_and_another_leaves_out() {
        assert_eq!(select(&["storage-mode"], &[]).expect("valid"), ["storage-mode"]);
        let some = select(&["logout-*"], &["*-twice"]).expect("valid");
        assert!(some.contains(&"logout-clears") && !some.contains(&"logout-twice"));
    }

    #[test]
    fn must_leaves_out_should() {
        let selection = Selection { level: Some(Level::Must), ..Selection::default() };
        let selected = selection.select().expect("valid");
        assert!(selected.iter().all(|check| check.level == Level::Must));
        assert!(selected.len() < CHECKS.len());
    }

    #[rstest::rstest]
    #[case::no_match(&["storage-mood"], &[], "storage-mode")]
    #[case::no_match_among_others(&["storage-*", "storag-x"], &[], "--check `storag-x`")]
    #[case::skip_without_match(&[], &["nothing*"], "--skip `nothing*`")]
    #[case::all_left_out(&["storage-mode"], &["storage-*"], "no check is left")]
    #[case::malformed(&["[a"], &[], "not a pattern")]
    fn what_selects_nothing_is_an_error(
        #[case] only: &[&str],
        #[case] skip: &[&str],
        #[case] says: &str,
    ) {
        let error = select(only, skip).expect_err("nothing is selected").to_string();
        assert!(error.contains(says), "{error}");
    }
}
