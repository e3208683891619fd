//! The robot browser: opens the page that the tool asks for, does what the person does there, and
//! comes back to the loopback listener as a browser would, or as a browser should not.

mod callback;
pub(crate) mod page;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use url::Url;

use crate::observation::{Opening, Visit};
use crate::opener::Mailbox;
use crate::process::Captured;
use crate::scenario::{Browser, Opener, Person};

/// How long an answer is waited for. Far longer than a tool needs, also one that hardly gets to
/// run: only where none comes does it matter.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long an opener is waited for once the tool has printed the URL: what it means to open is
/// opened within moments.
const OPENER_GRACE: Duration = Duration::from_secs(1);

/// What the robot must know of the tool and the platform.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The URL of the sign-in page, without its query.
    pub page: String,
    /// The query parameter of that page that names the listening port.
    pub port_parameter: String,
    /// The query parameter of the callback that carries the key.
    pub key_parameter: String,
    /// Good keys of somebody else, one for each kind of forged callback.
    pub strangers_keys: BTreeMap<&'static str, String>,
}

/// What the robot has done so far.
#[derive(Debug, Default)]
pub struct Diary {
    /// The openers that were started.
    pub openings: Vec<Opening>,
    /// The requests to the loopback listener.
    pub visits: Vec<Visit>,
    /// The port of the loopback listener.
    pub port: Option<u16>,
    /// Whether the platform led the browser back to the loopback listener.
    pub led_back: bool,
    /// The local addresses that it listens on.
    pub listening: Vec<IpAddr>,
    /// When Ctrl-C was pressed.
    pub interrupted: Option<Instant>,
    /// Whether it is on its way through the pages, and worth waiting for when the tool ends first.
    pub browsing: bool,
}

/// A diary that is read while it is written.
pub type SharedDiary = Arc<Mutex<Diary>>;

/// The robot browser of one run.
#[derive(Debug)]
pub struct Robot<'a> {
    /// What it does.
    pub browser: Browser,
    /// Whether what it opens is opened.
    pub opener: Opener,
    /// Where the openers report.
    pub mailbox: &'a mut Mailbox,
    /// What the tool prints.
    pub streams: [Arc<Captured>; 2],
    /// The tool's process group, for Ctrl-C.
    pub group: Pid,
    /// What it knows.
    pub surroundings: Surroundings,
    /// What it writes down.
    pub diary: SharedDiary,
    /// What it asks with: no redirects of its own, cookies kept.
    pub client: reqwest::Client,
}

impl Robot<'_> {
    /// Waits to be asked for a page and does what there is to do. Ends when that is done; never,
    /// when it is not asked or the person never comes.
    ///
    /// # Errors
    /// Why the browser could not come back to the tool, in one sentence.
    pub async fn attend(&mut self) -> Result<(), String> {
        let page = self.asked_page().await;
        self.note_port(port_in(&page, &self.surroundings.port_parameter));
        match self.browser.person {
            Person::NeverComes => std::future::pending().await,
            Person::Interrupts => {
                self.note(|diary| diary.interrupted = Some(Instant::now()));
                // A terminal sends it to the whole group. Gone already is as good.
                let _ = killpg(self.group, Signal::SIGINT);
                Ok(())
            }
            Person::Denies => {
                page::deny(&self.client, &page).await?;
                std::future::pending().await
            }
            Person::SignsIn => {
                self.note(|diary| diary.browsing = true);
                let callback = page::sign_in(&self.client, &page).await?;
                self.note_port(callback.port());
                self.note(|diary| diary.led_back = true);
                self.come_back(&callback).await
            }
        }
    }

    /// The page that an opener is asked for, or, where none is started, the one that is printed.
    async fn asked_page(&mut self) -> Url {
        let [stdout, stderr] = self.streams.clone();
        let prefix = self.surroundings.page.clone();
        let printed = async {
            tokio::select! {
                url = stdout.when(|bytes| printed_url(bytes, &prefix)) => url,
                url = stderr.when(|bytes| printed_url(bytes, &prefix)) => url,
            }
        };
        if self.opener == Opener::Fails {
            return printed.await;
        }
        let printed_and_not_opened = async {
            let url = printed.await;
            tokio::time::sleep(OPENER_GRACE).await;
            url
        };
        tokio::pin!(printed_and_not_opened);
        loop {
            tokio::select! {
                biased;
                opening = self.mailbox.next() => {
                    let page = page_of(&opening);
                    let mut diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
                    diary.openings.push(opening);
                    if let Some(page) = page {
                        return page;
                    }
                }
                url = &mut printed_and_not_opened => return url,
            }
        }
    }

    async fn come_back(&mut self, callback: &Url) -> Result<(), String> {
        // The tool may start its browser before it listens.
        callback::wait_for_listener(callback).await?;
        let listening = callback.port().map(callback::listening_addresses).unwrap_or_default();
        self.note(|diary| diary.listening = listening);
        let mut idle = Vec::new();
        for stray in self.browser.before {
            let visit = self.stray(*stray, callback, &mut idle).await;
            self.note(|diary| diary.visits.extend(visit));
        }
        let visit = callback::get(&self.client, "callback", callback.clone()).await;
        let reached = visit.status.is_some();
        self.note(|diary| diary.visits.push(visit));
        for stray in self.browser.after {
            let visit = self.stray(*stray, callback, &mut idle).await;
            self.note(|diary| diary.visits.extend(visit));
        }
        if reached {
            Ok(())
        } else {
            Err("the loopback listener did not answer the callback".into())
        }
    }

    fn note(&self, write: impl FnOnce(&mut Diary)) {
        write(&mut self.diary.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn note_port(&self, port: Option<u16>) {
        if port.is_some() {
            self.note(|diary| diary.port = port);
        }
    }
}

/// The client that robots ask with. Made once a run of the suite: to make one is not cheap.
///
/// # Errors
/// When it cannot be set up.
pub fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(crate::observation::BROWSER_USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // One connection a request: what one scenario leaves open must not reach another.
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
}

fn page_of(opening: &Opening) -> Option<Url> {
    opening.arguments.iter().find_map(|argument| Url::parse(argument).ok())
}

fn port_in(page: &Url, parameter: &str) -> Option<u16> {
    let (_, port) = page.query_pairs().find(|(name, _)| name == parameter)?;
    port.parse().ok()
}

/// The URL that begins with `prefix` in what was printed, once what follows it was printed too.
fn printed_url(bytes: &[u8], prefix: &str) -> Option<Url> {
    let text = String::from_utf8_lossy(bytes);
    let start = text.find(prefix)?;
    let length = text[start..].find(|c: char| c.is_whitespace() || c == '\u{1b}')?;
    Url::parse(&text[start..start + length]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::on_a_line_of_its_own("Open:\nhttp://h/p?port=1\n", Some("http://h/p?port=1"))]
    #[case::within_a_sentence("Open http://h/p?port=1 now", Some("http://h/p?port=1"))]
    #[case::before_an_escape("\u{1b}[4mhttp://h/p?port=1\u{1b}[0m", Some("http://h/p?port=1"))]
    #[case::not_all_of_it_yet("Open http://h/p?po", None)]
    #[case::another_page("Docs: http://h/docs \n", None)]
    fn the_printed_url_is_found(#[case] printed: &str, #[case] expected: Option<&str>) {
        let found = printed_url(printed.as_bytes(), "http://h/p");
        assert_eq!(found.as_ref().map(Url::as_str), expected);
    }
}
