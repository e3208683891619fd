//! Which files of the sandbox are opened while the tool runs, by the kernel's own word.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

/// A watch over every directory of the sandbox that is there when it begins.
#[derive(Debug)]
pub struct OpenedFiles {
    kernel: Inotify,
    directories: Vec<(WatchDescriptor, PathBuf)>,
}

impl OpenedFiles {
    /// Begins to watch `directories`, paths from `root`.
    ///
    /// # Errors
    /// When the kernel does not watch.
    pub fn watch<'a>(root: &Path, directories: impl Iterator<Item = &'a str>) -> io::Result<Self> {
        let kernel = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let mut watched = Vec::new();
        for directory in directories {
            let descriptor = kernel.add_watch(&root.join(directory), AddWatchFlags::IN_OPEN)?;
            watched.push((descriptor, PathBuf::from(directory)));
        }
        Ok(Self { kernel, directories: watched })
    }

    /// Ends the watch. The files that were opened since it began, as paths from the root.
    ///
    /// The kernel waits for all who may still look at a watch before it ends it, and it takes its
    /// time: that is left to a thread that nobody waits for.
    ///
    /// # Panics
    /// Outside of a Tokio runtime, whose thread it is.
    pub fn seen(self) -> BTreeSet<String> {
        let mut opened = BTreeSet::new();
        // Nothing more to be read is an error too.
        while let Ok(events) = self.kernel.read_events() {
            for event in events {
                let directory = self.directories.iter().find(|(watch, _)| *watch == event.wd);
                if let (Some((_, directory)), Some(name)) = (directory, event.name) {
                    opened.insert(directory.join(name).to_string_lossy().into_owned());
                }
            }
        }
        tokio::task::spawn_blocking(|| drop(self));
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_opened_is_seen_and_nothing_else() {
        let root = tempfile::tempdir().expect("made");
        std::fs::create_dir(root.path().join("a")).expect("made");
        for name in ["a/read", "a/left"] {
            std::fs::write(root.path().join(name), "x").expect("written");
        }
        let opened = OpenedFiles::watch(root.path(), ["a"].into_iter()).expect("watched");
        std::fs::read(root.path().join("a/read")).expect("read");
        assert_eq!(opened.seen().into_iter().collect::<Vec<_>>(), ["a/read"]);
    }
}
