//! Everything that was seen while one scenario was played: immutable, serializable, enough to be
//! judged without the tool, the platform or the machine it was seen on.

mod exchange;
mod files;
mod record;

use std::collections::BTreeMap;

use jiff::Timestamp;
use mock_server::Exchange;
use serde::{Deserialize, Serialize};

pub(crate) use exchange::BROWSER_USER_AGENT;
pub use exchange::{credential_of, is_from_browser, parameter_of};
pub use files::{FileKind, FileSeen, FileTree};
pub use record::{Ending, OTHER_PLATFORM, Opening, RunRecord, Visit};

use crate::check::{Objection, not_reached};
use crate::profile::{CliProfile, SessionProfile, StoreFormat, fill};
use crate::scenario::UNRELATED_MEMBER;

/// What was seen of one tool in one scenario.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Observation {
    /// The scenario's id.
    pub scenario: String,
    /// What the profile claims of the tool.
    pub cli: CliProfile,
    /// The URL of the platform under test.
    pub platform_url: String,
    /// When it began, by the platform's clock.
    pub began: Timestamp,
    /// When it ended, by the platform's clock.
    pub ended: Timestamp,
    /// The keys that the scenario speaks of, by the names that it gives them.
    pub keys: BTreeMap<String, KeySeen>,
    /// Every secret that exists in this scenario, with a name for each: the canaries.
    pub secrets: Vec<(String, String)>,
    /// Texts that differ each time and carry no meaning (ports, paths, unique names), with what
    /// stands for them in reports.
    pub volatile: Vec<(String, String)>,
    /// The runs of the tool, in order. A run that never ended is the last.
    pub runs: Vec<RunRecord>,
    /// The file that this observation is saved in, when sandboxes are kept.
    pub kept_at: Option<String>,
    /// The runs that were left out, by label, with what the profile does not claim.
    pub left_out: BTreeMap<String, String>,
}

/// A key that a scenario speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySeen {
    /// The id by which it is revoked; empty for a key that the platform never minted.
    pub id: String,
    /// The part that may be shown.
    pub prefix: String,
    /// The key itself.
    pub secret: String,
}

impl Observation {
    /// The run that the scenario calls `label`.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when the scenario ended before it, [`Objection::NotClaimed`] when
    /// the profile does not claim what it needs.
    pub fn run(&self, label: &str) -> Result<&RunRecord, Objection> {
        if let Some(unclaimed) = self.left_out.get(label) {
            return Err(Objection::NotClaimed(unclaimed.clone()));
        }
        match self.runs.iter().find(|run| run.label == label) {
            Some(run) => Ok(run),
            None => not_reached(match self.runs.last() {
                Some(last) => format!("`{label}` was not run, since `{}` never ended", last.label),
                None => format!("`{label}` was not run"),
            }),
        }
    }

    /// The run that the scenario calls `label`, which must have succeeded for anything to be
    /// known: the positive control.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it was not run, or did not succeed.
    pub fn success(&self, label: &str) -> Result<&RunRecord, Objection> {
        let run = self.run(label)?;
        if run.ending == Ending::Exited(0) {
            return Ok(run);
        }
        not_reached(format!("`{label}` did not succeed: {}", run.ending.describe()))
    }

    /// The positive control of what `run` says: the platform has answered it with an identity.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when it has not.
    pub fn answered(&self, run: &RunRecord) -> Result<(), Objection> {
        if self.identity_requests(run).any(|one| one.status == 200) {
            return Ok(());
        }
        not_reached(format!("the platform gave `{}` no identity", run.label))
    }

