//! What the authorization server says of itself: metadata (RFC 8414), OpenID discovery, and the
//! keys (RFC 7517). It says what is served, and nothing else.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::OAuth;
use super::token::DEVICE_GRANT;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::operation::Operation;
use crate::profile::{OAuthProfile, Route, SigningAlgorithm};
use crate::reply::{Refusal, Reply};
use crate::router::Routes;
use crate::world::World;

/// A document that never changes.
struct Document {
    operation: Operation,
    reply: Reply,
}

struct Jwks;

pub(super) fn routes(flow: &Arc<OAuth>, routes: &mut Routes) -> Result<(), ProfileError> {
    let profile = &flow.profile;
    let metadata = flow.metadata();
    if let Some(route) = &profile.metadata {
        let document = Document {
            operation: Operation::Metadata,
            reply: Reply::json(StatusCode::OK, &Value::Object(metadata.clone())),
        };
        routes.add(route, "platform.oauth.metadata", document)?;
    }
    if let Some(route) = &profile.openid_configuration {
        let document = Document {
            operation: Operation::OpenidConfiguration,
            reply: Reply::json(StatusCode::OK, &openid(metadata, flow.algorithm)),
        };
        routes.add(route, "platform.oauth.openid_configuration", document)?;
    }
    if let Some(route) = &profile.jwks {
        routes.add(route, "platform.oauth.jwks", Jwks)?;
    }
    Ok(())
}

/// The grant types that are served.
pub(super) fn grant_types(profile: &OAuthProfile) -> Vec<&'static str> {
    let served = [
        (profile.authorize.is_some(), "authorization_code"),
        (profile.refresh_tokens.is_some(), "refresh_token"),
        (profile.device.is_some(), DEVICE_GRANT),
    ];
    let served = served.into_iter().filter(|(is_served, _)| *is_served);
    served.map(|(_, name)| name).collect()
}

impl OAuth {
    /// RFC 8414 section 2.
    fn metadata(&self) -> Map<String, Value> {
        let profile = &self.profile;
        let url = |route: &Route| Value::from(format!("{}{}", self.origin, route.path));
        let device = profile.device.as_ref().map(|device| &device.authorization);
        let mut methods = vec!["none"];
        let confidential = profile.clients.iter().any(|client| client.secret.is_some());
        if confidential || profile.register.is_some() {
            methods.extend(["client_secret_basic", "client_secret_post"]);
        }
        let secrets: Vec<_> = methods.iter().filter(|one| **one != "none").collect();
        let mut members = Map::new();
        members.insert("issuer".into(), self.issuer.as_str().into());
        for (name, route) in [
            ("authorization_endpoint", profile.authorize.as_ref()),
            ("token_endpoint", Some(&profile.token)),
            ("device_authorization_endpoint", device),
            ("revocation_endpoint", profile.revoke.as_ref()),
            ("introspection_endpoint", profile.introspect.as_ref()),
            ("registration_endpoint", profile.register.as_ref()),
            ("userinfo_endpoint", profile.userinfo.as_ref()),
            ("jwks_uri", profile.jwks.as_ref()),
        ] {
            members.extend(route.map(|route| (name.to_owned(), url(route))));
        }
        let auth_methods = "token_endpoint_auth_methods_supported";
        for (name, value) in [
            ("response_types_supported", json!(["code"])),
            ("grant_types_supported", json!(grant_types(profile))),
            ("code_challenge_methods_supported", json!(["S256"])),
            (auth_methods, json!(methods)),
            ("authorization_response_iss_parameter_supported", json!(true)),
        ] {
            members.insert(name.into(), value);
        }
        // RFC 8414 section 3.2: what would be empty is left out.
        if profile.revoke.is_some() {
            let name = "revocation_endpoint_auth_methods_supported";
            members.insert(name.into(), json!(methods));
        }
        if profile.introspect.is_some() && !secrets.is_empty() {
            let name = "introspection_endpoint_auth_methods_supported";
            members.insert(name.into(), json!(secrets));
        }
        if !profile.scopes.is_empty() {
            members.insert("scopes_supported".into(), json!(profile.scopes));
        }
        members
    }
}

/// OpenID Connect Discovery section 3: the same document, and what it asks for besides.
fn openid(mut members: Map<String, Value>, algorithm: SigningAlgorithm) -> Value {
    for (name, value) in [
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!([algorithm.name()])),
        ("claims_supported", json!(["iss", "sub", "aud", "iat", "exp", "nonce", "email"])),
    ] {
        members.insert(name.into(), value);
    }
    Value::Object(members)
}

impl Endpoint for Document {
    fn operation(&self) -> Operation {
        self.operation
    }

    fn answer(&self, _: &World, _: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(self.reply.clone())
    }
}

impl Endpoint for Jwks {
    fn operation(&self) -> Operation {
        Operation::Jwks
    }

    fn answer(&self, world: &World, _: &Request<'_>) -> Result<Reply, Refusal> {
        Ok(Reply::json(StatusCode::OK, &world.issuing.signer.jwks()))
    }
}
