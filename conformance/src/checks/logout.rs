//! Signing out.

use crate::check::{Area, Check, Judgement, Level, Objection, not_reached, require};
use crate::observation::{Ending, Observation, RunRecord, credential_of, parameter_of};
use crate::scenario::UNRELATED_MEMBER;
use crate::scenarios::refresh::{SESSION_LOGOUT, SESSION_LOGOUT_OFFLINE};
use crate::scenarios::session::{LOGOUT, LOGOUT_OFFLINE, STATUS};
use crate::scenarios::store::STORE_AMONG_OTHERS;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "logout-clears",
        area: Area::Logout,
        level: Level::Must,
        sentence: "signing out removes the credential from its file",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["docker/cli#7326", "docker/cli#2605"],
        fix: "remove the credential, and say so only when it is gone",
        scenario: &LOGOUT,
        mutants: &[
            "logout-only-says-so",
            "logout-forgets-nothing",
            "logout-keeps-key",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            let logout = seen.success("logout")?;
            let text = seen.store_after(logout).map_or("", |file| file.text.as_str());
            let holds = |member: &&String| {
                seen.store_member(text, member).is_some_and(|value| !value.is_empty())
            };
            let store = &seen.cli.store;
            let cleared = store.cleared.iter().chain([&store.secret]);
            let mut left: Vec<&str> = cleared.filter(holds).map(String::as_str).collect();
            left.dedup();
            // Also in a file that no longer parses.
            if left.is_empty() && text.contains(&seen.key("stored")?.secret) {
                left.push("the key");
            }
            let observed = if left.is_empty() {
                "gone".to_owned()
            } else {
                format!("{} still there", left.join(", "))
            };
            require(left.is_empty(), "gone", observed)
        },
    },
    Check {
        id: "logout-signs-out",
        area: Area::Logout,
        level: Level::Must,
        sentence: "after signing out, commands fail and send no credential",
        sources: &[],
        bugs: &["BerriAI/litellm#37566", "docker/cli#2605"],
        fix: "clear every place that credentials are read from",
        scenario: &LOGOUT,
        mutants: &[
            "logout-only-says-so",
            "logout-keeps-copy",
            "signed-out-exits-zero",
            "logout-forgets-nothing",
            "logout-keeps-key",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            seen.success("logout")?;
            let identity = seen.run("identity")?;
            let sent = identity.requests().any(|one| credential_of(one).is_some());
            let shown = if sent { "a credential sent" } else { "no credential sent" };
            let observed = format!("{}, {shown}", identity.ending.describe());
            let ok = identity.ending.is_failure() && !sent;
            require(ok, "a non-zero exit, no credential sent", observed)
        },
    },
    Check {
        id: "logout-leaves-no-copy",
        area: Area::Logout,
        level: Level::Must,
        sentence: "after signing out, no file holds the credential any more",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["docker/cli#2605", "pensarai/apex#918"],
        fix: "make no backup of a credential file, and remove temporary ones",
        scenario: &LOGOUT,
        mutants: &[
            "logout-only-says-so",
            "logout-keeps-copy",
            "logout-forgets-nothing",
            "logout-keeps-key",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            let logout = seen.success("logout")?;
            let secret = &seen.key("stored")?.secret;
            let files = logout.after.files_where(|_, file| file.text.contains(secret));
            let observed =
                if files.is_empty() { "in no file".to_owned() } else { files.join(", ") };
            require(files.is_empty(), "in no file", observed)
        },
    },
    Check {
        id: "logout-keeps-other-members",
        area: Area::Logout,
        level: Level::Must,
        sentence: "what else the credential file holds is still there after signing out",
        sources: &[],
        bugs: &["oxidecomputer/oxide.rs#796", "openclaw/openclaw#114407"],
        fix: "remove your own members, and the file only when nothing is left in it",
        scenario: &STORE_AMONG_OTHERS,
        mutants: &["logout-deletes-file", "logout-keeps-copy", "overwrites-without-truncating"],
        judge: |seen| {
            let logout = seen.success("logout")?;
            let Some(before) = seen.store_before(logout) else {
                return not_reached("there is no file");
            };
            if seen.store_member(&before.text, UNRELATED_MEMBER.0).is_none() {
                return not_reached("it was gone before");
            }
            if seen.store_after(logout) == Some(before) {
                return not_reached("the file was not written");
            }
            let kept = seen.unrelated_member(logout).as_deref() == Some(UNRELATED_MEMBER.1);
            require(kept, "it is there", if kept { "it is there" } else { "it is gone" })
        },
    },
    Check {
        id: "logout-twice",
        area: Area::Logout,
        level: Level::Should,
        sentence: "signing out when nobody is signed in is a success",
        sources: &["contracts, settled for all"],
        bugs: &["vercel/vercel#3786"],
        fix: "treat what is gone already as done",
        scenario: &LOGOUT,
        mutants: &["second-logout-fails"],
        judge: |seen| {
            let logout = seen.success("logout")?;
            if seen.saved_secret(logout).is_some() {
                return not_reached("the first time did not sign out");
            }
            let again = seen.run("logout again")?;
            require(again.ending == Ending::Exited(0), "exit 0", again.ending.describe())
        },
    },
    Check {
        id: "logout-offline",
        area: Area::Logout,
        level: Level::Must,
        sentence: "signing out removes the credential also when the platform cannot be reached",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["clockworklabs/SpacetimeDB#2437", "zowe/zowe-cli#1041", "sanity-io/sanity#3001"],
        fix: "clear what is here first, and tell the platform afterwards if at all",
        scenario: &LOGOUT_OFFLINE,
        mutants: &[
            "logout-needs-server",
            "logout-only-says-so",
            "hangs-after-logout",
            "logout-keeps-copy",
            "logout-forgets-nothing",
            "logout-keeps-key",
            "logout-keeps-refresh-token",
        ],
        judge: |seen| {
            let logout = seen.run("logout")?;
            let secret = &seen.key("stored")?.secret;
            let left = logout.after.files_where(|_, file| file.text.contains(secret));
            let shown = match (left.is_empty(), logout.ending.was_forced()) {
                (true, false) => "the key is gone",
                (true, true) => "the key is gone, and it never ended",
                (false, _) => "the key is still there",
            };
            require(shown == "the key is gone", "the key is gone", shown)
        },
    },
    Check {
        id: "session-logout-clears",
        area: Area::Logout,
        level: Level::Must,
        sentence: "signing out removes access token and refresh token from every file",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["docker/cli#2605", "BerriAI/litellm#37566"],
        fix: "remove everything that the sign-in has saved",
        scenario: &SESSION_LOGOUT,
        mutants: &["logout-keeps-refresh-token", "logout-keeps-session"],
        judge: |seen| session_is_gone(seen, seen.success("logout")?),
    },
    Check {
        id: "logout-clears-every-store",
        area: Area::Logout,
        level: Level::Must,
        sentence: "signing out clears every store, not only the one that is in use",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["docker/cli#2605"],
        fix: "remove key and session, whichever of them is used",
        scenario: &STATUS,
        mutants: &["logout-keeps-key", "logout-keeps-session"],
        judge: |seen| {
            if seen.cli.status.is_none() {
                return Err(Objection::NotClaimed("several stores".to_owned()));
            }
            let logout = seen.success("logout")?;
            let left = ["stored", "access", "refresh"].into_iter().find(|name| {
                let held =
                    |text: &str| seen.keys.get(*name).is_some_and(|key| text.contains(&key.secret));
                !logout.after.files_where(|_, file| held(&file.text)).is_empty()
            });
            let observed = left.map_or("nothing left".to_owned(), |name| format!("{name} is left"));
            require(left.is_none(), "nothing left", observed)
        },
    },
    Check {
        id: "session-logout-revokes",
        area: Area::Logout,
        level: Level::Should,
        sentence: "signing out revokes the session at the platform",
        sources: &["RFC 7009 §1", "RFC 8252 §8.10"],
        bugs: &["Scalingo/cli#1243", "clerk/cli#418", "planetscale/cli#19"],
        fix: "send the refresh token to the revocation endpoint before you remove it",
        scenario: &SESSION_LOGOUT,
        mutants: &["logout-does-not-revoke"],
        judge: |seen| {
            let claims = seen.cli.session.as_ref().is_some_and(|one| one.is_revoked_at_logout);
            if !claims {
                return Err(Objection::NotClaimed("that signing out revokes".to_owned()));
            }
            let logout = seen.success("logout")?;
            let refresh = &seen.key("refresh")?.secret;
            let revoked = logout.requests_to("token-revoke").any(|one| {
                one.status == 200 && parameter_of(one, "token").as_ref() == Some(refresh)
            });
            require(revoked, "revoked", if revoked { "revoked" } else { "not revoked" })
        },
    },
    Check {
        id: "session-logout-signs-out",
        area: Area::Logout,
        level: Level::Must,
        sentence: "after signing out of a session, commands fail and send no token",
        sources: &[],
        bugs: &["docker/cli#7326"],
        fix: "clear every place that credentials are read from",
        scenario: &SESSION_LOGOUT,
        mutants: &["logout-keeps-session"],
        judge: |seen| {
            seen.success("logout")?;
            let identity = seen.run("identity")?;
            let sent = identity.requests().any(|one| credential_of(one).is_some());
            let shown = if sent { "a token sent" } else { "no token sent" };
            let observed = format!("{}, {shown}", identity.ending.describe());
            let ok = identity.ending.is_failure() && !sent;
            require(ok, "a non-zero exit, no token sent", observed)
        },
    },
    Check {
        id: "session-logout-offline",
        area: Area::Logout,
        level: Level::Must,
        sentence: "signing out of a session removes it also when the platform cannot be told",
        sources: &["OWASP ASVS 14.3.1"],
        bugs: &["clockworklabs/SpacetimeDB#2437", "sanity-io/sanity#3001"],
        fix: "clear what is here whatever the platform answers, and say that it could not be told",
        scenario: &SESSION_LOGOUT_OFFLINE,
        mutants: &["logout-needs-revocation", "logout-keeps-refresh-token", "logout-keeps-session"],
        judge: |seen| session_is_gone(seen, seen.run("logout")?),
    },
];

/// Whether no file holds a token of the session after `logout`.
fn session_is_gone(seen: &Observation, logout: &RunRecord) -> Judgement {
    let (access, refresh) = (&seen.key("access")?.secret, &seen.key("refresh")?.secret);
    let holding =
        |secret: &str| !logout.after.files_where(|_, file| file.text.contains(secret)).is_empty();
    let observed = match (holding(access), holding(refresh)) {
        (false, false) if logout.ending.was_forced() => "both are gone, and it never ended",
        (false, false) => "both are gone",
        (true, _) => "the access token is still there",
        (false, true) => "the refresh token is still there",
    };
    require(observed == "both are gone", "both are gone", observed)
}
