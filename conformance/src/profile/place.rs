//! Where a profile speaks of a check: the line at which a code host shows a finding.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Profile;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as it was named; that of a built-in profile as it lies in its repository.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
}

impl Profile {
    /// Where it speaks of `check`: as a known failure, else in a promise, else where `[cli]`
    /// begins.
    pub fn place_of(&self, check: &str) -> Place {
        let known = self.known_failures.iter().map(|entry| &entry.check);
        let promised = self.promises.iter().flat_map(|promise| &promise.checks);
        let mut named = known.chain(promised).filter(|id| id.get_ref() == check);
        let offset = named.next().map_or_else(|| self.beginning_of_cli(), |id| id.span().start);
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Place {
            file: self.file(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }

    fn beginning_of_cli(&self) -> usize {
        let mut lines = self.text.split_inclusive('\n').scan(0, |offset, line| {
            let begins = *offset;
            *offset += line.len();
            Some((begins, line))
        });
        lines.find(|(_, line)| line.trim_start().starts_with("[cli")).map_or(0, |(at, _)| at)
    }

    fn file(&self) -> String {
        let is_file = self.origin.contains('/') || Path::new(&self.origin).extension().is_some();
        if is_file { self.origin.clone() } else { format!("profiles/{}.toml", self.origin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::BUILTIN;

    fn line(profile: &Profile, place: &Place) -> String {
        profile.text.lines().nth(place.line - 1).unwrap_or_default().to_owned()
    }

    #[test]
    fn a_check_is_found_where_the_profile_speaks_of_it() {
        let (name, text) = BUILTIN[0];
        let profile = Profile::parse(name, text).expect("valid");
        let promised = profile.place_of("storage-mode");
        assert_eq!(promised.file, format!("profiles/{name}.toml"));
        assert!(line(&profile, &promised).contains("storage-mode"));
        assert!(line(&profile, &profile.place_of("promised-by-nobody")).starts_with("[cli"));
        let known = "\n[[known_failures]]\ncheck = \"storage-mode\"\nreason = \"issue 1\"\n";
        let text = format!("{text}{known}");
        let profile = Profile::parse("ci/mine.toml", &text).expect("valid");
        let place = profile.place_of("storage-mode");
        assert_eq!(place.file, "ci/mine.toml");
        assert_eq!(line(&profile, &place), "check = \"storage-mode\"");
        assert_eq!(place.column, 9);
    }
}
