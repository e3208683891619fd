//! A platform on its own, for a person or a test suite: `authspec serve` and `authspec exec`.

mod environment;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_server::{
    Authority, Exchange, Options, Platform, Script, ScriptError, StandIn, StartError,
};
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::profile::Service;

/// How a platform is to be hosted.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Where it listens. Its authority is [`host`]'s to set.
    pub options: Options,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// A TOML file of faults that it is to have.
    pub script: Option<PathBuf>,
}

/// A platform that runs, and what a tool must be told to find it. Dropping it stops it.
#[derive(Debug)]
pub struct Hosted {
    /// The platform.
    pub platform: Platform,
    /// The proxy that leads the hosts that the tool hard-codes to it, where the profile has such.
    pub stand_in: Option<StandIn>,
    /// The variables that lead the profile's tool to it.
    pub environment: Vec<(String, String)>,
    /// The certificate that the tool has to believe, if it has to. Dropping it deletes the file.
    authority_file: Option<NamedTempFile>,
}

/// Why a platform could not be hosted.
#[derive(Debug, Error)]
pub enum HostingError {
    /// The platform could not be started.
    #[error("cannot start the platform: {0}")]
    Start(#[from] StartError),
    /// The certificate could not be written where the tool can read it.
    #[error("cannot write the authority's certificate to a temporary file: {0}")]
    Certificate(std::io::Error),
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

/// Starts the platform of `service` as it is wished.
///
/// # Errors
/// [`HostingError`].
pub async fn host(service: &Service, wishes: Wishes) -> Result<Hosted, HostingError> {
    let script = wishes.script.as_deref().map(read_script).transpose()?;
    let hard_codes = !service.platform.stands_in_for.is_empty();
    let authority = (wishes.tls || hard_codes).then(Authority::new).transpose();
    let authority = authority.map_err(StartError::from)?;
    let authority_file = authority.as_ref().map(certificate_file).transpose();
    let authority_file = authority_file.map_err(HostingError::Certificate)?;
    let options = Options { authority: authority.clone().filter(|_| wishes.tls), ..wishes.options };
    let platform = Platform::start_with(&service.platform, options).await?;
    if let Some(script) = script {
        platform.script(script);
    }
    let stand_in = match &authority {
        Some(authority) if hard_codes => Some(StandIn::start(&platform, authority).await?),
        _ => None,
    };
    let mut hosted = Hosted { platform, stand_in, environment: Vec::new(), authority_file };
    hosted.environment = environment::of(service, &hosted);
    Ok(hosted)
}

fn certificate_file(authority: &Authority) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("authspec-").suffix(".pem").tempfile()?;
    file.write_all(authority.pem().as_bytes())?;
    Ok(file)
}

fn read_script(path: &Path) -> Result<Script, HostingError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| HostingError::Unreadable { path: shown.clone(), source })?;
    Script::from_toml(&text).map_err(|source| HostingError::Script { path: shown, source })
}

impl Hosted {
    /// The file that holds the certificate which the tool has to believe, if it has to.
    pub fn authority_file(&self) -> Option<&Path> {
        self.authority_file.as_ref().map(NamedTempFile::path)
    }

    /// One exchange on one line: method, path, status, who, and what was wrong. Secrets stand
    /// under their names.
    pub fn tell(&self, exchange: &Exchange) -> String {
        let status = match exchange.status {
            0 => "no answer".to_owned(),
            status => status.to_string(),
        };
        let origin = match (exchange.origin.as_str(), self.hard_coded(exchange)) {
            ("platform", None) => String::new(),
            ("platform", Some(host)) => format!(" at {host}"),
            (other, _) => format!(" at {other}"),
        };
        let query = if exchange.query.is_empty() { "" } else { "?…" };
        let asked = format!("{} {}{query}{origin} → {status}", exchange.method, exchange.path);
        let fault = exchange.fault.as_ref().map(|fault| format!("fault: {fault}"));
        let more = [self.who(exchange), exchange.complaint.clone(), fault];
        std::iter::once(asked).chain(more.into_iter().flatten()).collect::<Vec<_>>().join("  ")
    }

    /// The host that the tool hard-codes and asked for, if it is one.
    fn hard_coded<'a>(&self, exchange: &'a Exchange) -> Option<&'a str> {
        let asked = exchange.header("host")?;
        let mut known = self.platform.hard_coded_hosts().iter();
        known.any(|one| asked == one.host || asked == one.authority()).then_some(asked)
    }

    /// The name of the secret that a request carried.
    fn who(&self, exchange: &Exchange) -> Option<String> {
        let header = exchange.header("authorization")?;
        let decoded = header.split_once(' ').and_then(|(_, basic)| STANDARD.decode(basic).ok());
        let decoded = String::from_utf8_lossy(decoded.as_deref().unwrap_or_default());
        let carried = |secret: &&mock_server::NamedSecret| {
            let secret = secret.value.expose();
            header.contains(secret) || decoded.contains(secret)
        };
        let secrets = self.platform.secrets();
        let known = secrets.iter().find(carried).map(|secret| secret.name.clone());
        Some(known.unwrap_or_else(|| "an unknown credential".to_owned()))
    }
}
