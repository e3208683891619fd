//! Signing in by a code that is approved on any device: RFC 8628, and its relatives.

use mock_server::Exchange;

use crate::check::{
    Area, Check, Judgement, Level, Objection, not_reached, require, require_success,
};
use crate::observation::{Ending, Observation, RunRecord};
use crate::profile::DeviceProfile;
use crate::scenario::POLL_INTERVAL;
use crate::scenarios::device::{
    DEVICE_DENIED, DEVICE_DROPPED_POLL, DEVICE_EXPIRED, DEVICE_HOSTILE_PAGE, DEVICE_LOGIN,
    DEVICE_SLOW_DOWN,
};

/// How much earlier than it must a poll may come, in milliseconds: clocks are read at both ends.
const MARGIN_MS: u64 = 60;

/// By how much `slow_down` makes the interval longer, in milliseconds.
const SLOWER_MS: u64 = 5000;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "device-login-saves",
        area: Area::Device,
        level: Level::Must,
        sentence: "a code that is approved signs in, and what it brings is saved where it is documented",
        sources: &["RFC 8628 §3.4"],
        bugs: &[],
        fix: "save the credential of the last answer, and exit zero only then",
        scenario: &DEVICE_LOGIN,
        mutants: &["forgets-what-it-saves"],
        judge: |seen| {
            let login = seen.run("login")?;
            let delivered = delivered(seen, login)?;
            let saved = seen.signed_in_with(login).as_ref() == Some(&delivered);
            let what = if saved { "saved" } else { "not saved" };
            let observed = format!("{}, {what}", login.ending.describe());
            require(login.ending == Ending::Exited(0) && saved, "exit 0, saved", observed)
        },
    },
    Check {
        id: "device-code-shown",
        area: Area::Device,
        level: Level::Must,
        sentence: "the person's code is shown, also when a browser opens a page that holds it",
        sources: &["RFC 8628 §3.3", "RFC 8628 §3.3.1"],
        bugs: &["61418/aws-sso-util#113"],
        fix: "print the code on a line of its own, before the first poll",
        scenario: &DEVICE_LOGIN,
        mutants: &["hides-user-code"],
        judge: |seen| {
            let login = seen.run("login")?;
            let code = user_code(seen, login)?;
            let said = login.said();
            // The page's URL may hold it as well: that is no place where a person looks.
            let shown =
                said.split_whitespace().any(|word| !word.contains("://") && word.contains(&code));
            require(shown, "the code, shown", if shown { "the code, shown" } else { "not shown" })
        },
    },
    Check {
        id: "device-page-shown",
        area: Area::Device,
        level: Level::Must,
        sentence: "the URL of the page is shown, for who is at another machine",
        sources: &["RFC 8628 §3.3"],
        bugs: &["61418/aws-sso-util#113"],
        fix: "print the whole URL, on a line of its own",
        scenario: &DEVICE_LOGIN,
        mutants: &["hides-device-page", "frontend-not-derived"],
        judge: |seen| {
            let login = seen.run("login")?;
            user_code(seen, login)?;
            let page = format!("{}{}", seen.platform_url, claimed(seen)?.page);
            let shown = login.said().contains(&page);
            require(shown, "the URL, shown", if shown { "the URL, shown" } else { "not shown" })
        },
    },
    Check {
        id: "device-opens-as-documented",
        area: Area::Device,
        level: Level::Must,
        sentence: "a browser is opened for the code where that is documented, and nowhere else",
        sources: &["RFC 8628 §3.3.1"],
        bugs: &[],
        fix: "open the page only where the person's own machine is meant",
        scenario: &DEVICE_LOGIN,
        mutants: &["opens-browser-all-the-same"],
        judge: |seen| {
            let login = seen.run("login")?;
            user_code(seen, login)?;
            let tell = |opens: bool| if opens { "opened" } else { "not opened" };
            let opened = !login.openings.is_empty();
            let expected = claimed(seen)?.opens_browser;
            require(opened == expected, tell(expected), tell(opened))
        },
    },
    Check {
        id: "device-secret-hidden",
        area: Area::Device,
        level: Level::Must,
        sentence: "the secret that the tool polls with is shown to nobody",
        sources: &["RFC 8628 §3.3"],
        bugs: &[],
        fix: "print the person's code, and keep the other one to yourself",
        scenario: &DEVICE_LOGIN,
        mutants: &["prints-device-code"],
        judge: |seen| {
            let login = seen.run("login")?;
            user_code(seen, login)?;
            let code = user_code(seen, login)?;
            let shown: Vec<String> = seen
                .secrets
                .iter()
                .filter(|(_, secret)| *secret != code && login.said().contains(secret.as_str()))
                .map(|(name, _)| name.clone())
                .collect();
            let observed = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
            require(shown.is_empty(), "none", observed)
        },
    },
    Check {
        id: "device-polls-at-interval",
        area: Area::Device,
        level: Level::Must,
        sentence: "two polls are at least the interval apart that the platform asks for",
        sources: &["RFC 8628 §3.5"],
        bugs: &["cli/oauth#76", "alpacax/alpacon-cli#244"],
        fix: "wait for `interval` seconds, five when it is absent, before each poll",
        scenario: &DEVICE_LOGIN,
        mutants: &["polls-too-often", "polls-after-success"],
        judge: |seen| {
            let gaps = gaps(seen, seen.run("login")?)?;
            let interval = u64::try_from(POLL_INTERVAL.as_millis()).unwrap_or(u64::MAX);
            let hasty = gaps.iter().any(|gap| gap + MARGIN_MS < interval);
            let observed = if hasty { "a hasty one" } else { "a second or more" };
            require(!hasty, "a second or more", observed)
        },
    },
    Check {
        id: "device-stops-when-done",
        area: Area::Device,
        level: Level::Must,
        sentence: "once a poll has brought the credential there is no other poll",
        sources: &["RFC 8628 §3.4"],
        bugs: &[],
        fix: "end the polling with the first answer that is final",
        scenario: &DEVICE_LOGIN,
        mutants: &["polls-after-success"],
        judge: |seen| {
            let login = seen.run("login")?;
            delivered(seen, login)?;
            let answers: Vec<u16> = polls(seen, login)?.map(|one| one.status).collect();
            let last = answers.iter().rposition(|status| *status == 200) == Some(answers.len() - 1);
            let once = answers.iter().filter(|status| **status == 200).count() == 1;
            let ok = last && once;
            require(ok, "the last poll", if ok { "the last poll" } else { "polls after it" })
        },
    },
    Check {
        id: "device-slow-down",
        area: Area::Device,
        level: Level::Must,
        sentence: "slow_down makes the interval five seconds longer, for this and every later poll",
        sources: &["RFC 8628 §3.5"],
        bugs: &["cli/oauth#76", "alpacax/alpacon-cli#244"],
        fix: "add five seconds to the interval each time, and go on",
        scenario: &DEVICE_SLOW_DOWN,
        mutants: &["ignore-slow-down", "slow-down-by-one"],
        judge: |seen| {
            let login = seen.run("login")?;
            let gaps = gaps(seen, login)?;
            let interval = u64::try_from(POLL_INTERVAL.as_millis()).unwrap_or(u64::MAX);
            let hasty = gaps.iter().any(|gap| gap + MARGIN_MS < interval + SLOWER_MS);
            let observed = if hasty { "a hasty one" } else { "six seconds or more" };
            require(!hasty, "six seconds or more", observed)
        },
    },
    Check {
        id: "device-slow-down-goes-on",
        area: Area::Device,
        level: Level::Must,
        sentence: "slow_down is no failure: the sign-in goes on",
        sources: &["RFC 8628 §3.5"],
        bugs: &["cli/oauth#76", "alpacax/alpacon-cli#244"],
        fix: "take slow_down for authorization_pending with a longer interval",
        scenario: &DEVICE_SLOW_DOWN,
        mutants: &["slow-down-is-fatal"],
        judge: |seen| {
            let login = seen.run("login")?;
            if polls(seen, login)?.next().is_none() {
                return not_reached("it never polled");
            }
            require_success(login)
        },
    },
    Check {
        id: "device-survives-dropped-poll",
        area: Area::Device,
        level: Level::Must,
        sentence: "one poll that does not get through does not end the sign-in",
        sources: &["RFC 8628 §3.5"],
        bugs: &["promptfoo/promptfoo#6857"],
        fix: "poll again, later, until the code has expired",
        scenario: &DEVICE_DROPPED_POLL,
        mutants: &["failed-poll-is-fatal"],
        judge: |seen| {
            let login = seen.run("login")?;
            if polls(seen, login)?.next().is_none() {
                return not_reached("it never polled");
            }
            require_success(login)
        },
    },
    Check {
        id: "device-backs-off",
        area: Area::Device,
        level: Level::Should,
        sentence: "after a poll whose connection was cut off, the next one comes later than usual",
        sources: &["RFC 8628 §3.5"],
        bugs: &["promptfoo/promptfoo#6857"],
        fix: "double the interval after each poll that times out or is cut off",
        scenario: &DEVICE_DROPPED_POLL,
        mutants: &["no-back-off"],
        judge: |seen| {
            let login = seen.run("login")?;
            let gaps = gaps(seen, login)?;
            let usual = u64::try_from(POLL_INTERVAL.as_millis()).unwrap_or(u64::MAX);
            let slower = gaps.first().is_some_and(|gap| *gap > usual + usual / 4);
            let observed = if slower { "later than usual" } else { "as usual, or sooner" };
            require(slower, "later than usual", observed)
        },
    },
    Check {
        id: "device-denied-ends",
        area: Area::Device,
        level: Level::Must,
        sentence: "when the person refuses, the polling ends, and not as a success",
        sources: &["RFC 8628 §3.5"],
        bugs: &["instantdb/instant#538", "coze-dev/coze-js#28"],
        fix: "take access_denied, and every error that you do not know, for the end",
        scenario: &DEVICE_DENIED,
        mutants: &["polls-on-whatever-comes", "polls-on-when-denied", "refusal-exits-zero"],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.decided {
                return not_reached("the person could not refuse");
            }
            ends_after(seen, login)
        },
    },
    Check {
        id: "device-expired-ends",
        area: Area::Device,
        level: Level::Must,
        sentence: "when the code has expired, the polling ends, and not as a success",
        sources: &["RFC 8628 §3.5"],
        bugs: &["lobu-ai/lobu#3638", "oomol-lab/oo-cli#204"],
        fix: "take expired_token for the end, and say how to start again",
        scenario: &DEVICE_EXPIRED,
        mutants: &["polls-on-whatever-comes", "polls-on-when-expired"],
        judge: |seen| ends_after(seen, seen.run("login")?),
    },
    Check {
        id: "device-page-is-a-web-page",
        area: Area::Device,
        level: Level::Must,
        sentence: "what the platform names as the page is opened only when it is a web page",
        sources: &["RFC 8628 §5.4", "OWASP ASVS 1.2.2"],
        bugs: &[],
        fix: "open http and https alone, whatever the platform says",
        scenario: &DEVICE_HOSTILE_PAGE,
        mutants: &["opens-any-page"],
        judge: |seen| {
            if !claimed(seen)?.opens_browser {
                return Err(Objection::NotClaimed("a browser that is opened".to_owned()));
            }
            let login = seen.run("login")?;
            if login.requests_to(&claimed(seen)?.request).next().is_none() {
                return not_reached("no code was asked for");
            }
            let opened = login.openings.iter().flat_map(|one| &one.arguments);
            let file = opened.into_iter().any(|argument| argument.starts_with("file:"));
            require(!file, "no file opened", if file { "a file opened" } else { "no file opened" })
        },
    },
];

