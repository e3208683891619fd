//! Signing in with the browser: RFC 8252, and what people met with where it was not kept.

use url::Url;

use crate::check::{Area, Check, Level, Objection, not_reached, require, require_success};
use crate::observation::{Ending, Observation, RunRecord};
use crate::profile::{Brings, ComesBack, LoginProfile};
use crate::scenarios::login::{
    LOGIN, LOGIN_ABANDONED, LOGIN_AGAIN, LOGIN_INTERRUPTED, LOGIN_NARROW_TERMINAL,
    LOGIN_WITHOUT_BROWSER,
};

/// How long a tool may take to end after Ctrl-C, in milliseconds: a second, and what a busy
/// machine adds.
const INTERRUPT_LIMIT_MS: u64 = 1500;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "login-opens-browser",
        area: Area::Login,
        level: Level::Must,
        sentence: "signing in opens the platform's sign-in page in the person's own browser",
        sources: &["RFC 8252 §5"],
        bugs: &["longbridge/longbridge-terminal#91", "aws/aws-cli#4715"],
        fix: "start the program that BROWSER names, else xdg-open, with the URL as its one argument",
        scenario: &LOGIN,
        mutants: &["prints-url-only"],
        judge: |seen| {
            let login = seen.success("login")?;
            let opened = login.openings.len();
            require(opened == 1, "one browser opener started", format!("{opened} started"))
        },
    },
    Check {
        id: "login-page-url",
        area: Area::Login,
        level: Level::Must,
        sentence: "the page that is opened is the platform's documented sign-in page",
        sources: &["RFC 8252 §5"],
        bugs: &["ppc64le-cloud/pvsadm#287"],
        fix: "build the URL from the configured platform and the documented path",
        scenario: &LOGIN,
        mutants: &["wrong-login-path", "frontend-not-derived"],
        judge: |seen| {
            let login = seen.run("login")?;
            let Some(page) = login.opened_page() else {
                return not_reached("no page was opened");
            };
            let expected = format!("{}{}", seen.platform_url, claimed_login(seen)?.page);
            let opened = page.as_str().split('?').next().unwrap_or("").to_owned();
            require(opened == expected, expected, opened)
        },
    },
    Check {
        id: "login-names-its-port",
        area: Area::Login,
        level: Level::Must,
        sentence: "the page is told the port that is really listened on, before the browser can come back",
        sources: &["RFC 8252 §7.3"],
        bugs: &["cloudflare/workers-sdk#11959", "anomalyco/opencode#31490"],
        fix: "listen first, on port 0, and put the port that the system gave into the URL",
        scenario: &LOGIN,
        mutants: &["announces-other-port"],
        judge: |seen| {
            let login = seen.run("login")?;
            let (ComesBack::Port(parameter) | ComesBack::Url(parameter)) =
                &claimed_login(seen)?.comes_back;
            let Some(named) = login.page_parameter(parameter) else {
                return not_reached("no page with a port was opened");
            };
            let named = match Url::parse(&named) {
                Ok(url) => url.port().map_or(String::new(), |port| port.to_string()),
                Err(_) => named,
            };
            if !login.led_back {
                return not_reached("the platform did not lead the browser back");
            }
            let is_port = named.parse::<u16>().is_ok_and(|port| port > 0);
            let answered = login.visits.iter().any(|visit| visit.status.is_some());
            let observed = match (is_port, answered) {
                (false, _) => "what it named is no port",
                (true, false) => "nothing answered there",
                (true, true) => "the tool answered there",
            };
            require(is_port && answered, "the tool answers on the port that it named", observed)
        },
    },
    Check {
        id: "login-port-taken",
        area: Area::Login,
        level: Level::Should,
        sentence: "signing in works when the port of the last time is taken by another program",
        sources: &["RFC 8252 §7.3"],
        bugs: &["google-gemini/gemini-cli#15595", "punkpeye/mcp-remote#262", "openai/codex#27618"],
        fix: "let the system choose a free port each time: bind to port 0",
        scenario: &LOGIN_AGAIN,
        mutants: &["reuses-last-port"],
        judge: |seen| {
            seen.success("login")?;
            let again = seen.run("login again")?;
            if again.ending == Ending::Exited(0) {
                again.callback()?;
            }
            require_success(again)
        },
    },
    Check {
        id: "login-replaces-old-key",
        area: Area::Login,
        level: Level::Must,
        sentence: "signing in again replaces the credential that was saved before",
        sources: &[],
        bugs: &[],
        fix: "save the new credential in the place of the old one",
        scenario: &LOGIN_AGAIN,
        mutants: &["keeps-first-key", "saves-elsewhere", "saves-under-other-field"],
        judge: |seen| {
            let login = seen.success("login")?;
            let delivered = delivered_key(seen, login)?;
            let saved = seen.signed_in_with(login);
            let replaced = saved.as_deref() == Some(delivered.as_str());
            let old = seen.key("stored")?.secret.as_str();
            let observed = match saved.as_deref() {
                _ if replaced => "the new key is saved",
                Some(saved) if saved == old => "the old key is still saved",
                _ => "neither key is saved",
            };
            require(replaced, "the new key is saved", observed)
        },
    },
    Check {
        id: "login-saves-delivered-key",
        area: Area::Login,
        level: Level::Must,
        sentence: "the key that the browser delivers is the one that is saved, where it is documented",
        sources: &[],
        bugs: &[],
        fix: "write the key of the callback into the documented file and member",
        scenario: &LOGIN,
        mutants: &["saves-under-other-field", "saves-elsewhere"],
        judge: |seen| {
            let login = seen.success("login")?;
            let delivered = delivered_key(seen, login)?;
            let saved = seen.signed_in_with(login);
            let observed = match &saved {
                None => format!("nothing in {}", seen.place_of_sign_in()),
                Some(saved) if *saved == delivered => "the delivered key".to_owned(),
                Some(_) => "another value".to_owned(),
            };
            require(saved == Some(delivered), "the delivered key", observed)
        },
    },
    Check {
        id: "login-without-browser",
        area: Area::Login,
        level: Level::Must,
        sentence: "signing in goes on when no browser can be started",
        sources: &["RFC 8252 §5"],
        bugs: &["oxidecomputer/cli-old#257", "render-oss/cli#13", "cli/cli#826"],
        fix: "treat a missing or failing opener as a remark, and go on waiting for the callback",
        scenario: &LOGIN_WITHOUT_BROWSER,
        mutants: &[
            "opener-failure-is-fatal",
            "challenge-of-another",
            "code-exchanged-twice",
            "no-challenge",
            "padded-challenge",
            "plain-challenge",
            "sends-client-secret",
            "short-verifier",
        ],
        judge: |seen| {
            let login = seen.run("login")?;
            if login.visits.is_empty() && !login.ending.is_failure() {
                return not_reached("no URL was printed, so that nobody could open it");
            }
            require_success(login)
        },
    },
    Check {
        id: "login-prints-url",
        area: Area::Login,
        level: Level::Must,
        sentence: "the URL of the sign-in page is printed, for who cannot use the browser that opens",
        sources: &["RFC 8252 §5"],
        bugs: &["cli/cli#5500", "google-gemini/gemini-cli#2515", "tursodatabase/turso-cli#585"],
        fix: "print the whole URL, on a line of its own, before you start the opener",
        scenario: &LOGIN_WITHOUT_BROWSER,
        mutants: &[
            "hides-url",
            "wraps-url",
            "wrong-login-path",
            "frontend-not-derived",
            "hides-device-page",
        ],
        judge: |seen| {
            let login = seen.run("login")?;
            let page = format!("{}{}", seen.platform_url, claimed_login(seen)?.page);
            let printed = login.said().contains(&page);
            let observed = if printed { "printed" } else { "not printed" };
            require(printed, "the sign-in page's URL, printed", observed)
        },
    },
    Check {
        id: "login-url-unbroken",
        area: Area::Login,
        level: Level::Must,
        sentence: "the printed URL is one unbroken run of characters, however narrow the terminal",
        sources: &[],
        bugs: &["anthropics/claude-code#34555", "google-antigravity/antigravity-cli#43"],
        fix: "never wrap a URL yourself: write it whole and let the terminal wrap it",
        scenario: &LOGIN_NARROW_TERMINAL,
        mutants: &["wraps-url"],
        judge: |seen| {
            let login = seen.success("login")?;
            let Some(page) = login.opened_page() else {
                return not_reached("no page was opened");
            };
            let begin = page.as_str().get(..24).unwrap_or("");
            let unbroken_text: String = login.said().split_whitespace().collect();
            if !unbroken_text.contains(begin) {
                return not_reached("no URL was printed");
            }
            let whole = login.said().contains(page.as_str());
            require(whole, "the URL in one piece", if whole { "in one piece" } else { "broken" })
        },
    },
    Check {
        id: "login-opener-sees-no-secret",
        area: Area::Login,
        level: Level::Must,
        sentence: "neither the arguments nor the environment of the browser opener carry a secret",
        sources: &["RFC 6750 §5.3", "RFC 8252 §8.12"],
        bugs: &["andreafabrizi/Dropbox-Uploader#579"],
        fix: "start the opener with the URL alone, and take credentials out of its environment",
        scenario: &LOGIN_AGAIN,
        mutants: &["secret-in-opener-environment"],
        judge: |seen| {
            let login = seen.success("login")?;
            let Some(opening) = login.openings.first() else {
                return not_reached("no opener was started");
            };
            let all = [opening.arguments.join(" "), opening.environment.join(" ")].join(" ");
            let found = seen.name_secrets_in(&all);
            require(found == "none", "none", found)
        },
    },
    Check {
        id: "login-interrupt-ends",
        area: Area::Login,
        level: Level::Should,
        sentence: "Ctrl-C ends the wait for the browser within a second, and not as a success",
        sources: &["clig.dev Signals"],
        bugs: &["kernel/cli#204", "instantdb/instant#538"],
        fix: "leave SIGINT alone while you wait, or end with a non-zero code when it comes",
        scenario: &LOGIN_INTERRUPTED,
        mutants: &["ignores-interrupt", "interrupt-exits-zero"],
        judge: |seen| {
            let login = seen.run("login")?;
            let Some(after) = login.interrupted_ms else {
                return not_reached("it never came to waiting for the browser");
            };
            let failed = login.ending.is_failure() || matches!(login.ending, Ending::Signalled(_));
            let observed = match after {
                ..=INTERRUPT_LIMIT_MS => login.ending.describe(),
                _ => "still waiting after a second".to_owned(),
            };
            let ends = failed && after <= INTERRUPT_LIMIT_MS;
            require(ends, "an end other than success, within a second", observed)
        },
    },
    Check {
        id: "login-keeps-old-key-until-new",
        area: Area::Login,
        level: Level::Must,
        sentence: "a sign-in that is given up leaves the credential that was saved before",
        sources: &[],
        bugs: &["cyberark/cyberark-conjur-cli-docker-based#73"],
        fix: "touch the saved credential only when the new one is there",
        scenario: &LOGIN_INTERRUPTED,
        mutants: &["clears-before-login"],
        judge: |seen| {
            let login = seen.run("login")?;
            if login.interrupted_ms.is_none() {
                return not_reached("it never came to waiting for the browser");
            }
            let kept = seen.saved_secret(login).as_ref() == Some(&seen.key("stored")?.secret);
            require(kept, "the old key is saved", if kept { "it is" } else { "it is gone" })
        },
    },
    Check {
        id: "login-gives-up",
        area: Area::Login,
        level: Level::Should,
        sentence: "when nobody comes back, the wait ends at the documented time, and not as a success",
        sources: &["clig.dev Robustness"],
        bugs: &["Bdaya-Dev/oidc#369"],
        fix: "bound the wait for the callback, say so when it is over, and exit non-zero",
        scenario: &LOGIN_ABANDONED,
        mutants: &["waits-for-ever"],
        judge: |seen| {
            let login = seen.run("login")?;
            if login.openings.is_empty() {
                return not_reached("it never came to waiting for the browser");
            }
            let observed = match &login.ending {
                Ending::TimedOut(_) => "still waiting long after".to_owned(),
                ending => ending.describe(),
            };
            require(login.ending.is_failure(), "a non-zero exit", observed)
        },
    },
];

/// What the profile claims of the browser login.
pub(super) fn claimed_login(seen: &Observation) -> Result<&LoginProfile, Objection> {
    seen.cli.login.as_ref().ok_or_else(|| Objection::NotClaimed("a browser login".to_owned()))
}

/// What the sign-in `login` was given: the key that the genuine callback brought, or the token that
/// its code was exchanged for.
pub(super) fn delivered_key(seen: &Observation, login: &RunRecord) -> Result<String, Objection> {
    let callback = login.callback()?;
    match &claimed_login(seen)?.brings {
        Brings::Key(parameter) => {
            let url = Url::parse(&callback.url);
            let pairs = url.as_ref().map(Url::query_pairs).into_iter().flatten();
            match pairs.into_iter().find(|(name, _)| name == parameter) {
                Some((_, key)) => Ok(key.into_owned()),
                None => not_reached("the callback carried no key"),
            }
        }
        Brings::Code { exchange, member, .. } => match login.given(exchange, member) {
            Some(token) => Ok(token),
            None => not_reached("the code was exchanged for nothing"),
        },
    }
}
