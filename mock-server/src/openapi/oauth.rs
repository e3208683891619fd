//! The OAuth endpoints, whose requests and replies are those of the RFCs.

use serde_json::{Value, json};

use super::describe::{Described, Operations};
use super::schema::Shapes;
use super::{approval_page, object};
use crate::operation::Operation;
use crate::profile::OAuthProfile;

/// RFC 6749 section 5.2.
fn error() -> Value {
    object(&["error", "error_description"], &[], &json!({ "type": "string" }))
}

/// An operation that refuses a client and a request as RFC 6749 does.
fn described(operation: Operation) -> Described {
    Described::new(operation).json_reply(400, error()).json_reply(401, error())
}

pub(super) fn describe(oauth: &OAuthProfile, shapes: &Shapes<'_>, operations: &mut Operations<'_>) {
    if let Some(route) = &oauth.authorize {
        authorize(route, operations);
    }
    let optional = [
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "redirect_uri",
        "refresh_token",
        "device_code",
        "scope",
    ];
    let token = described(Operation::Token)
        .form_request(&["grant_type"], &optional)
        .reply(shapes, &oauth.token_reply)
        .json_reply(403, error());
    operations.add(&oauth.token, token);
    let about_token = ["client_id", "client_secret", "token_type_hint"];
    if let Some(route) = &oauth.revoke {
        let revoke = described(Operation::TokenRevoke)
            .form_request(&["token"], &about_token)
            .json_reply(200, json!({ "type": "object" }));
        operations.add(route, revoke);
    }
    if let Some(route) = &oauth.introspect {
        let active = json!({ "active": { "type": "boolean" } });
        let told = json!({ "type": "object", "properties": active, "required": ["active"] });
        let introspect = described(Operation::TokenIntrospect)
            .form_request(&["token"], &about_token)
            .json_reply(200, told);
        operations.add(route, introspect);
    }
    if let Some(route) = &oauth.register {
        let register = Described::new(Operation::ClientRegister)
            .request("application/json", &registration())
            .json_reply(201, object(&["client_id"], &[], &json!({ "type": "string" })))
            .json_reply(400, error());
        operations.add(route, register);
    }
    if let Some(route) = &oauth.userinfo {
        let userinfo = Described::new(Operation::Userinfo)
            .bearer(shapes)
            .json_reply(200, object(&["sub"], &["email"], &json!({ "type": "string" })));
        operations.add(route, userinfo);
    }
    if let Some(device) = &oauth.device {
        let begin = described(Operation::DeviceAuthorization)
            .form_request(&["client_id"], &["client_secret", "scope"])
            .json_reply(200, device_codes())
            .json_reply(403, error());
        operations.add(&device.authorization, begin);
        approval_page(&device.page, "user_code", operations);
    }
    let issuer = || object(&["issuer"], &[], &json!({ "type": "string" }));
    let keys = json!({ "keys": { "type": "array", "items": { "type": "object" } } });
    let keys = json!({ "type": "object", "properties": keys, "required": ["keys"] });
    for (route, operation, schema) in [
        (&oauth.metadata, Operation::Metadata, issuer()),
        (&oauth.openid_configuration, Operation::OpenidConfiguration, issuer()),
        (&oauth.jwks, Operation::Jwks, keys),
    ] {
        if let Some(route) = route {
            let document = Described::new(operation).json_reply(200, schema);
            operations.add(route, document);
        }
    }
}

fn authorize(route: &crate::profile::Route, operations: &mut Operations<'_>) {
    let text = || json!({ "type": "string" });
    let mut page = Described::new(Operation::Authorize).redirect(302).page(&[200, 400]);
    for (name, required) in [
        ("response_type", true),
        ("client_id", true),
        ("redirect_uri", true),
        ("code_challenge", true),
        ("code_challenge_method", true),
        ("scope", false),
        ("state", false),
        ("nonce", false),
        ("prompt", false),
    ] {
        page = page.query(name, required, text());
    }
    operations.add(route, page);
    let submit = Described::new(Operation::AuthorizePageSubmit)
        .form_request(&["state", "token", "decision"], &[])
        .redirect(303)
        .page(&[400]);
    operations.add_form(route, submit);
}

/// RFC 7591 section 2, as far as it is looked at.
fn registration() -> Value {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "properties": {
            "client_name": { "type": "string" },
            "redirect_uris": texts(),
            "grant_types": texts(),
            "token_endpoint_auth_method": { "type": "string" },
        },
    })
}

/// RFC 8628 section 3.2.
fn device_codes() -> Value {
    let texts = ["device_code", "user_code", "verification_uri", "verification_uri_complete"];
    let mut codes = object(&texts, &[], &json!({ "type": "string" }));
    for name in ["expires_in", "interval"] {
        codes["properties"][name] = json!({ "type": "integer" });
    }
    codes
}