    /// What `run` asked the platform that says who is signed in.
    pub fn identity_requests<'a>(&self, run: &'a RunRecord) -> impl Iterator<Item = &'a Exchange> {
        let operation = self.cli.identity_operation().to_owned();
        run.requests().filter(move |one| one.operation.as_ref() == Some(&operation))
    }

    /// The key that the scenario calls `name`.
    ///
    /// # Errors
    /// [`Objection::NotReached`] when the scenario never came to it.
    pub fn key(&self, name: &str) -> Result<&KeySeen, Objection> {
        match self.keys.get(name) {
            Some(key) => Ok(key),
            None => not_reached(format!("there was no key called `{name}`")),
        }
    }

    /// The path of the store in a [`FileTree`].
    pub fn store_path(&self) -> String {
        self.in_the_tree(&self.cli.store.path)
    }

    /// The path in a [`FileTree`] that this one of a profile is.
    pub fn in_the_tree(&self, path: &str) -> String {
        let relative =
            [("home".to_owned(), "home".to_owned()), ("sandbox".to_owned(), ".".to_owned())];
        fill(path, &relative)
    }

    /// The paths in a [`FileTree`] where the profile says that credentials are kept.
    pub fn documented_places(&self) -> Vec<String> {
        let session = self.cli.session.as_ref().map(|session| self.in_the_tree(&session.path));
        [Some(self.store_path()), session].into_iter().flatten().collect()
    }

    /// The store as it was after `run`, if there was one.
    pub fn store_after<'a>(&self, run: &'a RunRecord) -> Option<&'a FileSeen> {
        run.after.follow(&self.store_path())
    }

    /// The store as it was before `run`, if there was one.
    pub fn store_before<'a>(&self, run: &'a RunRecord) -> Option<&'a FileSeen> {
        run.before.follow(&self.store_path())
    }

    /// The member at `place` of a store with this text; `None` when the text does not parse or has
    /// no such member.
    pub fn store_member(&self, text: &str, place: &str) -> Option<String> {
        self.cli.store.format.member(text, place)
    }

    /// The file of the session as it was after `run`, if there was one.
    pub fn session_file_after<'a>(&self, run: &'a RunRecord) -> Option<&'a FileSeen> {
        run.after.follow(&self.in_the_tree(&self.cli.session.as_ref()?.path))
    }

    /// The member of the session after `run` that `place` picks, of those that the profile names.
    pub fn session_member(
        &self,
        run: &RunRecord,
        place: fn(&SessionProfile) -> &str,
    ) -> Option<String> {
        let text = &self.session_file_after(run)?.text;
        StoreFormat::Json.member(text, place(self.cli.session.as_ref()?))
    }

    /// The credential that a sign-in left: the access token where the tool makes a session, else
    /// the key.
    pub fn signed_in_with(&self, run: &RunRecord) -> Option<String> {
        match self.cli.session {
            Some(_) => self.session_member(run, |session| &session.access),
            None => self.saved_secret(run),
        }
    }

    /// The credential that the store held after `run`.
    pub fn saved_secret(&self, run: &RunRecord) -> Option<String> {
        self.store_member(&self.store_after(run)?.text, &self.cli.store.secret)
    }

    /// Where a sign-in leaves its credential, as reports name it.
    pub fn place_of_sign_in(&self) -> String {
        let (member, path) = match &self.cli.session {
            Some(session) => (&session.access, &session.path),
            None => (&self.cli.store.secret, &self.cli.store.path),
        };
        format!("`{member}` of {path}")
    }

    /// The value of the member that is not the tool's own, as the store held it after `run`.
    pub fn unrelated_member(&self, run: &RunRecord) -> Option<String> {
        self.store_member(&self.store_after(run)?.text, UNRELATED_MEMBER.0)
    }

    /// The names of the secrets that `text` holds.
    pub fn secrets_in(&self, text: &str) -> Vec<String> {
        let held = self.secrets.iter().filter(|(_, secret)| text.contains(secret.as_str()));
        held.map(|(name, _)| name.clone()).collect()
    }

    /// The names of the secrets that `text` holds, and `none` when it holds none: for reports.
    pub fn name_secrets_in(&self, text: &str) -> String {
        let found = self.secrets_in(text);
        if found.is_empty() { "none".to_owned() } else { found.join(", ") }
    }

    /// `text` as a report may show it: every secret and everything volatile has its name in its
    /// place.
    pub fn redact(&self, text: &str) -> String {
        let mut replacements: Vec<(&str, String)> = self
            .secrets
            .iter()
            .map(|(name, secret)| (secret.as_str(), format!("‹{name}›")))
            .chain(self.volatile.iter().map(|(text, name)| (text.as_str(), format!("‹{name}›"))))
            .filter(|(text, _)| !text.is_empty())
            .collect();
        // As it stands in a query, too.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let encoded: Vec<(String, String)> =
            replacements.iter().map(|(text, name)| (encode(text), name.clone())).collect();
        replacements.extend(encoded.iter().map(|(text, name)| (&**text, name.clone())));
        // The longest first, so that a text that holds another is replaced as a whole.
        replacements.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        replacements.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    }
}
