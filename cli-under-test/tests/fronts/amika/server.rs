//! The server of `amika`: it grants sessions to devices, and has one sandbox.

use base64::Engine as _;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::authority::{Authority, State, form, grant_error};

/// A token that says itself when it ends.
pub(super) fn jwt(number: usize, end: i64) -> String {
    let part =
        |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.sig{number}", part(json!({ "alg": "none" })), part(json!({ "exp": end })))
}

pub(super) fn in_seconds(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)
}

pub(super) async fn server() -> Authority {
    let authority = Authority::start().await;
    let device = |_: &mut State, request: &Request| {
        assert!(form(request).contains_key("client_id"));
        ResponseTemplate::new(200).set_body_json(json!({
            "device_code": "device-sesame", "user_code": "WDJB-MJHT",
            "verification_uri": "https://auth.test/device",
            "verification_uri_complete": "https://auth.test/device?c=WDJB-MJHT",
            "expires_in": 60, "interval": 1,
        }))
    };
    authority.answer("POST", "/user_management/authorize/device", device).await;
    let authenticate = |state: &mut State, request: &Request| {
        let form = form(request);
        state.forms.push(form.clone());
        if !state.first.is_empty() {
            return state.first.remove(0);
        }
        if form["grant_type"] == "refresh_token" {
            state.refreshes += 1;
            if form["refresh_token"] != format!("refresh-{}", state.issued) {
                return grant_error("invalid_grant");
            }
        }
        state.issued += 1;
        ResponseTemplate::new(200).set_delay(std::time::Duration::from_millis(150)).set_body_json(
            json!({
                "access_token": jwt(state.issued, in_seconds(600).as_second()),
                "refresh_token": format!("refresh-{}", state.issued),
                "user": { "id": "user_1", "email": "ada@example.test" },
                "organization_id": "org_1",
            }),
        )
    };
    authority.answer("POST", "/user_management/authenticate", authenticate).await;
    let sandboxes = |state: &mut State, request: &Request| {
        let given = request.headers.get("authorization").expect("authorized");
        let given = given.to_str().expect("text");
        let live = given.ends_with(&format!(".sig{}", state.issued));
        if live || given.starts_with("Bearer key-") {
            let sandboxes = json!([{ "id": "sb_1", "name": "blue", "state": "running" }]);
            return ResponseTemplate::new(200).set_body_json(sandboxes);
        }
        ResponseTemplate::new(401).set_body_json(json!({ "error": "unauthorized" }))
    };
    authority.answer("GET", "/api/v0beta1/sandboxes", sandboxes).await;
    authority
}
