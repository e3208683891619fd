//! API keys: created once, listed without being shown, revoked for good.

use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord};
use crate::profile::Command;
use crate::scenario::CREATED_KEY_NAME;
use crate::scenarios::session::{KEYS, KEYS_FULL};
use crate::spelling::shows_day;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "key-create-shows-key",
        area: Area::Keys,
        level: Level::Must,
        sentence: "a new API key is printed whole, once, on standard output",
        sources: &["clig.dev Output"],
        bugs: &[],
        fix: "print the key that the platform returned: nobody can ask for it again",
        scenario: &KEYS,
        mutants: &["create-hides-key"],
        judge: |seen| {
            let create = seen.success("create")?;
            let times = create.stdout.matches(created_key(seen, create)?.as_str()).count();
            require(times == 1, "printed once", format!("printed {times} times"))
        },
    },
    Check {
        id: "key-create-warns",
        area: Area::Keys,
        level: Level::Must,
        sentence: "who creates an API key is warned that it is not shown again",
        sources: &[],
        bugs: &[],
        fix: "say beside the key that it will not be shown again",
        scenario: &KEYS,
        mutants: &["create-does-not-warn"],
        judge: |seen| {
            let create = seen.success("create")?;
            // Neither the key nor its name is a warning, whatever words they hold.
            let key = created_key(seen, create)?.to_lowercase();
            let said = create.said_lower().replace(&key, "").replace(CREATED_KEY_NAME, "");
            let warned = [
                "again",
                "only time",
                "once",
                "save it",
                "store it",
                "copy it",
                "will not be shown",
            ]
            .iter()
            .any(|words| said.contains(words));
            require(warned, "a warning", if warned { "a warning" } else { "no warning" })
        },
    },
    Check {
        id: "key-create-names-it",
        area: Area::Keys,
        level: Level::Must,
        sentence: "a new API key gets the name that was given",
        sources: &[],
        bugs: &[],
        fix: "send the name as the platform documents it",
        scenario: &KEYS,
        mutants: &["create-ignores-name"],
        judge: |seen| {
            let create = seen.success("create")?;
            let Some(request) = create.requests_to("key-create").next() else {
                return not_reached("no key was asked for");
            };
            let named = request.body.contains(CREATED_KEY_NAME);
            require(named, CREATED_KEY_NAME, if named { CREATED_KEY_NAME } else { "another name" })
        },
    },
    Check {
        id: "key-create-keeps-login",
        area: Area::Keys,
        level: Level::Must,
        sentence: "creating an API key leaves the saved credential as it is",
        sources: &[],
        bugs: &["SocketDev/socket-cli#1366"],
        fix: "print the new key, and save nothing",
        scenario: &KEYS,
        mutants: &["create-replaces-login"],
        judge: |seen| {
            let create = seen.success("create")?;
            created_key(seen, create)?;
            let kept = seen.store_after(create) == seen.store_before(create);
            require(kept, "unchanged", if kept { "unchanged" } else { "changed" })
        },
    },
    Check {
        id: "key-list-shows",
        area: Area::Keys,
        level: Level::Must,
        sentence: "the list of API keys shows name, prefix, creation date and last-used date of each",
        sources: &[],
        bugs: &[],
        fix: "print these four of every key",
        scenario: &KEYS,
        mutants: &["list-omits-prefix", "list-omits-last-used"],
        judge: |seen| {
            let list = seen.success("list")?;
            // The dates of the stored key lie far apart: see `Change::TimePasses`.
            let key = seen.key("stored")?;
            let block = block_of(&list.stdout, &key.prefix);
            let shown = [
                ("prefix", !block.is_empty()),
                ("name", block.contains("stored")),
                ("creation date", shows_day(&block, seen.began)),
                ("last-used date", shows_day(&block, seen.ended)),
            ];
            let missing: Vec<&str> =
                shown.iter().filter(|(_, there)| !there).map(|(what, _)| *what).collect();
            let observed = if missing.is_empty() {
                "all four".to_owned()
            } else {
                format!("no {}", missing.join(", no "))
            };
            require(missing.is_empty(), "all four", observed)
        },
    },
    Check {
        id: "key-list-hides-keys",
        area: Area::Keys,
        level: Level::Must,
        sentence: "the list of API keys shows no whole key",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["pivotal-cf/pivnet-cli#49"],
        fix: "print the prefix of a key, never the key",
        scenario: &KEYS,
        mutants: &["list-shows-own-key"],
        judge: |seen| {
            let list = seen.success("list")?;
            if !list.requests_to("key-list").any(|one| one.status == 200) {
                return not_reached("the platform did not answer with a list");
            }
            if list.stdout.is_empty() {
                return not_reached("it printed nothing");
            }
            let found = seen.name_secrets_in(&list.said());
            require(found == "none", "none", found)
        },
    },
    Check {
        id: "key-revoke-named",
        area: Area::Keys,
        level: Level::Must,
        sentence: "the API key that is named is revoked, and no other",
        sources: &[],
        bugs: &["oxidecomputer/oxide.rs#796"],
        fix: "send the id that was given, encoded for a path",
        scenario: &KEYS,
        mutants: &["revokes-first-key"],
        judge: |seen| {
            let revoke = seen.success("revoke")?;
            let named = named_id(seen, revoke)?;
            let requests: Vec<_> = revoke.requests_to("key-revoke").collect();
            let Some(request) = requests.first() else {
                return not_reached("no key was revoked");
            };
            let right = requests.len() == 1 && request.path.split('/').any(|part| part == named);
            require(right, "the named key", if right { "the named key" } else { "another key" })
        },
    },
    Check {
        id: "key-revoke-unknown-fails",
        area: Area::Keys,
        level: Level::Must,
        sentence: "revoking an API key that does not exist fails",
        sources: &["clig.dev Basics"],
        bugs: &[],
        fix: "exit non-zero on 404, and say that there is no such key",
        scenario: &KEYS,
        mutants: &["unknown-key-is-success"],
        judge: |seen| {
            let revoke = seen.run("revoke unknown")?;
            if !revoke.requests_to("key-revoke").any(|one| one.status == 404) {
                return not_reached("the platform was not asked");
            }
            require(revoke.ending.is_failure(), "a non-zero exit", revoke.ending.describe())
        },
    },
    Check {
        id: "key-limit-told",
        area: Area::Keys,
        level: Level::Must,
        sentence: "the refusal of one API key too many is a failure that gives the platform's reason",
        sources: &[],
        bugs: &[],
        fix: "exit non-zero, and print the platform's own message",
        scenario: &KEYS_FULL,
        mutants: &["limit-exits-zero", "limit-unexplained"],
        judge: |seen| {
            let create = seen.run("one too many")?;
            let refusal = create.requests_to("key-create").find(|one| one.status >= 400);
            let Some(refusal) = refusal else {
                return not_reached("the platform did not refuse it");
            };
            let body: serde_json::Value =
                serde_json::from_str(&refusal.reply_body).unwrap_or_default();
            let Some(reason) = body["error"].as_str() else {
                return not_reached("there was no reason");
            };
            let told = create.said().contains(reason);
            let shown = if told { "the reason" } else { "no reason" };
            let ok = told && create.ending.is_failure();
            let observed = format!("{}, {shown}", create.ending.describe());
            require(ok, "a non-zero exit, the reason", observed)
        },
    },
    Check {
        id: "key-limit-makes-room",
        area: Area::Keys,
        level: Level::Must,
        sentence: "once an API key was revoked, another one can be created",
        sources: &[],
        bugs: &[],
        fix: "leave the counting to the platform",
        scenario: &KEYS_FULL,
        mutants: &["remembers-limit"],
        judge: |seen| {
            if seen.run("one too many")?.requests_to("key-create").next().is_none() {
                return not_reached("the platform was not asked the first time");
            }
            let create = seen.run("with room")?;
            if seen.store_before(create).is_none() {
                return not_reached("nobody was signed in any more");
            }
            let asked = create.requests_to("key-create").next().is_some();
            let ok = asked && create.ending == Ending::Exited(0);
            let shown = if asked { "the platform asked" } else { "the platform not asked" };
            require(
                ok,
                "exit 0, the platform asked",
                format!("{}, {shown}", create.ending.describe()),
            )
        },
    },
];

