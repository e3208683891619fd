//! Who is signed in, and who says so.

use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{Observation, RunRecord};
use crate::scenarios::login::LOGIN;
use crate::scenarios::session::IDENTITY_CHANGES;
use crate::spelling::shows;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "identity-shown",
        area: Area::Identity,
        level: Level::Must,
        sentence: "the identity command shows everything that is documented of the account",
        sources: &[],
        bugs: &[],
        fix: "print each of the documented values as the platform gives it",
        scenario: &LOGIN,
        mutants: &["omits-balance", "omits-creation-date", "identity-from-token"],
        judge: |seen| {
            let identity = seen.success("identity")?;
            let missing = missing_values(seen, identity)?;
            let observed = if missing.is_empty() {
                "all of them".to_owned()
            } else {
                format!("no {}", missing.join(", "))
            };
            require(missing.is_empty(), "all of them", observed)
        },
    },
    Check {
        id: "identity-asks-platform",
        area: Area::Identity,
        level: Level::Must,
        sentence: "the identity command shows what the platform says now, not what it said before",
        sources: &[],
        bugs: &["expo/expo-cli#743", "resend/resend-cli#70"],
        fix: "ask the platform each time",
        scenario: &IDENTITY_CHANGES,
        mutants: &["caches-identity"],
        judge: |seen| {
            let (before, after) = (seen.success("before")?, seen.success("after")?);
            let not_shown = missing_values(seen, before)?;
            let changed =
                |member: &&String| before.account.get(*member) != after.account.get(*member);
            let claimed = seen.cli.identity.iter().flat_map(|identity| &identity.shows);
            let changed: Vec<_> =
                claimed.filter(changed).filter(|one| !not_shown.contains(one)).collect();
            if changed.is_empty() {
                return not_reached("nothing that it shows has changed");
            }
            let missing = missing_values(seen, after)?;
            let stale = changed.iter().any(|member| missing.contains(member));
            require(!stale, "the new values", if stale { "old values" } else { "the new values" })
        },
    },
    Check {
        id: "identity-revoked-fails",
        area: Area::Identity,
        level: Level::Must,
        sentence: "the identity command fails at once when the key was revoked, and names nobody",
        sources: &["RFC 6750 §3.1"],
        bugs: &["expo/expo-cli#743", "LambdaTest/kane-cli#58", "cli/cli#8845"],
        fix: "ask the platform each time, and take 401 for an answer",
        scenario: &IDENTITY_CHANGES,
        mutants: &["caches-identity", "ignores-unauthorized", "unauthorized-exits-zero"],
        judge: |seen| {
            let before = seen.success("before")?;
            let revoked = seen.run("revoked")?;
            let known = missing_values(seen, before)?.len();
            let claimed = seen.cli.identity.as_ref().map_or(0, |identity| identity.shows.len());
            if known == claimed {
                return not_reached("it named nobody before, either");
            }
            let named = missing_values(seen, revoked)?.len() < claimed;
            let observed = format!(
                "{}, {}",
                revoked.ending.describe(),
                if named { "an identity" } else { "no identity" }
            );
            let ok = revoked.ending.is_failure() && !named;
            require(ok, "a non-zero exit, no identity", observed)
        },
    },
    Check {
        id: "identity-hides-key",
        area: Area::Identity,
        level: Level::Should,
        sentence: "the identity command prints no whole key",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["pivotal-cf/pivnet-cli#49"],
        fix: "print the prefix, or nothing, of the key in use",
        scenario: &LOGIN,
        mutants: &["identity-shows-key"],
        judge: |seen| {
            let identity = seen.success("identity")?;
            seen.answered(identity)?;
            if identity.said().is_empty() {
                return not_reached("it printed nothing");
            }
            let found = seen.name_secrets_in(&identity.said());
            require(found == "none", "none", found)
        },
    },
];

/// The documented members of the account that `run` does not show.
fn missing_values(seen: &Observation, run: &RunRecord) -> Result<Vec<String>, Objection> {
    let Some(claimed) = &seen.cli.identity else {
        return Err(Objection::NotClaimed("an identity command that shows something".to_owned()));
    };
    let said = run.said();
    if claimed.shows.is_empty() {
        return Err(Objection::NotClaimed("an identity command that shows something".to_owned()));
    }
    let shown =
        |member: &&String| run.account.get(*member).is_some_and(|value| shows(&said, value));
    Ok(claimed.shows.iter().filter(|member| !shown(member)).cloned().collect())
}
