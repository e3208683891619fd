//! The device authorization grant: the sign-in happens on another device (RFC 8628).

use std::time::Duration;

use serde::Deserialize;
use ureq::http::Method;

use super::token::{self, Granted};
use crate::error::{Error, harmless};
use crate::http::{self, Request};
use crate::opener::Opening;
use crate::poll::{self, Pace, Reply};
use crate::secret::Secret;
use crate::session::Session;
use crate::{address, browser};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A sign-in on another device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceGrant<'a> {
    /// Where the code is asked for.
    pub(crate) authorization: &'a str,
    /// Where tokens are asked for.
    pub(crate) token: &'a str,
    /// Who asks.
    pub(crate) client: &'a str,
    /// Whether to open the browser here as well.
    pub(crate) open: bool,
    /// How long the user wants to wait, if that is known.
    pub(crate) patience: Option<Duration>,
}

#[derive(Deserialize)]
struct Codes {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

impl DeviceGrant<'_> {
    /// Shows the user where to go and what to enter, and waits until that is done.
    pub(crate) fn sign_in(&self, session: &Session) -> Result<Granted, Error> {
        let form = vec![("client_id", self.client.to_owned())];
        let form = (session.behaviour.oauth.form)(form);
        let request = Request::new(Method::POST, self.authorization).with_form(form);
        let answer = (session.behaviour.http.send)(session, &request)?;
        token::accepted(&answer)?;
        let codes: Codes = http::decode(session, &answer)?;
        let device_code = Secret::exactly(&codes.device_code).map_err(|_| answer.unexpected())?;
        let opening = self.show(session, &codes)?;
        let pace = Pace::of(codes.interval, codes.expires_in).within(self.patience);
        poll::until_approved(session, pace, opening, || self.ask(session, &device_code))
    }

    /// Both the address and the code, whatever address is opened: the user may be elsewhere.
    fn show(&self, session: &Session, codes: &Codes) -> Result<Opening, Error> {
        let oauth = &session.behaviour.oauth;
        let page = (oauth.page)(&codes.verification_uri)?;
        let complete = codes.verification_uri_complete.as_deref().map(oauth.page);
        let complete = (oauth.complete)(complete.transpose()?);
        let opening = browser::show(session, complete.as_ref().unwrap_or(&page), self.open);
        let unseen = complete.is_some().then_some(page.as_str());
        session.note(&(oauth.instructions)(unseen, &harmless(&codes.user_code)));
        Ok(opening)
    }

    fn ask(&self, session: &Session, device_code: &Secret) -> Result<Reply<Granted>, Error> {
        let form = vec![
            ("grant_type", GRANT.to_owned()),
            ("device_code", device_code.expose().to_owned()),
            ("client_id", self.client.to_owned()),
        ];
        match token::request(session, self.token, form) {
            Ok(granted) => Ok(Reply::Done(granted)),
            Err(Error::Grant { error, .. }) if error == "authorization_pending" => {
                Ok(Reply::Pending)
            }
            Err(Error::Grant { error, .. }) if error == "slow_down" => Ok(Reply::SlowDown),
            Err(Error::Grant { error, .. }) if error == "expired_token" => Err(Error::CodeExpired),
            Err(Error::Grant { error, description, .. }) if error == "access_denied" => {
                Err(Error::Denied { error, description })
            }
            Err(error) => Err(error),
        }
    }
}

/// What to do at the page, or where it is and what to do there.
pub(crate) fn instructions(page: Option<&str>, code: &str) -> String {
    match page {
        Some(page) => format!("Or open {page} anywhere, and enter the code {code}"),
        None => format!("And enter the code {code}"),
    }
}

/// An address to show and to open: of the web, and with nothing in it that steers a terminal.
pub(crate) fn page(given: &str) -> Result<String, Error> {
    match address::parse(given) {
        Ok(url) => Ok(url.into()),
        Err(why) => Err(Error::BadAddress {
            from: "the address to sign in at, as the server gave it,".to_owned(),
            why,
        }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::page;

    #[rstest]
    #[case("file:///etc/passwd")]
    #[case("javascript:alert(1)")]
    #[case("-oProxyCommand=touch")]
    #[case("http://elsewhere.test/device")]
    #[case("https://user:sesame@as.test/")]
    fn what_is_no_page_is_not_shown(#[case] given: &str) {
        let refusal = page(given).expect_err("no page");
        assert!(!refusal.to_string().contains("sesame"));
    }

    #[rstest]
    #[case("https://as.test/\u{1b}[31m$(touch x);`id`")]
    #[case("https://as.test/\r\nok\u{9b}")]
    fn what_is_shown_steers_nothing(#[case] given: &str) {
        let shown = page(given).expect("a page");
        assert!(shown.chars().all(|character| character.is_ascii_graphic()));
    }
}
