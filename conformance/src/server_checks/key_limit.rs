//! How many keys an account may have, and whose they are.

use super::expect::once;
use crate::check::{Level, Objection, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{FOREIGN_KEY, KEY_LIMIT, KEY_RACE, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-keys-limit",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "an account at its limit gets no more keys",
        sources: &["ASVS 2.4.1"],
        fix: "count the account's keys before another one is made",
        part: &KEY_LIMIT,
        needs: &[],
        mutants: &["the-limit-is-higher"],
        judge: |seen| {
            is_full(seen, limit(seen))?;
            let profile = seen.platform.key_create.as_ref();
            let expected = profile.map_or(400, |profile| profile.at_limit.status);
            let reply = seen.reply("one-more")?;
            require(reply.status == expected, expected.to_string(), reply.describe())
        },
    },
    ServerCheck {
        id: "server-keys-room",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "revoking a key makes room for another one",
        sources: &["ASVS 2.4.1"],
        fix: "count the keys that are good, not those that ever were",
        part: &KEY_LIMIT,
        needs: &[],
        mutants: &["revoking-makes-no-room"],
        judge: |seen| {
            is_full(seen, limit(seen))?;
            seen.good("revoke")?;
            let reply = seen.reply("in-its-place")?;
            require(reply.is_success(), "a new key", reply.describe())
        },
    },
    ServerCheck {
        id: "server-keys-limit-race",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "the limit holds when many keys are created at once",
        sources: &["ASVS 15.4.2"],
        fix: "count and create in one transaction, or under one lock of the account",
        part: &KEY_RACE,
        needs: &[&need::RACE],
        mutants: &["the-limit-races", "the-limit-is-higher"],
        judge: |seen| {
            is_full(seen, limit(seen).saturating_sub(1))?;
            once(seen, "create#")
        },
    },
    ServerCheck {
        id: "server-keys-foreign",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "nobody revokes another account's key",
        sources: &["ASVS 8.2.2"],
        fix: "look for the key among those of the account that asks",
        part: &FOREIGN_KEY,
        needs: &[],
        mutants: &["anybody-revokes-keys"],
        judge: |seen| {
            seen.good("use")?;
            let (reply, after) = (seen.reply("revoke")?, seen.reply("use-after")?);
            let holds = reply.is_refusal() && after.is_success();
            let observed = match (reply.is_refusal(), after.is_success()) {
                (true, true) => "refused, and the key works on".to_owned(),
                (false, _) => format!("answered {}", reply.describe()),
                (true, false) => "refused, and the key works no more".to_owned(),
            };
            require(holds, "refused, and the key works on", observed)
        },
    },
];

fn limit(seen: &Recording) -> usize {
    seen.platform.keys.limit.unwrap_or_default()
}

/// The control: the account had as many keys as the situation asks for.
fn is_full(seen: &Recording, expected: usize) -> Result<(), Objection> {
    let there = seen.value("full")?;
    if there == expected.to_string() {
        return Ok(());
    }
    not_reached(format!("the account has {there} keys instead of {expected}"))
}
