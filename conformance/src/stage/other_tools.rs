//! Lays down what other tools would have saved.

use std::io;
use std::path::{Path, PathBuf};

use super::Stage;
use super::seeds::write;
use crate::profile::{OtherToolProfile, fill};
use crate::scenario::{ELSEWHERE, OtherTools};

impl Stage<'_> {
    /// Makes the home hold what other tools have saved so, and nothing else of theirs.
    pub(super) fn lay_other_tools(&self, tools: OtherTools) -> io::Result<()> {
        let Some(extract) = &self.setting.profile.cli.extract else { return Ok(()) };
        let home = self.sandbox.home();
        for (number, source) in extract.sources.iter().enumerate() {
            match std::fs::remove_file(path_in(&home, source)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let wanted = match tools {
                OtherTools::None => false,
                OtherTools::Only(only) => only == number,
                OtherTools::All => true,
                OtherTools::Sessions | OtherTools::SessionsOver => source.over.is_some(),
            };
            if wanted {
                let over = source.over.as_ref().filter(|_| tools == OtherTools::SessionsOver);
                let contents = over.unwrap_or(&source.contents);
                self.lay_tool(&home, source, (contents, &format!("source {}", number + 1)))?;
            }
        }
        let elsewhere = self.sandbox.root().join(ELSEWHERE);
        std::fs::create_dir_all(&elsewhere)?;
        match (tools, extract.sources.first()) {
            (OtherTools::All, Some(first)) => {
                let key = format!("source {ELSEWHERE}");
                self.lay_tool(&elsewhere, first, (&first.contents, &key))
            }
            _ => Ok(()),
        }
    }

    fn lay_tool(
        &self,
        home: &Path,
        source: &OtherToolProfile,
        (contents, key): (&str, &str),
    ) -> io::Result<()> {
        let quoted = serde_json::Value::from(self.keys.secret(key)).to_string();
        // The profile writes the quotes.
        let within = quoted.get(1..quoted.len() - 1).unwrap_or("").to_owned();
        write(&path_in(home, source), &fill(contents, &[("secret".to_owned(), within)]), 0o600)
    }
}

fn path_in(home: &Path, source: &OtherToolProfile) -> PathBuf {
    let tools = [("tools".to_owned(), home.to_string_lossy().into_owned())];
    PathBuf::from(fill(&source.path, &tools))
}
