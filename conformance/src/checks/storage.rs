//! The file that the credential is kept in: who may read it, and what becomes of it.

use crate::check::{Area, Check, Judgement, Level, not_reached, require};
use crate::observation::{Ending, FileKind, FileTree, Observation};
use crate::scenario::UNRELATED_MEMBER;
use crate::scenarios::login::LOGIN;
use crate::scenarios::store::{
    STORE_AMONG_OTHERS, STORE_CORRUPT, STORE_CORRUPT_LOGOUT, STORE_LONG, STORE_LOOSE,
    STORE_SYMLINK, STORE_UNWRITABLE,
};
use crate::scenarios::token_login::TOKEN_LOGIN;

pub(super) static CHECKS: &[Check] = &[
    Check {
        id: "storage-mode",
        area: Area::Storage,
        level: Level::Must,
        sentence: "the credential file may be read and written by its owner alone, whatever the umask",
        sources: &["POSIX umask"],
        bugs: &["railwayapp/cli#1027", "aws/aws-cli#7369", "rust-lang/cargo#3748"],
        fix: "create the file with mode 0600, and set that mode again before you write into it",
        scenario: &TOKEN_LOGIN,
        mutants: &["loose-file-mode", "loose-session-file"],
        judge: |seen| store_mode_after_login(seen),
    },
    Check {
        id: "storage-directory-mode",
        area: Area::Storage,
        level: Level::Should,
        sentence: "a directory that is made for the credential file may be entered by its owner alone",
        sources: &["XDG Base Directory §4"],
        bugs: &["wanaku-ai/wanaku#1316", "Azure/azure-powershell#9649"],
        fix: "create the directory with mode 0700, whatever the umask",
        scenario: &TOKEN_LOGIN,
        mutants: &["loose-directory-mode"],
        judge: |seen| {
            let login = seen.success("login")?;
            if seen.store_after(login).is_none() {
                return not_reached("no credential file was made");
            }
            let path = seen.store_path();
            let made = path.rsplit_once('/').and_then(|(parent, _)| {
                let new = !login.before.0.contains_key(parent);
                new.then(|| login.after.0.get(parent)).flatten()
            });
            let Some(directory) = made else {
                return not_reached("no directory was made for it");
            };
            let ok = directory.mode == 0o700;
            require(ok, "mode 0700", format!("mode {:04o}", directory.mode))
        },
    },
    Check {
        id: "storage-tightens",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a credential file that others may read is closed to them when a credential is saved in it",
        sources: &["POSIX open"],
        bugs: &["profullstack/sh1pt#712", "MystenLabs/MemWal#520"],
        fix: "replace the file, or set its mode before you write: a mode given to open counts only for a new file",
        scenario: &STORE_LOOSE,
        mutants: &["keeps-loose-mode", "loose-file-mode", "loose-session-file"],
        judge: |seen| {
            let before = seen.store_before(seen.success("login")?).map(|file| file.text.as_str());
            if before == seen.store_after(seen.success("login")?).map(|file| file.text.as_str()) {
                return not_reached("the file was not written");
            }
            store_mode_after_login(seen)
        },
    },
    Check {
        id: "storage-nowhere-else",
        area: Area::Storage,
        level: Level::Must,
        sentence: "the credential stands in its documented file and in no other",
        sources: &["RFC 6749 §10.3"],
        bugs: &["microcks/microcks-cli#265", "Azure/azure-cli#17625"],
        fix: "keep credentials out of logs, caches and backup files",
        scenario: &LOGIN,
        mutants: &["logs-secret", "saves-elsewhere"],
        judge: |seen| {
            let login = seen.success("login")?;
            login.callback()?;
            let last = seen.runs.last().unwrap_or(login);
            let places = seen.documented_places();
            let elsewhere = last.after.files_where(|path, file| {
                !places.iter().any(|place| place == path) && !seen.secrets_in(&file.text).is_empty()
            });
            let observed =
                if elsewhere.is_empty() { "nowhere else".to_owned() } else { elsewhere.join(", ") };
            require(elsewhere.is_empty(), "nowhere else", observed)
        },
    },
    Check {
        id: "storage-keeps-other-members",
        area: Area::Storage,
        level: Level::Must,
        sentence: "what else the credential file holds is still there after a sign-in",
        sources: &[],
        bugs: &["nutanix/kubectl-karbon#12", "aliyun/acr-login#30", "Azure/kubelogin#149"],
        fix: "read the file, change your own members, and write everything back",
        scenario: &STORE_AMONG_OTHERS,
        mutants: &["drops-other-fields"],
        judge: |seen| {
            let login = seen.success("login")?;
            if seen.store_before(login) == seen.store_after(login) {
                return not_reached("the file was not written");
            }
            let kept = seen.unrelated_member(login).as_deref() == Some(UNRELATED_MEMBER.1);
            require(kept, "it is there", if kept { "it is there" } else { "it is gone" })
        },
    },
    Check {
        id: "storage-follows-symlink",
        area: Area::Storage,
        level: Level::Should,
        sentence: "a credential file that is a symbolic link stays one: its target is written, or it is refused",
        sources: &[],
        bugs: &["openSUSE/osc#390"],
        fix: "resolve the link before you replace the file, and replace its target",
        scenario: &STORE_SYMLINK,
        mutants: &["replaces-symlink"],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.sent_bearer(&seen.key("given")?.secret) {
                return not_reached("the key was never verified");
            }
            let unchanged = login.before.0 == login.after.0;
            if unchanged && !login.ending.is_failure() {
                return not_reached("nothing was written, and nothing refused");
            }
            let is_link = |tree: &FileTree| {
                tree.0
                    .get(&seen.store_path())
                    .is_some_and(|f| matches!(f.kind, FileKind::Symlink(_)))
            };
            let stays = is_link(&login.after);
            require(stays, "still a link", if stays { "still a link" } else { "a plain file" })
        },
    },
    Check {
        id: "storage-shorter-rewrite",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a shorter credential leaves nothing of the longer one that it replaces",
        sources: &[],
        bugs: &["segmentio/aws-okta#292", "metalbear-co/mirrord#3163"],
        fix: "write a new file and rename it over the old one",
        scenario: &STORE_LONG,
        mutants: &["overwrites-without-truncating", "saves-under-other-field"],
        judge: |seen| {
            let login = seen.success("login")?;
            let Some(file) = seen.store_after(login) else {
                return not_reached("there is no file");
            };
            if seen.store_before(login) == Some(file) {
                return not_reached("the file was not written");
            }
            let old = &seen.key("stored")?.secret;
            let tail = old.get(old.len() - 20..).unwrap_or(old);
            let saved = seen.saved_secret(login).as_ref() == Some(&seen.key("given")?.secret);
            let observed = match (file.text.contains(tail), saved) {
                (true, _) => "the old key's end is still in the file",
                (false, false) => "the file does not hold the new key",
                (false, true) => "the new key alone",
            };
            require(saved && !file.text.contains(tail), "the new key alone", observed)
        },
    },
    Check {
        id: "storage-failure-fails",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a sign-in whose credential cannot be saved fails",
        sources: &["clig.dev Basics"],
        bugs: &["openclaw/openclaw#88028", "heroku/legacy-cli#1366"],
        fix: "exit non-zero when the file cannot be written, and name it",
        scenario: &STORE_UNWRITABLE,
        mutants: &["ignores-write-failure", "saves-elsewhere", "token-login-forgets"],
        judge: |seen| {
            let login = seen.run("login")?;
            if !login.sent_bearer(&seen.key("given")?.secret) {
                return not_reached("the key was never verified");
            }
            require(login.ending.is_failure(), "a non-zero exit", login.ending.describe())
        },
    },
    Check {
        id: "storage-corrupt-named",
        area: Area::Storage,
        level: Level::Should,
        sentence: "a corrupt credential file is a failure whose message names the file",
        sources: &["OWASP ASVS 16.5.1"],
        bugs: &["cloudfoundry/cli#1071", "heroku/legacy-cli#1154"],
        fix: "say that the file at this path does not parse, and which command recovers",
        scenario: &STORE_CORRUPT,
        mutants: &["corrupt-is-signed-out", "ignores-key"],
        judge: |seen| {
            let identity = seen.run("identity")?;
            let store = seen.store_path();
            let file = store.rsplit('/').next().unwrap_or(&store);
            let named = identity.said().contains(file);
            let ok = identity.ending.is_failure() && named;
            let expected = format!("a non-zero exit and a message that names {file}");
            let told = || format!("{}: {}", identity.ending.describe(), identity.first_words());
            require(ok, expected.clone(), if ok { expected } else { told() })
        },
    },
    Check {
        id: "storage-corrupt-kept",
        area: Area::Storage,
        level: Level::Must,
        sentence: "a corrupt credential file is not overwritten by a command that only reads it",
        sources: &[],
        bugs: &["anthropics/claude-code#40226", "openclaw/openclaw#88028"],
        fix: "leave a file that you cannot read as it is: somebody may want to mend it",
        scenario: &STORE_CORRUPT,
        mutants: &["resets-corrupt-store"],
        judge: |seen| {
            seen.success("login")?;
            let identity = seen.run("identity")?;
            if !identity.ending.is_failure() {
                return not_reached("the corrupt file was not noticed");
            }
            let kept = seen.store_after(identity) == seen.store_before(identity);
            require(kept, "unchanged", if kept { "unchanged" } else { "changed" })
        },
    },
    Check {
        id: "storage-corrupt-login",
        area: Area::Storage,
        level: Level::Must,
        sentence: "signing in recovers from a corrupt credential file",
        sources: &[],
        bugs: &["vercel/vercel#3786", "cloudfoundry/cli#1071"],
        fix: "replace a file that does not parse when a new credential is saved",
        scenario: &STORE_CORRUPT,
        mutants: &[
            "login-needs-readable-store",
            "saves-elsewhere",
            "saves-under-other-field",
            "token-login-forgets",
            "standard-identity-url-beats-variable",
        ],
        judge: |seen| {
            let login = seen.run("login")?;
            let saved = seen.saved_secret(login).as_ref() == Some(&seen.key("given")?.secret);
            let ok = login.ending == Ending::Exited(0) && saved;
            let observed = format!(
                "{}, {}",
                login.ending.describe(),
                if saved { "saved" } else { "not saved" }
            );
            require(ok, "exit 0, saved", observed)
        },
    },
    Check {
        id: "storage-corrupt-logout",
        area: Area::Storage,
        level: Level::Must,
        sentence: "signing out recovers from a corrupt credential file",
        sources: &[],
        bugs: &["vercel/vercel#3786"],
        fix: "remove a file that does not parse when the person signs out",
        scenario: &STORE_CORRUPT_LOGOUT,
        mutants: &[
            "logout-needs-readable-store",
            "hangs-after-logout",
            "logout-only-says-so",
            "logout-forgets-nothing",
            "logout-keeps-key",
        ],
        judge: |seen| {
            let logout = seen.run("logout")?;
            let changed = seen.store_after(logout) != seen.store_before(logout);
            let ok = logout.ending == Ending::Exited(0) && changed;
            let what = if changed { "the file is dealt with" } else { "the file is as it was" };
            let observed = format!("{}, {what}", logout.ending.describe());
            require(ok, "exit 0, the file is dealt with", observed)
        },
    },
    Check {
        id: "storage-corrupt-help",
        area: Area::Storage,
        level: Level::Should,
        sentence: "help is given also when the credential file is corrupt",
        sources: &["clig.dev Help"],
        bugs: &["vercel/vercel#3786"],
        fix: "do not read the credential file before a command needs it",
        scenario: &STORE_CORRUPT,
        mutants: &["help-needs-store"],
        judge: |seen| {
            let help = seen.run("help")?;
            let ok = help.ending == Ending::Exited(0) && !help.said().is_empty();
            require(ok, "exit 0, and some help", help.ending.describe())
        },
    },
];

fn store_mode_after_login(seen: &Observation) -> Judgement {
    let login = seen.success("login")?;
    let Some(file) = seen.store_after(login) else {
        return not_reached("no credential file was made");
    };
    require(file.mode == 0o600, "mode 0600", format!("mode {:04o}", file.mode))
}
