//! How long an access token lives, however the platform says it.

use super::refresh::{renewal, renewals};
use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require, require_work};
use crate::observation::Observation;
use crate::scenarios::refresh::{
    REFRESH_UNDER_OTHER_CLOCK, REFRESH_WITH_HUGE_EXPIRY, REFRESH_WITH_ODD_EXPIRY,
    REFRESH_WITHOUT_EXPIRY,
};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "refresh-without-expiry",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "an answer without expires_in is a good answer",
        sources: &["RFC 6749 §5.1"],
        bugs: &["mvanhorn/printing-press-library#396", "61418/aws-sso-util#88"],
        fix: "take the life for unknown: use the token until it is rejected",
        scenario: &REFRESH_WITHOUT_EXPIRY,
        mutants: &["lifetime-is-needed", "renews-with-access-token", "sends-client-secret"],
        judge: renewed_and_used,
    },
    Check {
        id: "refresh-unknown-end",
        area: Area::Refresh,
        level: Level::Should,
        sentence: "a token whose end is not known is used until it is rejected, and then renewed",
        sources: &["RFC 6749 §5.1"],
        bugs: &["61418/aws-sso-util#88"],
        fix: "neither renew it each time nor take it for good for ever",
        scenario: &REFRESH_WITHOUT_EXPIRY,
        mutants: &[
            "unknown-end-is-over",
            "unknown-end-is-never",
            "gives-up-upon-rejection",
            "renews-every-time",
            "standard-identity-beats-variable",
        ],
        judge: |seen| {
            renewal(seen.success("identity")?)?;
            let again = seen.run("again")?;
            if seen.identity_requests(again).next().is_none() {
                return not_reached("it was not used again");
            }
            let later = seen.run("hours later")?;
            let observed = match (renewals(again).count(), renewals(later).count()) {
                (0, 1) => "used, then renewed",
                (0, 0) => "used for ever",
                _ => "renewed each time",
            };
            require(observed == "used, then renewed", "used, then renewed", observed)
        },
    },
    Check {
        id: "refresh-odd-expiry",
        area: Area::Refresh,
        level: Level::Should,
        sentence: "an expires_in that is text does not cost the session",
        sources: &["RFC 6749 §5.1"],
        bugs: &["superseriousbusiness/gotosocial#731"],
        fix: "take a life that is no number for its number, or for unknown",
        scenario: &REFRESH_WITH_ODD_EXPIRY,
        mutants: &["lifetime-must-be-a-number", "renews-with-access-token", "sends-client-secret"],
        judge: renewed_and_used,
    },
    Check {
        id: "refresh-huge-expiry",
        area: Area::Refresh,
        level: Level::Should,
        sentence: "an expires_in beyond all measure does not end the command",
        sources: &["RFC 6749 §5.1"],
        bugs: &["mvanhorn/printing-press-library#396"],
        fix: "add it to the clock with a check for overflow",
        scenario: &REFRESH_WITH_HUGE_EXPIRY,
        mutants: &["lifetime-overflows", "renews-with-access-token", "sends-client-secret"],
        judge: renewed_and_used,
    },
    Check {
        id: "refresh-by-own-clock",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "the end of a token is counted from now by one's own clock, whatever the platform's says",
        sources: &["RFC 6749 §5.1"],
        bugs: &["croct-tech/cli#15", "workos/authkit-nextjs#470"],
        fix: "add expires_in to the time of the answer; a token is opaque to who was given it",
        scenario: &REFRESH_UNDER_OTHER_CLOCK,
        mutants: &["trusts-clock-of-server", "renews-every-time"],
        judge: |seen| {
            let first = seen.success("identity")?;
            if !renewal(first)?.reply_body.contains("expires_in") {
                return Err(Objection::NotClaimed("an expires_in".to_owned()));
            }
            let again = seen.run("again")?;
            if seen.identity_requests(again).next().is_none() {
                return not_reached("the session was not used again");
            }
            let renewed = renewals(again).next().is_some();
            let observed = if renewed { "renewed once more" } else { "used as it is" };
            require(!renewed, "used as it is", observed)
        },
    },
];

/// Whether the session was renewed, and the command done.
fn renewed_and_used(seen: &Observation) -> Judgement {
    let run = seen.run("identity")?;
    renewal(run)?;
    require_work(seen, run)
}
