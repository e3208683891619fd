//! What a token is, RFC 7662.

use serde_json::Value;

use super::expect::beside_what_was_lent;
use crate::check::{Judgement, Level, not_reached, require};
use crate::probe::recording::{Recording, Reply};
use crate::probe::{INTROSPECTION, INTROSPECTION_LIVE, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-introspection-needs-credential",
        area: ServerArea::Introspection,
        level: Level::Must,
        sentence: "who shows no credential is told nothing of a token",
        sources: &["RFC 7662 §2.1", "RFC 7662 §4"],
        fix: "answer 401 to who shows no credential",
        part: &INTROSPECTION,
        needs: &[],
        mutants: &["anybody-introspects"],
        judge: |seen| {
            let reply = seen.reply("unseen")?;
            let refused = [400, 401, 403].contains(&reply.status);
            let refusal = require(refused, "a refusal", reply.describe());
            beside_what_was_lent(seen, "unknown", &need::CLIENT_SECRET, refusal)
        },
    },
    ServerCheck {
        id: "server-introspection-unknown",
        area: ServerArea::Introspection,
        level: Level::Must,
        sentence: "a token that nobody knows is inactive, and nothing more is said",
        sources: &["RFC 7662 §2.2"],
        fix: "answer 200 with {\"active\": false}",
        part: &INTROSPECTION,
        needs: &[&need::CLIENT_SECRET],
        mutants: &["unknown-tokens-are-not-introspected"],
        judge: |seen| inactive(seen, "unknown"),
    },
    ServerCheck {
        id: "server-introspection-living",
        area: ServerArea::Introspection,
        level: Level::Must,
        sentence: "a token that is good is active",
        sources: &["RFC 7662 §2.2"],
        fix: "answer 200 with \"active\": true for a token that is good",
        part: &INTROSPECTION_LIVE,
        needs: &[],
        mutants: &["living-tokens-are-inactive"],
        judge: |seen| {
            seen.good("sign-in/exchange")?;
            let active = is_active(seen.reply("living")?);
            require(active, "active", if active { "active" } else { "not active" })
        },
    },
    ServerCheck {
        id: "server-introspection-ended",
        area: ServerArea::Introspection,
        level: Level::Must,
        sentence: "a token that was revoked is inactive, and nothing more is said",
        sources: &["RFC 7662 §2.2", "RFC 7662 §4"],
        fix: "answer 200 with {\"active\": false} and no other member",
        part: &INTROSPECTION_LIVE,
        needs: &[],
        mutants: &["introspection-tells-of-the-dead", "revocation-does-nothing"],
        judge: |seen| {
            seen.good("revoke")?;
            let evidence = inactive(seen, "ended")?;
            if !is_active(seen.good("living")?) {
                return not_reached("the token was not active before its end");
            }
            Ok(evidence)
        },
    },
];

fn is_active(reply: &Reply) -> bool {
    reply.member("active") == Some(Value::Bool(true))
}

fn inactive(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.reply(name)?;
    let members = match reply.json() {
        Some(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let inactive = reply.status == 200 && members.get("active") == Some(&Value::Bool(false));
    let more: Vec<&str> = members.keys().map(String::as_str).filter(|m| *m != "active").collect();
    let observed = match (inactive, more.is_empty()) {
        (true, true) => "inactive, and nothing more".to_owned(),
        (true, false) => format!("inactive, with {}", more.join(", ")),
        (false, _) => format!("{}, not inactive", reply.describe()),
    };
    require(observed == "inactive, and nothing more", "inactive, and nothing more", observed)
}
