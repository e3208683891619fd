//! What the home holds before the first step.

use std::time::Duration;

use crate::profile::CliProfile;

/// One thing that the home holds before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// The store, in this state.
    Store(StoreState),
    /// A session, in this state. Its tokens are called `access` and `refresh`.
    Session(SessionState),
    /// The configuration file names the URL of another platform than the one under test.
    ConfigNamesOtherPlatform,
}

impl Seed {
    /// What this seed needs that `cli` does not claim; `None` when it can be laid down.
    pub(super) fn unclaimed(self, cli: &CliProfile) -> Option<String> {
        let what = match self {
            Self::ConfigNamesOtherPlatform if cli.url.config.is_none() => {
                "a configuration file that holds the URL"
            }
            Self::Session(_) if cli.session.is_none() => "a session that is renewed",
            Self::Store(StoreState::HoldsKeyAmongOthers)
                if cli.store.is_for_the_credential_alone =>
            {
                "a store that others write to"
            }
            Self::Store(_) | Self::Session(_) | Self::ConfigNamesOtherPlatform => return None,
        };
        Some(what.to_owned())
    }
}

/// The state of the store before the first step. Where it holds a key, that key is called
/// `stored`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// A key that the platform takes; mode 0600 in a directory 0700.
    HoldsKey,
    /// The same, beside members that are not the tool's ([`UNRELATED_MEMBER`]).
    HoldsKeyAmongOthers,
    /// The same key, but mode 0644.
    HoldsKeyLoosely,
    /// The path is a symbolic link to a file elsewhere in the home that holds the key.
    IsSymlink,
    /// A credential of 4 KiB: any later one is shorter.
    HoldsLongKey,
    /// Bytes that are neither YAML nor JSON.
    IsCorrupt,
    /// The same key, mode 0600, but the file is another user's. Only root can make one: anybody
    /// else finds no store.
    BelongsToAnother,
    /// The path is a directory: nothing can be saved there, not even by root.
    IsDirectory,
}

impl StoreState {
    /// Whether it holds a key that the platform takes.
    pub fn holds_good_key(self) -> bool {
        !matches!(self, Self::HoldsLongKey | Self::IsCorrupt | Self::IsDirectory)
    }
}

/// The member, not the tool's own, that [`StoreState::HoldsKeyAmongOthers`] lays beside the key.
pub const UNRELATED_MEMBER: (&str, &str) = ("note_to_self", "keep me");

/// The sources of a credential that lie in the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// The store, with the key called `stored`.
    pub store: bool,
    /// The session, with tokens called `access` and `refresh`.
    pub session: bool,
}

/// What other tools have saved, by their number in the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTools {
    /// Nothing.
    None,
    /// The file of this source alone, from 0.
    Only(usize),
    /// The files of all sources; and in another home the file of the first, with a credential of
    /// its own.
    All,
    /// The files of sessions alone.
    Sessions,
    /// The same, but all have ended.
    SessionsOver,
}

/// The home that is not the tool's own, from the sandbox's root.
pub const ELSEWHERE: &str = "elsewhere";

/// How long access tokens live at the platform of every scenario.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// The state of the session before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// An hour is left of the access token, by the store and by the platform.
    Fresh,
    /// Half of the margin is left of it within which it is documented to be renewed.
    NearItsEnd,
    /// It ended an hour ago.
    Over,
    /// It ended an hour ago, and the refresh token is no longer good either.
    Ended,
}

impl SessionState {
    /// How long ago the session was made, for a platform whose access tokens live an hour and a tool
    /// that renews them so long before their end.
    pub fn age(self, margin: Duration) -> Duration {
        match self {
            Self::Fresh => Duration::ZERO,
            Self::NearItsEnd => ACCESS_TOKEN_LIFETIME.saturating_sub(margin / 2),
            Self::Over | Self::Ended => ACCESS_TOKEN_LIFETIME * 2,
        }
    }
}
