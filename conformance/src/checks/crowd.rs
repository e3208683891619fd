//! Several commands at once, on one session.

use super::refresh::{claimed, renewals};
use crate::check::{Area, Check, Level, not_reached, require};
use crate::observation::{Ending, RunRecord};
use crate::scenarios::refresh::{CROWD, LOGOUT_DURING_REFRESH, REFRESH_STAMPEDE};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "refresh-stampede",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "eight commands that start at once renew the session once, and all succeed",
        sources: &["RFC 9700 §4.14.2"],
        bugs: &["openai/codex#6498", "anthropics/claude-code#24317", "prisma/prisma-cli#35"],
        fix: "renew under a lock, and look at the file again once you have it",
        scenario: &REFRESH_STAMPEDE,
        mutants: &[
            "renews-without-lock",
            "loser-does-not-look-again",
            "forgets-what-it-saves",
            "renews-with-access-token",
            "renews-without-saving",
            "sends-client-secret",
            "session-comes-back",
        ],
        judge: |seen| {
            claimed(seen)?;
            let crowd: Vec<&RunRecord> =
                seen.runs.iter().filter(|run| run.label.starts_with("crowd ")).collect();
            if crowd.len() != CROWD {
                return not_reached("not all of them were started");
            }
            let renewed = crowd.iter().flat_map(|run| renewals(run)).count();
            if renewed == 0 {
                return not_reached("nobody renewed the session");
            }
            let failed = crowd.iter().filter(|run| run.ending != Ending::Exited(0)).count();
            // How many fail, and when, is chance: that some do is not.
            let observed = match (renewed, failed) {
                (1, 0) => "one renewal, all succeed",
                (1, _) => "one renewal, not all succeed",
                (_, 0) => "several renewals, all succeed",
                (..) => "several renewals, not all succeed",
            };
            require(renewed == 1 && failed == 0, "one renewal, all succeed", observed)
        },
    },
    Check {
        id: "refresh-stampede-leaves-session",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "after eight commands at once the session is still good",
        sources: &["RFC 9700 §4.14.2"],
        bugs: &["anthropics/claude-code#91708", "harbor-framework/harbor#2176"],
        fix: "renew under a lock, and never save what is older than what is there",
        scenario: &REFRESH_STAMPEDE,
        mutants: &[
            "renews-without-lock",
            "ignores-url",
            "forgets-what-it-saves",
            "profile-beats-variable",
            "renews-with-access-token",
            "renews-without-saving",
            "sends-client-secret",
            "session-comes-back",
        ],
        judge: |seen| {
            let afterwards = seen.run("afterwards")?;
            let good = afterwards.ending == Ending::Exited(0);
            if good {
                seen.answered(afterwards)?;
            }
            require(good, "good", if good { "good" } else { "lost" })
        },
    },
    Check {
        id: "logout-during-refresh",
        area: Area::Refresh,
        level: Level::Must,
        sentence: "a session that somebody signs out of while it is renewed does not come back",
        sources: &["OWASP ASVS 7.4.1"],
        bugs: &["prisma/prisma-cli#35", "anthropics/claude-code#80585"],
        fix: "save what was renewed under the lock that signing out takes as well, and not into what is gone",
        scenario: &LOGOUT_DURING_REFRESH,
        mutants: &[
            "session-comes-back",
            "logout-keeps-key",
            "logout-keeps-session",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            claimed(seen)?;
            let identity = seen.run("identity")?;
            if renewals(identity).next().is_none() {
                return not_reached("the session was not renewed");
            }
            let logout = seen.success("logout")?;
            let given =
                [identity.given("token", "access_token"), identity.given("token", "refresh_token")];
            let mut tokens = given.iter().flatten();
            let back = tokens.any(|token| {
                !logout.after.files_where(|_, file| file.text.contains(token.as_str())).is_empty()
            });
            require(!back, "no session", if back { "the renewed session" } else { "no session" })
        },
    },
];
