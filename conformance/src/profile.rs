//! A profile: one TOML file that says how one tool is driven and what it promises.
//!
//! Its `[platform]` half belongs to the mock platform ([`mock_server::PlatformProfile`]); its
//! `[cli]` half, here, to the suite. No tool's name stands anywhere else: to add one is to add a
//! file. Every table refuses keys that it does not know, and what refers to something (a check, a
//! placeholder) is looked up when the file is read, so that a mistake points at its line.

mod builtin;
mod cli;
mod error;
mod extract;
mod place;
mod schema;
mod service;
mod sign_in;
mod store;

use mock_server::PlatformProfile;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

pub use builtin::{BUILTIN, tools};
pub use cli::{
    BypassProfile, CliProfile, Command, FlagProfile, IdentityProfile, Invocation, MessagesProfile,
    StatusProfile, UrlConfigProfile, UrlProfile, VariableProfile,
};
pub use error::ProfileError;
pub(crate) use error::{nearest_check, nearest_of};
pub use extract::{ExtractProfile, OtherToolProfile};
pub use place::Place;
pub use schema::schema;
pub use service::Service;
pub use sign_in::{Brings, ComesBack, DeviceProfile, LoginProfile};
pub use store::{SessionProfile, StoreFormat, StoreProfile};

/// A whole profile, read and validated: a service and a tool that speaks to it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What it was read by: the name of a built-in profile, or the path of a file.
    pub origin: String,
    /// The whole text that it was read from.
    pub text: String,
    /// The name that reports use.
    pub name: String,
    /// The name that people use.
    pub title: String,
    /// How the service speaks.
    pub platform: PlatformProfile,
    /// How the tool is driven, and what it promises.
    pub cli: CliProfile,
    /// The contract, promise by promise, and the checks that hold each.
    pub promises: Vec<Promise>,
    /// Checks that this tool is known to fail, each with its reason. Strict: see
    /// [`KnownFailure`].
    pub known_failures: Vec<KnownFailure>,
}

/// One promise of the contract.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Its number in the contract, for example `OA-7`.
    pub id: String,
    /// Where it stands: `docs`, `wire`, or `fixed` where neither says.
    pub source: String,
    /// The promise, in one sentence.
    pub says: String,
    /// The checks that hold the tool to it and, where they are server checks, the server.
    #[serde(default)]
    #[schemars(with = "Vec<schema::CheckId>")]
    pub checks: Vec<Spanned<String>>,
    /// The tests that hold the mock platform to it, by their names.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// A check that the tool is known to fail.
///
/// Strict both ways: an entry for a check that does not exist is refused when the profile is
/// read, and one whose check passes or is not claimed fails the run. With a date it is known no
/// longer than that: a failure after it counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// The check's id.
    #[schemars(with = "schema::CheckId")]
    pub check: Spanned<String>,
    /// Why it fails, and what will be done about it.
    pub reason: String,
    /// The last day on which the failure is known, as `YYYY-MM-DD`; without it, for ever.
    pub until: Option<jiff::civil::Date>,
}

/// The placeholders that paths and variables of a profile may hold, beside
/// `{upstream.NAME.url}` for each of its upstreams.
pub const PLACEHOLDERS: [&str; 3] = ["home", "sandbox", "platform.url"];

impl Profile {
    /// Reads the profile called `name`: a built-in one, or the file of that path when it holds a
    /// `/` or ends in `.toml`.
    ///
    /// # Errors
    /// As [`Service::load`], and when it describes no tool.
    pub fn load(name: &str) -> Result<Self, ProfileError> {
        Service::load(name)?.with_tool()
    }

    /// Reads a profile from its text; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`Profile::load`].
    pub fn parse(origin: &str, text: &str) -> Result<Self, ProfileError> {
        Service::parse(origin, text)?.with_tool()
    }

    /// What is known of a failure of `check`, if anything is.
    pub fn known_failure(&self, check: &str) -> Option<&KnownFailure> {
        known_failure(&self.known_failures, check)
    }

    /// The clauses of the contract that `check` holds, as reports cite them: `docs OA-7`.
    pub fn clauses(&self, check: &str) -> Vec<String> {
        clauses(&self.promises, check)
    }
}

fn known_failure<'e>(entries: &'e [KnownFailure], check: &str) -> Option<&'e KnownFailure> {
    entries.iter().find(|entry| entry.check.get_ref() == check)
}

fn clauses(promises: &[Promise], check: &str) -> Vec<String> {
    let holds = |promise: &&Promise| promise.checks.iter().any(|id| id.get_ref() == check);
    let cite = |promise: &Promise| format!("{} {}", promise.source, promise.id);
    promises.iter().filter(holds).map(cite).collect()
}

/// Puts values in the place of `{name}` in `template`; names without a value stay as they are.
pub fn fill(template: &str, values: &[(String, String)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin_text() -> &'static str {
        BUILTIN[0].1
    }

    #[test]
    fn every_builtin_profile_loads() {
        for (name, text) in BUILTIN {
            let profile = Service::parse(name, text).expect("a built-in profile is valid");
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn every_promise_of_a_builtin_profile_is_held_by_a_check() {
        for (name, text) in BUILTIN {
            let service = Service::parse(name, text).expect("valid");
            let Ok(profile) = service.with_tool() else { continue };
            assert!(!profile.promises.is_empty(), "{name} promises nothing");
            for promise in &profile.promises {
                let held = !promise.checks.is_empty() || !promise.tests.is_empty();
                assert!(held, "{name}: nothing holds {}", promise.id);
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_line() {
        let text = builtin_text().replace("[cli.store]\n", "[cli.store]\ncolour = \"red\"\n");
        let error = Profile::parse("mine.toml", &text).expect_err("`colour` is unknown");
        let line = 1 + text.lines().position(|line| line.starts_with("colour")).expect("there");
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(shown.contains("unknown field `colour`"), "{shown}");
        assert!(shown.contains(&format!("mine.toml:{line}:1")), "{shown}");
    }

    #[test]
    fn a_check_that_does_not_exist_is_refused_at_its_line() {
        let text = format!(
            "{}\n[[known_failures]]\ncheck = \"storage-mood\"\nreason = \"typing\"\n",
            builtin_text()
        );
        let error = Profile::parse("mine.toml", &text).expect_err("no such check");
        let line = 1 + text.lines().position(|line| line.contains("storage-mood")).expect("there");
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(shown.contains(&format!("mine.toml:{line}:")), "{shown}");
        assert!(shown.contains("storage-mode"), "offers the nearest: {shown}");
    }

    #[test]
    fn a_placeholder_that_does_not_exist_is_refused() {
        let text = builtin_text().replacen("\"{home}/", "\"{hame}/", 1);
        let error = Profile::parse("mine.toml", &text).expect_err("no such placeholder");
        assert!(error.to_string().contains("{hame}"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,200}") {
            let _ = Profile::parse("any.toml", &text);
        }

        #[test]
        fn a_profile_with_any_byte_removed_is_read_or_refused(at in 0usize..6000) {
            let mut text = builtin_text().to_owned();
            let at = at % text.len();
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.remove(at);
            }
            if let Err(error) = Profile::parse("any.toml", &text) {
                proptest::prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn filling_leaves_no_known_placeholder(value in "[a-z/]{0,12}", around in "[a-z]{0,5}") {
            let filled = fill(&format!("{around}{{home}}{around}"), &[("home".into(), value.clone())]);
            proptest::prop_assert_eq!(filled, format!("{around}{value}{around}"));
        }
    }
}
