//! A real browser without a window: Debian's Chromium, driven through ChromeDriver.

use std::process::Stdio;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A browser with one page. It and its driver end with [`Browser::close`], or when dropped.
pub(crate) struct Browser {
    pub(crate) page: Client,
    _driver: Child,
}

/// What must hold of every page, as a function that returns what does not.
const FLAWS: &str = r"
    const flaws = [];
    const seen = (text) => text && text.trim() !== '';
    if (!seen(document.title)) flaws.push('no title');
    if (document.documentElement.lang !== 'en') flaws.push('no language');
    if (document.querySelectorAll('h1').length !== 1) flaws.push('not one heading');
    for (const input of document.querySelectorAll('input:not([type=hidden])'))
        if (![...input.labels].some((label) => seen(label.textContent)))
            flaws.push('no label for ' + input.name);
    for (const button of document.querySelectorAll('button'))
        if (!seen(button.textContent)) flaws.push('a button without words');
    if (document.querySelector('script')) flaws.push('a script');
    for (const entry of performance.getEntriesByType('resource'))
        if (!entry.name.startsWith(location.origin) && !entry.name.startsWith('data:'))
            flaws.push('loads ' + entry.name);
    if (getComputedStyle(document.querySelector('main')).maxWidth === 'none')
        flaws.push('the style is not applied');
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) flaws.push('wider than the window');
    return { flaws, width: window.innerWidth };
";

/// A driver, and its port. It takes one that is free for IPv4 and finds it taken for IPv6, now and
/// then, and ends; so there are some attempts.
async fn driver() -> (String, Child) {
    for _ in 0..5 {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is installed: ci/test does it");
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        while let Some(line) = lines.next_line().await.expect("text") {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return (port.trim_end_matches('.').to_owned(), driver);
            }
        }
    }
    panic!("chromedriver does not start");
}

impl Browser {
    /// Starts one, whose window is so many pixels wide.
    pub(crate) async fn start(width: u32) -> Self {
        let (port, driver) = driver().await;
        let options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--no-proxy-server",
            ],
            "mobileEmulation": { "deviceMetrics": { "width": width, "height": 800 } },
        });
        let wishes = serde_json::Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(wishes)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser");
        Self { page, _driver: driver }
    }

    /// Opens a page, and checks it.
    pub(crate) async fn open(&self, url: &str) {
        self.page.goto(url).await.expect("the page opens");
        self.check().await;
    }

    /// Presses the button with these words; returns once the page that it leads to is there.
    pub(crate) async fn press(&self, words: &str) {
        let button = format!("//button[normalize-space() = '{words}']");
        let button = self.page.find(Locator::XPath(&button)).await.expect("the button is there");
        button.click().await.expect("it can be pressed");
    }

    /// Types into the field that has this label.
    pub(crate) async fn type_into(&self, label: &str, text: &str) {
        let field = format!("//input[@id = //label[normalize-space() = '{label}']/@for]");
        let field = self.page.find(Locator::XPath(&field)).await.expect("the field is there");
        field.send_keys(text).await.expect("it can be typed into");
    }

    /// The text of the first element that a CSS selector finds.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.page.find(Locator::Css(selector)).await.expect("it is there");
        element.text().await.expect("it has text")
    }

    /// Checks what must hold of every page of the platform.
    pub(crate) async fn check(&self) {
        let said = self.page.execute(FLAWS, Vec::new()).await.expect("it is a page");
        let title = self.page.title().await.expect("a title");
        assert_eq!(said["flaws"], Value::Array(Vec::new()), "the page `{title}`");
        assert_eq!(said["width"], 400, "the page `{title}` is as wide as a telephone");
    }

    /// Keeps a picture of the page, if somebody wants to look: in the folder that
    /// `AUTHSPEC_PICTURES` names.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("AUTHSPEC_PICTURES") else { return };
        let png = self.page.screenshot().await.expect("a picture");
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, png).expect("written");
    }

    pub(crate) async fn close(self) {
        self.page.close().await.expect("it closes");
    }
}
