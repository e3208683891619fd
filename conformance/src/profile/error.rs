//! What can be wrong with a profile, each with the place and the remedy.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;
use toml::Spanned;

use crate::checks::CHECKS;
use crate::server_checks::SERVER_CHECKS;

/// Why a profile was refused.
#[derive(Debug, Error, Diagnostic)]
pub enum ProfileError {
    /// The name is that of no built-in profile.
    #[error("no built-in profile is called `{name}`")]
    #[diagnostic(help("built in: {builtin}; a file is given by its path, as in ./{name}.toml"))]
    NoSuchProfile {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        builtin: String,
    },
    /// The file could not be read.
    #[error("cannot read the profile `{path}`: {why}")]
    #[diagnostic(help("check the path and that it may be read"))]
    Unreadable {
        /// The path that was asked for.
        path: String,
        /// What the system said; no source, which would be shown twice.
        why: std::io::Error,
    },
    /// It is not TOML, or has a key or value that does not belong there.
    #[error("the profile does not parse: {message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// The whole file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where it is wrong.
        #[label("here")]
        span: SourceSpan,
    },
    /// It names a check that does not exist.
    #[error("no check is called `{id}`")]
    #[diagnostic(help("{advice}"))]
    UnknownCheck {
        /// The id that was given.
        id: String,
        /// The nearest id that exists.
        advice: String,
        /// The whole file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where it is named.
        #[label("named here")]
        span: SourceSpan,
    },
    /// It describes a service alone.
    #[error(
        "the profile `{origin}` has no [cli] table: it can be served, and no tool be run by it"
    )]
    #[diagnostic(help("add [cli] to say how the tool is driven; profiles/ has whole ones"))]
    NoTool {
        /// The profile.
        origin: String,
    },
    /// It uses a placeholder that does not exist.
    #[error("{origin}: there is no placeholder {{{name}}}")]
    #[diagnostic(help("known: {known}, and upstream.NAME.url for each [platform.upstreams.NAME]"))]
    UnknownPlaceholder {
        /// The profile.
        origin: String,
        /// The name between the braces.
        name: String,
        /// The names that there are.
        known: String,
    },
}

impl ProfileError {
    pub(super) fn syntax(origin: &str, text: &str, error: &toml::de::Error) -> Self {
        Self::Syntax {
            message: error.message().to_owned(),
            text: Arc::new(NamedSource::new(origin, text.to_owned())),
            span: error.span().unwrap_or(0..0).into(),
        }
    }

    pub(super) fn unknown_check(origin: &str, text: &str, id: &Spanned<String>) -> Self {
        let nearest = nearest_check(id.get_ref());
        Self::UnknownCheck {
            id: id.get_ref().clone(),
            advice: format!("did you mean `{nearest}`? `authspec list` shows them all"),
            text: Arc::new(NamedSource::new(origin, text.to_owned())),
            span: id.span().into(),
        }
    }
}

/// The id of the check that is spelled most like `id`.
pub(crate) fn nearest_check(id: &str) -> &'static str {
    let server = SERVER_CHECKS.iter().map(|check| check.id);
    nearest_of(CHECKS.iter().map(|check| check.id).chain(server), id)
}

/// The one of `ids` that is spelled most like `id`.
pub(crate) fn nearest_of(ids: impl Iterator<Item = &'static str>, id: &str) -> &'static str {
    let likeness = |candidate: &&str| strsim::jaro_winkler(id, candidate);
    let nearer = |a: &&str, b: &&str| likeness(a).total_cmp(&likeness(b));
    ids.max_by(nearer).unwrap_or("")
}
