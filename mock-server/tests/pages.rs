//! The pages in a real browser, as wide as a telephone: what a person goes through, from the first
//! page to the last. Each page is checked by [`rig::browser`]: title, language, labels, nothing
//! from outside, no scrolling sideways.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod rig;
use rig::browser::Browser;
use rig::omni::authorize;
use rig::{Rig, encoded, parameters};

/// As wide as a telephone, in pixels.
const NARROW: u32 = 400;

/// What no page may take for anything but text.
const HOSTILE: &str = r#"<script>alert(1)</script><img src=x onerror="alert(2)">&amp;'"#;

/// A tool that waits at a port, and answers one request with a page of its own. It gives the
/// request's first line.
async fn tool() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a browser comes");
        let mut request = vec![0; 16 * 1024];
        let read = stream.read(&mut request).await.expect("a request");
        let page = "<!doctype html><title>The tool</title>";
        let length = page.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
        let answer = format!("{head}Content-Length: {length}\r\n\r\n{page}");
        stream.write_all(answer.as_bytes()).await.expect("it is taken");
        String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned()
    });
    (port, heard)
}

/// The parameters with which the browser came back to the tool.
async fn came_back(heard: JoinHandle<String>) -> std::collections::HashMap<String, String> {
    let line = heard.await.expect("somebody came");
    parameters(line.split(' ').nth(1).expect("a target"))
}

fn authorization_url(rig: &Rig, port: u16) -> String {
    let redirect = format!("http://localhost:{port}/callback");
    let path = authorize(&[("redirect_uri", redirect.as_str()), ("state", "st")]);
    format!("{}{path}", rig.platform.url())
}

#[tokio::test]
async fn a_person_authorizes_a_tool_or_denies_it() {
    let rig = Rig::start("omni").await;
    let browser = Browser::start(NARROW).await;

    let (port, heard) = tool().await;
    browser.open(&authorization_url(&rig, port)).await;
    browser.picture("consent").await;
    assert_eq!(browser.text("li").await, "user:default");
    browser.press("Authorize").await;
    let back = came_back(heard).await;
    assert!(back.contains_key("code"), "{back:?}");
    assert_eq!(back["state"], "st");

    let (port, heard) = tool().await;
    browser.open(&authorization_url(&rig, port)).await;
    browser.press("Deny").await;
    let back = came_back(heard).await;
    assert_eq!(back["error"], "access_denied");

    browser.close().await;
}

#[tokio::test]
async fn a_person_signs_in_and_the_key_comes_to_the_tool() {
    let rig = Rig::start("oanim").await;
    let browser = Browser::start(NARROW).await;
    let (port, heard) = tool().await;
    let start = format!("{}/api/v1/auth/cli/login", rig.platform.url());

    browser.open(&format!("{start}?port={port}")).await;
    browser.picture("sign-in").await;
    browser.press("Sign in").await;
    let back = came_back(heard).await;
    assert_eq!(back["key"], rig.platform.secrets().last().expect("a key").value.expose());
    assert_eq!(browser.page.title().await.expect("a title"), "The tool");

    browser.open(&format!("{start}?port={port}")).await;
    browser.press("Cancel").await;
    browser.check().await;
    browser.picture("denied").await;
    assert_eq!(browser.text("h1").await, "Access denied");

    browser.open(&format!("{}/api/v1/auth/cli/callback?state=old", rig.platform.url())).await;
    browser.picture("over").await;
    assert_eq!(browser.text("h1").await, "This sign-in is over");

    browser.open(&format!("{}/api/v1/auth/cli/logout", rig.platform.url())).await;
    assert_eq!(browser.text("h1").await, "Signed out");
    browser.close().await;
}

/// Asks for a device code; the answer.
async fn device(rig: &Rig, client: &str) -> Value {
    let fields = [("client_id", client), ("scope", "openid keys")];
    let (status, given) = rig.form("/oauth/device_authorization", &fields).await;
    assert_eq!(status, 200);
    given
}

#[tokio::test]
async fn a_person_types_the_code_of_a_device() {
    let rig = Rig::start("standard").await;
    let browser = Browser::start(NARROW).await;
    let entry = format!("{}/device", rig.platform.url());

    browser.open(&entry).await;
    browser.picture("enter-code").await;
    browser.type_into("Code", "XXXX-XXXX").await;
    browser.press("Continue").await;
    browser.check().await;
    browser.picture("wrong-code").await;
    let problem = browser.text("[role=alert]").await;
    assert_eq!(problem, "That code is not known, or it has expired.");

    // As a person may type it.
    let given = device(&rig, "standard-cli").await;
    let code = given["user_code"].as_str().expect("a code");
    browser.type_into("Code", &code.replace('-', " ").to_lowercase()).await;
    browser.press("Continue").await;
    browser.check().await;
    browser.picture("compare-code").await;
    assert_eq!(browser.text("output").await, code);
    browser.press("Authorize").await;
    browser.check().await;
    browser.picture("done").await;
    assert_eq!(browser.text("h1").await, "Access allowed");

    let given = device(&rig, "standard-cli").await;
    browser.open(given["verification_uri_complete"].as_str().expect("a URL")).await;
    browser.press("Deny").await;
    browser.check().await;
    assert_eq!(browser.text("h1").await, "Access denied");
    let code = given["device_code"].as_str().expect("a code");
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let poll = [("grant_type", grant), ("device_code", code), ("client_id", "standard-cli")];
    let (_, answer) = rig.form("/oauth/token", &poll).await;
    assert_eq!(answer["error"], "access_denied");
    browser.close().await;
}

#[tokio::test]
async fn what_others_write_is_text_and_nothing_else() {
    let rig = Rig::start("standard").await;
    let asked = json!({
        "client_name": HOSTILE,
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/callback"],
    });
    let register = (reqwest::Method::POST, "/oauth/register");
    let (status, client) = rig.ask(register.0, register.1, None, &asked.to_string()).await;
    assert_eq!(status, 201);
    rig.platform.set_account("email", json!(HOSTILE));
    let browser = Browser::start(NARROW).await;
    let (port, heard) = tool().await;
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let parameters = encoded(&[
        ("response_type", "code"),
        ("client_id", client["client_id"].as_str().expect("an id")),
        ("redirect_uri", &redirect),
        ("state", HOSTILE),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);

    // `open` fails where an alert is up, and `check` where a script or an image is there.
    browser.open(&format!("{}/oauth/authorize?{parameters}", rig.platform.url())).await;

    browser.picture("hostile").await;
    assert_eq!(browser.text("strong").await, HOSTILE);
    let script = "return [document.querySelector('#email').value, document.images.length]";
    let shown = browser.page.execute(script, Vec::new()).await.expect("a page");
    assert_eq!(shown, json!([HOSTILE, 0]));
    browser.press("Deny").await;
    assert_eq!(came_back(heard).await["state"], HOSTILE);
    browser.close().await;
}

#[tokio::test]
async fn a_request_that_cannot_go_on_is_explained() {
    let rig = Rig::start("omni").await;
    let browser = Browser::start(NARROW).await;

    let wrong = authorize(&[("redirect_uri", "https://evil.example/callback")]);
    browser.open(&format!("{}{wrong}", rig.platform.url())).await;

    browser.picture("error").await;
    assert_eq!(browser.text("h1").await, "This request cannot go on");
    browser.close().await;
}
