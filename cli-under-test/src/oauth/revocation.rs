//! Giving a token back (RFC 7009).

use std::time::Duration;

use ureq::http::Method;

use super::token;
use crate::error::Error;
use crate::http::Request;
use crate::secret::Secret;
use crate::session::Session;

/// The user wants to be gone: a server that dawdles is not waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the server to forget a refresh token, and with it all that came of it.
pub(crate) fn revoke(
    session: &Session,
    endpoint: &str,
    client: &str,
    refresh: &Secret,
) -> Result<(), Error> {
    let form = vec![
        ("token", refresh.expose().to_owned()),
        ("token_type_hint", "refresh_token".to_owned()),
        ("client_id", client.to_owned()),
    ];
    let request = Request::new(Method::POST, endpoint).with_form(form).within(PATIENCE);
    token::accepted(&(session.behaviour.http.send)(session, &request)?)
}
