//! Where `almyty` goes: flag, variable, credentials, configuration, default.

use predicates::str::contains;
use rstest::rstest;
use serde_json::json;

use super::{FILE, KEY, almyty};
use crate::home::Home;
use crate::waiting::Waiting;

const CONFIG: &str = ".almyty/config.json";
/// Nobody is there, and the message says who is not.
const REFUSED: u16 = 5;

fn at(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[rstest]
#[case::variable(Some(1), Some(2), Some(3), "127.0.0.1:1")]
#[case::credentials(None, Some(2), Some(3), "127.0.0.1:2")]
#[case::configuration(None, None, Some(3), "127.0.0.1:3")]
#[case::default(None, None, None, "api.almyty.com")]
fn commands_go_to_the_first_that_is_said(
    #[case] variable: Option<u16>,
    #[case] credentials: Option<u16>,
    #[case] configuration: Option<u16>,
    #[case] expected: &str,
) {
    let home = Home::new();
    // What the credentials say of their own environment would keep them from going elsewhere.
    let mut saved = json!({ "token": KEY });
    if variable.is_none() && credentials.is_some() {
        saved["url"] = json!(credentials.map(at));
    }
    home.write(FILE, &saved.to_string());
    home.chmod(FILE, 0o600);
    if let Some(port) = configuration {
        home.write(CONFIG, &json!({ "apiUrl": at(port) }).to_string());
    }
    let mut command = almyty(&home);
    command.env("ALMYTY_URL", variable.map(at).unwrap_or_default());
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").arg("whoami");
    command.assert().code(i32::from(REFUSED)).stderr(contains(expected));
}

#[test]
fn with_the_variable_the_configuration_is_not_asked_either() {
    let home = Home::new();
    home.write(CONFIG, &json!({ "apiUrl": at(3) }).to_string());
    let mut command = almyty(&home);
    command.env("ALMYTY_TOKEN", KEY).env("HTTPS_PROXY", "http://127.0.0.1:9").arg("whoami");
    command.assert().code(i32::from(REFUSED)).stderr(contains("api.almyty.com"));
}

#[rstest]
#[case::flag(&["--api", "http://127.0.0.1:1", "--frontend", "http://127.0.0.1:2"], "127.0.0.1:2")]
#[case::its_own_pages(&["--api", "http://127.0.0.1:1"], "127.0.0.1:1")]
#[case::configured(&[], "127.0.0.1:4")]
#[case::of_the_same(&["--api", "http://127.0.0.1:3/"], "127.0.0.1:4")]
fn a_login_goes_where_it_is_told(#[case] flags: &[&str], #[case] expected: &str) {
    let home = Home::new();
    home.write(CONFIG, &json!({ "apiUrl": at(3), "frontendUrl": at(4) }).to_string());
    let mut command = home.process("almyty");
    command.env("BROWSER", "/bin/true");
    let arguments: Vec<_> = ["login"].iter().chain(flags).copied().collect();
    let login = Waiting::start(command, &arguments);
    assert_eq!(&login.url[url::Position::BeforeHost..url::Position::AfterPort], expected);
}

#[rstest]
#[case::damaged("{", "config.json")]
#[case::not_safe(r#"{"apiUrl": "http://elsewhere.test"}"#, "apiUrl")]
fn a_configuration_that_cannot_be_used_is_said(#[case] text: &str, #[case] said: &str) {
    let home = Home::new();
    home.write(FILE, &json!({ "token": KEY }).to_string());
    home.chmod(FILE, 0o600);
    home.write(CONFIG, text);
    almyty(&home).arg("whoami").assert().code(2).stderr(contains(said));
}
