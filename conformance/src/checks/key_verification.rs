//! What a person may learn of a key, and of the token in use, and what nobody else may.

use crate::check::{Area, Check, Level, not_reached, require};
use crate::observation::Ending;
use crate::scenarios::session::{CONFIGURATION_SHOWN, KEY_VERIFIED, TOKEN_PRINTED};

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "key-verify-tells",
        area: Area::Keys,
        level: Level::Must,
        sentence: "a key is told good or not by exit code, as the platform says",
        sources: &["clig.dev Basics"],
        bugs: &["resend/resend-cli#70", "ipinfo/cli#57"],
        fix: "exit zero for a key that is good, non-zero for any other",
        scenario: &KEY_VERIFIED,
        mutants: &["verifies-anything"],
        judge: |seen| {
            let good = seen.success("good")?;
            if good.requests_to("key-verify").next().is_none() {
                return not_reached("the platform was not asked");
            }
            let revoked = seen.run("revoked")?;
            let observed = format!("a revoked key: {}", revoked.ending.describe());
            require(revoked.ending.is_failure(), "a revoked key: a non-zero exit", observed)
        },
    },
    Check {
        id: "key-verify-hides-key",
        area: Area::Keys,
        level: Level::Must,
        sentence: "a key that is verified is not shown",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["hetznercloud/cli#102"],
        fix: "print the prefix that the platform answers with",
        scenario: &KEY_VERIFIED,
        mutants: &["verify-shows-key"],
        judge: |seen| {
            let good = seen.success("good")?;
            if !good.requests_to("key-verify").any(|one| one.status == 200) {
                return not_reached("the platform was not asked");
            }
            if good.said().is_empty() {
                return not_reached("it said nothing");
            }
            let found = seen.name_secrets_in(&good.said());
            require(found == "none", "none", found)
        },
    },
    Check {
        id: "token-printed-alone",
        area: Area::Keys,
        level: Level::Must,
        sentence: "a token for other programs is printed alone, renewed if need be",
        sources: &["clig.dev Output"],
        bugs: &["supabase/cli#5397", "Azure/azure-cli#15901"],
        fix: "print the token and a line end on standard output, and all talk on standard error",
        scenario: &TOKEN_PRINTED,
        mutants: &[
            "token-says-more",
            "never-renews-early",
            "renews-with-access-token",
            "sends-client-secret",
        ],
        judge: |seen| {
            let token = seen.run("token")?;
            let Some(new) = token.given("token", "access_token") else {
                let stale = token.stdout.contains(&seen.key("access")?.secret);
                let observed = if stale { "the token that has ended" } else { "no token" };
                return require(false, "the new token, alone", observed);
            };
            let alone = token.stdout == format!("{new}\n");
            let expected = "the new token, alone";
            let ok = alone && token.ending == Ending::Exited(0);
            require(ok, expected, if ok { expected } else { "something else" })
        },
    },
    Check {
        id: "configuration-hides-secrets",
        area: Area::Keys,
        level: Level::Must,
        sentence: "the configuration is shown without its secrets",
        sources: &["OWASP ASVS 14.2.6"],
        bugs: &["Azure/azure-cli#17625", "pivotal-cf/pivnet-cli#49"],
        fix: "print what is known to be harmless, and stars for all the rest",
        scenario: &CONFIGURATION_SHOWN,
        mutants: &["shows-secrets"],
        judge: |seen| {
            let show = seen.success("show")?;
            if !show.stdout.contains(&seen.platform_url) {
                return not_reached("it did not show the platform's URL either");
            }
            let found = seen.name_secrets_in(&show.said());
            require(found == "none", "none", found)
        },
    },
];
