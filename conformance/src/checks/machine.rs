//! What a tool makes of a machine that is not what it expects.

use crate::check::{Area, Check, Level, not_reached, require, require_success};
use crate::observation::Ending;
use crate::scenarios::machine::{FAR_TIME_ZONE, FULL_DISK, NO_COLOUR, NO_HOME, SILENT_INPUT};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "no-home-needed",
        area: Area::Environment,
        level: Level::Should,
        sentence: "with the credential in the environment no home is needed",
        sources: &["12-factor III"],
        bugs: &["fosrl/cli#44", "brightbox/brightbox-cli#91", "Azure/azure-cli#19152"],
        fix: "look for files only when the environment holds no credential",
        scenario: &NO_HOME,
        mutants: &[
            "needs-home",
            "needs-store",
            "ignores-url",
            "standard-identity-url-beats-variable",
            "success-exits-one",
        ],
        judge: |seen| {
            let run = seen.run("identity")?;
            if run.ending == Ending::Exited(0) && run.requests().next().is_none() {
                return not_reached("the platform was not asked");
            }
            require_success(run)
        },
    },
    Check {
        id: "full-disk-fails",
        area: Area::Environment,
        level: Level::Must,
        sentence: "a sign-in whose credential does not fit on the disk fails, and keeps the old one",
        sources: &["clig.dev Basics"],
        bugs: &["openclaw/openclaw#88028"],
        fix: "write a new file, and rename it only when every byte of it is written",
        scenario: &FULL_DISK,
        mutants: &[
            "writes-in-place",
            "ignores-write-failure",
            "keeps-first-key",
            "token-login-forgets",
            "writes-session-in-place",
        ],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.sent_bearer(&seen.key("given")?.secret) {
                return not_reached("the key was never verified");
            }
            let kept = seen.saved_secret(login).as_ref() == Some(&seen.key("stored")?.secret);
            let what = if kept { "the old key is saved" } else { "the old key is gone" };
            let observed = format!("{}, {what}", login.ending.describe());
            let ok = login.ending.is_failure() && kept;
            require(ok, "a non-zero exit, the old key is saved", observed)
        },
    },
    Check {
        id: "end-in-any-time-zone",
        area: Area::Environment,
        level: Level::Must,
        sentence: "the end of a token is the same moment in every time zone",
        sources: &["RFC 3339 §4"],
        bugs: &["Azure/azure-cli#7078", "Azure/azure-sdk-for-rust#751"],
        fix: "save the end with its offset, and compare moments, not clock faces",
        scenario: &FAR_TIME_ZONE,
        mutants: &["reads-end-as-local", "renews-every-time"],
        judge: |seen| {
            let run = seen.success("identity")?;
            let renewed = run.requests_to("token").next().is_some();
            if !renewed && !run.sent_bearer(&seen.key("access")?.secret) {
                return not_reached("the session was not used");
            }
            require(!renewed, "not renewed", if renewed { "renewed" } else { "not renewed" })
        },
    },
    Check {
        id: "silent-input-ends",
        area: Area::Environment,
        level: Level::Must,
        sentence: "a command that nobody answers does not wait for an answer",
        sources: &["clig.dev Interactivity"],
        bugs: &["zeabur/cli#278", "npm/cli#9878", "letterstory/lettertrace#73"],
        fix: "ask only where standard input is a terminal, and fail otherwise",
        scenario: &SILENT_INPUT,
        mutants: &["waits-for-input", "signed-out-exits-zero", "stores-variable"],
        judge: |seen| {
            seen.success("with variable")?;
            let run = seen.run("identity")?;
            let observed = match &run.ending {
                Ending::TimedOut(_) => "still waiting".to_owned(),
                ending => ending.describe(),
            };
            require(run.ending.is_failure(), "a non-zero exit", observed)
        },
    },
    Check {
        id: "no-colour-obeyed",
        area: Area::Environment,
        level: Level::Should,
        sentence: "with NO_COLOR set there are no colours, not even on a terminal",
        sources: &["no-color.org"],
        bugs: &["snyk/cli#843", "netlify/cli#7982"],
        fix: "write no escape code when NO_COLOR is set and not empty",
        scenario: &NO_COLOUR,
        mutants: &["always-colours"],
        judge: |seen| {
            let run = seen.run("identity")?;
            if run.stdout.is_empty() {
                return not_reached("it said nothing");
            }
            let coloured = has_colour(&run.stdout);
            require(!coloured, "no colour", if coloured { "a colour" } else { "no colour" })
        },
    },
];

/// Whether `screen` holds a code that sets a colour or another look of the letters (ECMA-48, SGR);
/// one that moves the cursor or clears a line is none.
fn has_colour(screen: &str) -> bool {
    let codes = screen.split("\u{1b}[").skip(1);
    codes.into_iter().any(|code| {
        let is_parameter = |c: char| c.is_ascii_digit() || ";:".contains(c);
        let parameters = code.find(|c| !is_parameter(c)).map_or("", |end| &code[..end]);
        let is_look = code[parameters.len()..].starts_with('m');
        // Zero alone, or nothing, gives up every look.
        is_look && parameters.contains(|c: char| ('1'..='9').contains(&c))
    })
}

#[cfg(test)]
mod tests {
    #[rstest::rstest]
    #[case("plain", false)]
    #[case("\u{1b}[31mred\u{1b}[0m", true)]
    #[case("\u{1b}[1;38:5:9mbright", true)]
    #[case("\u{1b}[01;31mbold and red", true)]
    #[case("\u{1b}[0;32mgreen", true)]
    #[case("\u{1b}[2Kcleared\u{1b}[0m\u{1b}[m", false)]
    fn colours_are_told_from_other_codes(#[case] screen: &str, #[case] expected: bool) {
        assert_eq!(super::has_colour(screen), expected);
    }
}
