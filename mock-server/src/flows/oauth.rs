//! An OAuth 2.1 authorization server for public clients: authorization code with PKCE, device
//! authorization, refreshing, and what belongs to them.
//!
//! ```text
//! tool ── opens ──▶ GET authorize ──▶ the consent page
//!                   POST authorize (the page's form) ──▶ 303 <redirect_uri>?code=…&state=…&iss=…
//! tool ───────────▶ POST token ──▶ access token, refresh token
//! ```

mod authorize;
mod client_auth;
mod consent;
mod device;
mod introspect;
mod metadata;
mod oauth_error;
mod register;
mod revoke;
mod token;
mod userinfo;

use std::sync::Arc;

use super::approval_page::{self, Which, form_route, page_path};
use crate::error::ProfileError;
use crate::profile::{OAuthProfile, SigningAlgorithm};
use crate::router::Routes;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Vocabulary};
use crate::tokens::covers;

/// The names that the token endpoint's reply knows.
const TOKEN_NAMES: [&str; 5] =
    ["token.access", "token.refresh", "token.expires_in", "token.scope", "token.id_token"];

/// What the endpoints share.
struct OAuth {
    profile: OAuthProfile,
    /// The platform's URL.
    origin: String,
    issuer: String,
    /// What ID tokens are signed with.
    algorithm: SigningAlgorithm,
    token_reply: ReplyTemplate,
}

/// The issuer identifier of a profile whose platform has this URL.
pub(crate) fn issuer(profile: &OAuthProfile, platform_url: &str) -> String {
    format!("{platform_url}{}", profile.issuer_path)
}

pub(crate) fn routes(
    (profile, algorithm): (&OAuthProfile, SigningAlgorithm),
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    let path = |member: &str| format!("platform.oauth.{member}");
    check(profile)?;
    let of_token = vocabulary.with(&[Topic::Names(&TOKEN_NAMES)]);
    let token_reply = path("token_reply");
    let flow = Arc::new(OAuth {
        profile: profile.clone(),
        origin: vocabulary.platform_url.to_owned(),
        issuer: issuer(profile, vocabulary.platform_url),
        algorithm,
        token_reply: ReplyTemplate::compile(&profile.token_reply, &token_reply, &of_token)?,
    });
    let shared = || Arc::clone(&flow);
    if let Some(route) = &profile.authorize {
        let at = path("authorize");
        page_path(route, &at)?;
        routes.add(route, &at, authorize::Authorize(shared()))?;
        routes.add(&form_route(route), &at, consent::Consent(shared()))?;
    }
    routes.add(&profile.token, &path("token"), token::Token(shared()))?;
    if let Some(route) = &profile.revoke {
        routes.add(route, &path("revoke"), revoke::Revoke)?;
    }
    if let Some(route) = &profile.introspect {
        routes.add(route, &path("introspect"), introspect::Introspect)?;
    }
    if let Some(route) = &profile.register {
        routes.add(route, &path("register"), register::Register(shared()))?;
    }
    if let Some(route) = &profile.userinfo {
        routes.add(route, &path("userinfo"), userinfo::Userinfo)?;
    }
    if let Some(device) = &profile.device {
        let authorization = device::DeviceAuthorization(shared());
        let at = path("device.authorization");
        routes.add(&device.authorization, &at, authorization)?;
        approval_page::routes(
            (Which::Devices, &device.page, "user_code"),
            device.lifetime_seconds,
            &path("device.page"),
            routes,
        )?;
    }
    metadata::routes(&flow, routes)
}

/// What contradicts itself.
fn check(profile: &OAuthProfile) -> Result<(), ProfileError> {
    let wrong = |member: &str, problem: &str| {
        Err(ProfileError::new(format!("platform.oauth.{member}"), problem))
    };
    let issuer = &profile.issuer_path;
    if !issuer.is_empty() && (!issuer.starts_with('/') || issuer.contains(['?', '#', '{'])) {
        return wrong("issuer_path", "is not empty and no path");
    }
    let scopes = profile.scopes.join(" ");
    if !profile.scopes.is_empty() && !covers(&scopes, &profile.default_scope) {
        return wrong("default_scope", "has a word that is not of `scopes`");
    }
    if let Some(refresh) = &profile.refresh_tokens
        && refresh.format.random_characters() < 22
    {
        return wrong("refresh_tokens.format", "has less than 22 random characters");
    }
    for (index, client) in profile.clients.iter().enumerate() {
        let secret = client.secret.as_ref();
        if secret.is_some_and(|secret| secret.random_characters() < 22) {
            let member = format!("clients[{index}].secret");
            return wrong(&member, "has less than 22 random characters");
        }
    }
    if (profile.openid_configuration.is_some() || profile.metadata.is_some())
        && profile.authorize.is_none()
    {
        return wrong("authorize", "is missing, and the metadata would need it");
    }
    if profile.openid_configuration.is_some() && profile.jwks.is_none() {
        return wrong("jwks", "is missing, and OpenID discovery would need it");
    }
    Ok(())
}

impl OAuth {
    /// The scope that is given where this is asked for, or why none is.
    fn scope(&self, asked: Option<&str>) -> Result<String, &'static str> {
        let Some(asked) = asked else {
            return Ok(self.profile.default_scope.clone());
        };
        let known = &self.profile.scopes;
        if known.is_empty() || covers(&known.join(" "), asked) {
            let words: Vec<_> = asked.split_ascii_whitespace().collect();
            Ok(words.join(" "))
        } else {
            Err("the scope is not known here")
        }
    }
}
