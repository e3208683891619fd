//! A throw-away home for the tool: fresh directories, an environment of our own making, and a
//! PATH on which every browser opener is ours.
//!
//! Two directories, not one: what the tool may write to is looked at file by file after each run,
//! and what the harness needs beside it (the openers, their socket) must not be seen there.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use tempfile::TempDir;

/// The names under which programs look for a browser. Ours stand first on PATH.
const OPENERS: [&str; 12] = [
    "xdg-open",
    "open",
    "sensible-browser",
    "x-www-browser",
    "www-browser",
    "gnome-open",
    "gio",
    "wslview",
    "firefox",
    "chromium",
    "google-chrome",
    BROWSER,
];

/// The opener that the variable `BROWSER` names.
const BROWSER: &str = "authspec-browser";

/// Files that are kept in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// How much room there must be for sandboxes, in bytes.
const ENOUGH_MEMORY: u64 = 1 << 30;

/// A throw-away home. Dropping it removes everything, unless it is kept.
#[derive(Debug)]
pub struct Sandbox {
    harness: TempDir,
    /// Removes the tool's directory when dropped; `None` when it is kept.
    _temporary: Option<TempDir>,
    root: PathBuf,
}

impl Sandbox {
    /// Makes one. `program` is the `authspec` program, which the openers call back; `keep` is
    /// where the tool's directory is to stay, `None` for a temporary one.
    ///
    /// # Errors
    /// When a directory or file cannot be made.
    pub fn new(program: &Path, keep: Option<&Path>) -> io::Result<Self> {
        let place = place_of_sandboxes();
        let harness = tempfile::Builder::new().prefix("authspec-").tempdir_in(&place)?;
        let temporary = match keep {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("authspec-home-").tempdir_in(&place)?),
        };
        let root = match (keep, &temporary) {
            (Some(path), _) => path.to_owned(),
            (None, Some(directory)) => directory.path().to_owned(),
            (None, None) => return Err(io::Error::other("a sandbox needs a directory")),
        };
        for directory in ["home", "tmp", "run"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(root.join(directory))?;
        }
        let sandbox = Self { harness, _temporary: temporary, root };
        sandbox.install_openers(program)?;
        Ok(sandbox)
    }

    fn install_openers(&self, program: &Path) -> io::Result<()> {
        let directory = self.openers();
        fs::create_dir(&directory)?;
        // A script, since a tool may clear the environment, and only the file itself then still
        // knows where the socket is.
        let script = format!(
            "#!/bin/sh\nexec {} opener {} \"$0\" \"$@\"\n",
            quote(program),
            quote(&self.mailbox())
        );
        let original = directory.join(BROWSER);
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o755).open(&original)?;
        io::Write::write_all(&mut &file, script.as_bytes())?;
        drop(file);
        for opener in OPENERS.iter().filter(|opener| **opener != BROWSER) {
            fs::hard_link(&original, directory.join(opener))?;
        }
        Ok(())
    }

    /// The directory below which everything that the tool may write lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The tool's home.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The socket on which the openers report.
    pub fn mailbox(&self) -> PathBuf {
        self.harness.path().join("mailbox")
    }

    /// The gate that a traced program waits behind.
    pub fn gate(&self) -> PathBuf {
        self.harness.path().join("gate")
    }

    /// Takes the permission to write from the home and all that is in it. It is given back when this
    /// is dropped, so that the home can be removed.
    ///
    /// # Errors
    /// When a mode cannot be changed.
    pub fn lock_home(&self) -> io::Result<()> {
        change_modes(&self.home(), |mode| mode & !0o222)
    }

    fn openers(&self) -> PathBuf {
        self.harness.path().join("bin")
    }

    /// The environment of every run, before the profile's and the scenario's variables:
    /// nothing is inherited but PATH, behind our openers. `proxy` is where requests to other hosts
    /// than loopback go, to be seen and refused.
    pub fn environment(&self, proxy: &str) -> Vec<(String, String)> {
        let home = self.home();
        let inherited = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut environment = vec![
            ("HOME", text(home.clone())),
            ("PATH", format!("{}:{inherited}", self.openers().display())),
            ("BROWSER", text(self.openers().join(BROWSER))),
            ("XDG_CONFIG_HOME", text(home.join(".config"))),
            ("XDG_STATE_HOME", text(home.join(".local/state"))),
            ("XDG_DATA_HOME", text(home.join(".local/share"))),
            ("XDG_CACHE_HOME", text(home.join(".cache"))),
            ("XDG_RUNTIME_DIR", text(self.root.join("run"))),
            ("TMPDIR", text(self.root.join("tmp"))),
            // Some programs look for a browser only where there is a display.
            ("DISPLAY", ":99".to_owned()),
            ("USER", "authspec".to_owned()),
            ("LOGNAME", "authspec".to_owned()),
            ("SHELL", "/bin/sh".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        for name in
            ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
        {
            environment.push((name, proxy.to_owned()));
        }
        for name in ["NO_PROXY", "no_proxy"] {
            environment.push((name, "127.0.0.1,localhost,::1".to_owned()));
        }
        environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Most homes were never locked, and one that cannot be opened is as lost as it was.
        if fs::metadata(self.home()).is_ok_and(|home| home.permissions().mode() & 0o200 == 0) {
            let _ = change_modes(&self.home(), |mode| mode | 0o200);
        }
    }
}

/// Where both directories are made: where `TMPDIR` says, and else in memory where programs may be
/// run from there and there is room. Tools sync what they save, and a disk takes its time.
fn place_of_sandboxes() -> PathBuf {
    let is_fit = statvfs(MEMORY).is_ok_and(|found| {
        let forbidden = FsFlags::ST_NOEXEC | FsFlags::ST_RDONLY;
        let room = found.blocks_available().saturating_mul(found.fragment_size());
        !found.flags().intersects(forbidden) && room >= ENOUGH_MEMORY
    });
    if is_fit && std::env::var_os("TMPDIR").is_none() {
        PathBuf::from(MEMORY)
    } else {
        std::env::temp_dir()
    }
}

/// Changes the mode of `path` and, if it is a directory, of all that is below it; links are not
/// followed.
fn change_modes(path: &Path, change: fn(u32) -> u32) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(change(found.permissions().mode())))?;
    if found.is_dir() {
        for entry in fs::read_dir(path)? {
            change_modes(&entry?.path(), change)?;
        }
    }
    Ok(())
}

