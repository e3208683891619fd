//! What a platform does wrong all the time, on purpose: the mistakes of real servers, which a probe
//! must find. A script changes single answers; a lapse changes what is remembered or compared.

use serde::{Deserialize, Serialize};

use crate::state::State;

/// A mistake that a platform makes from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// A code may be exchanged any number of times.
    CodeTwice,
    /// A code that was exchanged counts as used only once somebody shows a credential.
    CodeRaces,
    /// A code that comes twice is refused, and what it gave stays good.
    ReplayHarmless,
    /// The code verifier is not compared with the challenge.
    VerifierUnchecked,
    /// An exchange without a code verifier is good.
    VerifierOptional,
    /// The redirect URI of an exchange is not compared.
    RedirectUnbound,
    /// A code is good for any client.
    CodeAnyClient,
    /// The reuse of a refresh token is refused, and its family lives on.
    FamilySurvives,
    /// A refresh token that was used counts as used only once somebody shows a credential.
    RefreshRaces,
    /// A refresh token is good for any client.
    RefreshAnyClient,
    /// A refresh may ask for more than was granted.
    ScopeWidens,
    /// Refresh tokens are counted, not drawn.
    CountedTokens,
    /// A refresh token is taken for an access token.
    RefreshAsAccess,
    /// Access tokens and keys never expire.
    NeverExpires,
    /// Revocation says yes and does nothing.
    RevokesNothing,
    /// Revocation looks only where the hint says.
    HintTrusted,
    /// Anybody revokes anybody's tokens.
    RevokesForAnyClient,
    /// Revoking a refresh token leaves its access tokens good.
    AccessOutlivesRefresh,
    /// Introspection says of an ended token whose it was.
    TellsOfTheDead,
    /// Opening the approval page with a code approves it.
    ApprovedByLooking,
    /// What was approved on another device is handed out any number of times.
    DeviceTwice,
    /// A device code is good for any client.
    DeviceAnyClient,
    /// A browser login may be finished any number of times.
    LoginTwice,
    /// A key is found by the part of it that may be shown.
    KeyByPrefix,
    /// The refusal of a key says that its prefix is known.
    TellsOfPrefixes,
    /// A revoked key stays good.
    RevokedKeyGood,
    /// A list of keys shows them whole.
    ListShowsKeys,
    /// The limit is held against the number of keys that was listed last.
    LimitRaces,
    /// Revoked keys count for the limit.
    RevokedKeysCount,
    /// Anybody revokes anybody's keys.
    RevokesForeignKeys,
}

/// What a platform with lapses remembers of them.
#[derive(Debug, Default)]
pub(crate) struct Lapses {
    made: Vec<Lapse>,
    /// Codes that will count as used: of OAuth with the family they gave, and of logins.
    pub(crate) late_codes: Vec<(String, Option<u64>)>,
    /// Refresh tokens that will count as used.
    pub(crate) late_refresh: Vec<String>,
    /// How many keys were listed last.
    pub(crate) listed_keys: Option<usize>,
}

impl Lapses {
    pub(crate) fn make(&mut self, lapse: Lapse) {
        self.made.push(lapse);
    }

    pub(crate) fn has(&self, lapse: Lapse) -> bool {
        self.made.contains(&lapse)
    }
}

impl State {
    /// What was late to count as used counts from now on.
    pub(crate) fn settle(&mut self, now_ms: u64) {
        for (code, given) in std::mem::take(&mut self.lapses.late_codes) {
            if let Ok(found) = self.authorization_codes.find(&code, now_ms) {
                found.spend(given);
            }
            if let Ok(found) = self.key_codes.find(&code, now_ms) {
                found.spend(given);
            }
        }
        for token in std::mem::take(&mut self.lapses.late_refresh) {
            self.tokens.note_use(&token, Some(now_ms));
        }
    }
}
