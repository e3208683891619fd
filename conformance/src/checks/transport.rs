//! Which platform is spoken to, and what is sent where.

use mock_server::Exchange;
use url::Url;

use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{OTHER_PLATFORM, Observation, RunRecord, credential_of};
use crate::profile::Command;
use crate::scenario::SAMPLE_OUTPUT;
use crate::scenarios::login::LOGIN;
use crate::scenarios::session::{URL_DEFAULT, URL_SOURCES, URL_WITH_SLASH};
use crate::scenarios::trouble::REDIRECTED;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "every-command-sends-key",
        area: Area::Transport,
        level: Level::Must,
        sentence: "after a sign-in, every kind of command uses the saved key by itself",
        sources: &[],
        bugs: &["cli/cli#3009"],
        fix: "resolve the credential in one place that all commands share",
        scenario: &LOGIN,
        mutants: &[
            "sample-without-credential",
            "forgets-environment",
            "identity-from-token",
            "renews-every-time",
        ],
        judge: |seen| {
            let login = seen.success("login")?;
            let Some(saved) = seen.signed_in_with(login) else {
                return not_reached("no key was saved");
            };
            let mut without = Vec::new();
            for label in ["identity", "keys", "sample"] {
                match seen.run(label) {
                    Ok(run) if !run.sent_bearer(&saved) => without.push(label),
                    Ok(_) | Err(Objection::NotClaimed(_)) => {}
                    Err(objection) => return Err(objection),
                }
            }
            let observed = if without.is_empty() {
                "all of them".to_owned()
            } else {
                format!("not {}", without.join(", "))
            };
            require(without.is_empty(), "all of them", observed)
        },
    },
    Check {
        id: "key-in-header-only",
        area: Area::Transport,
        level: Level::Must,
        sentence: "the key travels in the Authorization header, as a bearer, and nowhere else in a request",
        sources: &["RFC 6750 §2.1", "RFC 9700 §4.3.2"],
        bugs: &[],
        fix: "send `Authorization: Bearer KEY`, and keep the key out of URLs and bodies",
        scenario: &LOGIN,
        mutants: &["key-in-query"],
        judge: |seen| {
            let identity = seen.success("identity")?;
            if !identity.requests().any(|one| credential_of(one).is_some()) {
                return not_reached("no request carried a credential");
            }
            let sent: Vec<&str> = identity
                .requests()
                .filter_map(credential_of)
                .map(|(_, credential)| credential)
                .collect();
            let all = seen.runs.iter().flat_map(RunRecord::requests);
            let carries = |text: &str| sent.iter().any(|credential| text.contains(credential));
            let other_parts = all.flat_map(parts).filter(|(name, _)| *name != "authorization");
            let elsewhere = other_parts.into_iter().find(|(_, text)| carries(text));
            let observed =
                elsewhere.map_or("in no other place".to_owned(), |(place, _)| place.to_owned());
            require(elsewhere.is_none(), "in no other place", observed)
        },
    },
    Check {
        id: "url-variable-first",
        area: Area::Transport,
        level: Level::Must,
        sentence: "the platform's URL is that of the variable, whatever the configuration file says",
        sources: &["clig.dev Configuration"],
        bugs: &["pax8labs/pax8-cli#135"],
        fix: "look at the variable first",
        scenario: &URL_SOURCES,
        mutants: &["config-url-beats-variable", "needs-store", "profile-url-beats-variable"],
        judge: |seen| {
            let asked = platform_asked(seen.run("with variable")?);
            require(asked == "the variable's", "the variable's", asked)
        },
    },
    Check {
        id: "url-config-second",
        area: Area::Transport,
        level: Level::Must,
        sentence: "without the variable, the platform's URL is that of the configuration file",
        sources: &["clig.dev Configuration"],
        bugs: &["pax8labs/pax8-cli#135"],
        fix: "read the documented file when the variable is not set",
        scenario: &URL_SOURCES,
        mutants: &["ignores-config-url"],
        judge: |seen| {
            let run = seen.run("without variable")?;
            let asked = platform_asked(run);
            if asked == "neither" && run.egress.is_empty() {
                return not_reached("nothing was asked");
            }
            require(asked == "the file's", "the file's", asked)
        },
    },
    Check {
        id: "url-default",
        area: Area::Transport,
        level: Level::Must,
        sentence: "with nothing set, the documented default host is asked",
        sources: &[],
        bugs: &["conda/rattler#1646"],
        fix: "use the documented URL when nothing else names one; honour HTTPS_PROXY, by which this is seen",
        scenario: &URL_DEFAULT,
        mutants: &["wrong-default-url"],
        judge: |seen| {
            let run = seen.run("identity")?;
            let Some(default) = &seen.cli.url.default else {
                return Err(Objection::NotClaimed("a default URL".to_owned()));
            };
            if run.egress.is_empty() {
                return not_reached("no request to another host was seen at the proxy");
            }
            let expected = host_and_port(default);
            let asked = run.egress.join(", ");
            require(asked.contains(&expected), expected, asked)
        },
    },
    Check {
        id: "url-trailing-slash",
        area: Area::Transport,
        level: Level::Must,
        sentence: "a slash at the end of the platform's URL makes no difference",
        sources: &["RFC 3986 §6.2.3"],
        bugs: &["databricks/cli#4628", "openshift/origin#2358", "openziti/ziti#3217"],
        fix: "drop slashes at the end before you append a path",
        scenario: &URL_WITH_SLASH,
        mutants: &["doubles-slash"],
        judge: |seen| {
            let run = seen.run("identity")?;
            let Some(request) = run.requests().next() else {
                return not_reached("nothing was asked");
            };
            let ok = request.status == 200 && !request.path.contains("//");
            require(ok, "the same path as without", request.path.clone())
        },
    },
    Check {
        id: "redirect-drops-key",
        area: Area::Transport,
        level: Level::Must,
        sentence: "a redirect to another origin does not take the key with it",
        sources: &["RFC 6750 §5.3", "RFC 9110 §15.4"],
        bugs: &["apify/crawlee#4134", "whatwg/fetch#944"],
        fix: "follow no redirect to another origin with a credential, or drop it first",
        scenario: &REDIRECTED,
        mutants: &["follows-redirect-with-key"],
        judge: |seen| {
            let run = seen.run("identity")?;
            if !run.sent_bearer(&seen.key("stored")?.secret) {
                return not_reached("the platform was not asked with the key");
            }
            let elsewhere = run.exchanges.iter().filter(|one| one.origin == "elsewhere");
            let carried = elsewhere.filter(|one| credential_of(one).is_some()).count();
            let observed = if carried == 0 { "no key there" } else { "the key was sent there" };
            require(carried == 0, "no key there", observed)
        },
    },
    Check {
        id: "no-other-host",
        area: Area::Transport,
        level: Level::Must,
        sentence: "no host is asked, through the proxy that the environment names, beside the platform and those of the profile",
        sources: &["RFC 6750 §5.3"],
        bugs: &["getsentry/cli#279"],
        fix: "send telemetry and update checks nowhere, or let them be switched off and say how in the profile",
        scenario: &LOGIN,
        mutants: &["phones-home"],
        judge: |seen| {
            let login = seen.success("login")?;
            if login.requests().next().is_none() {
                return not_reached("not even the platform was asked");
            }
            let mut hosts: Vec<_> = seen.runs.iter().flat_map(|run| run.egress.clone()).collect();
            hosts.sort();
            hosts.dedup();
            let observed = if hosts.is_empty() { "none".to_owned() } else { hosts.join(", ") };
            require(hosts.is_empty(), "none", observed)
        },
    },
    Check {
        id: "download-without-key",
        area: Area::Transport,
        level: Level::Must,
        sentence: "what the platform points to is downloaded without the credential",
        sources: &["RFC 6750 §5.3"],
        bugs: &["apify/crawlee#4134"],
        fix: "send the credential to the platform's own API, and to no URL that a reply names",
        scenario: &LOGIN,
        mutants: &["download-with-key"],
        judge: |seen| {
            downloads(seen)?;
            let sample = seen.success("sample")?;
            let download = sample.exchanges.iter().find(|one| one.method == "GET");
            let Some(download) = download else {
                return not_reached("nothing was downloaded");
            };
            let carried = credential_of(download).is_some();
            require(
                !carried,
                "no credential",
                if carried { "a credential" } else { "no credential" },
            )
        },
    },
    Check {
        id: "download-saved",
        area: Area::Transport,
        level: Level::Should,
        sentence: "what was downloaded is saved whole under the name that was given",
        sources: &[],
        bugs: &[],
        fix: "write the bytes of the reply, and exit zero only when they are written",
        scenario: &LOGIN,
        mutants: &["empty-download"],
        judge: |seen| {
            downloads(seen)?;
            let sample = seen.success("sample")?;
            let download = sample.exchanges.iter().find(|one| one.method == "GET");
            let Some(download) = download else {
                return not_reached("nothing was downloaded");
            };
            let Some(out) = sample.after.0.get(SAMPLE_OUTPUT) else {
                return not_reached("there is no file of that name");
            };
            let same = out.text == download.reply_body;
            require(same, "the same bytes", if same { "the same bytes" } else { "other bytes" })
        },
    },
];

