//! A server check: one requirement of a backend, and how a recording is judged by it.

use crate::check::{Judgement, Level};
use crate::probe::need::Need;
use crate::probe::part::Part;
use crate::probe::recording::Recording;
use crate::probe::terms::Terms;

/// One requirement of a platform that command-line tools sign in to.
///
/// Like a client check, it does no I/O: it sees a [`Recording`] and nothing else.
#[derive(Debug)]
pub struct ServerCheck {
    /// Its name, for ever. Begins with `server-`, so that it is never a client check's.
    pub id: &'static str,
    /// What it is about.
    pub area: ServerArea,
    /// How much weight it has.
    pub level: Level,
    /// The requirement, in one sentence.
    pub sentence: &'static str,
    /// The clauses of standards that it comes from.
    pub sources: &'static [&'static str],
    /// What an operator does about a failure.
    pub fix: &'static str,
    /// The part of the probe whose recording it judges.
    pub part: &'static Part,
    /// What it needs beyond what its part needs.
    pub needs: &'static [&'static Need],
    /// The mutants of the mock platform that it must fail. Never empty.
    pub mutants: &'static [&'static str],
    /// The judgement.
    pub judge: fn(&Recording) -> Judgement,
}

impl ServerCheck {
    /// What it needs, and its part.
    pub fn every_need(&self) -> impl Iterator<Item = &'static Need> {
        self.part.needs.iter().chain(self.needs).copied()
    }

    /// What it or its part needs and is not there: what no operator can give comes first.
    pub fn unmet(&self, terms: &Terms) -> Option<&'static Need> {
        let unmet = self.every_need().filter(|need| !(need.met)(terms));
        unmet.min_by_key(|need| need.of)
    }
}

/// What a server check is about. In the order in which reports show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerArea {
    /// The authorization endpoint and the pages of a sign-in.
    Authorization,
    /// The token endpoint, and whatever else gives a credential for a code.
    Token,
    /// What takes a credential.
    Bearer,
    /// Sign-ins that are approved on another device.
    Device,
    /// What the platform says of itself.
    Metadata,
    /// Taking tokens back.
    Revocation,
    /// What a token is.
    Introspection,
    /// API keys.
    Keys,
    /// What browsers and caches are told.
    Headers,
    /// The connection.
    Tls,
}

impl ServerArea {
    /// Every area, in order.
    pub const ALL: [Self; 10] = [
        Self::Authorization,
        Self::Token,
        Self::Bearer,
        Self::Device,
        Self::Metadata,
        Self::Revocation,
        Self::Introspection,
        Self::Keys,
        Self::Headers,
        Self::Tls,
    ];

    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorization => "server-authorization",
            Self::Token => "server-token",
            Self::Bearer => "server-bearer",
            Self::Device => "server-device",
            Self::Metadata => "server-metadata",
            Self::Revocation => "server-revocation",
            Self::Introspection => "server-introspection",
            Self::Keys => "server-keys",
            Self::Headers => "server-headers",
            Self::Tls => "server-tls",
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Token => "tokens",
            Self::Bearer => "bearer",
            Self::Device => "device",
            Self::Metadata => "metadata",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::Keys => "API keys",
            Self::Headers => "headers",
            Self::Tls => "TLS",
        }
    }
}
