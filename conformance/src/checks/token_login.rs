//! Signing in with a credential on the command line.

use crate::check::{Area, Check, Level, not_reached, require};
use crate::observation::Ending;
use crate::scenarios::token_login::{
    LOGIN_OVER_SAVED, TOKEN_LOGIN, TOKEN_LOGIN_BLANK, TOKEN_LOGIN_BROKEN, TOKEN_LOGIN_PADDED,
    TOKEN_LOGIN_REJECTED,
};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "token-login-verifies",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "a key given on the command line is verified with the platform",
        sources: &[],
        bugs: &["resend/resend-cli#70", "ipinfo/cli#57", "balena-io/balena-cli#846"],
        fix: "ask for the identity with the new key before you save it",
        scenario: &TOKEN_LOGIN,
        mutants: &[
            "saves-unverified",
            "empty-key-accepted",
            "key-untrimmed",
            "saves-key-unverified",
        ],
        judge: |seen| {
            let login = seen.success("login")?;
            let asked = login.sent_bearer(&seen.key("given")?.secret);
            let observed = if asked { "it was asked" } else { "it was never asked" };
            require(asked, "the platform is asked with the new key", observed)
        },
    },
    Check {
        id: "token-login-saves",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "a key that the platform takes is saved where it is documented",
        sources: &[],
        bugs: &[],
        fix: "write the verified key into the documented file and member",
        scenario: &TOKEN_LOGIN,
        mutants: &[
            "token-login-forgets",
            "saves-under-other-field",
            "saves-elsewhere",
            "key-untrimmed",
            "forgets-what-it-saves",
        ],
        judge: |seen| {
            let login = seen.success("login")?;
            let saved = seen.saved_secret(login).as_ref() == Some(&seen.key("given")?.secret);
            let expected =
                format!("the key as `{}` in {}", seen.cli.store.secret, seen.cli.store.path);
            require(saved, expected, if saved { "it is there" } else { "it is not there" })
        },
    },
    Check {
        id: "token-login-opens-no-browser",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "signing in with a key opens no browser",
        sources: &[],
        bugs: &["aws/aws-cli#5301"],
        fix: "take the way through the browser only when no key is given",
        scenario: &TOKEN_LOGIN,
        mutants: &["token-login-opens-browser"],
        judge: |seen| {
            let login = seen.success("login")?;
            if seen.saved_secret(login).is_none() && login.requests().next().is_none() {
                return not_reached("it neither asked the platform nor saved anything");
            }
            let opened = login.openings.len();
            require(opened == 0, "0 openers started", format!("{opened} openers started"))
        },
    },
    Check {
        id: "token-login-rejected-fails",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "signing in with a key that the platform rejects fails",
        sources: &["clig.dev Basics"],
        bugs: &["resend/resend-cli#70", "jfrog/jfrog-cli#802"],
        fix: "exit non-zero when the verification is answered 401",
        scenario: &TOKEN_LOGIN_REJECTED,
        mutants: &["rejected-token-exits-zero", "unauthorized-exits-zero"],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.sent_bearer(&seen.key("given")?.secret) {
                return not_reached("the platform was never asked with the key");
            }
            require(login.ending.is_failure(), "a non-zero exit", login.ending.describe())
        },
    },
    Check {
        id: "token-login-rejected-keeps-old",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "a rejected key is not saved, and the one that was saved before stays",
        sources: &[],
        bugs: &["resend/resend-cli#70", "cyberark/cyberark-conjur-cli-docker-based#73"],
        fix: "verify first, and save only what was taken",
        scenario: &TOKEN_LOGIN_REJECTED,
        mutants: &["saves-before-verifying", "any-error-signs-out"],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.sent_bearer(&seen.key("given")?.secret) {
                return not_reached("the platform was never asked with the key");
            }
            let saved = seen.saved_secret(login);
            let kept = saved.as_ref() == Some(&seen.key("stored")?.secret);
            let observed = match &saved {
                _ if kept => "the old key",
                Some(key) if *key == seen.key("given")?.secret => "the rejected key",
                _ => "no key",
            };
            require(kept, "the old key is saved", observed)
        },
    },
    Check {
        id: "token-login-trims",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "blanks and line ends around a key are dropped before it is used and saved",
        sources: &["RFC 6750 §2.1"],
        bugs: &["oxidecomputer/cli-old#235", "hashicorp/terraform-cdk#2451", "humio/cli#72"],
        fix: "trim a key when it comes in, whichever way it comes",
        scenario: &TOKEN_LOGIN_PADDED,
        mutants: &["keeps-white-space", "ignores-url"],
        judge: |seen| {
            let login = seen.run("login")?;
            let key = &seen.key("given")?.secret;
            let saved = seen.saved_secret(login);
            let succeeded = login.ending == Ending::Exited(0);
            if succeeded && (saved.is_none() || login.requests().next().is_none()) {
                return not_reached("the key was not sent and saved where it is documented");
            }
            let trimmed = login.sent_bearer(key) && saved.as_ref() == Some(key);
            let observed = match (succeeded, trimmed) {
                (_, true) => "sent and saved without them".to_owned(),
                (true, false) => "sent or saved with them".to_owned(),
                (false, false) => format!("{}: {}", login.ending.describe(), login.first_words()),
            };
            require(succeeded && trimmed, "sent and saved without them", observed)
        },
    },
    Check {
        id: "token-login-refuses-broken",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "a key with a character that no header may carry is refused, and none of it is sent or saved",
        sources: &["RFC 6750 §2.1", "RFC 9110 §5.5"],
        bugs: &["4ier/notion-cli#51", "hetznercloud/cli#102"],
        fix: "check the characters of a key when it comes in, and refuse it whole",
        scenario: &TOKEN_LOGIN_BROKEN,
        mutants: &["strips-bad-characters"],
        judge: |seen| {
            seen.success("login with a good key")?;
            let login = seen.run("login")?;
            let sent = login.requests().count();
            let saved = seen.saved_secret(login).is_some();
            let refused = login.ending.is_failure() && sent == 0 && !saved;
            let shown = |saved| if saved { "a key saved" } else { "no key saved" };
            let observed =
                format!("{}, {sent} requests, {}", login.ending.describe(), shown(saved));
            require(refused, "a non-zero exit, 0 requests, no key saved", observed)
        },
    },
    Check {
        id: "token-login-hides-broken",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "the refusal of a malformed key does not print it",
        sources: &["OWASP ASVS 16.2.5"],
        bugs: &["influxdata/influxdb#16547", "hetznercloud/cli#102"],
        fix: "say what is wrong with the key without quoting it",
        scenario: &TOKEN_LOGIN_BROKEN,
        mutants: &["echoes-bad-token"],
        judge: |seen| {
            seen.success("login with a good key")?;
            let login = seen.run("login")?;
            if !login.ending.is_failure() {
                return not_reached("the key was not refused");
            }
            // The two halves, each on its own: the line break between them may be shown otherwise.
            let key = &seen.key("given")?.secret;
            let (head, tail) = key.split_at(key.len() / 2);
            let shown = login.said().contains(head) || login.said().contains(tail);
            require(!shown, "the key is not printed", if shown { "it is" } else { "it is not" })
        },
    },
    Check {
        id: "token-login-refuses-blank",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "blanks are no key: they are refused, and nothing is sent or saved",
        sources: &["RFC 6750 §2.1"],
        bugs: &["ScottArbeit/Grace#366"],
        fix: "trim what was given, and refuse it when nothing is left",
        scenario: &TOKEN_LOGIN_BLANK,
        mutants: &["empty-key-accepted"],
        judge: |seen| {
            let login = seen.run("login")?;
            let (asked, saved) = (login.requests().count(), seen.saved_secret(login).is_some());
            let what = if saved { "something saved" } else { "nothing saved" };
            let observed = format!("{}, {asked} requests, {what}", login.ending.describe());
            let ok = login.ending.is_failure() && asked == 0 && !saved;
            if ok {
                seen.success("login with a good key")?;
            }
            require(ok, "a non-zero exit, 0 requests, nothing saved", observed)
        },
    },
    Check {
        id: "login-over-saved-refused",
        area: Area::TokenLogin,
        level: Level::Must,
        sentence: "where a saved credential is not replaced, signing in is refused and names the command that signs out",
        sources: &[],
        bugs: &["cyberark/cyberark-conjur-cli-docker-based#73"],
        fix: "look for a saved credential first, and name the command that removes it",
        scenario: &LOGIN_OVER_SAVED,
        mutants: &["login-replaces"],
        judge: |seen| {
            let login = seen.run("login")?;
            let command = seen.cli.messages.sign_out.as_deref().unwrap_or("logout");
            let kept = seen.saved_secret(login).as_ref() == Some(&seen.key("stored")?.secret);
            let named = login.said().contains(command);
            let observed = match (login.ending.is_failure(), kept, named) {
                (false, ..) => login.ending.describe(),
                (_, false, _) => "the old key is gone".to_owned(),
                (.., false) => format!("`{command}` not named"),
                (true, true, true) => "as it should be".to_owned(),
            };
            let ok = observed == "as it should be";
            let expected = format!("a failure that names `{command}`, the old key kept");
            require(ok, expected.clone(), if ok { expected } else { observed })
        },
    },
];
