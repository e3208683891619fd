//! What a tool prints, on which stream, and how it ends.

use super::errors::works;
use crate::check::{Area, Check, Level, not_reached, require};
use crate::observation::Ending;
use crate::scenarios::login::LOGIN;
use crate::scenarios::session::{IDENTITY_CHANGES, LOGOUT, SIGNED_OUT};

/// What the insides of programs look like, by language.
const TRACES: [&str; 6] =
    ["panicked at", "Traceback (most", "goroutine ", "    at ", "Exception in", "stack backtrace"];

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "success-exits-zero",
        area: Area::Output,
        level: Level::Must,
        sentence: "a command that has done its work exits 0",
        sources: &["clig.dev Basics"],
        bugs: &[],
        fix: "exit 0 when, and only when, everything was done",
        scenario: &LOGIN,
        mutants: &["success-exits-one"],
        judge: |seen| {
            let identity = seen.run("identity")?;
            if !seen.identity_requests(identity).any(|one| one.status == 200) {
                return not_reached("the platform did not answer with an identity");
            }
            require(identity.ending == Ending::Exited(0), "exit 0", identity.ending.describe())
        },
    },
    Check {
        id: "data-on-stdout",
        area: Area::Output,
        level: Level::Should,
        sentence: "the identity goes to standard output, where scripts read it",
        sources: &["clig.dev Basics"],
        bugs: &["supabase/cli#5397"],
        fix: "print data to standard output, and talk to standard error",
        scenario: &LOGIN,
        mutants: &["identity-on-stderr"],
        judge: |seen| {
            let identity = seen.success("identity")?;
            let email = identity.account.get("email").and_then(|email| email.as_str());
            let Some(email) = email else {
                return not_reached("the account has no email");
            };
            let place = match (identity.stdout.contains(email), identity.stderr.contains(email)) {
                (true, _) => "on standard output",
                (false, true) => "on standard error",
                (false, false) => return not_reached("the email was not printed"),
            };
            require(place == "on standard output", "on standard output", place)
        },
    },
    Check {
        id: "errors-on-stderr",
        area: Area::Output,
        level: Level::Should,
        sentence: "an error goes to standard error, and nothing to standard output",
        sources: &["clig.dev Basics"],
        bugs: &["auth0/auth0-cli#271"],
        fix: "print errors to standard error",
        scenario: &SIGNED_OUT,
        mutants: &["errors-on-stdout"],
        judge: |seen| {
            let identity = seen.run("identity")?;
            let place = match (identity.stdout.is_empty(), identity.stderr.is_empty()) {
                (true, false) => "on standard error",
                (false, true) => "on standard output",
                (false, false) => "on both",
                (true, true) => return not_reached("it said nothing at all"),
            };
            require(place == "on standard error", "on standard error", place)
        },
    },
    Check {
        id: "errors-without-trace",
        area: Area::Output,
        level: Level::Must,
        sentence: "an error is a message, not the inside of the program",
        sources: &["OWASP ASVS 16.5.1"],
        bugs: &["Shopify/cli#3585", "cloudflare/workers-sdk#2874"],
        fix: "catch what can go wrong where you know what it means",
        scenario: &IDENTITY_CHANGES,
        mutants: &["panics-on-unauthorized"],
        judge: |seen| {
            let revoked = seen.run("revoked")?;
            if !seen.identity_requests(revoked).any(|one| one.status == 401) {
                return not_reached("the platform was not asked");
            }
            let said = revoked.said();
            let found = TRACES.iter().find(|trace| said.contains(**trace));
            require(found.is_none(), "no trace", found.map_or("no trace", |trace| trace.trim()))
        },
    },
    Check {
        id: "no-escape-codes",
        area: Area::Output,
        level: Level::Should,
        sentence: "what goes to a pipe holds no terminal escape codes",
        sources: &["no-color.org", "clig.dev Output"],
        bugs: &["snyk/cli#843", "netlify/cli#7982", "supabase/cli#5397"],
        fix: "colour only what goes to a terminal",
        scenario: &LOGIN,
        mutants: &["always-colours"],
        judge: |seen| {
            let identity = seen.success("identity")?;
            seen.answered(identity)?;
            if identity.said().is_empty() {
                return not_reached("it printed nothing");
            }
            let coloured: Vec<&str> = seen
                .runs
                .iter()
                .filter(|run| run.said().contains('\u{1b}'))
                .map(|run| run.label.as_str())
                .collect();
            let observed = if coloured.is_empty() {
                "none".to_owned()
            } else {
                format!("in {}", coloured.join(", "))
            };
            require(coloured.is_empty(), "none", observed)
        },
    },
    Check {
        id: "unknown-command-fails",
        area: Area::Output,
        level: Level::Must,
        sentence: "a command that does not exist fails",
        sources: &["clig.dev Basics", "sysexits EX_USAGE"],
        bugs: &["kionsoftware/kion-cli#63"],
        fix: "exit non-zero on wrong usage",
        scenario: &SIGNED_OUT,
        mutants: &["usage-error-exits-zero"],
        judge: |seen| {
            works(seen, "with variable")?;
            let unknown = seen.run("unknown")?;
            require(unknown.ending.is_failure(), "a non-zero exit", unknown.ending.describe())
        },
    },
    Check {
        id: "commands-end",
        area: Area::Output,
        level: Level::Must,
        sentence: "every command ends by itself, with a bounded amount of output",
        sources: &["clig.dev Robustness"],
        bugs: &["kernel/cli#202", "anthropics/claude-code#40226", "cloudfoundry/cli#1059"],
        fix: "bound every wait, and end what was started in the background",
        scenario: &LOGOUT,
        mutants: &["hangs-after-logout"],
        judge: |seen| {
            let forced = seen.runs.iter().find(|run| run.ending.was_forced());
            let observed = forced.map_or("each ended by itself".to_owned(), |run| {
                format!("`{}` {}", run.label, run.ending.describe())
            });
            require(forced.is_none(), "each ends by itself", observed)
        },
    },
];
