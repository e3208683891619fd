//! Device authorization, RFC 8628.

use super::expect::{ENOUGH_BITS, bits, error_is, page, refused};
use crate::check::{Level, Objection, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{DEVICE, DEVICE_APPROVED, DEVICE_BOUND, DEVICE_DENIED, DEVICE_LOOKED_AT};
use crate::server_check::{ServerArea, ServerCheck};

/// The least randomness of a code that people type, in bits: eight of twenty letters have 34, RFC
/// 8628 section 6.1, and an estimate from three codes is not exact.
const TYPED_BITS: f64 = 24.0;

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-device-reply",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "the reply has both codes, the page, and the lifetime as a number",
        sources: &["RFC 8628 §3.2"],
        fix: "answer 200 with device_code, user_code, verification_uri and expires_in",
        part: &DEVICE,
        needs: &[],
        mutants: &["the-device-reply-has-no-page"],
        judge: |seen| {
            let reply = seen.good("request")?;
            let texts = ["device_code", "user_code", "verification_uri"];
            let missing = texts.into_iter().find(|name| reply.text(name).is_none());
            let lifetime = reply.member("expires_in").is_some_and(|value| value.is_u64());
            let missing = missing.or((!lifetime).then_some("expires_in"));
            let observed = missing.map_or("all".to_owned(), |name| format!("no good `{name}`"));
            require(missing.is_none(), "all", observed)
        },
    },
    ServerCheck {
        id: "server-device-pending",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls before anybody has decided gets 400 and `authorization_pending`",
        sources: &["RFC 8628 §3.5"],
        fix: "answer 400 with error=authorization_pending",
        part: &DEVICE,
        needs: &[],
        mutants: &["pending-is-a-success"],
        judge: |seen| {
            let reply = seen.reply("poll")?;
            let pending = reply.status == 400
                && reply.text("error").as_deref() == Some("authorization_pending");
            require(pending, "400 authorization_pending", reply.describe())
        },
    },
    ServerCheck {
        id: "server-device-hasty",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls too soon is told to wait, and breaks nothing",
        sources: &["RFC 8628 §3.5"],
        fix: "answer 400 with error=slow_down, or with error=authorization_pending",
        part: &DEVICE,
        needs: &[],
        mutants: &["hasty-polls-break-the-server"],
        judge: |seen| {
            let reply = seen.reply("hasty-poll")?;
            let error = reply.text("error").unwrap_or_default();
            let told =
                reply.is_refusal() && ["slow_down", "authorization_pending"].contains(&&*error);
            require(told, "slow_down or authorization_pending", reply.describe())
        },
    },
    ServerCheck {
        id: "server-device-unknown-code",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "a device code that nobody has is told as `invalid_grant` or `expired_token`",
        sources: &["RFC 8628 §3.5", "RFC 6749 §5.2"],
        fix: "answer 400 with error=invalid_grant",
        part: &DEVICE,
        needs: &[],
        mutants: &["unknown-device-codes-are-pending"],
        judge: |seen| {
            seen.good("request")?;
            let reply = seen.reply("unknown-code")?;
            let error = reply.text("error").unwrap_or_default();
            let told = ["invalid_grant", "expired_token"].contains(&&*error);
            require(told, "invalid_grant or expired_token", reply.describe())
        },
    },
    ServerCheck {
        id: "server-device-code-strong",
        area: ServerArea::Device,
        level: Level::Should,
        sentence: "device codes have 128 bits of randomness",
        sources: &["RFC 8628 §5.2", "RFC 6749 §10.10"],
        fix: "draw device codes from a cryptographic generator, 22 letters and digits at least",
        part: &DEVICE,
        needs: &[],
        mutants: &["device-codes-are-short"],
        judge: |seen| {
            let enough = randomness(seen, "device_code")? >= ENOUGH_BITS;
            require(enough, "at least 128 bits", if enough { "as many" } else { "fewer" })
        },
    },
    ServerCheck {
        id: "server-device-user-code-strong",
        area: ServerArea::Device,
        level: Level::Should,
        sentence: "the codes that people type are not soon guessed",
        sources: &["RFC 8628 §5.1", "RFC 8628 §6.1"],
        fix: "draw eight letters out of twenty, and limit wrong codes",
        part: &DEVICE,
        needs: &[],
        mutants: &["user-codes-are-short"],
        judge: |seen| {
            let enough = randomness(seen, "user_code")? >= TYPED_BITS;
            require(enough, "eight letters or as much", if enough { "as much" } else { "less" })
        },
    },
    ServerCheck {
        id: "server-device-page-is-plain",
        area: ServerArea::Device,
        level: Level::Should,
        sentence: "the page that people type does not hold the code",
        sources: &["RFC 8628 §3.3"],
        fix: "put the code into verification_uri_complete alone",
        part: &DEVICE,
        needs: &[],
        mutants: &["the-page-holds-the-code"],
        judge: |seen| {
            let reply = seen.good("request")?;
            let (Some(page), Some(code)) =
                (reply.text("verification_uri"), reply.text("user_code"))
            else {
                return not_reached("there is no page or no code");
            };
            let holds = page.contains(&code);
            require(!holds, "no code in it", if holds { "the code" } else { "no code in it" })
        },
    },
    ServerCheck {
        id: "server-device-approved",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls after somebody approved gets tokens",
        sources: &["RFC 8628 §3.5"],
        fix: "answer the first poll after the approval with the token reply",
        part: &DEVICE_APPROVED,
        needs: &[],
        mutants: &["approvals-are-not-seen"],
        judge: |seen| {
            let reply = seen.reply("poll")?;
            let given = reply.is_success() && reply.text("access_token").is_some();
            require(given, "an access token", reply.describe())
        },
    },
    ServerCheck {
        id: "server-device-once",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "a device code gives tokens once",
        sources: &["RFC 6749 §10.5", "RFC 8628 §3.5"],
        fix: "mark the device code as used in the statement that looks it up",
        part: &DEVICE_APPROVED,
        needs: &[],
        mutants: &["device-codes-work-twice"],
        judge: |seen| {
            seen.good("poll")?;
            refused(seen, "poll-again")
        },
    },
    ServerCheck {
        id: "server-device-denied",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "who polls after somebody refused gets `access_denied`",
        sources: &["RFC 8628 §3.5"],
        fix: "answer 400 with error=access_denied",
        part: &DEVICE_DENIED,
        needs: &[],
        mutants: &["denials-are-pending", "looking-approves"],
        judge: |seen| error_is(seen, "poll", "access_denied"),
    },
    ServerCheck {
        id: "server-device-not-by-looking",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "opening the page with a code in it approves nothing",
        sources: &["RFC 8628 §3.3.1", "RFC 6749 §10.12"],
        fix: "approve by a posted form, after the code was shown to be compared",
        part: &DEVICE_LOOKED_AT,
        needs: &[],
        mutants: &["looking-approves"],
        judge: |seen| {
            page(seen.reply(seen.value("page")?)?)?;
            error_is(seen, "poll", "authorization_pending")
        },
    },
    ServerCheck {
        id: "server-device-client-bound",
        area: ServerArea::Device,
        level: Level::Must,
        sentence: "a device code is refused from another client",
        sources: &["RFC 6749 §5.2", "RFC 8628 §3.4"],
        fix: "compare the client of the poll with that of the request",
        part: &DEVICE_BOUND,
        needs: &[],
        mutants: &["device-codes-are-not-bound-to-clients"],
        judge: |seen| {
            if seen.reply("another-client")?.is_refusal() {
                seen.good("poll")?;
            }
            refused(seen, "another-client")
        },
    },
];

/// The randomness of a member of the samples.
fn randomness(seen: &Recording, member: &str) -> Result<f64, Objection> {
    let mut samples = Vec::new();
    for (_, reply) in seen.each("sample#")? {
        match reply.text(member) {
            Some(text) => samples.push(text),
            None => return not_reached(format!("a reply has no `{member}`")),
        }
    }
    Ok(bits(samples.iter().map(String::as_str)))
}
