//! A mock auth platform, composed from a profile: flows, API keys, a fault script and a journal.
//!
//! ```text
//! PlatformProfile ──▶ Platform ◀── requests ── a command-line tool, a browser
//!                        │ journal
//!                        ▼
//!                  Vec<Exchange>
//! ```
//!
//! The profile says how a service speaks, the [`Platform`] speaks so on loopback ports of its own,
//! and the [`Journal`] holds what was said. It knows no vendor, and it does not judge.
//!
//! ```
//! use mock_server::{Platform, PlatformProfile};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let profile: PlatformProfile = toml::from_str(
//!     r#"
//!     account = { email = "ada-{unique}@example.com" }
//!     keys = { format = "key_{8}_{24}", prefix = "key_{8}", limit = 10 }
//!
//!     [identity]
//!     on = "GET /me"
//!     reply = { status = 200, body = { email = "{account.email}" } }
//!     "#,
//! )?;
//! let platform = Platform::start(&profile).await?;
//! let key = platform.mint_key("laptop");
//!
//! // What a tool does:
//! let address = platform.url().trim_start_matches("http://");
//! let mut connection = tokio::net::TcpStream::connect(address).await?;
//! let request = format!(
//!     "GET /me HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
//!     key.secret.expose(),
//! );
//! connection.write_all(request.as_bytes()).await?;
//! let mut answer = String::new();
//! connection.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 200"));
//!
//! let journal = platform.journal().snapshot();
//! assert_eq!(journal[0].operation.as_deref(), Some("identity"));
//! assert_eq!(journal[0].status, 200);
//! # Ok(())
//! # }
//! ```

// The modules, group by group in the order in which to read them.

// How a service speaks, as data.
mod key_format;
pub mod profile;
mod template;

// A platform and its origins.
mod authority;
mod body;
mod endpoint;
mod flows;
mod host;
mod platform;
mod router;
mod serve;
mod stand_in;
mod startup;

// What endpoints are made of.
mod authorization;
mod json_template;
mod operation;
mod pages;
mod parameters;
mod reply;
mod shape;
mod slot;

// What a platform remembers.
mod approvals;
mod clients;
mod clock;
mod codes;
mod issuing;
mod keyring;
mod logins;
mod oauth_request;
mod secret;
mod signer;
mod state;
mod state_file;
mod tokens;
mod world;

// What it does wrong, on purpose.
mod barrier;
mod faults;
mod requests;
mod script;

// What was said.
mod exchange;
mod journal;

mod har;

// How it is played and described from outside.
mod control;
mod openapi;

mod error;

pub use authority::{Authority, NoCertificate};
pub use clock::Clock;
pub use error::{ProfileError, StartError};
pub use exchange::Exchange;
pub use journal::Journal;
pub use key_format::{KeyFormat, KeyFormatError};
pub use keyring::{KeyRecord, MintedKey};
pub use openapi::openapi;
pub use operation::Operation;
pub use platform::{MintedTokens, Platform, Upstream};
pub use profile::PlatformProfile;
pub use script::{Fault, RefreshOptions, Script, ScriptError};
pub use secret::{NamedSecret, Secret};
pub use signer::NoSigningKey;
pub use stand_in::StandIn;
pub use startup::{Control, Options};
pub use state_file::StateFileError;
