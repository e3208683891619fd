//! Signing out.

use crate::check::{Area, Check, Level, not_reached, require};
use crate::observation::{Ending, credential_of};
use crate::scenario::UNRELATED_MEMBER;
use crate::scenarios::session::{LOGOUT, LOGOUT_OFFLINE};
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
        mutants: &["logout-only-says-so"],
        judge: |seen| {
            let logout = seen.success("logout")?;
            let text = seen.store_after(logout).map_or("", |file| file.text.as_str());
            let left: Vec<&str> = seen
                .cli
                .store
                .cleared
                .iter()
                .filter(|member| seen.store_member(text, member).is_some())
                .map(String::as_str)
                .collect();
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
        mutants: &["logout-only-says-so", "logout-keeps-copy", "signed-out-exits-zero"],
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
        mutants: &["logout-only-says-so", "logout-keeps-copy"],
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
        mutants: &["logout-deletes-file", "logout-keeps-copy"],
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
            seen.success("logout")?;
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
        ],
        judge: |seen| {
            let logout = seen.run("logout")?;
            let secret = &seen.key("stored")?.secret;
            let left = logout.after.files_where(|_, file| file.text.contains(secret));
            let shown = if left.is_empty() { "the key is gone" } else { "the key is still there" };
            let ended = !logout.ending.was_forced();
            require(left.is_empty() && ended, "the key is gone", shown)
        },
    },
];