/// `path` as one word of a POSIX shell.
fn quote(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_when_it_is_dropped() {
        let sandbox = Sandbox::new(Path::new("/bin/true"), None).expect("made");
        let (root, mailbox) = (sandbox.root().to_owned(), sandbox.mailbox());
        assert!(root.join("home").is_dir());
        drop(sandbox);
        assert!(!root.exists());
        assert!(!mailbox.parent().expect("a parent").exists());
    }

    #[test]
    fn nothing_is_left_of_one_whose_home_is_locked() {
        let sandbox = Sandbox::new(Path::new("/bin/true"), None).expect("made");
        let below = sandbox.home().join("a/b");
        fs::create_dir_all(&below).expect("made");
        fs::write(below.join("c"), "").expect("written");
        sandbox.lock_home().expect("locked");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o222;
        assert_eq!((mode(&sandbox.home()), mode(&below.join("c"))), (0, 0));
        let root = sandbox.root().to_owned();
        drop(sandbox);
        assert!(!root.exists());
    }

    #[test]
    fn a_kept_one_stays() {
        let keep = tempfile::tempdir().expect("made");
        drop(Sandbox::new(Path::new("/bin/true"), Some(keep.path())).expect("made"));
        assert!(keep.path().join("home").is_dir());
    }

    #[test]
    fn the_environment_is_ours_and_our_openers_stand_first() {
        let sandbox = Sandbox::new(Path::new("/bin/true"), None).expect("made");
        let environment = sandbox.environment("http://127.0.0.1:9");
        let value = |name: &str| {
            environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        assert!(value("HOME").expect("set").starts_with(&*sandbox.root().to_string_lossy()));
        let path = value("PATH").expect("set");
        let first = Path::new(path.split(':').next().expect("an entry"));
        assert!(first.join("xdg-open").is_file(), "{path}");
        assert!(Path::new(&value("BROWSER").expect("set")).is_file());
        assert_eq!(value("SSL_CERT_FILE"), None, "what the machine presets is not inherited");
    }
}