/// What the profile claims of a sign-in by a code.
fn claimed(seen: &Observation) -> Result<&DeviceProfile, Objection> {
    seen.cli.device.as_ref().ok_or_else(|| Objection::NotClaimed("a sign-in by a code".to_owned()))
}

/// The person's code, as the platform gave it.
fn user_code(seen: &Observation, login: &RunRecord) -> Result<String, Objection> {
    let device = claimed(seen)?;
    match login.given(&device.request, &device.code) {
        Some(code) => Ok(code),
        None => not_reached("no code was asked for"),
    }
}

/// The credential that the last poll brought.
fn delivered(seen: &Observation, login: &RunRecord) -> Result<String, Objection> {
    let device = claimed(seen)?;
    match login.given(&device.poll, &device.member) {
        Some(token) => Ok(token),
        None => not_reached("no poll brought a credential"),
    }
}

fn polls<'a>(
    seen: &'a Observation,
    login: &'a RunRecord,
) -> Result<impl Iterator<Item = &'a Exchange>, Objection> {
    Ok(login.requests_to(&claimed(seen)?.poll))
}

/// The times between polls, in milliseconds. At least one.
fn gaps(seen: &Observation, login: &RunRecord) -> Result<Vec<u64>, Objection> {
    let times: Vec<u64> = polls(seen, login)?.map(|one| one.at_ms).collect();
    if times.len() < 2 {
        return not_reached("it polled less than twice");
    }
    Ok(times.windows(2).map(|pair| pair[1] - pair[0]).collect())
}

/// Whether the sign-in ended with the first answer that was final: one that is an error, and
/// neither "pending" nor "too fast".
fn ends_after(seen: &Observation, login: &RunRecord) -> Judgement {
    let polls: Vec<&Exchange> = polls(seen, login)?.collect();
    let is_final = |poll: &&Exchange| {
        let goes_on = ["authorization_pending", "slow_down"];
        poll.status >= 400 && !goes_on.iter().any(|error| poll.reply_body.contains(error))
    };
    let Some(last) = polls.iter().position(is_final) else {
        return not_reached("no poll was told the end");
    };
    let observed = match &login.ending {
        Ending::TimedOut(_) => "still polling long after".to_owned(),
        _ if last + 1 < polls.len() => "polled again".to_owned(),
        ending => ending.describe(),
    };
    let ok = login.ending.is_failure() && last + 1 == polls.len();
    require(ok, "a non-zero exit, and no other poll", observed)
}
