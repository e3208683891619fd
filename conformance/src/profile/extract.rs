//! What other tools have saved on the machine, for a tool that finds it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sources, and the names that are printed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtractProfile {
    /// For each provider the variables that are assigned.
    pub names: BTreeMap<String, Vec<String>>,
    /// The sources, the highest priority first.
    pub sources: Vec<OtherToolProfile>,
}

/// One file of another tool.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherToolProfile {
    /// Its path; `{tools}` is the home that is searched.
    pub path: String,
    /// What it holds: JSON, with the credential as `{secret}` within quotes.
    pub contents: String,
    /// The same, but of a session that has ended; for sources of sessions alone.
    pub over: Option<String>,
    /// The provider that the credential is of, as `names` calls it.
    pub provider: String,
}
