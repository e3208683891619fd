//! The authorization code grant, with proof that who asked is who gets (RFC 7636, RFC 8252).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use ureq::http::Method;

use super::token::{self, Granted};
use crate::address;
use crate::browser::{self, Visit};
use crate::callback::{Expected, Issuer, Pending};
use crate::error::Error;
use crate::http::Request;
use crate::secret::Secret;
use crate::session::Session;

/// A sign-in in the browser.
#[derive(Clone, Debug)]
pub(crate) struct CodeGrant<'a> {
    /// Where the user signs in.
    pub(crate) authorization: &'a str,
    /// Where the code is exchanged.
    pub(crate) token: &'a str,
    /// Who asks.
    pub(crate) client: &'a str,
    /// For what.
    pub(crate) scope: Option<&'a str>,
    /// Whom, where the server has said its name.
    pub(crate) issuer: Option<Issuer>,
}

impl CodeGrant<'_> {
    /// Sends the user to the browser, and exchanges what comes back, once.
    pub(crate) fn sign_in(&self, session: &Session, visit: Visit) -> Result<Granted, Error> {
        let oauth = &session.behaviour.oauth;
        let mut page = address::parse(self.authorization).map_err(|why| Error::BadAddress {
            from: "the address to sign in at".to_owned(),
            why,
        })?;
        let state = (oauth.state)()?;
        let verifier = (oauth.verifier)()?;
        let pending = Pending { state: state.clone(), issuer: self.issuer.clone() };
        let mut back = String::new();
        let code = browser::visit(session, visit, Expected::Code(pending), |callback, _| {
            callback.clone_into(&mut back);
            let challenge = (oauth.challenge)(&verifier);
            let challenge = [challenge, oauth.challenge_method.to_owned()];
            let fields = self.question(callback, &state, challenge);
            page.query_pairs_mut().extend_pairs((oauth.question)(fields));
            page.into()
        })?;
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose().to_owned()),
            ("redirect_uri", back),
            ("client_id", self.client.to_owned()),
            ("code_verifier", verifier.expose().to_owned()),
        ];
        // Whatever comes of it, a code is not sent again: a second use would undo the first.
        let request = Request::new(Method::POST, self.token).with_form((oauth.form)(form));
        let answer = (oauth.exchange)(session, &request)?;
        token::accepted(&answer)?;
        token::read(session, &answer)
    }

    fn question(
        &self,
        callback: &str,
        state: &Secret,
        [challenge, method]: [String; 2],
    ) -> token::Form {
        let mut fields = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client.to_owned()),
            ("redirect_uri", callback.to_owned()),
            ("state", state.expose().to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", method),
        ];
        fields.extend(self.scope.map(|scope| ("scope", scope.to_owned())));
        fields
    }
}

/// What is told of a verifier: its hash, from which nobody finds it.
pub(crate) fn s256(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

#[cfg(test)]
mod tests {
    use super::s256;
    use crate::secret::Secret;

    #[test]
    fn the_example_of_the_standard() {
        let verifier = Secret::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = s256(&verifier.expect("well-formed"));
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
