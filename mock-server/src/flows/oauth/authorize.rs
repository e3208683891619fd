//! The authorization endpoint: it finds out whether the request is good, and shows who asks for
//! what. Opening it gives nothing away.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::OAuth;
use crate::clients::{Client, origin};
use crate::endpoint::{Endpoint, Request};
use crate::oauth_request::{AuthorizationRequest, Challenge};
use crate::operation::Operation;
use crate::pages::{self, ConsentPage, Style};
use crate::parameters::Parameters;
use crate::reply::{Refusal, Reply};
use crate::state::SIGNED_IN;
use crate::world::World;

/// How long a person may take to decide.
const PAGE_LIFETIME_MS: u64 = 600_000;

/// What RFC 6749 section 3.1 allows once; others are ignored.
const PARAMETERS: &[&str] = &[
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
];

pub(super) struct Authorize(pub(super) Arc<OAuth>);

/// Why a request whose client and redirect are good is not: a code of RFC 6749 section 4.1.2.1,
/// and a sentence.
type Denial = (&'static str, String);

impl Endpoint for Authorize {
    fn operation(&self) -> Operation {
        Operation::Authorize
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let query = request.query();
        let (client, redirect_uri) = match recipient(world, &query) {
            Ok(recipient) => recipient,
            // RFC 6749 section 4.1.2.1: no redirect to an address that may be anybody's.
            Err(why) => return Ok(no_way_back(why)),
        };
        let state = query.optional("state").unwrap_or_default();
        let asked = flow.asked(world, &query, (&client, &redirect_uri));
        let asked = match asked {
            Ok(asked) => asked,
            Err((code, description)) => {
                let error = [("error", code), ("error_description", &description)];
                let location = flow.back(&redirect_uri, state, &error);
                return Ok(match HeaderValue::try_from(location) {
                    Ok(location) => Reply::redirect(StatusCode::FOUND, location)
                        .complaining(format!("{code}: {description}")),
                    Err(_) => no_way_back("the redirect is no URL"),
                });
            }
        };
        Ok(flow.page(world, &client, &asked))
    }
}

fn no_way_back(why: &'static str) -> Reply {
    pages::message(
        StatusCode::BAD_REQUEST,
        "This request cannot go on",
        "The tool that sent you here is not known, or its address to come back to is not.",
    )
    .complaining(why)
}

/// Who asks, and where the answer goes.
fn recipient(world: &World, query: &Parameters) -> Result<(Arc<Client>, String), &'static str> {
    let id = query.required("client_id")?;
    let client = world.state().clients.get(&id);
    let client = client.ok_or("the client is unknown")?;
    let redirect_uri = query.required("redirect_uri")?;
    if client.may_redirect_to(&redirect_uri) {
        Ok((client, redirect_uri))
    } else {
        Err("the redirect URI is not registered")
    }
}

impl OAuth {
    fn asked(
        &self,
        world: &World,
        query: &Parameters,
        (client, redirect_uri): (&Client, &str),
    ) -> Result<AuthorizationRequest, Denial> {
        let invalid = |why: &str| ("invalid_request", why.to_owned());
        if query.has_twice(PARAMETERS) {
            return Err(invalid("a parameter is given twice"));
        }
        let one = |name| query.optional(name).ok().flatten();
        match one("response_type") {
            Some("code") => {}
            None => return Err(invalid("there is no response_type")),
            Some(_) => {
                let why = "only the response type `code` is supported";
                return Err(("unsupported_response_type", why.into()));
            }
        }
        // RFC 7636 section 4.4.1; without a method, it would be `plain`.
        let challenge = match (one("code_challenge"), one("code_challenge_method")) {
            (None, _) => return Err(invalid("PKCE is required: there is no code_challenge")),
            (Some(_), None | Some("plain")) => {
                return Err(invalid("the code_challenge_method `S256` is required"));
            }
            (Some(challenge), Some("S256")) => Challenge::parse(challenge)
                .ok_or_else(|| invalid("the code_challenge is not a SHA-256 hash"))?,
            _ => return Err(invalid("the code_challenge_method is unknown")),
        };
        let scope = self.scope(one("scope")).map_err(|why| ("invalid_scope", why.to_owned()))?;
        if one("prompt") == Some("none") {
            return Err(("consent_required", "somebody has to be asked".into()));
        }
        if !world.state().personal_tokens {
            let why = self.profile.personal_tokens_disabled.clone();
            return Err(("access_denied", why));
        }
        Ok(AuthorizationRequest {
            client: Arc::clone(&client.id),
            redirect_uri: redirect_uri.to_owned(),
            state: one("state").map(str::to_owned),
            scope,
            challenge,
            nonce: one("nonce").map(str::to_owned),
        })
    }

    fn page(&self, world: &World, client: &Client, asked: &AuthorizationRequest) -> Reply {
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let login = state.authorizations.begin(asked.clone(), now_ms, PAGE_LIFETIME_MS);
        let route = self.profile.authorize.as_ref();
        ConsentPage {
            style: Style,
            action: route.map_or("", |route| &route.path),
            email: &state.email(SIGNED_IN),
            client: &client.name,
            scopes: asked.scope.split_ascii_whitespace().collect(),
            code: None,
            state: &login.state,
            token: login.form_token.expose(),
        }
        .reply(origin(&asked.redirect_uri))
    }

    /// The way back to the tool, with the answer, its `state`, and the issuer (RFC 9207).
    pub(super) fn back(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        answer: &[(&str, &str)],
    ) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(answer);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &self.issuer);
        let mark = if redirect_uri.contains('?') { '&' } else { '?' };
        format!("{redirect_uri}{mark}{}", query.finish())
    }
}
