//! A JSON report that was saved, read again.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::{Report, SCHEMA, Summary};

/// Why a file is no report that can be read.
#[derive(Debug, Error)]
pub enum ReportFileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ends too early.
    #[error("{} is cut off: it ends in line {line}, before the report does; make it again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The last line.
        line: usize,
    },
    /// It is something else.
    #[error("{} is no report of authspec: {message}; `run --report json=FILE` makes one", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// It is of another version of the document.
    #[error(
        "{} is a report of schema {schema}, made by authspec {authspec}; this is authspec {}, which reads schema {SCHEMA}",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u64,
        /// The version that made it.
        authspec: String,
    },
    /// It has other results than it says.
    #[error("{} has {found} results and says that it has {said}: it was changed; make it again", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// How many results it has.
        found: usize,
        /// How many it says that it has.
        said: usize,
    },
}

/// What every version of the document has.
#[derive(Deserialize)]
struct Head {
    schema: u64,
    authspec: String,
}

impl Report {
    /// Reads the JSON report that `path` holds.
    ///
    /// # Errors
    /// [`ReportFileError`] when it holds none, a part of one, or one of another version.
    pub fn read(path: &Path) -> Result<Self, ReportFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ReportFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ReportFileError> {
        let foreign = |error: serde_json::Error| {
            let path = path.to_owned();
            if error.is_eof() {
                ReportFileError::Truncated { path, line: error.line() }
            } else {
                ReportFileError::Foreign { path, message: error.to_string() }
            }
        };
        let head: Head = serde_json::from_str(text).map_err(foreign)?;
        if head.schema != u64::from(SCHEMA) {
            return Err(ReportFileError::OtherSchema {
                path: path.to_owned(),
                schema: head.schema,
                authspec: head.authspec,
            });
        }
        let report: Self = serde_json::from_str(text).map_err(foreign)?;
        let found = report.results.len();
        let said = report.scope.results.max(report.summary.count());
        if said != found || report.summary != Summary::of(&report.results) {
            return Err(ReportFileError::Incomplete { path: path.to_owned(), found, said });
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::json;
    use crate::report::tests::report_of;
    use crate::verdict::Verdict;

    fn parse(text: &str) -> Result<Report, String> {
        Report::parse(Path::new("out.json"), text).map_err(|error| error.to_string())
    }

    fn text() -> String {
        json(&report_of(&[(Verdict::Pass, Level::Must), (Verdict::Fail, Level::Must)]))
            .expect("written")
    }

    #[test]
    fn what_is_whole_is_read() {
        assert_eq!(parse(&text()).expect("read").results.len(), 2);
    }

    #[rstest::rstest]
    #[case::schema(text().replace("\"schema\": 1", "\"schema\": 9"), "schema 9, made by authspec 0.0.0")]
    #[case::lost(text().replace("\"verdict\": \"fail\"", "\"verdict\": \"pass\""), "it was changed")]
    #[case::lost_result(text().replace("\"results\": 2", "\"results\": 3"), "has 2 results and says that it has 3")]
    #[case::foreign("{\"a\": 1}".to_owned(), "is no report of authspec")]
    #[case::no_json("<html>".to_owned(), "is no report of authspec")]
    #[case::empty(String::new(), "is cut off")]
    fn what_is_not_is_refused(#[case] text: String, #[case] says: &str) {
        let error = parse(&text).expect_err("refused");
        assert!(error.starts_with("out.json ") && error.contains(says), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn a_report_that_is_cut_off_anywhere_is_refused(at in 0usize..2000) {
            let mut text = text();
            // The last two are the brace that closes it and the end of its line.
            let at = at % (text.len() - 2);
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(at);
            let error = parse(&text).expect_err("refused");
            proptest::prop_assert!(error.contains("is cut off"), "{}", error);
        }
    }
}
