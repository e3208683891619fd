//! The user's browser: started, not waited for, and not relied on.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use tokio::sync::oneshot;

use crate::error::Error;
use crate::session::Session;

/// An opener that was started, or could not be; `None` once it has ended, well or not.
#[derive(Debug)]
pub(crate) struct Opening(Option<oneshot::Receiver<String>>);

impl Opening {
    /// One that will never fail.
    pub(crate) fn untroubled() -> Self {
        Self(None)
    }

    /// One that has failed already.
    fn failed_at_once(why: String) -> Self {
        let (sender, receiver) = oneshot::channel();
        let _ = sender.send(why);
        Self(Some(receiver))
    }

    /// Why it failed, if it has by now. Told once.
    pub(crate) fn failed_by_now(&mut self) -> Option<String> {
        let why = self.0.as_mut()?.try_recv();
        if !matches!(why, Err(oneshot::error::TryRecvError::Empty)) {
            self.0 = None;
        }
        why.ok()
    }

    /// Why it failed; as long as it has not, this does not return. May be asked again: who ended
    /// well never fails.
    pub(crate) async fn failure(&mut self) -> String {
        let Some(receiver) = &mut self.0 else {
            return std::future::pending().await;
        };
        let ended = receiver.await;
        self.0 = None;
        match ended {
            Ok(why) => why,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Shows `url` in the browser of `$BROWSER`, or in the desktop's own.
pub(crate) fn open(session: &Session, url: &str) -> Opening {
    let listed = session.environment.get("BROWSER");
    let desktop = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut why = String::new();
    for entry in listed.as_deref().unwrap_or(desktop).split(':').filter(|entry| !entry.is_empty()) {
        let mut command = command_of(entry, url);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        (session.behaviour.opener.environment)(session, &mut command);
        let program = command.get_program().to_string_lossy().into_owned();
        match command.spawn() {
            Ok(child) => return reap(child, program),
            Err(error) => why = format!("{program}: {error}"),
        }
    }
    Opening::failed_at_once(why)
}

/// One entry of `$BROWSER`: a program, or a program with arguments, where `%s` stands for the URL.
fn command_of(entry: &str, url: &str) -> Command {
    let mut words: Vec<String> = if Path::new(entry).is_file() {
        vec![entry.to_owned()]
    } else {
        entry.split_whitespace().map(str::to_owned).collect()
    };
    if words.iter().any(|word| word.contains("%s")) {
        words = words.iter().map(|word| word.replace("%s", url)).collect();
    } else {
        words.push(url.to_owned());
    }
    let mut words = words.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Waits for the opener in the background, so that it leaves no zombie behind.
fn reap(mut child: Child, program: String) -> Opening {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let why = match child.wait() {
            Ok(status) if status.success() => return,
            Ok(status) => format!("{program}: {status}"),
            Err(error) => format!("{program}: {error}"),
        };
        let _ = sender.send(why);
    });
    Opening(Some(receiver))
}

/// Takes every secret out of the opener's environment: a browser has no use for them.
pub(crate) fn without_secrets(session: &Session, command: &mut Command) {
    for name in session.front.secret_variables {
        command.env_remove(name);
    }
}

/// A login needs a browser, not an opener: the URL has been printed.
#[expect(clippy::unnecessary_wraps, reason = "whether this is a failure is behaviour")]
pub(crate) fn tolerate(session: &Session, why: &str) -> Result<(), Error> {
    session.note(&format!("note: {}. Open the URL yourself.", Error::Opener(why.to_owned())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::command_of;

    #[rstest]
    #[case("firefox", &["firefox", "http://u/?a=1&b=2"])]
    #[case("firefox --new-window", &["firefox", "--new-window", "http://u/?a=1&b=2"])]
    #[case("firefox %s --quiet", &["firefox", "http://u/?a=1&b=2", "--quiet"])]
    #[case("open-it --url=%s", &["open-it", "--url=http://u/?a=1&b=2"])]
    fn the_url_is_one_argument(#[case] entry: &str, #[case] expected: &[&str]) {
        let command = command_of(entry, "http://u/?a=1&b=2");
        let words: Vec<_> =
            std::iter::once(command.get_program()).chain(command.get_args()).collect();
        assert_eq!(words, expected);
    }
}
