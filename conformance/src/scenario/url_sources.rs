//! The sources of the platform's URL, each of which names a platform of its own: where a request
//! arrives says which of them was heeded.

use super::{Change, Run, Scenario, Url, Variable};
use crate::profile::CliProfile;

/// The sources of the platform's URL, the one of the highest precedence first: the option, the
/// variable, what was saved with a credential, and the configuration file. The first names the
/// platform under test, each of the others a platform that is called so.
pub const URL_SOURCES: [&str; 4] = ["option", "variable", "saved", "file"];

/// The sources of the platform's URL that lie in the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlFiles {
    /// The store, with the URL of the platform that its credential is of.
    pub saved: bool,
    /// The configuration file.
    pub file: bool,
}

/// What the URL variable is set to where each source names a platform of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlVariable {
    /// It is not set.
    Unset,
    /// The platform that is the variable's.
    Own,
    /// The empty string.
    Empty,
    /// Blanks alone.
    Blank,
}

impl Scenario {
    /// Whether one of its runs is given sources of the URL with a platform each.
    pub fn tells_url_sources_apart(&self) -> bool {
        self.runs().any(|run| matches!(run.url, Url::Each { .. }))
    }

    /// What the sources of the URL before this run need that `cli` does not claim.
    pub(super) fn url_source_unclaimed(&self, run: &Run, cli: &CliProfile) -> Option<&'static str> {
        let Url::Each { option, variable } = run.url else { return None };
        if matches!(variable, UrlVariable::Empty | UrlVariable::Blank) {
            // What is not there is not expected either.
            return None;
        }
        if run.command.signs_in() && !cli.url.flag_is_for_signing_in {
            return Some("an option that names the platform to sign in at, and for that alone");
        }
        let laid = self.last_change_before(run, |change| match change {
            Change::UrlFiles(files) => Some(*files),
            _ => None,
        });
        let laid = laid.unwrap_or(UrlFiles { saved: false, file: false });
        let given = option || variable == UrlVariable::Own;
        let with_variable = run.variable != Variable::Unset;
        let missing = [
            (laid.saved && !cli.saves_url(), "a URL that is saved with the credential"),
            (laid.file && !cli.has_url_file(), "a file of its own that holds the URL"),
            (
                laid.file && !given && with_variable && !cli.reads_url_file_with_variable(),
                "a configuration file beside the credential variable",
            ),
        ];
        missing.into_iter().find(|(is_missing, _)| *is_missing).map(|(_, what)| what)
    }
}
