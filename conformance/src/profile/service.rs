//! A profile as it is read: a service, and perhaps a tool. A service alone can be served; to be
//! run against, it takes a tool.

use std::path::Path;

use mock_server::PlatformProfile;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{BUILTIN, CliProfile, KnownFailure, PLACEHOLDERS, Profile, ProfileError, Promise};
use crate::selection::exists;

/// A profile: how a service speaks and, where there is a tool, how that is driven.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What it was read by: the name of a built-in profile, or the path of a file.
    #[serde(skip)]
    pub origin: String,
    /// The whole text that it was read from.
    #[serde(skip)]
    pub text: String,
    /// The name that reports use.
    pub name: String,
    /// The name that people use.
    pub title: String,
    /// How the service speaks.
    pub platform: PlatformProfile,
    /// How the tool is driven, where there is one.
    pub cli: Option<CliProfile>,
    /// The contract, promise by promise, and what holds each.
    #[serde(default)]
    promises: Vec<Promise>,
    /// What the tool or the server is known to fail. Strict: an entry that no longer fails fails the
    /// run.
    #[serde(default)]
    known_failures: Vec<KnownFailure>,
}

impl Service {
    /// Reads the profile called `name`: a built-in one, or the file of that path when it holds a
    /// `/` or ends in `.toml`.
    ///
    /// # Errors
    /// [`ProfileError`] when there is no such profile or the file cannot be read, is not TOML,
    /// has a key that is not known, or refers to a check or placeholder that does not exist.
    pub fn load(name: &str) -> Result<Self, ProfileError> {
        let is_path = name.contains('/')
            || Path::new(name).extension().is_some_and(|extension| extension == "toml");
        if is_path {
            let text = std::fs::read_to_string(name)
                .map_err(|why| ProfileError::Unreadable { path: name.to_owned(), why })?;
            return Self::parse(name, &text);
        }
        let (_, text) = BUILTIN.iter().find(|(builtin, _)| *builtin == name).ok_or_else(|| {
            ProfileError::NoSuchProfile {
                name: name.to_owned(),
                builtin: BUILTIN.map(|(name, _)| name).join(", "),
            }
        })?;
        Self::parse(name, text)
    }

    /// Reads a profile from its text; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`Service::load`].
    pub fn parse(origin: &str, text: &str) -> Result<Self, ProfileError> {
        let mut service: Self =
            toml::from_str(text).map_err(|error| ProfileError::syntax(origin, text, &error))?;
        origin.clone_into(&mut service.origin);
        text.clone_into(&mut service.text);
        service.refuse_unknown_checks(origin, text)?;
        service.refuse_unknown_placeholders(origin)?;
        Ok(service)
    }

    /// The profile, when it has a tool.
    ///
    /// # Errors
    /// [`ProfileError::NoTool`] when it has none.
    pub fn with_tool(self) -> Result<Profile, ProfileError> {
        let Self { origin, text, name, title, platform, cli, promises, known_failures } = self;
        let Some(cli) = cli else { return Err(ProfileError::NoTool { origin }) };
        Ok(Profile { origin, text, name, title, platform, cli, promises, known_failures })
    }

    /// The clauses of the contract that `check` holds, as reports cite them: `docs OA-7`.
    pub fn clauses(&self, check: &str) -> Vec<String> {
        super::clauses(&self.promises, check)
    }

    /// What is known of a failure of `check`, if anything is.
    pub fn known_failure(&self, check: &str) -> Option<&KnownFailure> {
        super::known_failure(&self.known_failures, check)
    }

    fn refuse_unknown_checks(&self, origin: &str, text: &str) -> Result<(), ProfileError> {
        let promised = self.promises.iter().flat_map(|promise| &promise.checks);
        let known_to_fail = self.known_failures.iter().map(|entry| &entry.check);
        match promised.chain(known_to_fail).find(|id| !exists(id.get_ref())) {
            Some(stranger) => Err(ProfileError::unknown_check(origin, text, stranger)),
            None => Ok(()),
        }
    }

    fn refuse_unknown_placeholders(&self, origin: &str) -> Result<(), ProfileError> {
        let Some(cli) = &self.cli else { return Ok(()) };
        let config = cli.url.config.as_ref().map(|config| &config.path);
        let session = cli.session.as_ref().map(|session| &session.path);
        let paths = [&cli.store.path].into_iter().chain(config).chain(session);
        let mut templates = cli.environment.values().chain(paths);
        let stranger = templates.find_map(|template| {
            placeholders_of(template).find(|name| !self.knows_placeholder(name))
        });
        match stranger {
            Some(name) => Err(ProfileError::UnknownPlaceholder {
                origin: origin.to_owned(),
                name: name.to_owned(),
                known: PLACEHOLDERS.join(", "),
            }),
            None => Ok(()),
        }
    }

    fn knows_placeholder(&self, name: &str) -> bool {
        let upstream = name.strip_prefix("upstream.").and_then(|rest| rest.strip_suffix(".url"));
        PLACEHOLDERS.contains(&name)
            || upstream.is_some_and(|upstream| self.platform.upstreams.contains_key(upstream))
    }
}

/// The names between braces in `template`, in order.
fn placeholders_of(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}
