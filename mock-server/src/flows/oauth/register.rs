//! Dynamic client registration, RFC 7591.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::OAuth;
use super::oauth_error::OAuthError;
use crate::clients::{Client, MOST_CLIENTS, loopback_parts};
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};
use crate::secret::{Secret, random_alphanumeric};
use crate::world::World;

pub(super) struct Register(pub(super) Arc<OAuth>);

impl Endpoint for Register {
    fn operation(&self) -> Operation {
        Operation::ClientRegister
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        Ok(flow.register(world, request).unwrap_or_else(OAuthError::reply))
    }
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new("invalid_client_metadata", why)
}

impl OAuth {
    fn register(&self, world: &World, request: &Request<'_>) -> Result<Reply, OAuthError> {
        let Ok(Value::Object(asked)) = request.json() else {
            return Err(invalid("the body is not a JSON object"));
        };
        // RFC 7591 section 2: `client_secret_basic`, unless it is said.
        let method = match asked.get("token_endpoint_auth_method") {
            None => "client_secret_basic",
            Some(Value::String(method)) => method,
            Some(_) => return Err(invalid("token_endpoint_auth_method is not a text")),
        };
        let secret = match method {
            "none" => None,
            "client_secret_basic" | "client_secret_post" => {
                Some(Secret::new(random_alphanumeric(43)))
            }
            _ => return Err(invalid("this token_endpoint_auth_method is not supported")),
        };
        let grants = self.grants_of(asked.get("grant_types"))?;
        let name = match asked.get("client_name") {
            None => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => return Err(invalid("client_name is not a text")),
        };
        let needed = grants.iter().any(|grant| grant == "authorization_code");
        let redirect_uris = redirect_uris(asked.get("redirect_uris"), needed)?;
        let id = format!("client_{}", random_alphanumeric(22));
        let mut answer = json!({
            "client_id": id,
            "client_id_issued_at": world.clock.now_ms() / 1000,
            "token_endpoint_auth_method": method,
            "grant_types": grants,
            "redirect_uris": redirect_uris,
        });
        if needed {
            answer["response_types"] = json!(["code"]);
        }
        if let Some(name) = &name {
            answer["client_name"] = name.as_str().into();
        }
        let mut state = world.state();
        if state.clients.len() >= MOST_CLIENTS {
            return Err(invalid("too many clients are registered"));
        }
        if let Some(secret) = &secret {
            answer["client_secret"] = secret.expose().into();
            answer["client_secret_expires_at"] = 0.into();
            state.hand_out("client secret", secret);
        }
        state.clients.add(Client {
            id: id.as_str().into(),
            name: name.unwrap_or_else(|| id.clone()),
            redirect_uris,
            secret,
        });
        Ok(Reply::json(StatusCode::CREATED, &answer))
    }

    /// The grant types that are asked for, all of which have to be served.
    fn grants_of(&self, asked: Option<&Value>) -> Result<Vec<String>, OAuthError> {
        let Some(asked) = asked else {
            return Ok(vec!["authorization_code".into()]);
        };
        let served = super::metadata::grant_types(&self.profile);
        let grants = texts(asked).ok_or_else(|| invalid("grant_types is no list of texts"))?;
        if grants.is_empty() || grants.iter().any(|one| !served.contains(&one.as_str())) {
            return Err(invalid("a grant type is not served here"));
        }
        Ok(grants)
    }
}

fn redirect_uris(asked: Option<&Value>, needed: bool) -> Result<Vec<String>, OAuthError> {
    let wrong = |why: &str| OAuthError::new("invalid_redirect_uri", why);
    let uris = match asked {
        None => Vec::new(),
        Some(asked) => texts(asked).ok_or_else(|| wrong("redirect_uris is no list of texts"))?,
    };
    if uris.is_empty() && needed {
        return Err(wrong("there is no redirect URI"));
    }
    // RFC 8252 section 7: https, loopback, or a scheme of the tool's own.
    let good = |uri: &String| {
        let private = uri.split_once(':').is_some_and(|(scheme, _)| {
            let mut bytes = scheme.bytes();
            scheme.contains('.') && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        let web = uri.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        uri.bytes().all(|byte| byte.is_ascii_graphic())
            && !uri.contains('#')
            && (private || web || loopback_parts(uri).is_some())
    };
    if uris.iter().all(good) {
        Ok(uris)
    } else {
        Err(wrong("a redirect URI is neither https, nor loopback, nor a scheme of its own"))
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?;
    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
    texts.collect()
}
