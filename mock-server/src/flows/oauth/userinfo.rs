//! Who is this? OpenID Connect Core section 5.3.

use hyper::StatusCode;
use serde_json::json;

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::world::World;

pub(super) struct Userinfo;

impl Endpoint for Userinfo {
    fn operation(&self) -> Operation {
        Operation::Userinfo
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let token = credential(&request.head.headers, "Bearer")?;
        let (caller, state) = world.caller(token, world.clock.now_ms())?;
        if caller.grant.is_none() {
            return Err(Refusal::Forbidden("a key is no access token"));
        }
        caller.require_scope(Some("openid"))?;
        let mut answer = json!({ "sub": state.subject(caller.account) });
        if let Some(email) = state.account(caller.account).get("email") {
            answer["email"] = email.clone();
            answer["email_verified"] = true.into();
        }
        Ok(Reply::json(StatusCode::OK, &answer))
    }
}
