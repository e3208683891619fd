//! ST-3: the device grant, at the server's pace.

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{STORE, standard};
use crate::authority::{Authority, grant_error};
use crate::home::Home;

#[tokio::test]
async fn code_and_addresses_are_shown_and_approval_is_awaited() {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| {
        state.first = vec![
            grant_error("authorization_pending"),
            ResponseTemplate::new(502).set_body_raw("<html>", "text/html"),
        ];
    });
    standard(&home, &authority)
        .args(["login", "--device"])
        .assert()
        .success()
        .stdout("Logged in as ada@example.test\n")
        .stderr(
            contains("WDJB-MJHT")
                .and(contains("\nhttps://as.test/device?user_code=WDJB-MJHT\n"))
                .and(contains(" https://as.test/device "))
                .and(contains("sesame").not()),
        );
    let forms = authority.with(|state| state.forms.clone());
    assert_eq!(forms.len(), 3);
    for form in forms {
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
        assert_eq!(form["device_code"], "device-sesame");
        assert_eq!(form["client_id"], "standard-cli");
    }
    assert_eq!(home.json(STORE)["identities"]["default"]["access_token"], "access-1");
}

#[tokio::test]
async fn the_user_says_how_long_to_wait() {
    let (home, authority) = (Home::new(), Authority::start().await);
    let mut command = standard(&home, &authority);
    command.args(["login", "--device"]).env("STANDARD_LOGIN_TIMEOUT", "1");
    command.assert().code(1).stdout("").stderr(contains("gave up after 1 second"));
    assert_eq!(home.read(STORE), None);
}

#[rstest]
#[case("access_denied", 4)]
#[case("expired_token", 1)]
#[case("invalid_client", 1)]
#[case("something_new", 1)]
#[tokio::test]
async fn any_other_error_ends_it(#[case] error: &str, #[case] code: i32) {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.first = vec![grant_error(error)]);
    standard(&home, &authority)
        .args(["login", "--device"])
        .assert()
        .code(code)
        .stdout("")
        .stderr(contains("standard login"));
    assert_eq!(authority.with(|state| state.forms.len()), 1);
    assert_eq!(home.read(STORE), None);
}

#[rstest]
#[case("file:///bin/true")]
#[case("http://elsewhere.test/device")]
#[tokio::test]
async fn an_address_that_is_no_page_is_not_shown(#[case] uri: &str) {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.server.reset().await;
    let url = authority.url();
    let description = json!({
        "issuer": url, "token_endpoint": format!("{url}/t"), "device_authorization_endpoint": format!("{url}/d"),
    });
    let codes = json!({ "device_code": "d", "user_code": "u", "verification_uri": uri });
    for (at, body) in [("/.well-known/oauth-authorization-server", description), ("/d", codes)] {
        wiremock::Mock::given(wiremock::matchers::path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&authority.server)
            .await;
    }
    standard(&home, &authority)
        .args(["login", "--device"])
        .assert()
        .code(2)
        .stderr(contains(uri).not());
}
