//! Where the platform is, by every source, and what goes to no other.

use super::transport::platform_asked;
use crate::check::{Area, Check, Level, Objection, not_reached, require};
use crate::observation::{OTHER_PLATFORM, credential_of};
use crate::scenarios::session::{
    OTHER_PLATFORM_ASKED, URL_NOT_ALLOWED, URL_OF_CREDENTIAL, URL_OPTION, URL_SAVED,
};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "url-option-first",
        area: Area::Transport,
        level: Level::Must,
        sentence: "the platform's URL is that of the option, whatever the variable says",
        sources: &["clig.dev Configuration"],
        bugs: &["pax8labs/pax8-cli#135"],
        fix: "look at the option before the variable",
        scenario: &URL_OPTION,
        mutants: &[
            "variable-beats-login-option",
            "standard-variable-url-beats-option",
            "variable-url-beats-flag",
        ],
        judge: |seen| {
            let run = match seen.run("identity") {
                // Where only signing in takes the option.
                Err(Objection::NotClaimed(_)) => seen.run("login")?,
                run => run?,
            };
            let asked = match platform_asked(run) {
                "neither" => return not_reached("nothing was asked"),
                // The option names the platform under test, the variable the other one.
                "the variable's" => "the option's",
                "the file's" => "the variable's",
                both => both,
            };
            require(asked == "the option's", "the option's", asked)
        },
    },
    Check {
        id: "url-saved-at-login",
        area: Area::Transport,
        level: Level::Must,
        sentence: "the URL that a sign-in was told is used by later commands",
        sources: &[],
        bugs: &["ppc64le-cloud/pvsadm#287"],
        fix: "save the URL beside the credential that it is for",
        scenario: &URL_SAVED,
        mutants: &["forgets-environment"],
        judge: |seen| {
            if !seen.cli.url.is_saved_at_login {
                return Err(Objection::NotClaimed("a URL that is saved".to_owned()));
            }
            seen.success("login")?;
            let identity = seen.run("identity")?;
            let asked = identity.requests().next().is_some();
            let observed = format!("{}: {}", identity.ending.describe(), identity.first_words());
            let expected = "the same platform asked";
            require(asked, expected, if asked { expected.to_owned() } else { observed })
        },
    },
    Check {
        id: "credential-stays-home",
        area: Area::Transport,
        level: Level::Must,
        sentence: "a stored credential is sent to no other platform than the one that it is of",
        sources: &["RFC 9700 §4.9.1", "OWASP ASVS 10.3.1"],
        bugs: &["BerriAI/litellm#26936", "0xMassi/webclaw#122"],
        fix: "save the platform's origin beside the credential, and compare it before you send",
        scenario: &OTHER_PLATFORM_ASKED,
        mutants: &[
            "profile-sent-anywhere",
            "standard-identity-anywhere",
            "key-anywhere",
            "profile-url-beats-variable",
            "standard-identity-url-beats-variable",
            "file-url-beats-variable",
            "profile-beats-variable",
        ],
        judge: |seen| {
            if !seen.cli.url.binds_credentials {
                return Err(Objection::NotClaimed("that credentials are bound".to_owned()));
            }
            seen.success("at home")?;
            let elsewhere = seen.run("elsewhere")?;
            let sent = elsewhere
                .exchanges
                .iter()
                .any(|one| one.origin == OTHER_PLATFORM && credential_of(one).is_some());
            let shown = if sent { "the credential sent" } else { "nothing sent" };
            let observed = format!("{}, {shown}", elsewhere.ending.describe());
            let ok = !sent && elsewhere.ending.is_failure();
            require(ok, "a non-zero exit, nothing sent", observed)
        },
    },
    Check {
        id: "url-of-credential-beats-file",
        area: Area::Transport,
        level: Level::Must,
        sentence: "the URL that a credential is of beats that of the configuration file",
        sources: &["clig.dev Configuration"],
        bugs: &["0xMassi/webclaw#122"],
        fix: "look at what was saved with the credential before you look at the file",
        scenario: &URL_OF_CREDENTIAL,
        mutants: &["standard-config-url-beats-identity", "config-beats-file"],
        judge: |seen| {
            let url = &seen.cli.url;
            let other_file =
                url.config.as_ref().is_some_and(|file| file.path != seen.cli.store.path);
            if !url.binds_credentials || !other_file {
                return Err(Objection::NotClaimed("a URL saved with the credential".to_owned()));
            }
            for label in ["identity", "with variable"] {
                let asked = match seen.run(label) {
                    Ok(run) => platform_asked(run),
                    Err(Objection::NotClaimed(_)) => continue,
                    Err(objection) => return Err(objection),
                };
                // What is not the file's is the platform under test.
                if asked != "the variable's" {
                    return require(false, "the credential's", asked);
                }
            }
            require(true, "the credential's", "the credential's")
        },
    },
    Check {
        id: "insecure-url-refused",
        area: Area::Transport,
        level: Level::Must,
        sentence: "plain HTTP, or a foreign host, is asked only where that was allowed",
        sources: &["RFC 6750 §5.3", "OWASP ASVS 12.2.1"],
        bugs: &[],
        fix: "refuse such a URL before anything is sent, and name the variable that allows it",
        scenario: &URL_NOT_ALLOWED,
        mutants: &["untrusted-address-asked"],
        judge: |seen| {
            seen.success("allowed")?;
            let run = seen.run("not allowed")?;
            let asked = run.requests().count();
            let observed = format!("{}, {asked} requests", run.ending.describe());
            let ok = run.ending.is_failure() && asked == 0;
            require(ok, "a non-zero exit, 0 requests", observed)
        },
    },
];
