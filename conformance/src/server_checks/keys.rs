//! API keys: what they look like, who sees them, and when they end.

use mock_server::profile::ReplyShape;

use super::expect::{
    ENOUGH_BITS, beside_a_good_one, beside_what_was_lent, bits, refused, unauthorized,
};
use crate::check::{Judgement, Level, not_reached, require};
use crate::probe::recording::{Recording, Reply};
use crate::probe::{KEY_VERIFY, KEYS, KEYS_UNSEEN, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-keys-create-needs-credential",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "nobody creates a key without a credential",
        sources: &["RFC 9110 §15.5.2"],
        fix: "answer 401 to who shows no credential",
        part: &KEYS_UNSEEN,
        needs: &[&need::KEY_CREATE, &need::WRITES],
        mutants: &["anybody-creates-keys"],
        judge: |seen| beside_a_good_key(seen, unauthorized(seen, "create")),
    },
    ServerCheck {
        id: "server-keys-list-needs-credential",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "nobody lists keys without a credential",
        sources: &["RFC 9110 §15.5.2"],
        fix: "answer 401 to who shows no credential",
        part: &KEYS_UNSEEN,
        needs: &[&need::KEY_LIST],
        mutants: &["anybody-lists-keys"],
        judge: |seen| beside_a_good_key(seen, unauthorized(seen, "list")),
    },
    ServerCheck {
        id: "server-keys-format",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a new key has the format of the contract",
        sources: &["RFC 6749 §10.10"],
        fix: "mint keys in the format that the contract names",
        part: &KEYS,
        needs: &[],
        mutants: &["keys-look-different"],
        judge: |seen| {
            seen.good("create")?;
            let format = &seen.platform.keys.format;
            let matches = format.matches(seen.value("key")?);
            let expected = format.to_string();
            let observed = if matches { expected.clone() } else { "another one".to_owned() };
            require(matches, expected, observed)
        },
    },
    ServerCheck {
        id: "server-keys-unguessable",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "the part of a key that is not shown has 128 bits of randomness",
        sources: &["RFC 6749 §10.10", "ASVS 7.2.3"],
        fix: "draw keys from a cryptographic generator, 22 letters and digits at least",
        part: &KEYS,
        needs: &[],
        mutants: &["keys-are-half-constant"],
        judge: |seen| {
            let format = &seen.platform.keys.format;
            let shown = seen.platform.keys.prefix.length();
            let samples = seen.each("sample#")?;
            let key =
                |body: &str| body.split('"').find(|text| format.matches(text)).map(str::to_owned);
            let keys: Vec<String> =
                samples.iter().filter_map(|(_, reply)| key(&reply.body)).collect();
            if keys.len() < 2 {
                return not_reached("there are no two keys to compare");
            }
            let enough = bits(keys.iter().map(|key| &key[shown..])) >= ENOUGH_BITS;
            require(enough, "at least 128 bits", if enough { "as many" } else { "fewer" })
        },
    },
    ServerCheck {
        id: "server-keys-listed",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a new key is listed by its name and the part that may be shown",
        sources: &["ASVS 7.4.1"],
        fix: "list each key with its name and prefix: nobody revokes what cannot be told apart",
        part: &KEYS,
        needs: &[&need::KEY_LIST],
        mutants: &["new-keys-are-not-listed"],
        judge: |seen| {
            let list = seen.good("list")?;
            let key = seen.value("key")?;
            let prefix = key.get(..seen.platform.keys.prefix.length()).unwrap_or(key);
            let missing = [(prefix, "its prefix"), (seen.value("create/label")?, "its name")];
            let missing = missing.into_iter().find(|(text, _)| !list.body.contains(text));
            let observed = missing.map_or("both".to_owned(), |(_, what)| format!("not {what}"));
            require(missing.is_none(), "both", observed)
        },
    },
    ServerCheck {
        id: "server-keys-shown-once",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a list of keys shows none of them whole",
        sources: &["ASVS 14.2.1"],
        fix: "keep a hash of the key and its prefix, and show the key once, when it is made",
        part: &KEYS,
        needs: &[&need::KEY_LIST],
        mutants: &["the-list-shows-keys"],
        judge: |seen| {
            let list = seen.good("list")?;
            if !list.body.contains(seen.value("create/label")?) {
                return not_reached("the new key is not listed");
            }
            let whole = list.body.contains(seen.value("key")?);
            require(!whole, "no whole key", if whole { "a whole key" } else { "no whole key" })
        },
    },
    ServerCheck {
        id: "server-keys-need-name",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a request for a key without its members is refused, and breaks nothing",
        sources: &["RFC 9110 §15.5.1"],
        fix: "answer 400 where the body is not what the contract says",
        part: &KEYS,
        needs: &[],
        mutants: &["nameless-keys-break-the-server"],
        judge: |seen| beside_a_good_one(seen, "create", refused(seen, "nameless")),
    },
    ServerCheck {
        id: "server-keys-near-miss",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a key with a good prefix and another secret is refused with 401",
        sources: &["RFC 6749 §10.10"],
        fix: "compare the hash of the whole key, not its prefix",
        part: &KEYS,
        needs: &[&need::PROTECTED],
        mutants: &["keys-are-found-by-prefix"],
        judge: |seen| beside_a_good_one(seen, "use", unauthorized(seen, "near-miss")),
    },
    ServerCheck {
        id: "server-keys-refusals-alike",
        area: ServerArea::Keys,
        level: Level::Should,
        sentence: "a refusal does not tell whether a prefix is known",
        sources: &["ASVS 6.3.8"],
        fix: "answer an unknown prefix and a wrong secret with the same words",
        part: &KEYS,
        needs: &[&need::PROTECTED],
        mutants: &["refusals-tell-of-prefixes"],
        judge: |seen| {
            let (near, far) = (seen.reply("near-miss")?, seen.reply("far-miss")?);
            if !near.is_refusal() {
                return not_reached(format!("the near miss was answered {}", near.describe()));
            }
            let alike = (near.status, &near.body) == (far.status, &far.body);
            let observed = if alike { "one answer" } else { "two answers" };
            beside_a_good_one(seen, "use", require(alike, "one answer", observed))
        },
    },
    ServerCheck {
        id: "server-keys-revoked",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a revoked key is refused with 401 at once, and no other key is",
        sources: &["ASVS 7.4.1"],
        fix: "look at the key's end at each use, without a cache",
        part: &KEYS,
        needs: &[&need::KEY_REVOKE, &need::PROTECTED],
        mutants: &["revoked-keys-live-on"],
        judge: |seen| {
            seen.good("revoke")?;
            let evidence = unauthorized(seen, "use-after")?;
            seen.good("use")?;
            for other in ["own-after", "other-after"] {
                let reply = seen.reply(other)?;
                if !reply.is_success() {
                    return require(
                        false,
                        "the others work on",
                        format!("{other}: {}", reply.status),
                    );
                }
            }
            Ok(evidence)
        },
    },
    ServerCheck {
        id: "server-keys-unknown-id",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "revoking a key that is not there is answered as the contract says",
        sources: &["RFC 9110 §15.5.5"],
        fix: "answer as the contract says for an id that nobody has",
        part: &KEYS,
        needs: &[&need::KEY_REVOKE],
        mutants: &["unknown-ids-break-the-server"],
        judge: |seen| {
            let profile = seen.platform.key_revoke.as_ref();
            let expected = profile.map_or(404, |profile| profile.unknown.status);
            let reply = seen.reply("revoke-unknown")?;
            let refusal = require(reply.status == expected, expected.to_string(), reply.describe());
            beside_a_good_one(seen, "create", refusal)
        },
    },
    ServerCheck {
        id: "server-keys-verify-good",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a good key is verified with the members of the contract",
        sources: &["RFC 7662 §2.2"],
        fix: "answer as the contract says for a good key",
        part: &KEY_VERIFY,
        needs: &[&need::KEY],
        mutants: &["good-keys-are-not-verified"],
        judge: |seen| {
            let holds = is_valid(seen, seen.reply("good")?);
            require(holds, "valid", if holds { "valid" } else { "not valid" })
        },
    },
    ServerCheck {
        id: "server-keys-verify-unknown",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "a key that nobody has is not verified",
        sources: &["RFC 7662 §2.2"],
        fix: "answer as the contract says for a key that is no good",
        part: &KEY_VERIFY,
        needs: &[&need::KEY],
        mutants: &["any-key-is-verified"],
        judge: |seen| {
            let reply = seen.reply("unknown")?;
            let verify = seen.platform.key_verify.as_ref();
            let as_said = verify.is_some_and(|verify| is_as(reply, &verify.invalid));
            let observed = match (is_valid(seen, reply), as_said) {
                (true, _) => "valid".to_owned(),
                (false, true) => "not valid".to_owned(),
                (false, false) => reply.describe(),
            };
            let evidence = require(observed == "not valid", "not valid", observed)?;
            if !is_valid(seen, seen.reply("good")?) {
                return not_reached("a good key is not valid either");
            }
            Ok(evidence)
        },
    },
    ServerCheck {
        id: "server-keys-verify-needs-credential",
        area: ServerArea::Keys,
        level: Level::Must,
        sentence: "nobody verifies keys without a credential",
        sources: &["RFC 7662 §2.1"],
        fix: "answer 401 to who shows no credential",
        part: &KEY_VERIFY,
        needs: &[],
        mutants: &["anybody-verifies"],
        judge: |seen| beside_a_good_key(seen, unauthorized(seen, "unseen")),
    },
];

/// A refusal, beside a good key that was taken.
fn beside_a_good_key(seen: &Recording, refusal: Judgement) -> Judgement {
    beside_what_was_lent(seen, "good", &need::KEY, refusal)
}

/// Whether a reply verifies a key, as the contract says.
fn is_valid(seen: &Recording, reply: &Reply) -> bool {
    let verify = seen.platform.key_verify.as_ref();
    verify.is_some_and(|verify| is_as(reply, &verify.valid))
}

/// Whether a reply is what the contract says of a key: its status, and `valid` where it has one.
fn is_as(reply: &Reply, shape: &ReplyShape) -> bool {
    let valid = shape.body.as_ref().and_then(|body| body.get("valid"));
    let same = valid.is_none_or(|valid| reply.member("valid").as_ref() == Some(valid));
    reply.status == shape.status && same
}
