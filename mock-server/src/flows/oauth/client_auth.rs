//! Which client asks, RFC 6749 sections 2.3.1 and 3.2.1.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::oauth_error::OAuthError;
use crate::authorization::credential;
use crate::clients::{Client, Clients};
use crate::parameters::Parameters;

/// The client: a confidential one shows its secret, a public one says its name.
pub(super) fn client(
    headers: &HeaderMap,
    form: &Parameters,
    clients: &Clients,
) -> Result<Arc<Client>, OAuthError> {
    let named = form.optional("client_id")?;
    let posted = form.optional("client_secret")?;
    let (id, secret) = match basic(headers)? {
        Some(_) if posted.is_some() => {
            return Err("the client shows its secret in two places".into());
        }
        Some((id, _)) if named.is_some_and(|named| named != id) => {
            return Err("the client has two names".into());
        }
        Some((id, secret)) => (id, Some(secret).filter(|secret| !secret.is_empty())),
        None => {
            let id = named.ok_or_else(|| OAuthError::invalid_client("there is no client_id"))?;
            (id.to_owned(), posted.map(str::to_owned))
        }
    };
    let client =
        clients.get(&id).ok_or_else(|| OAuthError::invalid_client("the client is unknown"))?;
    let shown = match (&client.secret, secret) {
        (None, None) => true,
        (Some(secret), Some(shown)) => secret.matches(&shown),
        _ => false,
    };
    if shown {
        Ok(client)
    } else {
        Err(OAuthError::invalid_client("the client's secret is wrong or missing"))
    }
}

/// Name and secret of an `Authorization: Basic` header, each form-encoded within.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let is_basic = headers.get(AUTHORIZATION).is_some_and(|value| {
        let scheme = value.as_bytes().get(..6);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "))
    });
    if !is_basic {
        return Ok(None);
    }
    let wrong = || OAuthError::invalid_client("the Authorization header cannot be read");
    let text = credential(headers, "Basic").map_err(|_| wrong())?;
    let text = STANDARD.decode(text).map_err(|_| wrong())?;
    let text = String::from_utf8(text).map_err(|_| wrong())?;
    let (id, secret) = text.split_once(':').ok_or_else(wrong)?;
    Ok(Some((decoded(id), decoded(secret))))
}

fn decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