/// Every part of a request that may carry something, with what it is called: of a header, its name.
pub(super) fn parts(request: &Exchange) -> impl Iterator<Item = (&str, &str)> {
    let headers = request.headers.iter().map(|(name, value)| (&**name, &**value));
    [("the path", &*request.path), ("the query", &*request.query), ("the body", &*request.body)]
        .into_iter()
        .chain(headers)
}

/// Whether the sample command saves what it downloads.
fn downloads(seen: &Observation) -> Result<(), Objection> {
    let sample = seen.cli.commands.get(&Command::Sample);
    let names_file = sample
        .is_some_and(|sample| sample.arguments.iter().any(|argument| argument.contains("{out}")));
    let not_claimed = || Objection::NotClaimed("a command that downloads a file".to_owned());
    if names_file { Ok(()) } else { Err(not_claimed()) }
}

pub(super) fn platform_asked(run: &RunRecord) -> &'static str {
    let asked = |origin: &str| run.exchanges.iter().any(|one| one.origin == origin);
    match (asked("platform"), asked(OTHER_PLATFORM)) {
        (true, false) => "the variable's",
        (false, true) => "the file's",
        (true, true) => "both",
        (false, false) => "neither",
    }
}

fn host_and_port(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or(url);
    match parsed.as_ref().and_then(Url::port_or_known_default) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
