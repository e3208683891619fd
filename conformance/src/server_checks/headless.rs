//! Logins for a key that are approved on another device.

use crate::check::{Judgement, Level, require};
use crate::probe::recording::{Recording, Reply};
use crate::probe::{HEADLESS, HEADLESS_APPROVED, HEADLESS_DENIED};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-device-key-pending",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls before anybody has decided is told to wait, and gets no key",
        sources: &["RFC 8628 §3.5"],
        fix: "answer as the contract says while nobody has decided",
        part: &HEADLESS,
        needs: &[],
        mutants: &["keys-come-before-the-approval"],
        judge: |seen| status_is(seen, "poll", |flow| flow.pending.status),
    },
    ServerCheck {
        id: "server-device-key-unknown",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls with a secret that nobody has is refused as the contract says",
        sources: &["RFC 6749 §5.2"],
        fix: "answer as the contract says for a secret that is unknown, used or expired",
        part: &HEADLESS,
        needs: &[],
        mutants: &["any-secret-may-poll"],
        judge: |seen| status_is(seen, "unknown", |flow| flow.expired.status),
    },
    ServerCheck {
        id: "server-device-key-approved",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls after somebody approved gets a key",
        sources: &["RFC 8628 §3.5"],
        fix: "answer the first poll after the approval with the key",
        part: &HEADLESS_APPROVED,
        needs: &[],
        mutants: &["key-approvals-are-not-seen"],
        judge: |seen| {
            let reply = seen.reply("poll")?;
            let given = reply.is_success() && holds_key(seen, reply);
            require(given, "a key", if given { "a key".to_owned() } else { reply.describe() })
        },
    },
    ServerCheck {
        id: "server-device-key-once",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "an approved login gives a key once",
        sources: &["RFC 6749 §10.5"],
        fix: "mark the login as used in the statement that looks it up",
        part: &HEADLESS_APPROVED,
        needs: &[],
        mutants: &["key-logins-work-twice"],
        judge: |seen| {
            seen.value("poll/key")?;
            status_is(seen, "poll-again", |flow| flow.expired.status)
        },
    },
    ServerCheck {
        id: "server-device-key-denied",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls after somebody refused is told so",
        sources: &["RFC 8628 §3.5"],
        fix: "answer as the contract says for a login that was refused",
        part: &HEADLESS_DENIED,
        needs: &[],
        mutants: &["key-denials-are-pending"],
        judge: |seen| status_is(seen, "poll", |flow| flow.denied.status),
    },
];

fn status_is(
    seen: &Recording,
    name: &str,
    status: fn(&mock_server::profile::HeadlessLoginProfile) -> u16,
) -> Judgement {
    let expected = seen.platform.headless_login.as_ref().map_or(0, status);
    let reply = seen.reply(name)?;
    let holds = reply.status == expected && !holds_key(seen, reply);
    require(holds, format!("{expected}, and no key"), reply.describe())
}

/// Whether a reply holds what looks like a key.
fn holds_key(seen: &Recording, reply: &Reply) -> bool {
    let format = &seen.platform.keys.format;
    reply.body.split('"').any(|text| format.matches(text))
}
