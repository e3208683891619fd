//! What a profile serves, as an OpenAPI 3.1 document: every route with its parameters, its request
//! and all of its replies, each with a schema that is read off the profile's shapes.

mod describe;
mod oauth;
mod schema;

use serde_json::{Map, Value, json};

use self::describe::{Described, Operations};
use self::schema::Shapes;
use crate::operation::Operation;
use crate::profile::{
    Access, CodeLoginProfile, HeadlessLoginProfile, LoopbackKeyProfile, PlatformProfile,
};

/// The OpenAPI 3.1 document of what a profile serves, upstreams aside. It names no server: where a
/// platform listens is not the profile's to say.
pub fn openapi(profile: &PlatformProfile) -> Value {
    let shapes = Shapes::new(profile);
    let mut operations = Operations::new(&shapes);
    keys(profile, &shapes, &mut operations);
    if let Some(login) = &profile.loopback_key {
        loopback_key(login, &mut operations);
    }
    if let Some(login) = &profile.code_login {
        code_login(login, &shapes, &mut operations);
    }
    if let Some(login) = &profile.headless_login {
        headless_login(login, &shapes, &mut operations);
    }
    if let Some(oauth) = &profile.oauth {
        oauth::describe(oauth, &shapes, &mut operations);
    }
    if let Some(page) = &profile.sign_out_page {
        let described = Described::new(Operation::SignOutPage).page(&[200]);
        operations.add(&page.on, described);
    }
    for (index, resource) in profile.resources.iter().enumerate() {
        let mut described =
            Described::new(Operation::Resource).numbered(index).reply(&shapes, &resource.reply);
        if resource.access == Access::Bearer {
            described = described.bearer(&shapes);
        } else if resource.access == Access::Key {
            described = described.reply(&shapes, &profile.unauthenticated);
        }
        if resource.on.method != "GET" {
            described = described.json_request(&[], json!({ "type": "object" }));
        }
        operations.add(&resource.on, described);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Mock platform", "version": env!("CARGO_PKG_VERSION") },
        "paths": operations.into_paths(),
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
    })
}

/// The identity and the keys.
fn keys(profile: &PlatformProfile, shapes: &Shapes<'_>, operations: &mut Operations<'_>) {
    let text = json!({ "type": "string", "minLength": 1, "pattern": "\\S" });
    if let Some(identity) = &profile.identity {
        let described =
            Described::new(Operation::Identity).bearer(shapes).reply(shapes, &identity.reply);
        operations.add(&identity.on, described);
    }
    if let Some(list) = &profile.key_list {
        let described = Described::new(Operation::KeyList).bearer(shapes).reply_with_keys(
            shapes,
            &list.reply,
            &list.each,
        );
        operations.add(&list.on, described);
    }
    if let Some(create) = &profile.key_create {
        let described = Described::new(Operation::KeyCreate)
            .bearer(shapes)
            .json_request(&[&create.name_member], text.clone())
            .reply(shapes, &create.reply)
            .reply(shapes, &create.at_limit);
        operations.add(&create.on, described);
    }
    if let Some(revoke) = &profile.key_revoke {
        let described = Described::new(Operation::KeyRevoke)
            .bearer(shapes)
            .reply(shapes, &revoke.reply)
            .reply(shapes, &revoke.unknown)
            .reply(shapes, &revoke.foreign);
        operations.add(&revoke.on, described);
    }
    if let Some(verify) = &profile.key_verify {
        let described = Described::new(Operation::KeyVerify)
            .bearer(shapes)
            .json_request(&[&verify.key_member], text)
            .reply(shapes, &verify.valid)
            .reply(shapes, &verify.invalid);
        operations.add(&verify.on, described);
    }
}

fn loopback_key(login: &LoopbackKeyProfile, operations: &mut Operations<'_>) {
    let shapes = operations.shapes();
    let port = json!({ "type": "integer", "minimum": 1, "maximum": 65535 });
    let start = Described::new(Operation::LoginStart)
        .query(&login.port_parameter, true, port)
        .page(&[200])
        .reply(shapes, &login.missing_port);
    operations.add(&login.start, start);
    operations.add_form(&login.start, sign_in_form());
    let finish = Described::new(Operation::LoginFinish)
        .query("state", true, json!({ "type": "string" }))
        .redirect(302)
        .page(&[400]);
    operations.add(&login.finish, finish);
}

fn sign_in_form() -> Described {
    Described::new(Operation::LoginPageSubmit)
        .form_request(&["state", "token", "decision"], &[])
        .redirect(303)
        .page(&[200, 400])
}

fn code_login(login: &CodeLoginProfile, shapes: &Shapes<'_>, operations: &mut Operations<'_>) {
    let text = || json!({ "type": "string" });
    let mut start = Described::new(Operation::LoginStart)
        .query(&login.callback_parameter, true, text())
        .query(&login.state_parameter, false, text())
        .page(&[200, 400]);
    if let Some(parameter) = &login.fragment_parameter {
        start = start.query(parameter, false, text());
    }
    operations.add(&login.start, start);
    operations.add_form(&login.start, sign_in_form());
    let exchange = Described::new(Operation::CodeExchange)
        .json_request(&[&login.code_member], text())
        .reply(shapes, &login.reply)
        .reply(shapes, &login.invalid_code);
    operations.add(&login.exchange, exchange);
}

fn headless_login(
    login: &HeadlessLoginProfile,
    shapes: &Shapes<'_>,
    operations: &mut Operations<'_>,
) {
    let request = Described::new(Operation::HeadlessRequest).reply(shapes, &login.requested);
    operations.add(&login.request, request);
    let poll = Described::new(Operation::HeadlessPoll)
        .json_request(&[&login.secret_member], json!({ "type": "string" }))
        .reply(shapes, &login.pending)
        .reply(shapes, &login.approved)
        .reply(shapes, &login.denied)
        .reply(shapes, &login.expired);
    operations.add(&login.poll, poll);
    approval_page(&login.page, &login.code_parameter, operations);
}

fn approval_page(page: &crate::profile::Route, parameter: &str, operations: &mut Operations<'_>) {
    let show = Described::new(Operation::ApprovalPage)
        .query(parameter, false, json!({ "type": "string" }))
        .page(&[200, 400, 404, 429]);
    operations.add(page, show);
    let submit = Described::new(Operation::ApprovalPageSubmit)
        .form_request(&[], &[parameter, "state", "token", "decision"])
        .page(&[200, 400, 404, 429]);
    operations.add_form(page, submit);
}

/// A JSON object of texts, some of which have to be there.
fn object(required: &[&str], optional: &[&str], schema: &Value) -> Value {
    let names = required.iter().chain(optional);
    let properties: Map<_, _> = names.map(|name| ((*name).to_owned(), schema.clone())).collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

#[cfg(test)]
mod tests;
