//! The robot browser: opens the page that the tool asks for, does what the person does there, and
//! comes back to the loopback listener as a browser would, or as a browser should not.

mod callback;
pub(crate) mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use url::Url;

use crate::observation::{Opening, Visit};
use crate::opener::Mailbox;
use crate::process::Captured;
use crate::profile::ComesBack;
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
    /// The URL of the page that the tool opens or prints, without its query.
    pub page: String,
    /// How the person signs in there.
    pub way: Way,
    /// Keys or codes of somebody else, one for each kind of forged callback.
    pub of_strangers: BTreeMap<&'static str, String>,
}

/// How the person signs in on the page that the tool asks for.
#[derive(Debug, Clone)]
pub enum Way {
    /// By signing in there, from where the browser goes back to the tool.
    Browser {
        /// Where the page says that it is to go back to.
        comes_back: ComesBack,
        /// The query parameter of the callback that carries the key or the code.
        grant_parameter: String,
        /// The query parameter of the callback that carries the state.
        state_parameter: Option<String>,
    },
    /// By approving a code there, which the page's URL or the tool names.
    Code {
        /// The query parameter of the page that holds the code.
        parameter: String,
    },
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
    pub listening: BTreeSet<IpAddr>,
    /// Whether the person decided on the page of a code.
    pub decided: bool,
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
        if let Way::Browser { comes_back, .. } = &self.surroundings.way {
            let port = port_in(&page, comes_back);
            self.note_port(port);
        }
        match self.browser.person {
            Person::NeverComes => std::future::pending().await,
            Person::Interrupts => {
                self.note(|diary| diary.interrupted = Some(Instant::now()));
                // A terminal sends it to the whole group. Gone already is as good.
                let _ = killpg(self.group, Signal::SIGINT);
                Ok(())
            }
            Person::SignsIn => self.decide(&page, page::Decision::Approves).await,
            Person::Denies => self.decide(&page, page::Decision::Denies).await,
        }
    }

    async fn decide(&mut self, page: &Url, decision: page::Decision) -> Result<(), String> {
        if let Way::Code { parameter } = &self.surroundings.way {
            let page = self.page_of_code(page, parameter).await;
            page::decide(&self.client, &page, decision).await?;
            self.note(|diary| diary.decided = true);
            return Ok(());
        }
        self.note(|diary| diary.browsing = true);
        match page::decide(&self.client, page, decision).await? {
            Some(callback) => {
                self.note_port(callback.port());
                self.note(|diary| diary.led_back = true);
                self.come_back(&callback).await
            }
            None if decision == page::Decision::Denies => std::future::pending().await,
            None => Err("the platform did not lead back".to_owned()),
        }
    }

    /// The page with the code in its query: where the tool left it out, as it is printed.
    async fn page_of_code(&self, page: &Url, parameter: &str) -> Url {
        let mut page = page.clone();
        if page.query_pairs().all(|(name, _)| name != parameter) {
            let [stdout, stderr] = self.streams.clone();
            let code = tokio::select! {
                code = stdout.when(printed_code) => code,
                code = stderr.when(printed_code) => code,
            };
            page.query_pairs_mut().append_pair(parameter, &code);
        }
        page
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
        if self.browser.looks_up_addresses {
            let listening = callback.port().map(callback::listening_addresses).unwrap_or_default();
            self.note(|diary| diary.listening = listening);
        }
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

fn port_in(page: &Url, comes_back: &ComesBack) -> Option<u16> {
    let (ComesBack::Port(parameter) | ComesBack::Url(parameter)) = comes_back;
    let (_, value) = page.query_pairs().find(|(name, _)| name == parameter)?;
    match comes_back {
        ComesBack::Port(_) => value.parse().ok(),
        ComesBack::Url(_) => Url::parse(&value).ok()?.port(),
    }
}

/// The person's code in what was printed: two groups of four capitals or digits.
fn printed_code(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_group = |group: &str| {
        group.len() == 4 && group.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let mut codes = words.filter(|word| {
        word.split_once('-').is_some_and(|(head, tail)| is_group(head) && is_group(tail))
    });
    codes.next().map(str::to_owned)
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
    #[rstest::rstest]
    #[case("Enter WDJB-MJHT there.", Some("WDJB-MJHT"))]
    #[case("code:\u{1b}[1mWDJB-MJHT\u{1b}[0m", Some("WDJB-MJHT"))]
    #[case("a well-done sign-in", None)]
    fn the_printed_code_is_found(#[case] printed: &str, #[case] expected: Option<&str>) {
        // An escape sequence may end right before the code, in letters of its own.
        let printed = printed.replace("[1m", "[1m ");
        assert_eq!(printed_code(printed.as_bytes()).as_deref(), expected);
    }
}
