//! The platform of a built-in profile, and a client for it that follows nothing by itself.

#![allow(dead_code, reason = "each test program uses its own part of the rig")]

use std::path::Path;

use mock_server::{Exchange, Platform, PlatformProfile, Script};
use reqwest::header::AUTHORIZATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::Value;

pub(crate) struct Rig {
    pub(crate) platform: Platform,
    pub(crate) client: Client,
}

/// The `[platform]` half of a built-in profile.
pub(crate) fn profile(name: &str) -> PlatformProfile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../profiles/{name}.toml"));
    let text = std::fs::read_to_string(path).expect("the profile is there");
    let mut whole: toml::Table = text.parse().expect("the profile is TOML");
    let platform = whole.remove("platform").expect("it has a platform");
    platform.try_into().expect("the platform is understood")
}

impl Rig {
    pub(crate) async fn start(name: &str) -> Self {
        Self {
            platform: Platform::start(&profile(name)).await.expect("starts"),
            client: Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .build()
                .expect("a client"),
        }
    }

    pub(crate) fn script(&self, toml: &str) {
        let script = Script::from_toml(toml).expect("a good script");
        self.platform.script(script);
    }

    /// A request to the platform; `key` goes into the header, `body` is sent as it is.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("{}{path}", self.platform.url());
        let mut request = self.client.request(method, url).body(body.to_owned());
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        request.send().await
    }

    /// The status, and the body as JSON, null if it is empty.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> (u16, Value) {
        let answer = self.send(method, path, key, body).await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str, key: Option<&str>) -> (u16, Value) {
        self.ask(Method::GET, path, key, "").await
    }

    pub(crate) fn last(&self) -> Exchange {
        let mut journal = self.platform.journal().snapshot();
        journal.pop().expect("something was asked")
    }
}

/// The value of the form's field in a page.
pub(crate) fn field(page: &str, name: &str) -> String {
    let (_, after) =
        page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    after.split('"').next().unwrap_or_default().to_owned()
}

/// A header of an answer.
pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name).expect("the header is there");
    value.to_str().expect("it is ASCII")
}