/// The id that `revoke` was given, wherever it stands among the arguments.
fn named_id<'a>(seen: &Observation, revoke: &'a RunRecord) -> Result<&'a str, Objection> {
    let given = seen.cli.commands.get(&Command::KeyRevoke).and_then(|invocation| {
        let arguments = &invocation.arguments;
        let place = arguments.iter().position(|argument| argument.contains("{id}"))?;
        let (before, after) = arguments[place].split_once("{id}")?;
        let argument = revoke.argv.iter().rev().nth(arguments.len() - 1 - place)?;
        argument.strip_prefix(before)?.strip_suffix(after)
    });
    given.map_or_else(|| not_reached("no id was given"), Ok)
}

/// What a list says of the key with this prefix: its row, or, where a key takes several lines, those
/// around it up to an empty one. The other key of the scenario is in none of them.
fn block_of(list: &str, prefix: &str) -> String {
    let blocks: Vec<Vec<&str>> = list.split("\n\n").map(|block| block.lines().collect()).collect();
    let Some(block) = blocks.iter().find(|block| block.iter().any(|line| line.contains(prefix)))
    else {
        return String::new();
    };
    let is_of_several = block.iter().any(|line| line.contains(CREATED_KEY_NAME));
    let its_own = block.iter().filter(|line| !is_of_several || line.contains(prefix));
    its_own.copied().collect::<Vec<_>>().join("\n")
}

/// The key that the platform made in this run.
fn created_key(seen: &Observation, create: &RunRecord) -> Result<String, Objection> {
    let replies = create.requests_to("key-create").map(|one| one.reply_body.as_str());
    let replies: String = replies.collect();
    match seen.secrets.iter().find(|(_, secret)| replies.contains(secret.as_str())) {
        Some((_, secret)) => Ok(secret.clone()),
        None => not_reached("the platform made no key"),
    }
}
