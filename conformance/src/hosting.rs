//! A platform on its own, for a person or a test suite: `authspec serve` and `authspec exec`.

use std::path::Path;

use mock_server::{Exchange, Options, Platform, Script, ScriptError, StartError};
use thiserror::Error;

use crate::profile::{Service, fill};

/// The variable that says where the platform is, whatever the profile.
pub const URL_VARIABLE: &str = "AUTHSPEC_URL";
/// The variable that says where its control API is.
pub const CONTROL_VARIABLE: &str = "AUTHSPEC_CONTROL_URL";

/// A platform that runs, and what a tool must be told to find it. Dropping it stops it.
#[derive(Debug)]
pub struct Hosted {
    /// The platform.
    pub platform: Platform,
    /// The variables that lead the profile's tool to it.
    pub environment: Vec<(String, String)>,
}

/// Why a platform could not be hosted.
#[derive(Debug, Error)]
pub enum HostingError {
    /// The platform could not be started.
    #[error("cannot start the platform: {0}")]
    Start(#[from] StartError),
    /// The script could not be read.
    #[error("cannot read the script `{path}`: {source}")]
    Unreadable {
        /// Its path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The script is not the platform's language.
    #[error("the script `{path}`: {source}")]
    Script {
        /// Its path.
        path: String,
        /// What is wrong.
        source: ScriptError,
    },
}

/// Starts the platform of `service`, with the faults of `script` if there is one.
///
/// # Errors
/// [`HostingError`].
pub async fn host(
    service: &Service,
    options: Options,
    script: Option<&Path>,
) -> Result<Hosted, HostingError> {
    let script = script.map(read_script).transpose()?;
    let platform = Platform::start_with(&service.platform, options).await?;
    if let Some(script) = script {
        platform.script(script);
    }
    let environment = environment(service, &platform);
    Ok(Hosted { platform, environment })
}

fn read_script(path: &Path) -> Result<Script, HostingError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| HostingError::Unreadable { path: shown.clone(), source })?;
    Script::from_toml(&text).map_err(|source| HostingError::Script { path: shown, source })
}

/// The variables that lead the tool to the platform: that of its URL, those of the profile that
/// do not speak of a sandbox, and two of our own for whoever has no such tool.
fn environment(service: &Service, platform: &Platform) -> Vec<(String, String)> {
    let mut environment = environment_of_tool(service, platform);
    environment.push((URL_VARIABLE.to_owned(), platform.url().to_owned()));
    let control = platform.control_url().map(str::to_owned);
    environment.extend(control.map(|url| (CONTROL_VARIABLE.to_owned(), url)));
    environment
}

fn environment_of_tool(service: &Service, platform: &Platform) -> Vec<(String, String)> {
    let Some(cli) = &service.cli else { return Vec::new() };
    let mut values = vec![("platform.url".to_owned(), platform.url().to_owned())];
    for (name, upstream) in platform.upstreams() {
        values.push((format!("upstream.{name}.url"), upstream.url().to_owned()));
    }
    let filled = cli.environment.iter().map(|(name, value)| (name.clone(), fill(value, &values)));
    let mut environment = vec![(cli.url.variable.clone(), platform.url().to_owned())];
    environment.extend(filled.filter(|(_, value)| !value.contains('{')));
    environment
}

impl Hosted {
    /// One exchange on one line: method, path, status, who, and what was wrong. Secrets stand
    /// under their names.
    pub fn tell(&self, exchange: &Exchange) -> String {
        let status = match exchange.status {
            0 => "no answer".to_owned(),
            status => status.to_string(),
        };
        let origin = match exchange.origin.as_str() {
            "platform" => String::new(),
            other => format!(" at {other}"),
        };
        let query = if exchange.query.is_empty() { "" } else { "?…" };
        let asked = format!("{} {}{query}{origin} → {status}", exchange.method, exchange.path);
        let fault = exchange.fault.as_ref().map(|fault| format!("fault: {fault}"));
        let more = [self.who(exchange), exchange.complaint.clone(), fault];
        std::iter::once(asked).chain(more.into_iter().flatten()).collect::<Vec<_>>().join("  ")
    }

    /// The name of the secret that a request carried.
    fn who(&self, exchange: &Exchange) -> Option<String> {
        let header = exchange.header("authorization")?;
        let carried = |secret: &&mock_server::NamedSecret| header.contains(secret.value.expose());
        let secrets = self.platform.secrets();
        let known = secrets.iter().find(carried).map(|secret| secret.name.clone());
        Some(known.unwrap_or_else(|| "an unknown credential".to_owned()))
    }
}
