//! The device authorization endpoint, RFC 8628 section 3.1.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::json;

use super::OAuth;
use super::client_auth::client;
use super::oauth_error::OAuthError;
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::world::World;

pub(super) struct DeviceAuthorization(pub(super) Arc<OAuth>);

impl Endpoint for DeviceAuthorization {
    fn operation(&self) -> Operation {
        Operation::DeviceAuthorization
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        Ok(flow.begin_device(world, request).unwrap_or_else(OAuthError::reply))
    }
}

impl OAuth {
    fn begin_device(&self, world: &World, request: &Request<'_>) -> Result<Reply, OAuthError> {
        let Some(device) = &self.profile.device else {
            return Err("there is no device authorization here".into());
        };
        let form = request.declared_form()?;
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        if !state.personal_tokens {
            let why = self.profile.personal_tokens_disabled.clone();
            return Err(OAuthError::forbidden(why));
        }
        let client = client(&request.head.headers, &form, &state.clients)?;
        let scope = self
            .scope(form.optional("scope")?)
            .map_err(|why| OAuthError::new("invalid_scope", why))?;
        let (device_code, user_code) = state.devices.request(
            (client.id.to_string(), scope),
            now_ms,
            device.lifetime_seconds.saturating_mul(1000),
            device.interval_seconds.saturating_mul(1000),
        );
        state.hand_out("device code", &device_code);
        let page = format!("{}{}", self.origin, device.page.path);
        Ok(Reply::json(
            StatusCode::OK,
            &json!({
                "device_code": device_code.expose(),
                "user_code": user_code,
                "verification_uri": page,
                "verification_uri_complete": format!("{page}?user_code={user_code}"),
                "expires_in": device.lifetime_seconds,
                "interval": device.interval_seconds,
            }),
        ))
    }
}
