//! The formats by name.

use std::str::FromStr;

use thiserror::Error;

use super::{Report, badge, github, html, json, junit, md, sarif, text};

/// A format that a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, at a terminal.
    Text,
    /// For programs.
    Json,
    /// For CI systems.
    Junit,
    /// For code hosts that show findings at a line.
    Sarif,
    /// For the summary of a CI job.
    Md,
    /// For people, in a browser.
    Html,
    /// For shields.io.
    Badge,
    /// For GitHub Actions: workflow commands.
    Github,
}

/// A report that cannot be written, which is a mistake of ours.
#[derive(Debug, Error)]
pub enum FormatError {
    /// As JSON.
    #[error("as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// As JUnit.
    #[error("as JUnit: {0}")]
    Junit(#[from] quick_junit::SerializeError),
    /// As a page.
    #[error("as a page: {0}")]
    Html(#[from] askama::Error),
}

impl Format {
    /// Every format, by the name that it is asked for.
    pub const ALL: [(&'static str, Self); 8] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("sarif", Self::Sarif),
        ("md", Self::Md),
        ("html", Self::Html),
        ("badge", Self::Badge),
        ("github", Self::Github),
    ];

    /// Writes `report` in this format. `baseline`: what it is compared with, where the format
    /// compares. `verbose`: a line for each check, where the format is for people.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn write(
        self,
        report: &Report,
        baseline: Option<&Report>,
        verbose: bool,
    ) -> Result<String, FormatError> {
        Ok(match self {
            Self::Text => anstream::adapter::strip_str(&text(report, verbose)).to_string(),
            Self::Json => json(report)?,
            Self::Junit => junit(report)?,
            Self::Sarif => sarif(report)?,
            Self::Md => md(report, baseline),
            Self::Html => html(report)?,
            Self::Badge => badge(report),
            Self::Github => github(report),
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|(name, _)| *name == text);
        known.map(|(_, format)| *format).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("`{text}` is no format: there are {}", names.join(", "))
        })
    }
}
