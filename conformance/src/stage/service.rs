//! The service of a profile, as scenarios are played with it.

use mock_server::PlatformProfile;

use crate::scenario::{ACCESS_TOKEN_LIFETIME, POLL_INTERVAL};

/// The service with the shortest waits that its protocols allow: a poll a second, and access tokens
/// of an hour, so that a scenario knows how long theirs live.
pub(super) fn in_a_hurry(service: &PlatformProfile) -> PlatformProfile {
    let mut service = service.clone();
    service.access_tokens.lifetime_seconds = ACCESS_TOKEN_LIFETIME.as_secs();
    if let Some(device) = service.oauth.as_mut().and_then(|oauth| oauth.device.as_mut()) {
        device.interval_seconds = POLL_INTERVAL.as_secs();
    }
    if let Some(headless) = &mut service.headless_login {
        headless.interval_seconds = POLL_INTERVAL.as_secs();
    }
    service
}
