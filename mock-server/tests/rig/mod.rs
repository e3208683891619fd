//! The platform of a built-in profile, and a client for it that follows nothing by itself.

#![allow(dead_code, reason = "each test program uses its own part of the rig")]

pub(crate) mod browser;
pub(crate) mod omni;

use std::collections::HashMap;
use std::path::Path;

use mock_server::{Exchange, Platform, PlatformProfile, Script};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
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
        Self::with(Platform::start(&profile(name)).await.expect("starts"))
    }

    pub(crate) fn with(platform: Platform) -> Self {
        Self {
            platform,
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

    /// Posts a form to the platform; the status, and the body as JSON.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.post_form(path, fields).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = encoded(fields);
        let request = self.client.post(format!("{}{path}", self.platform.url()));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(body).send().await.expect("an answer")
    }

    /// Opens a page, presses a button of its form, and returns where that leads.
    pub(crate) async fn decide(&self, page: &str, decision: &str) -> (u16, Option<String>) {
        let answer = self.send(Method::GET, page, None, "").await.expect("an answer");
        assert_eq!(answer.status(), 200, "{page}");
        let page = answer.text().await.expect("a page");
        let fields = [
            ("state", field(&page, "state")),
            ("token", field(&page, "token")),
            ("decision", decision.to_owned()),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.post_form(&action(&page), &fields).await;
        let location = answer.headers().get("location");
        let location = location.map(|url| url.to_str().expect("ASCII").to_owned());
        (answer.status().as_u16(), location)
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

/// Where the page's form goes.
pub(crate) fn action(page: &str) -> String {
    let (_, after) = page.split_once("action=\"").expect("a form");
    after.split('"').next().unwrap_or_default().to_owned()
}

/// The fields as a form or a query.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The parameters of a URL, behind its question mark or number sign.
pub(crate) fn parameters(url: &str) -> HashMap<String, String> {
    let (_, query) = url.split_once(['?', '#']).expect("parameters");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A header of an answer.
pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name).expect("the header is there");
    value.to_str().expect("it is ASCII")
}
