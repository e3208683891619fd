//! `amika auth extract`: what other tools have saved, as assignments for a shell.
//!
//! The files are other people's: any of them may be missing, damaged, or hold any text at all,
//! and what is printed is run. So names are made of letters alone, and values are quoted whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::{Extract, stores};
use crate::error::{Error, harmless};
use crate::session::Session;

mod files;

pub(crate) use files::PLACES;

/// A file that may hold credentials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// What its credentials are called when somebody asks.
    pub(crate) name: &'static str,
    /// The more, the better.
    pub(crate) priority: u16,
    /// The files, the first that has something wins.
    pub(crate) files: &'static [(Base, &'static str)],
    /// Finds credentials in such a file.
    pub(crate) read: fn(&Value) -> Vec<Finding>,
}

/// What a path is relative to: the home directory, or Amika's own part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Home,
    Cache,
    Data,
    State,
}

/// A credential that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) provider: String,
    pub(crate) secret: String,
    /// Whether it is the token of a session.
    pub(crate) oauth: bool,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Prints what there is. That there is nothing is no failure.
pub(crate) fn run(session: &Session, how: &Extract) -> Result<(), Error> {
    let prefix = if how.export { "export " } else { "" };
    for (provider, secret) in find(session, how)? {
        if secret.contains('\0') {
            session.note(&format!("note: the credential of {provider} cannot be one: left out."));
            continue;
        }
        let quoted = (session.behaviour.amika.quoted)(&secret);
        for name in variables(&provider) {
            session.say(&format!("{prefix}{name}={quoted}"))?;
        }
    }
    Ok(())
}

/// The best credential of every provider.
fn find(session: &Session, how: &Extract) -> Result<BTreeMap<String, String>, Error> {
    let amika = &session.behaviour.amika;
    let mut places: Vec<_> = amika.places.iter().collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.priority));
    let mut best = BTreeMap::new();
    for place in places {
        for (base, name) in place.files {
            let path = directory(session, how, *base)?.join(name);
            let found = read(session, &path, place);
            let found: Vec<_> = found
                .into_iter()
                .filter(|finding| !finding.secret.trim().is_empty())
                .filter(|finding| !(how.no_oauth && finding.oauth))
                .filter(|finding| !finding.oauth || (amika.is_current)(finding))
                .collect();
            for finding in &found {
                let provider = (amika.canonical)(&finding.provider);
                if !is_name(&provider) {
                    session.note(&format!(
                        "note: {} is no name of a provider: left out.",
                        harmless(&provider)
                    ));
                    continue;
                }
                best.entry(provider).or_insert_with(|| finding.secret.clone());
            }
            if !found.is_empty() {
                break;
            }
        }
    }
    Ok(best)
}

/// What a file holds. One that cannot be read is somebody else's trouble, and said.
fn read(session: &Session, path: &Path, place: &Place) -> Vec<Finding> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                session.note(&format!("note: {}, {error}: left out.", path.display()));
            }
            return Vec::new();
        }
    };
    let Ok(document) = serde_json::from_slice(&bytes) else {
        session.note(&format!(
            "note: {} is not the JSON of {}: left out.",
            path.display(),
            place.name
        ));
        return Vec::new();
    };
    (place.read)(&document)
}

fn directory(session: &Session, how: &Extract, base: Base) -> Result<PathBuf, Error> {
    let (variable, below_home) = match base {
        Base::Home => ("", ""),
        Base::Cache => ("XDG_CACHE_HOME", ".cache/amika"),
        Base::Data => ("XDG_DATA_HOME", ".local/share/amika"),
        Base::State => ("XDG_STATE_HOME", ".local/state/amika"),
    };
    if let Some(home) = &how.homedir {
        return Ok(home.join(below_home));
    }
    let environment = &session.environment;
    match base {
        Base::Home => environment.home(),
        // Where this program's own files are is settled in one place.
        Base::State => stores::directory(session),
        Base::Cache => Ok(environment.base(variable, ".cache")?.join("amika")),
        Base::Data => Ok(environment.base(variable, ".local/share")?.join("amika")),
    }
}

/// The one name of a provider.
pub(crate) fn canonical(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let words: Vec<_> = lower
        .split(|character: char| character.is_whitespace() || "-_./:".contains(character))
        .filter(|word| !word.is_empty())
        .collect();
    match words.join("-").as_str() {
        "claude" | "anthropic" => "anthropic".to_owned(),
        "codex" | "openai" => "openai".to_owned(),
        other => other.to_owned(),
    }
}

/// Whether a shell could take it for nothing but a name.
fn is_name(provider: &str) -> bool {
    let mut bytes = provider.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The variables that tools look for.
fn variables(provider: &str) -> Vec<String> {
    match provider {
        "anthropic" => vec!["ANTHROPIC_API_KEY".into(), "CLAUDE_API_KEY".into()],
        "openai" => vec!["OPENAI_API_KEY".into(), "CODEX_API_KEY".into()],
        other => vec![format!("{}_API_KEY", other.to_uppercase().replace('-', "_"))],
    }
}

/// Whether a credential has not ended, as far as is known.
pub(crate) fn is_current(finding: &Finding) -> bool {
    finding.expires_at.is_none_or(|end| end > Timestamp::now())
}

/// A text between single quotes, where a POSIX shell takes every byte for itself, but for the
/// single quote: that one stands outside.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::{canonical, is_name, quoted, variables};

    #[rstest]
    #[case("Claude", "anthropic")]
    #[case(" ANTHROPIC ", "anthropic")]
    #[case("codex", "openai")]
    #[case("OpenAI", "openai")]
    #[case("Google Vertex_AI", "google-vertex-ai")]
    #[case("github.copilot/x", "github-copilot-x")]
    #[case("claude-code", "claude-code")]
    fn one_name(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(canonical(given), expected);
    }

    #[rstest]
    #[case("a;touch x")]
    #[case("$(id)")]
    #[case("x=y")]
    #[case("1password")]
    #[case("")]
    #[case("é")]
    fn no_name(#[case] given: &str) {
        assert!(!is_name(&canonical(given)));
    }

    /// What a real shell reads back.
    fn evaluated(line: &str, name: &str) -> Vec<u8> {
        let script = format!("set -u; eval \"$1\"; printf %s \"${name}\"");
        let output = Command::new("/bin/sh")
            .env_clear()
            .args(["-c", &script, "sh", line])
            .output()
            .expect("started");
        assert!(output.status.success(), "{line}");
        output.stdout
    }

    #[rstest]
    #[case("it's $HOME `id` $(id) \\ \"x\"\n#!*?~;&|<>\t")]
    #[case("'")]
    #[case("''\n")]
    #[case("\\'")]
    #[case("-n")]
    fn a_shell_reads_back(#[case] text: &str) {
        assert_eq!(evaluated(&format!("X={}", quoted(text)), "X"), text.as_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_shell_reads_back_whatever_it_is(text in "[^\0]{0,40}", sharp in "['\"\\\\$`\n !-]{0,20}") {
            let text = text + &sharp;
            prop_assert_eq!(evaluated(&format!("export X={}", quoted(&text)), "X"), text.as_bytes());
        }

        #[test]
        fn a_name_is_a_name_to_a_shell(given in "\\PC{0,20}") {
            let provider = canonical(&given);
            prop_assert_eq!(&canonical(&provider), &provider);
            if is_name(&provider) {
                for name in variables(&provider) {
                    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
                    prop_assert!(name.bytes().all(fits) && !name.starts_with(|first: char| first.is_ascii_digit()));
                }
            }
        }
    }
}
