//! Chromium as the browser of a probe, without a window, for pages that the robot cannot read:
//! those that a script makes. It is driven through ChromeDriver, each part has one of its own, and
//! what it writes goes with it.

mod driver;

use std::io;
use std::time::Duration;

use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::unistd::geteuid;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

pub use driver::find;
use driver::{DRIVER, Driver};

use super::browser::Decision;

/// How long the driver, and then the browser, may take to start.
const START: Duration = Duration::from_mins(1);

/// Says what there is to do on a page, or waits until there is something.
const NEXT_STEP: &str = include_str!("chromium/next_step.js");

/// Why there is no browser.
#[derive(Debug, Error)]
pub enum ChromiumError {
    /// The driver is not installed.
    #[error(
        "there is no `{DRIVER}` on PATH, by which Chromium is driven: install it (in Debian, the \
         packages chromium and chromium-driver), or give --sign-in robot"
    )]
    NoDriver,
    /// The driver does not start.
    #[error("`{DRIVER}` does not start: {0}")]
    Driver(io::Error),
    /// The browser does not start.
    #[error("`{DRIVER}` cannot start Chromium: {0}")]
    Browser(Box<NewSessionError>),
    /// One of them takes too long.
    #[error("Chromium did not start within {} s", START.as_secs())]
    Late,
}

/// A browser with one page.
#[derive(Debug)]
pub(super) struct Chromium {
    page: Client,
    driver: Driver,
}

/// What there is to do on a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Type these, and then press this.
    Press {
        /// The fields, each with the name of the credential that belongs into it.
        fields: Vec<(Value, String)>,
        /// The button or link.
        button: Value,
    },
    /// Nothing more.
    Nothing,
}

impl Chromium {
    /// Starts one, whose scripts may run for so long.
    ///
    /// # Errors
    /// [`ChromiumError`].
    pub(super) async fn start(patience: Duration) -> Result<Self, ChromiumError> {
        let starting = tokio::time::timeout(START, Self::start_patiently(patience));
        starting.await.map_err(|_| ChromiumError::Late)?
    }

    async fn start_patiently(patience: Duration) -> Result<Self, ChromiumError> {
        let driver = Driver::start().await?;
        let mut arguments = vec![
            "--headless",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-sync",
        ];
        if geteuid().is_root() {
            // Chromium's own sandbox cannot be set up by root.
            arguments.push("--no-sandbox");
        }
        let options = json!({ "args": arguments });
        let wishes = Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let url = format!("http://127.0.0.1:{}", driver.port());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let page = builder.capabilities(wishes).connect(&url).await;
        let page = page.map_err(|error| ChromiumError::Browser(Box::new(error)))?;
        let limits = TimeoutConfiguration::new(Some(patience), Some(patience), None);
        // A browser that does not take them has limits of its own.
        let _ = page.update_timeouts(limits).await;
        Ok(Self { page, driver })
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When there is none, or its certificate is not good.
    pub(super) async fn open(&self, page: &str) -> Result<(), CmdError> {
        self.page.goto(page).await
    }

    /// What there is to do now, or as soon as there is something; where `may_end`, also nothing.
    ///
    /// # Errors
    /// When the page goes away meanwhile, or nothing happens for too long.
    pub(super) async fn next_step(
        &self,
        decision: Decision,
        may_end: bool,
    ) -> Result<Step, CmdError> {
        let deny = decision == Decision::Deny;
        let step = self.page.execute_async(NEXT_STEP, vec![deny.into(), may_end.into()]).await?;
        Ok(serde_json::from_value(step)?)
    }

    /// Types into a field of the page.
    ///
    /// # Errors
    /// When it cannot be typed into.
    pub(super) async fn type_into(&self, field: &Value, text: &str) -> Result<(), CmdError> {
        self.element(field).send_keys(text).await
    }

    /// Presses a button of the page.
    ///
    /// # Errors
    /// When it cannot be pressed.
    pub(super) async fn press(&self, button: &Value) -> Result<(), CmdError> {
        self.element(button).click().await
    }

    /// An element as WebDriver refers to it: by the only member of an object.
    fn element(&self, reference: &Value) -> Element {
        let id = reference.as_object().and_then(|members| members.values().next());
        let id = id.and_then(Value::as_str).unwrap_or_default().to_owned();
        Element::from_element_id(self.page.clone(), ElementRef::from(id))
    }

    /// Ends it, and removes what it wrote.
    pub(super) async fn end(mut self) {
        self.driver.end().await;
    }
}
